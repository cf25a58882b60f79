# SPDX-License-Identifier: AGPL-3.0-or-later
# The list through nginx: exact totals, pages that meet every row once, filters
# that cannot run are errors that name the leaf, and one person's page is
# audited.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my @countries = ('France', 'Peru', "C\x{f4}te d'Ivoire", undef);
my @people = map { {
	type => 'user', userId => "u$_", at => sprintf('2026-01-01T00:%02d:%02dZ', $_ / 60, $_ % 60),
	attributes => { name => sprintf('Name %03d', $_), score => $_ % 10,
	    defined $countries[$_ % 4] ? (country => $countries[$_ % 4]) : () },
} } 1 .. 120;
is $r->post('/api/v1/events', \@people)->{json}{accepted}, 120, '120 people';

sub
escaped
{
	my ($text) = @_;

	utf8::encode($text) if utf8::is_utf8($text);
	$text =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ge;
	return $text;
}
sub
list
{
	my ($f, %o) = @_;
	my $q = join '&', map { "$_=" . escaped($o{$_}) } sort keys %o;

	$q .= '&f=' . escaped(ref $f eq 'SCALAR' ? $$f : json($f)) if $f;
	return $r->get("/api/v1/users?$q");
}

my $a = list();
is $a->{json}{total}, 120, 'everybody';
is scalar(@{ $a->{json}{users} }), 50, 'a page of 50';
is_deeply [sort keys %{ $a->{json}{users}[0] }], [qw(createdAt default_name id)],
    'with the default columns that have a value';
is $a->{json}{users}[0]{default_name}, 'Name 120', 'the latest first';
is $a->{json}{sentence}, 'Everybody', 'said in words';

# pages
my (%seen, $after, $pages);
do {
	my $p = list(undef, sort => '-score', limit => 7, $after ? (after => $after) : ())->{json};
	$seen{ $_->{id} }++ for @{ $p->{users} };
	$after = $p->{next};
	$pages++;
	is $p->{total}, 120, 'the total stays' if $pages == 3;
} while (defined $after && $pages < 50);
is $pages, 18, '120 by 7 are 18 pages';
is_deeply [scalar(keys %seen), grep { $_ != 1 } values %seen], [120], 'each person once';
is list(undef, sort => 'score', after => list(undef, limit => 1)->{json}{next})->{status}, 422,
    'a cursor of another order is refused';
is list(undef, after => 'abc')->{status}, 422, 'and a made-up one';

# filters
my $one = list(['default_country', 'is', "c\x{f4}te D'IVOIRE"], columns => 'default_country')->{json};
is $one->{total}, 30, 'case does not matter, accents do';
is $one->{users}[0]{default_country}, "C\x{f4}te d'Ivoire", 'shown as it was written';
is list(['default_country', 'isNot', 'Peru'])->{json}{total}, 90, 'the complement, unset too';
is list({ all => [['score', '>=', 5], { not => ['default_country', 'isSet'] }] })->{json}{total},
    18, 'numbers and groups';	# n % 4 = 3 are odd: of 20 n, 3 end in 5, 7 or 9
is list({ any => [['userId', 'is', 'u1'], ['userId', 'is', 'u2']] })->{json}{total}, 2, 'any of two';

for my $bad (
	[{ all => [['score', '>', 1], ['nope', 'is', 'x']] }, '/all/1'],
	[{ all => [['score', 'contains', 'x']] }, '/all/0'],
	[{ any => [{ not => ['score', '>', 'many'] }] }, '/any/0/not'],
	[{ all => [], any => [] }, undef],
	[['score', '>'], '/'],
	[\'"x"', undef],
) {
	my $a = list($bad->[0]);
	is $a->{status}, 422, 'a filter that cannot run is an error: '
	    . (ref $bad->[0] eq 'SCALAR' ? ${ $bad->[0] } : json($bad->[0]));
	ok !defined $a->{json}{users}, 'never a list';
	is $a->{json}{path}, $bad->[1], 'naming the leaf' if $bad->[1];
}
is $r->get('/api/v1/users?f=%7Bnot')->{status}, 400, 'a filter that is no JSON';
is list({ all => [map { ['userId', 'is', "u$_"] } 1 .. 200] })->{status}, 200, '200 leaves';
is list({ all => [map { ['userId', 'is', "u$_"] } 1 .. 201] })->{status}, 422, 'and not 201';
is list(undef, sort => 'nope')->{json}{path}, 'sort', 'an unknown sort is named';
is list(undef, columns => 'userId,nope')->{json}{path}, 'columns', 'an unknown column, too';
is list(undef, tz => 'Mars/Olympus')->{json}{path}, 'tz', 'and a zone';

