#!/usr/bin/perl
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Analytics of real conversations: what somebody else counted (expected.json
# beside each set: days, hours, customers of periods) is what is answered.  The
# sets are not part of the tree: RAPPORT_DATA names their folder.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $data = $ENV{RAPPORT_DATA} // tree('../shared/data');

plan skip_all => "the real conversations are not here ($data)" if !-d $data;

for my $set (qw(star tau multidogo)) {
	my $want = JSON::PP::decode_json(slurp("$data/$set/expected.json"));
	my $r = Rapport::Test->start;
	my $get = sub {
		my ($metric, %o) = @_;

		return $r->get("/api/v1/stats/$metric?tz=UTC&" . join '&', map { "$_=$o{$_}" } sort keys %o)->{json};
	};
	my ($file) = glob "$data/$set/*.ndjson.gz";
	open my $pipe, '-|', 'gzip', '-dc', $file or die "gzip: $!";
	my $lines = do { local $/; <$pipe> };
	my $done = $r->cli({ in => $lines }, qw(import - --json));
	is $done->{status}, 0, "$set: everything is taken" or diag $done->{err};

	my %day = map { $_->{day} => $_ } @{ $want->{days} };
	my ($from, $last) = @{ $want->{span} };
	my $users = $get->('customers', from => $from, to => $last);
	my $messages = $get->('messages', from => $from, to => $last);
	my @wrong;

	for my $i (0 .. $#{ $users->{rows} }) {
		my $date = $users->{rows}[$i]{date};
		my $x = $day{$date} // { users => 0, inbound => 0, outbound => 0 };
		my $have = join ' ', $users->{rows}[$i]{users}, @{ $messages->{rows}[$i] }{qw(in out)};
		my $should = join ' ', @$x{qw(users inbound outbound)};

		push @wrong, "$date: $have, expected $should" if $have ne $should;
	}
	is_deeply \@wrong, [], "$set: users and messages of each day";
	is_deeply [map { my $c = $get->('customers', from => $_->{from}, to => $_->{to})->{totals};
	    join ' ', @$c{qw(users new returning)} } @{ $want->{periods} }],
	    [map { join ' ', @$_{qw(customers new returning)} } @{ $want->{periods} }],
	    "$set: customers, new and returning, of " . @{ $want->{periods} } . ' periods';
	my $hours = $get->('activity', from => '2000-01-01', to => '2027-01-01', by => 'hourOfDay');
	is_deeply [map { join ' ', @$_{qw(hour in out)} } @{ $hours->{rows} }],
	    [map { join ' ', @$_{qw(hour inbound outbound)} } @{ $want->{hours} }], "$set: messages by the hour";
	my $windows = $get->('conversations', from => '2020-01-01', to => '2026-10-01', by => 'month');
	is_deeply { map { $_->{conversations} ? (substr($_->{date}, 0, 7) => $_->{conversations}) : () } @{ $windows->{rows} } },
	    $want->{windows24h}, "$set: conversations of 24 hours, each month";
}
done_testing;
