#!/usr/bin/perl
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Real conversations through `rapport import`: what other people wrote and
# counted (expected.json beside each set) must be what the store says, and a
# second reading of the same lines here, by loops and hashes, must agree on
# everybody's chats, messages, first and last seen.  The sets are not part of
# the tree: RAPPORT_DATA names their folder.

use strict;
use warnings;

use FindBin;
use Time::Local qw(timegm);
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $data = $ENV{RAPPORT_DATA} // tree('../shared/data');
my %input = (name => 1, email => 1, phone => 1, city => 1, country => 1,
	region => 1, language => 1, timezone => 1, gender => 1, referrer => 1,
	url => 1, ip => 1, username => 1, avatar => 1);

plan skip_all => "the real conversations are not here ($data)" if !-d $data;

sub wire { $input{ $_[0] } ? "default_$_[0]" : $_[0] }
sub millis { my ($at) = @_; return $at =~ /\./ ? $at : $at =~ s/Z$/.000Z/r }

# Loops and hashes over the lines: user -> chats, in, out, first, last.
sub
recount
{
	my ($lines) = @_;
	my (%u, %owner);
	my $seen = sub {
		my ($user, $at, $moves) = @_;
		my $x = $u{$user} //= { chats => 0, in => 0, out => 0 };

		$x->{first} = $at if !defined $x->{first} || $at lt $x->{first};
		$x->{last} = $at if $moves && $at gt ($x->{last} // '');
	};

	for (@$lines) {
		my ($type) = /^\{"type":"(\w+)"/ or die $_;

		if ($type eq 'user') {
			/"userId":"([^"]*)","at":"([^"]*)"/ or die $_;
			$seen->("$1", millis($2), 0);
		} elsif ($type eq 'chat') {
			/"chatId":"([^"]*)","userId":"([^"]*)","openedAt":"([^"]*)"/
			    or die $_;
			my ($chat, $user, $at) = ($1, $2, $3);

			$owner{$chat} = $user;
			$seen->($user, millis($at), 1);
			$u{$user}{chats}++;
		} else {
			/"chatId":"([^"]*)","personType":"(\w+)".*?"at":"([^"]*)"/
			    or die $_;
			my ($user, $in, $at) = ($owner{$1}, $2 eq 'user', $3);

			$u{$user}{ $in ? 'in' : 'out' }++;
			$seen->($user, millis($at), 1) if $in;
		}
	}
	return \%u;
}

sub
lines
{
	my ($file) = @_;
	my @command = $file =~ /\.gz$/ ? ('gzip', '-dc', $file) : ('cat', $file);

	open(my $fh, '-|', @command) or die "$file: $!\n";
	return [<$fh>];
}

sub
everybody
{
	my ($r, @columns) = @_;
	my $got = $r->cli('users', '--json', '--columns', join(',', @columns));

	is $got->{status}, 0, 'users --json' or diag $got->{err};
	return json($got->{out})->{users};
}

sub
test_recount
{
	my ($r, $lines) = @_;
	my $want = recount($lines);
	my $have = everybody($r, qw(userId chats messagesIn messagesOut createdAt lastSeen));
	my @wrong;

	for (@$have) {
		my $w = delete $want->{ $_->{userId} } // {};
		my $a = join ' ', map { $_ // '-' } @$w{qw(chats in out first last)};
		my $b = join ' ', map { $_ // '-' }
		    @$_{qw(chats messagesIn messagesOut createdAt lastSeen)};

		push @wrong, "$_->{userId}: $a, not $b" if $a ne $b;
	}
	is "@wrong[0 .. ($#wrong < 4 ? $#wrong : 4)]", '',
	    'everybody\'s chats, messages, first and last seen';
	is keys %$want, 0, 'and nobody is missing';
	return $have;
}

# The waiting and reply times of every chat from the lines alone: to the first
# answer by anybody, as expected.json counts it, and by managers, as we do.
sub
recount_times
{
	my ($lines) = @_;
	my (%c, %days);
	my $at = sub {
		my ($day, $h, $m, $s) = $_[0] =~ /^(\d+-\d+-\d+)T(\d+):(\d+):([\d.]+)Z$/ or die "$_[0]\n";
		my ($y, $mo, $d) = split /-/, $day;

		$days{$day} //= timegm(0, 0, 0, $d, $mo - 1, $y);
		return 1000 * ($days{$day} + $h * 3600 + $m * 60) + int(1000 * $s + 0.5);
	};

	for (@$lines) {
		my ($type, $id) = /^\{"type":"(\w+)"(?=.*"chatId":"([^"]*)")/ or next;

		if ($type eq 'chat') {
			my %state = /"(openedAt|closedAt)":"([^"]*)"/g;
			my @at = map { $state{$_} ? $at->($state{$_}) : undef } qw(openedAt closedAt);

			@{ $c{$id} }{qw(opened closed)} = @at;
			next;
		}
		my ($who, $when) = /"personType":"(\w+)".*?"at":"([^"]*)"/ or die $_;
		my $x = $c{$id} //= {};
		my $t = $at->($when);

		if ($who eq 'user') {
			$x->{first} //= $t;
		} else {
			$x->{any} //= $t - $x->{first} if defined $x->{first};
		}
		next if defined $x->{closed} && $t > $x->{closed} || $who eq 'bot';
		if ($who eq 'user') {
			$x->{asked} //= $t;
			next;
		}
		next if !defined $x->{asked};
		my $took = $t - delete $x->{asked};
		$x->{waiting} //= $took;
		$x->{total} += $took;
		$x->{count}++;
	}
	return \%c;
}

