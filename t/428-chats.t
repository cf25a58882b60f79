# SPDX-License-Identifier: AGPL-3.0-or-later
# The archive through nginx: searching by words, tags, state, assignee, source,
# days and users, pages that lose nothing, one chat with its times, transcripts
# with hits to jump to, edits, audit records, and what is refused.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my $n = 0;

sub
events
{
	my $a = $r->post('/api/v1/events', [@_]);

	is $a->{json}{accepted}, scalar(@_), scalar(@_) . ' events' or diag $a->{body};
}
sub
message
{
	my ($chat, $who, $at, $text, %o) = @_;

	return { type => 'message', chatId => $chat, messageId => 'm' . ++$n, personType => $who,
	    personId => $who eq 'user' ? 'u1' : $who eq 'bot' ? 'b1' : 'kim', at => $at, text => $text, %o };
}
sub
esc
{
	my ($s) = @_;
	utf8::encode($s);
	$s =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ge;
	return $s;
}
sub
chats
{
	my (%in) = @_;
	my $a = $r->get('/api/v1/chats?' . join '&', map { "$_=" . esc($in{$_}) } sort keys %in);

	is $a->{status}, 200, 'found' or diag $a->{body};
	return $a->{json};
}
sub ids { return join ' ', map { $_->{chatId} } @{ chats(@_)->{chats} } }
sub refused { return $r->get('/api/v1/chats?' . $_[0]) }

events(
	{ type => 'user', userId => 'u1', at => '2026-11-01T00:00:00Z', attributes => { name => 'Ana', country => 'PT' } },
	{ type => 'user', userId => 'u2', at => '2026-11-01T00:00:00Z', attributes => { name => 'Bo', country => 'SE' } },
	{ type => 'chat', chatId => 'c1', userId => 'u1', openedAt => '2026-11-16T09:00:00Z', state => 'opened',
	    source => 'Slack', tags => ['refund', 'vip'], assigneeId => 'kim', name => 'Help' },
	message('c1', 'user', '2026-11-16T09:00:00Z', 'Hello, I want a REFUND for order A17'),
	message('c1', 'bot', '2026-11-16T09:00:05Z', 'One moment please'),
	message('c1', 'manager', '2026-11-16T09:10:00Z', 'she was here before', note => \1),
	message('c1', 'manager', '2026-11-16T09:20:00Z', 'Your refund is on its way'),
	{ type => 'chat', chatId => 'c1', at => '2026-11-16T09:30:00Z', state => 'closed', closedAt => '2026-11-16T09:30:00Z' },
	{ type => 'chat', chatId => 'c2', userId => 'u2', openedAt => '2026-11-17T23:30:00Z', source => 'WhatsApp',
	    tags => ['Refund'], attributes => { page => 'home', n => 3 } },
	{ type => 'message', chatId => 'c2', messageId => 'x1', personType => 'user', personId => 'u2',
	    at => '2026-11-17T23:31:00Z', text => "我要退款申请，谢谢 \x{1F600} Café" },
	{ type => 'chat', chatId => 'c3', userId => 'u1', openedAt => '2026-11-18T10:00:00Z', snoozedAt => '2026-11-18T11:00:00Z',
	    state => 'snoozed', tags => ['vip'], assigneeId => 'lee' },
	message('c3', 'user', '2026-11-18T10:00:00Z', 'the order of my refund'),
	message('c3', 'manager', '2026-11-18T10:05:00Z', 'ขอคืนเงิน 환불이요'),
	{ type => 'delivery', messageId => "m$n", status => 'failed', at => '2026-11-18T10:06:00Z', error => { code => '131026', title => 'no' } },
);

# ---- searching

