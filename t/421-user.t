# SPDX-License-Identifier: AGPL-3.0-or-later
# One person through nginx: all there is with where it came from, edits that
# stay above what events say, two editors at once, what is refused, and the
# timeline over pages.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use POSIX ();
use Rapport::Test;

my $r = Rapport::Test->start;

sub
events
{
	my $a = $r->post('/api/v1/events', [@_]);

	is $a->{json}{accepted}, scalar(@_), scalar(@_) . ' events' or diag $a->{body};
}
sub
patch
{
	my ($id, $body, %o) = @_;

	return $r->request('PATCH', "/api/v1/users/$id", json => $body, %o);
}
sub
id_of
{
	my ($user) = @_;
	my $f = qq(%5B%22userId%22%2C%22is%22%2C%22$user%22%5D);

	return $r->get("/api/v1/users?f=$f")->{json}{users}[0]{id};
}
sub person { my ($id) = @_; return $r->get("/api/v1/users/$id")->{json} }

events(
	{ type => 'user', userId => 'u1', at => '2026-01-01T10:00:00Z',
	    attributes => { name => 'Ana', city => 'Lisboa', score => 7, tags => ['a', 'b'] },
	    segments => ['VIP'] },
	{ type => 'user', userId => 'u1', at => '2026-01-02T10:00:00Z', attributes => { city => 'Porto' } },
	{ type => 'user', userId => 'u1', at => '2026-01-01T09:00:00Z',
	    identity => { channel => 'web', kind => 'sessionId', value => 's-1' } },
	{ type => 'user', userId => 'u2', at => '2026-01-01T10:00:00Z', attributes => { name => 'Bo' } },
	{ type => 'chat', chatId => 'c1', userId => 'u1', at => '2026-01-03T10:00:00Z',
	    source => 'Slack', name => 'Help', tags => ['refund'], attributes => { mood => 'good' } },
	{ type => 'chat', chatId => 'c2', userId => 'u1', openedAt => '2026-01-04T10:00:00Z',
	    closedAt => '2026-01-04T11:00:00Z', state => 'closed' },
	(map { { type => 'message', chatId => 'c1', messageId => "m$_", personType => $_ % 2 ? 'user' : 'bot',
	    personId => $_ % 2 ? 'u1' : 'b1', at => "2026-01-03T10:00:0${_}Z", text => "text $_" } } 1 .. 4),
	{ type => 'consent', userId => 'u1', state => 'in', at => '2026-01-05T10:00:00Z', channel => 'web' },
	{ type => 'validity', userId => 'u1', valid => JSON::PP::true, at => '2026-01-06T10:00:00Z' },
	{ type => 'flow', userId => 'u1', flow => 'Onboarding', runId => 'r1', event => 'started',
	    cause => 'keyword', at => '2026-01-07T10:00:00Z' },
	{ type => 'event', userId => 'u1', name => 'bought', at => '2026-01-08T10:00:00Z',
	    properties => { sku => 'x-1' } },
);
my ($id, $other) = (id_of('u1'), id_of('u2'));
my $dynamic = $r->post('/api/v1/segments', { name => 'North', filter => ['default_city', 'is', 'porto'] })->{json}{id};
$r->post('/api/v1/segments', { name => 'Nobody', filter => ['default_city', 'is', 'nowhere'] });

# all there is
my $u = person($id);
is_deeply [@$u{qw(id userId)}], [$id, 'u1'], 'who it is';
is_deeply $u->{attributes}{default_city}, { label => 'City', type => 'text', editable => JSON::PP::true,
	value => 'Porto', source => 'event', at => '2026-01-02T10:00:00.000Z',
	previous => { value => 'Lisboa', source => 'event', at => '2026-01-01T10:00:00.000Z' } },
    'a value, where it came from and when, and the one before';
is_deeply [@{ $u->{attributes}{chats} }{qw(value editable)}], [2, JSON::PP::false], 'what is kept by us cannot be edited';
is $u->{session}{'session.mood'}, undef, 'session data is of the latest chat, which brought none';
is_deeply $u->{identities}, [{ channel => 'web', kind => 'sessionId', value => 's-1' }], 'identities';
is_deeply [map { [$_->{name}, $_->{kind}] } @{ $u->{segments} }], [['VIP', 'static'], ['North', 'dynamic']],
    'segments of both kinds, and none that does not have them';
is $u->{segments}[1]{id}, $dynamic, 'with their ids';
is_deeply $u->{chats}, { total => 2, messagesIn => 2, messagesOut => 2, firstAt => '2026-01-03T10:00:00.000Z',
	lastAt => '2026-01-04T10:00:00.000Z' }, 'how often they talk, and when';
is_deeply [$u->{consent}, $u->{valid}], [{ value => 'in', at => '2026-01-05T10:00:00.000Z' },
	{ value => JSON::PP::true, at => '2026-01-06T10:00:00.000Z' }], 'consent and validity with their instants';
is_deeply $u->{merges}, [], 'no merges';

