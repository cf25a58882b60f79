# SPDX-License-Identifier: AGPL-3.0-or-later
# What a limited Member can find out.  The house is asked everything that can be
# asked, on every route the server describes; then all that the Member may not
# see is changed (other people, masked values, segments, acts of others), and
# everything is asked again.  Every answer must be the same to the byte, and
# none may hold a word of what is out of bounds.  The same questions by a Member
# without limits are the control: there the difference must show on every route
# that says "held", so that no question is too blunt to find a leak.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;
use Rapport::Bounds;

# ---- the table is complete

my %paths = %{ $r->get("$api/openapi.json")->{json}{paths} };
my %limits;
for my $path (keys %paths) {
	$limits{"$_ $path"} = $paths{$path}{$_}{'x-limits'} for keys %{ $paths{$path} };
}
is_deeply [sort grep { $limits{$_} eq 'held' } keys %limits], [sort keys %ask],
    'every route that is held to limits is attacked here';
is_deeply [sort grep { $limits{$_} eq 'refused' } keys %limits],
    ["get $api/audit", "get $api/audit/verify", "patch $api/attributes/{name}", "post $api/events",
	"post $api/segments/{id}/import"], 'these are not for who is limited';
is_deeply [sort grep { $limits{$_} eq 'no people' } keys %limits],
    [sort map { /^(\w+) (.*)/; "$1 $api$2" } 'get /me', 'post /logout', 'post /me/password', 'get /openapi.json',
	'get /bookmarks', 'get /bookmarks/{id}', 'post /bookmarks', 'patch /bookmarks/{id}', 'delete /bookmarks/{id}',
	'get /permissions', 'get /settings/table', 'get /settings', 'put /settings', 'get /hours', 'put /hours', 'delete /hours', 'get /sessions', 'delete /sessions/{id}'], 'and these say nothing about people';

# ---- everything, twice

sub
everything
{
	my ($who, $only) = @_;
	my %told;

	$cursors{now} = $who->{cursors} //= [map { $_->{json}{next} // () }
	    map { question($who, 'get', "$api/users?limit=2&sort=$_") } 'score', '-default_name', 'segment'];
	for my $route (reverse sort keys %ask) {	# what is posted, before it is listed
		next if $only && !$only->($route);
		for my $q ($ask{$route}->()) {
			my $a = question($who, $route, @$q);
			$told{ "$route " . json($q) } = [$route, told($a)];
		}
	}
	for my $q (map({ '?' . f($_) } grep { $_->[0] =~ /^(?:score|segment|default_country|maskplan)$/ } @filters),
	    '', map({ ("?sort=$_", "?columns=$_") } @attributes)) {
		my $path = "$api/shared/$who->{link}/users$q";
		$told{"shared $q"} = ["get $api/shared", told(question('nobody', 'get', $path))];
	}
	return \%told;
}
# Questions whose answers differ, and answers with a word of what is beyond, but
# for the words of the question itself.
sub
differing
{
	my ($a, $b) = @_;
	return grep { $a->{$_}[1] ne ($b->{$_}[1] // '') } sort keys %$a;
}
sub
leaking
{
	my ($told) = @_;
	my @found;

	for my $q (sort keys %$told) {
		my ($said, $asked) = ($told->{$q}[1], $q);
		$asked =~ s/%([0-9A-F]{2})/chr hex $1/ge;
		my %own = map { $_ => 1 } $asked =~ /((?:beyond|veiled)[\w -]*)/gi;
		$said =~ s/\Q$_\E//g for sort { length $b <=> length $a } keys %own;
		push @found, [$q, $&] if $said =~ /.{0,80}(?:beyond|veiled).{0,80}/is;
	}
	return @found;
}

my %before = (limited => everything($limited), token => everything($token), free => everything($free, \&harmless));
my $size = $r->get("$api/segments/$seg{Beyond}")->{json}{size};
beyond();
is $r->get("$api/segments/$seg{Beyond}")->{json}{size}, $size + 5, 'much has changed beyond';
my %after = (limited => everything($limited), token => everything($token), free => everything($free, \&harmless));

for my $who (qw(limited token)) {
	my @differ = differing($before{$who}, $after{$who});
	my $n = keys %{ $before{$who} };

	cmp_ok $n, '>', 400, "$who: $n questions";
	is join("\n", map { "$_\n  $before{$who}{$_}[1]\n  " . ($after{$who}{$_}[1] // '') } @differ[0 .. ($#differ > 4 ? 4 : $#differ)]), '',
	    "$who: what is beyond changes no answer";
	my @leaks = (leaking($before{$who}), leaking($after{$who}));
	is join("\n", map { "@$_" } @leaks[0 .. ($#leaks > 4 ? 4 : $#leaks)]), '', "$who: and no answer has a word of it";
	is_deeply [grep { $before{$who}{$_}[1] =~ /^5/ } sort keys %{ $before{$who} }], [], "$who: nothing fails";
}

# ---- the control: without limits, each of these routes tells

my %tells = map { $before{free}{$_}[0] => 1 } differing($before{free}, $after{free}), map { $_->[0] } leaking($before{free});
is_deeply [sort grep { !$tells{$_} && !$same{$_} } keys %ask, "get $api/shared"], [],
    'control: a Member without limits is told on every route';
done_testing;
