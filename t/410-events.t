# SPDX-License-Identifier: AGPL-3.0-or-later
# Events through nginx: one, many, some bad; once however often they are sent;
# and everything malformed is refused with a reason and never with a 5xx.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my $n = 0;

sub event { my (%e) = @_; return { type => 'user', userId => 'u' . ++$n, at => '2026-05-01T10:00:00Z', %e } }
sub total { return $r->get('/api/v1/users?limit=1')->{json}{total} }
sub
events
{
	my ($body, %o) = @_;

	return $r->request('POST', '/api/v1/events' . ($o{query} // ''), body => $body,
	    headers => { 'Content-Type' => $o{type} // 'application/json' });
}

my $a = events(json(event()));
is $a->{status}, 200, 'one event';
is_deeply $a->{json}, { accepted => 1, duplicates => 0, refusedCount => 0, refused => [] },
    'is taken';
$a = events(json([event(), event(), event()]));
is $a->{json}{accepted}, 3, 'an array';
$a = events(join("\n", map { json(event()) } 1 .. 5) . "\n", type => 'application/x-ndjson');
is $a->{json}{accepted}, 5, 'NDJSON';
is total(), 9, 'are nine people';

# once
my $once = event(id => 'e-1', attributes => { name => 'Ann' });
is events(json($once))->{json}{accepted}, 1, 'an event with an id';
$once->{attributes}{name} = 'Eve';
is events(json($once))->{json}{duplicates}, 1, 'is taken once';
my $f = '%5B%22default_name%22%2C%22is%22%2C%22Ann%22%5D';
is $r->get("/api/v1/users?f=$f")->{json}{total}, 1, 'and changes nothing the second time';

# some bad
my @lines = (json(event()), '{"type":"nope"}', '{not json', json(event(at => 'soon')), json(event()));
$a = events(join("\n", @lines), type => 'application/x-ndjson');
is $a->{status}, 200, 'a refused event does not stop the rest';
is_deeply [@{ $a->{json} }{qw(accepted refusedCount)}], [2, 3], 'each is counted';
is_deeply [map { [$_->{line}, $_->{field}] } @{ $a->{json}{refused} }],
    [[2, 'type'], [3, 'column 3'], [4, 'at']], 'with its line and field';
my $before = total();
$a = events(join("\n", @lines), type => 'application/x-ndjson', query => '?atomic=true');
is $a->{status}, 422, 'all or nothing';
is $a->{headers}{'content-type'}, 'application/problem+json', 'is a problem';
is $a->{json}{accepted}, 0, 'took nothing';
is_deeply [map { $_->{line} } @{ $a->{json}{refused} }], [2, 3, 4], 'says why';
is total(), $before, 'and kept nothing';

# a ban is or is not: what is neither does not lift it
events(json({ type => 'user', userId => 'u1', at => '2026-05-02T10:00:00Z', banned => \1 }));
$a = events(json({ type => 'user', userId => 'u1', at => '2026-05-03T10:00:00Z', attributes => { banned => 'perhaps' } }));
is_deeply [map { [$_->{field}, $_->{detail}] } @{ $a->{json}{refused} }],
    [['attributes.banned', 'true or false was expected.']], 'half a ban is refused';
is $r->get('/api/v1/users?f=%5B%22banned%22%2C%22isTrue%22%5D')->{json}{total}, 1, 'and lifts none';
events(json({ type => 'user', userId => 'u1', at => '2026-05-04T10:00:00Z', attributes => { banned => 'false' } }));
is $r->get('/api/v1/users?f=%5B%22banned%22%2C%22isTrue%22%5D')->{json}{total}, 0, 'false in words does';

# last session data with nothing in it is no value, as null is
my @bare = (type => 'chat', chatId => 'c-bare', userId => 'u1');
my $bare = '/api/v1/users?columns=session.plan,session.list,session.step&f=' .
    '%5B%22userId%22%2C%22is%22%2C%22u1%22%5D';
sub bare { my $u = $r->get($bare)->{json}{users}[0]; delete $u->{id}; return $u }
events(json(event(@bare, attributes => { plan => 'gold', list => ['a'], step => 3 })));
is_deeply bare(), { 'session.plan' => 'gold', 'session.list' => ['a'], 'session.step' => 3 },
    'last session data';
$a = events(json(event(@bare, at => '2026-05-01T11:00:00Z',
    attributes => { plan => '', list => [], fresh => [''] })));
is_deeply [@{ $a->{json} }{qw(accepted refused)}], [1, []], 'of which empty values are taken';
is_deeply bare(), { 'session.step' => 3 }, 'and clear what was there';

# malformed
for my $bad (
	['', 'application/json', 400, 'nothing'],
	['  ', 'application/json', 400, 'blanks'],
	['{"type":"user"', 'text/plain', 415, 'another media type'],
	['{}', 'application/x-www-form-urlencoded', 415, 'a form'],
) {
	is events($bad->[0], type => $bad->[1])->{status}, $bad->[2], "$bad->[3]: $bad->[2]";
}
for my $bad (
	['{"type":"user","userId":"x"', 'cut'],
	['{"type":"user","userId":"x","userId":"y"}', 'a member twice'],
	["{\"type\":\"user\",\"userId\":\"\xff\"}", 'bytes that are no UTF-8'],
	['{"type":"user","userId":"\u0000"}', 'NUL'],
	['{"type":"user","userId":"\ud800"}', 'half a surrogate pair'],
	['[' x 40 . ']' x 40, 'nested 40 deep'],
	['{"type":"user","userId":"x","attributes":{"n":1e999}}', 'a number that is none'],
	['{"type":"user","userId":"x","attributes":{"n":123456789012345678901234567890}}', 'a number too large'],
	['{"type":"user","userId":"x","nope":1}', 'an unknown member'],
	['{"type":"user","userId":"' . 'x' x 300 . '"}', 'an id too long'],
	['{"type":"user"}', 'nobody'],
	['{"type":"user","userId":"x","at":"2026-02-30T00:00:00Z"}', 'a day that is none'],
	['7', 'no object'],
	['null', 'nothing at all'],
) {
	my $a = events($bad->[0]);
	ok $a->{status} == 400 || ($a->{status} == 200 && $a->{json}{accepted} == 0
		&& $a->{json}{refusedCount} >= 1), "$bad->[1] is refused"
	    or diag "$a->{status} $a->{body}";
}
is total(), $before, 'and nobody came of it';
is events(json(event(at => '1969-12-31T23:59:59Z')))->{json}{refused}[0]{field}, 'at',
    'a clock before 1970';
for my $at ('1970-01-01T00:00:00Z', '9999-12-31T23:59:59Z', 1767225600,
    1767225600000, '1767225600000000') {
	is events(json(event(at => $at)))->{json}{accepted}, 1, "a clock of $at";
}

# limits
my $line = json(event(attributes => { note => 'x' x 900 })) . "\n";
my $big = $line x (16 * 1024 * 1024 / length($line));
is events($big, type => 'application/x-ndjson')->{status}, 200, 'a body just below 16 MiB';
$a = events($big . $line x 2, type => 'application/x-ndjson');
is $a->{status}, 413, 'and above it';
is $a->{json}{type}, 'about:blank#too-large', 'a problem, too';
is $r->post('/api/v1/events?atomic=yes', event())->{json}{path}, 'atomic', 'a flag is true or false';
is $r->post('/api/v1/events?atomc=true', event())->{json}{path}, 'atomc', 'a typing mistake is named';

# all types in one breath
my @story = map { { at => '2026-06-01T12:00:00Z', %$_ } } (
	{ type => 'user', userId => 's', attributes => { name => 'Sam', country => 'Peru', vip => \1 } },
	{ type => 'chat', chatId => 'c', userId => 's', source => 'WhatsApp', attributes => { plan => 'pro' } },
	{ type => 'message', chatId => 'c', messageId => 'm1', personType => 'user', personId => 's', text => 'Hi' },
	{ type => 'message', chatId => 'c', messageId => 'm2', personType => 'bot', personId => 'b', text => 'Hello' },
	{ type => 'delivery', messageId => 'm2', status => 'read' },
	{ type => 'flow', userId => 's', flow => 'welcome', runId => 'r', event => 'started', cause => 'keyword' },
	{ type => 'consent', userId => 's', state => 'in', channel => 'WhatsApp' },
	{ type => 'validity', userId => 's', valid => \1, reason => 'checked' },
	{ type => 'event', userId => 's', name => 'bought', properties => { price => 3 } },
	{ type => 'user', userId => 't', attributes => { email => 't@example.org' } },
	{ type => 'merge', from => 't', into => 's' },
	{ type => 'bot', id => 'b', name => 'Botty' },
	{ type => 'tag', id => 'g', name => 'Tag' },
);
is events(json(\@story))->{json}{accepted}, scalar(@story), 'every type of event is taken';
my $sam = $r->get('/api/v1/users?columns=default_name,default_email,default_country,vip,'
	. 'session.plan,chats,messagesIn,messagesOut,consent,valid,default_source,lastSeen&f='
	. '%5B%22userId%22%2C%22is%22%2C%22s%22%5D')->{json}{users}[0];
delete $sam->{id};
is_deeply $sam, { default_name => 'Sam', default_email => 't@example.org',
    default_country => 'Peru', vip => JSON::PP::true, 'session.plan' => 'pro', chats => 1,
    messagesIn => 1, messagesOut => 1, consent => 'in', valid => JSON::PP::true,
    default_source => 'WhatsApp', lastSeen => '2026-06-01T12:00:00.000Z' },
    'and the person is what they add up to';

# seen before the first that was known of them, in either order
for my $late ('2026-06-02T00:00:00Z', '2026-06-09T00:00:00Z') {
	events(json(event(userId => "seen $late", at => $late, lastSeen => '2026-06-05T00:00:00Z')));
	my $seen = $r->get('/api/v1/users?columns=createdAt,lastSeen&f=%5B%22userId%22%2C%22is%22%2C%22seen%20'
		. $late . '%22%5D')->{json}{users}[0];

	is_deeply [@$seen{qw(createdAt lastSeen)}],
	    [$late lt '2026-06-05' ? '2026-06-02T00:00:00.000Z' : '2026-06-05T00:00:00.000Z',
		'2026-06-05T00:00:00.000Z'], "first seen is the earlier of $late and a last seen that is given";
}
# written over several lines, each event keeps its own bytes
my @wide = map { JSON::PP->new->pretty->canonical->encode({ type => 'user', userId => "wide-$_",
    attributes => { default_name => "Name $_", default_city => 'x' x $_ } }) } 1 .. 9;
my $wide = events(join('', @wide), type => 'application/x-ndjson');
is $wide->{json}{accepted}, 9, 'nine events over many lines' or diag $wide->{body};
my $seen = $r->get('/api/v1/users?columns=userId,default_name,default_city&sort=userId&f=%5B%22userId%22,%22startsWith%22,%22wide-%22%5D')->{json};
is_deeply [map { "$_->{userId} $_->{default_name} $_->{default_city}" } @{ $seen->{users} }],
    [map { "wide-$_ Name $_ " . 'x' x $_ } 1 .. 9], 'are those that were sent';
done_testing;