# chats, in two pages
my $c = $r->get("/api/v1/users/$id/chats?limit=1")->{json};
is_deeply [$c->{total}, map { @$_{qw(chatId state openedAt closedAt)} } @{ $c->{chats} }],
    [2, 'c2', 'Closed', '2026-01-04T10:00:00.000Z', '2026-01-04T11:00:00.000Z'], 'the latest chat first';
$c = $r->get("/api/v1/users/$id/chats?limit=1&after=$c->{next}")->{json};
is_deeply [$c->{next}, map { @$_{qw(chatId name source messagesIn messagesOut)}, @{ $_->{tags} } } @{ $c->{chats} }],
    [undef, 'c1', 'Help', 'Slack', 2, 2, 'refund'], 'then the one before, and the end';

# edits
my $a = patch($id, { attributes => { default_city => 'Faro', score => 9, name => undef } });
is $a->{status}, 200, 'an edit' or diag $a->{body};
$u = $a->{json};
is_deeply [@{ $u->{attributes}{default_city} }{qw(value source)}, $u->{attributes}{default_city}{previous}{value},
	$u->{attributes}{default_city}{shadow}{value}], ['Faro', 'manager', 'Porto', 'Porto'],
    'is shown, with what was there before and what events say';
is_deeply [$u->{attributes}{score}{value}, $u->{attributes}{default_name}{value},
	$u->{attributes}{default_name}{previous}{value}, $u->{attributes}{tags}{value}],
    [9, undef, 'Ana', ['a', 'b']], 'null clears; what was not named stays';
events({ type => 'user', userId => 'u1', at => '2029-01-01T10:00:00Z',
	attributes => { city => 'Braga', name => 'Anna' } });
$u = person($id);
is_deeply [@{ $u->{attributes}{default_city} }{qw(value source)}, $u->{attributes}{default_city}{shadow}{value}],
    ['Faro', 'manager', 'Braga'], 'a webhook does not overwrite it, however late; both are shown';
is $u->{attributes}{default_name}{value}, undef, 'nor what was cleared';
is $r->get("/api/v1/users?f=%5B%22default_city%22%2C%22is%22%2C%22Faro%22%5D")->{json}{total}, 1,
    'the index has what is shown';
my $h = $r->get("/api/v1/users/$id/history/default_city")->{json};
is_deeply [$h->{label}, map { $_->{value} } @{ $h->{history} }], ['City', 'Porto', 'Lisboa'], 'history, newest first';
is_deeply [map { $_->{json}{attributes}{banned}{value} } patch($id, { banned => JSON::PP::true }),
	patch($id, { banned => JSON::PP::false })], [JSON::PP::true, JSON::PP::false], 'banned and not';

# what is refused changes nothing
my $before = person($id)->{attributes};
for my $case (
	[{ attributes => { default_city => 'X', nope => 1 } }, 'attributes.nope'],
	[{ attributes => { default_city => 'X', chats => 1 } }, 'attributes.chats'],
	[{ attributes => { default_city => 'X', score => 'many' } }, 'attributes.score'],
	[{ attributes => { city => 'X', default_city => 'Y' } }, 'attributes.default_city'],
	[{ attributes => { default_city => { a => 1 } } }, 'attributes.default_city'],
	[{ attributes => { "\n" => 1 } }, "attributes.\n"],
	[{ attributes => ['x'] }, 'attributes'],
	[{ banned => 'yes' }, 'banned'],
	[{ banned => undef }, 'banned'],
	[{ name => 'X' }, 'name'],
) {
	my $got = patch($id, $case->[0]);

	is $got->{status}, 422, 'refused: ' . json($case->[0]);
	is $got->{json}{path}, $case->[1], 'naming what is wrong';
}
is_deeply person($id)->{attributes}, $before, 'nothing of them was done';
is patch(999999, { attributes => { city => 'X' } })->{status}, 404, 'nobody to edit';
is patch($id, {})->{status}, 200, 'nothing to edit';
is $r->request('PATCH', "/api/v1/users/$id", body => '{"attributes":{"score":10}}',
	headers => { 'Content-Type' => 'application/merge-patch+json' })->{status}, 200, 'the media type of merge patches';

# two editors
my $tag = $r->get("/api/v1/users/$id")->{headers}{etag};
like $tag, qr/^"[0-9a-f]{32}"$/, 'a version';
events({ type => 'message', chatId => 'c1', messageId => 'm9', personType => 'user', personId => 'u1',
	at => '2026-01-09T10:00:00Z', text => 'hello' });
$a = patch($id, { attributes => { score => 11 } }, headers => { 'If-Match' => $tag });
is $a->{status}, 200, 'a message meanwhile is in nobody\'s way';
isnt $a->{headers}{etag}, $tag, 'the edit made a new version';
$a = patch($id, { attributes => { score => 12 } }, headers => { 'If-Match' => $tag });
is_deeply [$a->{status}, $a->{json}{type}], [412, 'about:blank#changed'], 'who read the old one is told';
is person($id)->{attributes}{score}{value}, 11, 'and overwrites nothing';
is patch($id, { attributes => { score => 12 } }, headers => { 'If-Match' => 'x' })->{status}, 400, 'no version at all';
is patch($id, { attributes => { score => 12 } }, headers => { 'If-Match' => '*' })->{status}, 200, 'any version';