is ids(), 'c3 c2 c1', 'all, the latest opening first';
is chats()->{total}, 3, 'with the total';
is ids(q => 'refund'), 'c3 c1', 'a word, whatever its case';
is ids(q => 'REFUND order'), 'c3 c1', 'two words';
is ids(q => '"refund for order"'), 'c1', 'a phrase';
is ids(q => '"my refund"'), 'c3', 'another';
is ids(q => 'refun*'), 'c3 c1', 'a prefix';
is ids(q => 'fund'), '', 'a part of a word is none';
is ids(q => '退款'), 'c2', 'Han';
is ids(q => '款申'), 'c2', 'from the middle';
is ids(q => '申请谢谢'), '', 'not over a comma';
is ids(q => '"申请 谢谢"'), 'c2', 'but as a phrase';
is ids(q => 'คืนเงิน'), 'c3', 'Thai';
is ids(q => '환불'), 'c3', 'Hangul';
is ids(q => 'café'), 'c2', 'an accent';
is ids(q => 'cafe'), '', 'is kept';
is ids(q => "\x{1F600}"), 'c2', 'an emoji';
is ids(tags => 'refund'), 'c2 c1', 'tags: any, whatever their case';
is ids(tags => 'refund,vip', tagsMatch => 'all'), 'c1', 'all of them';
is ids(tags => 'refund,vip', tagsMatch => 'none'), '', 'none of them';
is ids(tags => 'refund', tagsMatch => 'none'), 'c3', 'none of one';
is ids(state => 'closed'), 'c1', 'state';
is ids(state => 'opened,snoozed'), 'c3 c2', 'states';
is ids(assignee => 'lee'), 'c3', 'assignee';
is ids(assigned => 'false'), 'c2', 'of nobody';
is ids(source => 'slack'), 'c1', 'source';
is ids(chatId => 'c2'), 'c2', 'by chatId';
is ids(from => '2026-11-17'), 'c3 c2', 'from a day on';
is ids(from => '2026-11-18', tz => 'Asia/Tokyo'), 'c3 c2', 'of a zone';
is ids(from => '2026-11-17', to => '2026-11-18'), 'c2', 'to a day, which is not in';
is ids(to => '2026-11-16T09:00:00Z'), '', 'to an instant';
is ids(f => json(['default_country', 'is', 'PT'])), 'c3 c1', 'a filter of users';
is ids(f => json(['default_country', 'is', 'PT']), q => 'order', tags => 'vip', state => 'snoozed'), 'c3', 'all at once';

my $hit = chats(q => 'refund')->{chats}[1];
is_deeply $hit->{hits}[0]{marks}, [[16, 22]], 'where it stands';
is substr($hit->{hits}[0]{text}, 16, 6), 'REFUND', 'in the text';
is scalar @{ $hit->{hits} }, 2, 'in both messages';
is $hit->{user}{default_name}, 'Ana', 'whose it is';
is_deeply chats(q => 'café')->{chats}[0]{hits}[0]{marks}, [[13, 17]], 'counted in UTF-16 units';

my ($next, @seen) = '';
do {
	my $page = chats(limit => 1, $next ? (after => $next) : ());

	push @seen, map { $_->{chatId} } @{ $page->{chats} };
	is $page->{total}, 3, 'the total stays';
	$next = $page->{next};
} while ($next);
is "@seen", 'c3 c2 c1', 'page by page';

# ---- one chat

my %id = map { $_->{chatId} => $_->{id} } @{ chats()->{chats} };
my $one = $r->get("/api/v1/chats/$id{c1}");
is $one->{status}, 200, 'one chat';
is_deeply { map { $_ => $one->{json}{$_} } qw(state firstOpenedAt openedAt firstRepliedAtAfterOpen waitingTime avgReplyTime
	totalReplyTime replyCount resolutionTime closedAt holdTime operationWaitingTime operationReplyCount) },
    { state => 'Closed', firstOpenedAt => '2026-11-16T09:00:00.000Z', openedAt => '2026-11-16T09:00:00.000Z',
	firstRepliedAtAfterOpen => '2026-11-16T09:20:00.000Z', waitingTime => 1200000, avgReplyTime => 1200000,
	totalReplyTime => 1200000, replyCount => 1, resolutionTime => 1800000, closedAt => '2026-11-16T09:30:00.000Z',
	holdTime => 0, operationWaitingTime => undef, operationReplyCount => undef }, 'with its times';
my $hours = $r->request('PUT', '/api/v1/hours', json => { from => undef, timezone => 'UTC',
	week => { monday => [['09:15', '18:00']] } });