sub
test_times
{
	my ($r, $expected, $lines) = @_;
	my $want = recount_times($lines);
	my @any = sort { $a <=> $b } map { $_->{any} // () } values %$want;
	my $sum = 0;
	my $have = json($r->cli(qw(chats --json --times --limit 1000000))->{out});
	my @wrong;

	$sum += $_ for @any;
	# There a fraction of a second may have lost a millisecond on its way.
	is scalar @any, $expected->{first_reply_ms}{chats}, 'first replies are counted as in expected.json';
	cmp_ok abs($sum - $expected->{first_reply_ms}{sum}), '<=', scalar @any, 'and add up';
	cmp_ok abs((@any ? $any[@any / 2] : 0) - ($expected->{first_reply_ms}{median} // 0)), '<=', 1, 'their median';
	is $have->{total}, scalar(keys %$want), 'every chat is told';
	for my $c (@{ $have->{chats} }) {
		my $w = $want->{ $c->{chatId} };
		my $a = join ' ', map { $_ // '-' } @$w{qw(waiting total)},
		    defined $w->{closed} ? $w->{closed} - $w->{opened} : undef;
		my $b = join ' ', map { $_ // '-' } @$c{qw(waitingTime totalReplyTime resolutionTime)};

		push @wrong, "$c->{chatId}: $a, not $b" if $a ne $b || $c->{replyCount} != ($w->{count} // 0);
	}
	is "@wrong[0 .. ($#wrong < 4 ? $#wrong : 4)]", '', 'waiting, reply and resolution times';
	for my $kind ('tags', 'sources') {
		my $option = $kind eq 'tags' ? '--tags' : '--source';
		my %names = %{ $expected->{$kind} };

		is join(', ', grep { $r->cli('chats', '--count', $option, $_)->{out} != $names{$_} } sort keys %names), '',
		    "how many chats have each of the $kind";
	}
}

# A word in every chat that has it, by a look at each line.
sub
test_words
{
	my ($r, $lines) = @_;

	for my $word ('please', 'zzyzx') {
		my %has;

		for (grep { /^\{"type":"message".*\Q$word\E/i } @$lines) {
			next if !/"text":"(?:[^"\\]|\\.)*?(?<![\pL\pN\pM\\])\Q$word\E(?![\pL\pN\pM])/i;
			$has{$1} = 1 if /"chatId":"([^"]*)"/;
		}

		is $r->cli('chats', '--count', $word)->{out} + 0, keys %has, "chats in which somebody says $word";
	}
}

sub
test_expected
{
	my ($r, $expected, $have) = @_;
	my ($objects, $by) = @$expected{qw(objects by_person)};
	my (%sum, %wrong);
	my @names = sort keys %{ $expected->{attributes} };
	my $users = everybody($r, map { wire($_) } @names);
	my %known = map { $_->{userId} => $_ } @$have;

	is @$have, $expected->{users_known}, 'users known';
	for my $u (@$have) {
		$sum{$_} += $u->{$_} for qw(chats messagesIn messagesOut);
	}
	is $sum{chats}, $objects->{chat}, 'chats';
	is $sum{messagesIn}, $by->{user}, 'messages in';
	is $sum{messagesOut}, $by->{bot} + $by->{manager}, 'messages out';
	for my $name (@names) {
		my $wire = wire($name);
		my @values = grep { defined } map { $_->{$wire} } @$users;
		my %distinct = map { json([$_]) => 1 } @values;
		my $f = json([$wire, 'isSet']);
		my $count = $r->cli('users', '--count', '--filter', $f);

		$wrong{$name} = @values . " set"
		    if @values != $expected->{attributes}{$name};
		$wrong{$name} = keys(%distinct) . ' distinct'
		    if keys %distinct != $expected->{distinct_values}{$name};
		$wrong{$name} = "filter says $count->{out}"
		    if $count->{out} != @values;
	}
	is join(', ', map { "$_: $wrong{$_}" } sort keys %wrong), '',
	    'of every attribute, how many have it and how many values it has';
	# Ours moves with openings as well, so it is never earlier.
	is scalar(grep { $known{ $_->{userId} }{lastSeen} lt millis($_->{last}) }
	    @{ $expected->{last_seen_top} }), 0, 'who was seen last';
}

for my $file (sort glob("$data/*/*.ndjson.gz"), glob("$data/*/*.ndjson")) {
	my ($name) = $file =~ m{/([^/]+)\.ndjson};
	my $expected = slurp($file =~ s{[^/]+$}{expected.json}r);

	subtest $name => sub {
		my $lines = lines($file);
		my $r = bless { dir => tempdir(), env => {} }, 'Rapport::Test';

		$r->{store} = "$r->{dir}/store";
		$r->cli(qw(init --name Owner --email owner@shop.example));
		my $done = $r->cli({ in => join '', @$lines }, qw(import - --json));
		is $done->{status}, 0, 'import' or diag $done->{err};
		is_deeply json($done->{out}), { accepted => scalar @$lines,
		    duplicates => 0, refused => 0, kept => JSON::PP::true() },
		    'every line is taken';
		my $have = test_recount($r, $lines);
		test_expected($r, json($expected), $have) if length $expected;
		test_times($r, json($expected), $lines) if length $expected;
		test_words($r, $lines);
		is $r->cli('check')->{status}, 0, 'check finds nothing';
		done_testing_sub();
	};
}

sub done_testing_sub { Test::More::done_testing() }

done_testing;