# counts
my $c = $r->post('/api/v1/users/count', { tz => 'UTC', filters => [
	{ all => [['default_country', 'is', 'Peru'], ['score', '<', 5]] }, {} ] });
is_deeply $c->{json}, { counts => [
	{ count => 12, nodes => [12, 30, 60] }, { count => 120, nodes => [120] } ] },
    'every node of every filter is counted';
is $r->post('/api/v1/users/count', { filters => [{}, { all => [['nope', 'is', 1]] }] })->{json}{path},
    '/filters/1/all/0', 'a bad one is named among them';
is $r->post('/api/v1/users/count', { filters => [] })->{status}, 422, 'at least one';

# attributes
my $t = $r->get('/api/v1/attributes')->{json};
my %by = map { $_->{name} => $_ } @{ $t->{attributes} };
is $t->{total}, scalar(@{ $t->{attributes} }), 'the table counts its rows';
is_deeply { map { $_ => $by{default_country}{$_} } qw(label type count custom session sortable) },
    { label => 'Country', type => 'text', count => 90, custom => JSON::PP::false,
      session => JSON::PP::false, sortable => JSON::PP::true }, 'a built-in one';
is_deeply [@{ $by{score} }{qw(type count)}, $by{score}{custom} + 0], ['number', 120, 1], 'one of ours';
ok !(grep { !$_->{values} || !$_->{label} } map { @{ $_->{operators} } } values %by),
    'every operator says what values it takes';
my $v = $r->get('/api/v1/attributes/default_country/values?limit=2')->{json};
is_deeply $v, { total => 3, next => undef, values => [
	{ value => "C\x{f4}te d'Ivoire", count => 30 }, { value => 'France', count => 30 } ] },
    'values with their counts';
is_deeply $r->get('/api/v1/attributes/default_country/values?prefix=p&f='
    . escaped(json(['score', '<', 5])))->{json}{values}, [{ value => 'Peru', count => 12 }],
    'that begin with something, among some people';
is $r->get('/api/v1/attributes/nope/values')->{status}, 404, 'of no attribute';
is $r->get('/api/v1/attributes/default_country/values?limit=500')->{status}, 200, 'as many as the document says';
$v = $r->get('/api/v1/attributes/createdAt/values');
is_deeply [$v->{status}, $v->{json}{path}], [422, 'name'], 'instants have no list of values, rather than an empty one';

is $r->get('/api/v1')->{json}{status}, 404, 'the address alone is a problem document, no redirect';

# one person
my $id = list(['userId', 'is', 'u7'])->{json}{users}[0]{id};
my $u = $r->get("/api/v1/users/$id")->{json};
is $u->{attributes}{default_name}{value}, 'Name 007', 'one person';
is $u->{attributes}{default_name}{source}, 'event', 'where a value came from';
is $u->{attributes}{default_name}{at}, '2026-01-01T00:00:07.000Z', 'and when';
my $audit = $r->get('/api/v1/audit?limit=1')->{json}{audit}[0];
is_deeply [@$audit{qw(act object by from)}], ['user.read', "user $id", 'token', '127.0.0.1'],
    'looking at one person leaves a record';
is $r->get("/api/v1/users/$_")->{status}, 404, "nobody is $_" for 0, 999999, 'x', '-1', '1e1';

# addresses: IPv4 is in no network of IPv6, however large, unless that is IPv4's own
my %at = (v4 => '10.1.2.3', mapped => '::ffff:192.0.2.1', v6 => '2001:db8::1', one => '::1');
$r->post('/api/v1/events', [map { { type => 'user', userId => "ip-$_",
    attributes => { ip => $at{$_} } } } sort keys %at]);