is $hours->{status}, 200, 'operating hours from Monday 09:15' or diag $hours->{body};
is $r->get("/api/v1/chats/$id{c1}")->{json}{operationWaitingTime}, 300000, 'and five minutes of the wait are within';
is $r->get("/api/v1/chats/$id{c3}")->{json}{holdTime}, undef, 'still on hold: not known';
is_deeply $r->get("/api/v1/chats/$id{c2}")->{json}{sessionAttributes}, { page => 'home', n => 3 }, 'session attributes';

# ---- transcripts

my $t = $r->get("/api/v1/chats/$id{c1}/messages?q=refund")->{json};
is_deeply [map { $_->{kind} eq 'state' ? $_->{state} : "$_->{personType}" . ($_->{note} ? ' note' : '') } @{ $t->{messages} }],
    ['Opened', 'User', 'Bot', 'Manager note', 'Manager', 'Closed'], 'who said it, notes and states between';
is $t->{total}, 4, 'messages';
is_deeply $t->{messages}[1]{marks}, [[16, 22]], 'marked';
is_deeply $t->{messages}[2]{marks}, [], 'where it is';
is $t->{hitsTotal}, 2, 'two hits';
my $around = $r->get("/api/v1/chats/$id{c1}/messages?limit=1&around=$t->{hits}[1]")->{json};
is $around->{messages}[0]{text}, 'Your refund is on its way', 'a jump to the second';
ok $around->{previous} && $around->{next}, 'with more on both sides';
is $r->get("/api/v1/chats/$id{c1}/messages?limit=1&after=$around->{next}")->{json}{messages}[0]{state}, 'Closed', 'behind it';
is $r->get("/api/v1/chats/$id{c1}/messages?limit=1&before=$around->{previous}")->{json}{messages}[0]{note}, 1, 'and before';
my ($cursor, @kinds) = '';
do {
	my $page = $r->get("/api/v1/chats/$id{c1}/messages?limit=2" . ($cursor && "&after=$cursor"))->{json};

	push @kinds, map { $_->{key} // $_->{state} } @{ $page->{messages} };
	$cursor = $page->{next};
} while ($cursor);
is_deeply \@kinds, [map { $_->{key} // $_->{state} } @{ $t->{messages} }], 'page by page';
is_deeply $r->get("/api/v1/chats/$id{c3}/messages")->{json}{messages}[2]{delivery}{error}, { code => '131026', title => 'no' }, 'deliveries';

# ---- edits

sub patch { my ($id, $body, %o) = @_; return $r->request('PATCH', "/api/v1/chats/$id", json => $body, %o) }
my $done = patch($id{c1}, { assigneeId => 'lee', tags => ['done', 'Ünïcode'], state => 'opened' });
is $done->{status}, 200, 'edited' or diag $done->{body};
is_deeply [@{ $done->{json} }{qw(assigneeId tags state closedAt)}], ['lee', ['done', 'Ünïcode'], 'Opened', undef], 'all of it';
is scalar @{ $done->{json}{episodes} }, 2, 'a second episode begins';
is ids(tags => 'ÜNÏCODE'), 'c1', 'found by the new tag';
is ids(tags => 'vip'), 'c3', 'and not by the old';
is ids(), 'c1 c3 c2', 'reopened, it is the latest';
is patch($id{c1}, { assigneeId => undef })->{json}{assigneeId}, undef, 'of nobody';
is patch($id{c2}, { state => 'closed' }, headers => { 'If-Match' => $one->{headers}{etag} })->{status}, 412, 'changed meanwhile';
is patch($id{c2}, { state => 'closed' })->{json}{state}, 'Closed', 'closed';
for ([{}, qr/expected one of/], [{ state => 'gone' }, qr/state/], [{ tags => 'x' }, qr/tags/], [{ tags => [1] }, qr/tags/],
    [{ tags => [''] }, qr/tags/], [{ name => 'x' }, qr/name/], [{ assigneeId => 'x' x 300 }, qr/assigneeId/]) {
	my $a = patch($id{c1}, $_->[0]);

	like $a->{status}, qr/^(?:413|422)$/, json($_->[0]) =~ s/x{9,}/x/r . ' is refused';
	like $a->{body}, $_->[1], 'and named';
}

# ---- what is refused

for (['q=%21%21', 'q'], ['q=' . 'a' x 2000, 'q'], ['q=' . 'a+' x 40, 'q'], ['tags=', 'tags'], ['tagsMatch=some', 'tagsMatch'],
    ['state=gone', 'state'], ['from=yesterday', 'from'], ['to=2026-13-01', 'to'], ['after=x', 'after'], ['limit=501', 'limit'],
    ['f=%5B%22nope%22%2C%22is%22%2C1%5D', '/'], ['nope=1', 'nope'], ['tz=Nowhere', 'tz'], ['chatId=' . 'x' x 300, 'chatId']) {
	my $a = refused($_->[0]);

	like $a->{status}, qr/^(?:400|413|422)$/, "$_->[1]: refused ($a->{status})";
	is $a->{json}{path}, $_->[1], 'by name';
}
for ('"', '"' x 500, '*', '%', "\\", "a\"b", '"a*" b*', "'; drop table", "\x{202e}abc", 'ａｂｃ', "e\x{301}") {
	like refused('q=' . esc($_))->{status}, qr/^(?:200|422)$/, 'hostile words do no harm';
}
for my $path ('99999', '0', 'x', '-1', '4294967296') {
	is $r->get("/api/v1/chats/$path$_")->{status}, 404, "no chat $path$_" for '', '/messages';
	is patch($path, { state => 'closed' })->{status}, 404, 'to change';
}
for (['after=x', 'after'], ['before=x', 'before'], ['around=x', 'around'], ['around=' . 'f' x 24, 'around'], ['limit=0', 'limit'], ['q=%21', 'q']) {
	my $a = $r->get("/api/v1/chats/$id{c1}/messages?$_->[0]");

	is $a->{status}, $_->[0] =~ /fff/ ? 200 : 422, "transcript: $_->[0]";
	is $a->{json}{path}, $_->[1], 'by name' if $a->{status} == 422;
}

# ---- what they said, as a filter of users

sub
users
{
	my ($f, %o) = @_;
	my $text = json($f);

	utf8::decode($text);
	return $r->get('/api/v1/users?columns=userId&f=' . esc($text), %o);
}
sub said { return join ' ', sort map { $_->{userId} } @{ users(@_)->{json}{users} } }
is said(['said', 'contains', 'refund']), 'u1', 'who said a word';
is said(['said', 'contains', 'REFUND order']), 'u1', 'or two in one message';
is said(['said', 'contains', '"refund for"']), 'u1', 'a phrase';
is said(['said', 'contains', 'moment']), '', 'not what a bot said';
is said(['said', 'notContains', 'refund']), 'u2', 'and who did not';
is said({ all => [['said', 'contains', '退款'], ['default_country', 'is', 'SE']] }), 'u2', 'with other leaves';
is users(['said', 'contains', 5])->{json}{path}, '/', 'what is no text is refused';
my $blind = $r->post('/api/v1/tokens', { name => 'blind', scopes => ['users.read'] })->{json}{token};
is users(['said', 'contains', 'refund'], token => $blind)->{status}, 422, 'who may not read chats cannot ask that';
is users(['default_country', 'is', 'PT'], token => $blind)->{json}{total}, 1, 'but the rest';
is $r->get('/api/v1/attributes', token => $blind)->{json}{said}, undef, 'nor is it offered';
is $r->get('/api/v1/attributes')->{json}{said}{operators}[0]{name}, 'contains', 'as it is to others';

# ---- who looked

my %acts;
$acts{"$_->{act} $_->{object}"}++ for @{ $r->get('/api/v1/audit?limit=500')->{json}{audit} };
ok $acts{"chat.read chat $id{c1}"}, 'reading a chat leaves a record';
ok $acts{"chat.transcript chat $id{c3}"}, 'and its transcript';
ok $acts{'chats.search chats'}, 'and a search for words';
ok $acts{"chat.edit chat $id{c1}: assigneeId tags state"}, 'and an edit, without values';
is $r->cli('check')->{status}, 0, 'check finds nothing';
done_testing;