# eight at the same time on one version: one of them makes it
$tag = $r->get("/api/v1/users/$id")->{headers}{etag};
my %came = (0 => 0, 1 => 0);
my @children = map { my $n = $_; fork // die "fork: $!\n" or POSIX::_exit({ 200 => 0, 412 => 1 }->{
	patch($id, { attributes => { score => 100 + $n } }, headers => { 'If-Match' => $tag })->{status} } // 2) } 1 .. 8;
for (@children) {
	waitpid $_, 0;
	$came{ $? >> 8 }++;
}
is_deeply \%came, { 0 => 1, 1 => 7 }, 'of eight at once one is taken and seven are told';

# timeline: everything once over pages, newest first
my (@all, $after);
do {
	my $p = $r->get("/api/v1/users/$id/timeline?limit=3" . ($after ? "&after=$after" : ''));
	is $p->{status}, 200, 'a page' or diag $p->{body};
	push @all, @{ $p->{json}{timeline} };
	$after = $p->{json}{next};
} while (defined $after && @all < 100);
is_deeply [map { $_->{at} } @all], [reverse sort map { $_->{at} } @all], 'newest first';
is_deeply [map { $_->{kind} } grep { $_->{kind} !~ /change|message/ } @all], [qw(event flow validity consent segment)],
    'what happened';
is_deeply [map { $_->{text} } grep { $_->{kind} eq 'message' } @all], ['hello', map { "text $_" } 4, 3, 2, 1],
    'what was said';
my @city = grep { ($_->{attribute} // '') eq 'default_city' } @all;
is_deeply [map { [@$_{qw(value old shown source)}] } @city], [
	['Braga', 'Faro', JSON::PP::false, 'event'], ['Faro', 'Porto', JSON::PP::true, 'manager'],
	['Porto', 'Lisboa', JSON::PP::true, 'event'], ['Lisboa', undef, JSON::PP::true, 'event']],
    'each change with the value before it, and what was never shown';
my $whole = $r->get("/api/v1/users/$id/timeline?limit=500")->{json};
is_deeply [$whole->{timeline}, $whole->{next}], [\@all, undef], 'one page has the same';
is_deeply [map { $_->{kind} } @{ $r->get("/api/v1/users/$id/timeline?kinds=flow,consent")->{json}{timeline} }],
    [qw(flow consent)], 'some kinds';
is $r->get("/api/v1/users/$id/timeline?kinds=flow,nope")->{json}{path}, 'kinds', 'and none that is not';
my $blind = $r->post('/api/v1/tokens', { name => 'b', scopes => ['users.read'] })->{json}{token};
is scalar(grep { $_->{kind} eq 'message' } @{ $r->get("/api/v1/users/$id/timeline?limit=500", token => $blind)
	->{json}{timeline} }), 0, 'who may not read chats sees no message';
for my $bad ("users/$id/chats?after=abc", "users/$id/timeline?after=abc", "users/$other/timeline?after="
	. $r->get("/api/v1/users/$id/timeline?limit=1")->{json}{next},
    "users/$id/chats?after=" . $r->get("/api/v1/users/$id/timeline?limit=1")->{json}{next}) {
	is $r->get("/api/v1/$bad")->{json}{path}, 'after', 'a cursor of another list is refused';
}
my $vip = person($id)->{segments}[0]{id};
is_deeply [map { $r->post("/api/v1/segments/$vip/members", $_)->{status} } { add => [$id] }, { remove => [$id] },
	{ remove => [$id] }, { add => [$id, $other] }], [200, 200, 200, 200], 'into a segment and out of it';
is_deeply [map { [@$_{qw(segment name)}, $_->{in} ? 'in' : 'out'] }
	@{ $r->get("/api/v1/users/$id/timeline?kinds=segment")->{json}{timeline} }],
    [[$vip, 'VIP', 'in'], [$vip, 'VIP', 'out'], [$vip, 'VIP', 'in']], 'is told where it made a difference, last what the event said';
is $r->cli('check')->{status}, 0, 'every index is exact';
is $r->get("/api/v1/users/$id/history/nope")->{status}, 404, 'the history of nothing';
is $r->get("/api/v1/users/999999/$_")->{status}, 404, "nobody's $_" for qw(chats timeline history/default_city);

# records
my @acts = map { "$_->{act} $_->{object}" } @{ $r->get('/api/v1/audit?limit=200')->{json}{audit} };
for my $act ("user.read user $id", "user.timeline user $id", "user.chats user $id", "user.history user $id",
    "user.edit user $id: default_city, default_name, score", "user.edit user $id ban") {
	ok((grep { $_ eq $act } @acts), "a record: $act") or diag join "\n", @acts;
}
ok !(grep { /999999/ } @acts), 'and none of who is not there';
ok !(grep { /Faro|Braga/ } @acts), 'nor any value';
done_testing;