for my $case (['0.0.0.0/0', 'mapped v4'], ['::/0', 'one v6'], ['::/1', 'one v6'], ['::/80', 'one'],
    ['::ffff:0:0/96', 'mapped v4'], ['10.0.0.0/8', 'v4'], ['2001:db8::/32', 'v6']) {
	my $got = list(['default_ip', 'inNetwork', $case->[0]], columns => 'userId', sort => 'userId');

	is join(' ', map { $_->{userId} =~ s/ip-//r } @{ $got->{json}{users} }), $case->[1],
	    "in network $case->[0]";
}
# an answer that comes again is never an old one
my $asked = ['plan', 'is', 'gold'];
$r->post('/api/v1/events', { type => 'user', userId => 'u1', attributes => { plan => 'gold' } });
is list($asked)->{json}{total}, 1, 'asked once';
is list($asked)->{json}{total}, 1, 'asked again';
$r->post('/api/v1/events', { type => 'user', userId => 'u2', attributes => { plan => 'gold' } });
is list($asked)->{json}{total}, 2, 'asked after a write, though in the same words';
$r->post('/api/v1/events', { type => 'user', userId => 'u3', lastSeen => time - 56 });
is list(['lastSeen', 'inLast', '1m'])->{json}{total}, 1, 'seen in the last minute';
my $end = time + 30;
1 while list(['lastSeen', 'inLast', '1m'])->{json}{total} == 1 && time < $end;
cmp_ok time, '<', $end, 'and then no more, though nothing was written';

my $log = slurp("$r->{dir}/logs/access.log") . slurp("$r->{dir}/logs/api.log");
unlike $log, qr/Peru|Ivoire|isNot|prefix=/, 'no log holds what was asked for';
# what people did
$r->post('/api/v1/events', [
	{ type => 'event', userId => 'u1', name => 'sign up', at => '2026-01-02T00:00:00Z' },
	{ type => 'event', userId => 'u1', name => 'sign up', at => '2026-01-03T00:00:00Z' },
	{ type => 'event', userId => 'u2', name => 'sign up', at => '2026-01-02T00:00:00Z' },
	{ type => 'flow', userId => 'u3', flow => 'nps', event => 'started', at => '2026-01-02T00:00:00Z' },
	{ type => 'message', chatId => 'c1', personType => 'user', personId => 'u3', text => 'Hello' },
]);
my $did = $r->get('/api/v1/attributes')->{json}{behaviours};
is_deeply [map { [@$_{qw(name label count)}] } @$did],
    [['message', 'Wrote a message', 1], ['chat', 'Began a chat', 1],
    ['event:sign up', 'Did sign up', 2], ['flow:nps', 'Started the flow nps', 1]],
    'what people did is listed with how many did it';
is_deeply [map { "$_->{name} $_->{values}" } @{ $did->[0]{operators} }],
    ['did deed', 'didNot deed'], 'and what may be asked of it';
is_deeply [map { $_->{says} } map { @{ $_->{operators} } } @$did],
    ['Wrote a message', 'Did not write a message', 'Began a chat', 'Did not begin a chat',
    'Did sign up', 'Did not do sign up', 'Started the flow nps', 'Did not start the flow nps'],
    'and how the sentence begins';
my $everybody = list()->{json}{total};
for my $row ([['event:sign up', 'did'], 2], [['event:sign up', 'did', { atLeast => 2 }], 1],
    [['event:sign up', 'didNot'], $everybody - 2], [['flow:nps', 'did'], 1],
    [['message', 'did', { inLast => '1h' }], 1], [['chat', 'did', { inLast => '1h' }], 1]) {
	my ($asked, $n) = @$row;

	is list($asked)->{json}{total}, $n, json($asked);
}
my $refused = list({ all => [['event:nothing', 'did']] });
is $refused->{status}, 422, 'what nobody did cannot be asked';
is $refused->{json}{path}, '/all/0', 'and the leaf is named';

done_testing;
