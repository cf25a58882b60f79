# SPDX-License-Identifier: AGPL-3.0-or-later
# Chat data taken out whole: eight worksheets with exactly the columns of the
# data model, the times of each chat worked out by hand, chosen as the archive
# is searched; as XLSX, JSON and CSV the same to every cell.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my $dir = tempdir();
my $password = 'four words nobody guesses';
my $python = -x '/usr/bin/python3' ? '/usr/bin/python3' : 'python3';
spew("$dir/password", "$password\n");
my ($n, $MIN, $HOUR) = (0, 60_000, 3_600_000);

# 2026-11-16 is a Monday.  Hours: Monday to Friday, 09:00 to 18:00, UTC.
is $r->request('PUT', '/api/v1/hours', json => { from => undef, timezone => 'UTC', week => {
	map { $_ => [['09:00', '18:00']] } qw(monday tuesday wednesday thursday friday) } })->{status}, 200, 'operating hours';

sub m_ { my ($chat, $who, $at, $text, %o) = @_; return { type => 'message', chatId => $chat, messageId => 'm' . ++$n,
	personType => $who, personId => { user => "u-$chat", bot => 'b1', manager => 'kim' }->{$who}, at => "2026-11-$at:00Z",
	text => $text // "$who says $n", %o } }
sub chat { my ($id, %o) = @_; return { type => 'chat', chatId => $id, userId => "u-$id",
	map { $_ => $_ =~ /At$|^at$/ ? "2026-11-$o{$_}:00Z" : $o{$_} } keys %o } }
my @events = (
	# reopened: 20 minutes for the first, an hour for the second
	chat('reopened', openedAt => '16T09:00', tags => ['refund', 'vip'], assigneeId => 'kim', managerIds => ['kim', 'lee'],
	    name => 'Order', description => 'about A17', contactMediumType => 'appLine', attributes => { page => 'home', n => 3 }),
	m_('reopened', 'user', '16T09:00'), m_('reopened', 'manager', '16T09:20'),
	chat('reopened', at => '16T10:00', state => 'closed', closedAt => '16T10:00'),
	chat('reopened', at => '17T10:00', state => 'opened', openedAt => '17T10:00'),
	m_('reopened', 'user', '17T10:00'), m_('reopened', 'manager', '17T11:00'),
	chat('reopened', at => '17T12:00', state => 'closed', closedAt => '17T12:00'),
	# snoozed from Friday 17:00 to Monday 10:00; asked Friday 16:00, answered Monday 11:00
	chat('weekend', openedAt => '13T16:00', tags => ['t2']), m_('weekend', 'user', '13T16:00'),
	chat('weekend', at => '13T17:00', state => 'snoozed', snoozedAt => '13T17:00'),
	chat('weekend', at => '16T10:00', state => 'opened', openedAt => '16T10:00'), m_('weekend', 'manager', '16T11:00'),
	chat('weekend', at => '16T12:00', state => 'closed', closedAt => '16T12:00'),
	# the bot first: its answer stops no clock, nor does a note
	chat('bot', openedAt => '18T09:00', supportBotId => 'sb1', marketingId => 'k1', marketingType => 'campaign'),
	m_('bot', 'bot', '18T09:00'), m_('bot', 'user', '18T09:01'), m_('bot', 'bot', '18T09:02'),
	m_('bot', 'manager', '18T09:03', 'nobody outside reads this', note => \1), m_('bot', 'manager', '18T09:11'),
	# a manager first: no answer to anybody until somebody asks
	chat('manager', openedAt => '18T10:00'), m_('manager', 'manager', '18T10:00'), m_('manager', 'user', '18T10:30'),
	m_('manager', 'manager', '18T10:40'),
	# a burst: answered from its first message on, once
	chat('burst', openedAt => '19T12:00'), (map { m_('burst', 'user', "19T12:0$_") } 0, 1, 2), m_('burst', 'manager', '19T12:10'),
	m_('burst', 'manager', '19T12:11'), m_('burst', 'user', '19T12:20'), m_('burst', 'manager', '19T12:50'),
	# closed unanswered, in the night
	chat('unanswered', openedAt => '19T20:00'), m_('unanswered', 'user', '19T20:00'),
	chat('unanswered', at => '19T22:00', state => 'closed', closedAt => '19T22:00'),
	{ type => 'user', userId => 'u-bot', at => '2026-11-01T00:00:00Z', attributes => { name => 'Ana', email => 'ana@x.example', score => 2.5 } },
	{ type => 'user', userId => 'nobody', at => '2026-11-01T00:00:00Z', attributes => { name => 'Never wrote' } },
	{ type => 'manager', id => 'kim', at => '2026-11-01T00:00:00Z', name => 'Kim', mobileNumber => '+491', role => 'Owner', removed => \0,
	    createdAt => '2025-01-02T03:04:05Z', operator => \1, channelId => '7' },
	{ type => 'manager', id => 'away', at => '2026-11-01T00:00:00Z', name => 'Not in any chat' },
	{ type => 'bot', id => 'b1', at => '2026-11-01T00:00:00Z', name => 'Botty' },
	{ type => 'supportBot', id => 'sb1', at => '2026-11-01T00:00:00Z', revisionId => 'r9', sectionPath => 'start/billing' },
	{ type => 'marketing', id => 'k1', at => '2026-11-01T00:00:00Z', name => 'Autumn' },
	{ type => 'tag', id => 't1', at => '2026-11-01T00:00:00Z', name => 'Refund', description => 'money back', followerIds => ['lee', 'kim'] },
	{ type => 'tag', id => 't2', at => '2026-11-01T00:00:00Z', name => 'weekend' },
);
is $r->post('/api/v1/events', \@events)->{json}{accepted}, scalar(@events), 'events';

my %good = (what => 'chats', password => $password, purpose => 'a test of chat data');
# A file, opened: its path.
sub
taken
{
	my ($format, %ask) = @_;
	my $res = $r->post('/api/v1/exports', { %good, format => $format, %ask });

	is $res->{status}, 200, "$format leaves" or diag $res->{body};
	spew("$dir/x.pgp", $res->{body});
	unlink "$dir/x.$format";
	is $r->cli('unlock', '--password-file', "$dir/password", '--out', "$dir/x.$format", "$dir/x.pgp")->{status}, 0, 'and opens';
	return ("$dir/x.$format", $res);
}
sub data { return json(slurp((taken('json', @_))[0])) }
sub ids { return join ' ', map { $_->{id} } @{ data(@_)->{'UserChat data'} } }

my %columns = (
	'UserChat data' => 'id userId name description state contactMediumType marketingId marketingType supportBotId managerIds assigneeId tags
	    firstOpenedAt openedAt firstRepliedAtAfterOpen createdAt waitingTime avgReplyTime totalReplyTime replyCount resolutionTime
	    operationWaitingTime operationAvgReplyTime operationTotalReplyTime operationReplyCount operationResolutionTime closedAt
	    holdTime sessionAttributes',
	'SupportBot data' => 'id revisionId sectionPath', 'Marketing data' => 'id type name createdAt',
	'Manager data' => 'id channelId accountId username name mobileNumber role removed createdAt defaultGroupWatch defaultDirectChatWatch
	    defaultUserChatWatch operator operatorEmailReminder',
	'Bot data' => 'id channelId name createdAt', 'UserChatTag data' => 'id channelId name description followerIds createdAt',
	'Message data' => 'chatId personType personId createdAt plainText',
);
my @sheets = ('UserChat data', 'User data', 'SupportBot data', 'Marketing data', 'Manager data', 'Bot data', 'UserChatTag data', 'Message data');

my ($file, $res) = taken('json');
like $res->{headers}{'content-disposition'}, qr/filename="chats-\d{4}-\d\d-\d\d\.json\.pgp"/, 'under its name';
my $text = slurp($file);
is_deeply [$text =~ /^"([^"]+)":\[$/mg], [@sheets, 'Import data'], 'the worksheets, in their order';
my $all = json($text);
for my $sheet (grep { $columns{$_} } @sheets) {
	my ($first) = $text =~ /^"\Q$sheet\E":\[\n(\{.*\}),?$/m;
	my @keys = $first =~ /"(\w+)":(?:"(?:[^"\\]|\\.)*"|\[[^\]]*\]|\{[^}]*\}|[^,}]+)/g;

	is "@keys", join(' ', split ' ', $columns{$sheet}), "$sheet has its columns, in their order";
}

my %chat = map { $_->{id} => $_ } @{ $all->{'UserChat data'} };
sub told { my ($c) = @_; return { map { $_ => $chat{$c}{$_} } grep { /Time$|Count$|At$|AfterOpen$/ && $_ ne 'createdAt' } keys %{ $chat{$c} } } }
# first opened, opened, first reply after it, closed; waiting, average, total, replies, resolution; the same within hours; hold
sub
worked
{
	my @at = map { defined ? "2026-11-$_:00.000Z" : undef } splice @_, 0, 4;
	my %t;

	@t{qw(firstOpenedAt openedAt firstRepliedAtAfterOpen closedAt waitingTime avgReplyTime totalReplyTime replyCount resolutionTime
	    operationWaitingTime operationAvgReplyTime operationTotalReplyTime operationReplyCount operationResolutionTime holdTime)} = (@at, @_);
	return \%t;
}
is_deeply told('reopened'), worked('16T09:00', '17T10:00', '17T11:00', '17T12:00', 60 * $MIN, 40 * $MIN, 80 * $MIN, 2, 2 * $HOUR,
    60 * $MIN, 40 * $MIN, 80 * $MIN, 2, 2 * $HOUR, 0), 'reopened: waiting of the latest, replies of both';
is_deeply told('weekend'), worked('13T16:00', '13T16:00', '16T11:00', '16T12:00', 67 * $HOUR, 67 * $HOUR, 67 * $HOUR, 1, 68 * $HOUR,
    4 * $HOUR, 4 * $HOUR, 4 * $HOUR, 1, 5 * $HOUR, 65 * $HOUR), 'snoozed over a weekend: two hours of Friday and those of Monday count';
is_deeply told('bot'), worked('18T09:00', '18T09:00', '18T09:11', undef, 10 * $MIN, 10 * $MIN, 10 * $MIN, 1, undef,
    10 * $MIN, 10 * $MIN, 10 * $MIN, 1, undef, 0), 'a bot and a note answer nothing';
is_deeply told('manager'), worked('18T10:00', '18T10:00', '18T10:40', undef, 10 * $MIN, 10 * $MIN, 10 * $MIN, 1, undef,
    10 * $MIN, 10 * $MIN, 10 * $MIN, 1, undef, 0), 'a manager who speaks first answers nobody';
is_deeply told('burst'), worked('19T12:00', '19T12:00', '19T12:10', undef, 10 * $MIN, 20 * $MIN, 40 * $MIN, 2, undef,
    10 * $MIN, 20 * $MIN, 40 * $MIN, 2, undef, 0), 'a burst is answered once, from its first message on';
is_deeply told('unanswered'), worked('19T20:00', '19T20:00', undef, '19T22:00', undef, undef, undef, 0, 2 * $HOUR,
    undef, undef, undef, 0, 0, 0), 'closed unanswered: not known, which is not 0; all of it out of hours, which is';
is_deeply { map { $_ => $chat{reopened}{$_} } qw(userId name description state contactMediumType managerIds assigneeId tags sessionAttributes createdAt) },
    { userId => 'u-reopened', name => 'Order', description => 'about A17', state => 'Closed', contactMediumType => 'appLine',
      managerIds => ['kim', 'lee'], assigneeId => 'kim', tags => ['refund', 'vip'], sessionAttributes => { page => 'home', n => 3 },
      createdAt => '2026-11-16T09:00:00.000Z' }, 'what the chat is';
is $chat{bot}{name}, 'Ana', 'a chat without a name has that of its person';
is_deeply $chat{bot}{tags}, [], 'no tags is an empty list';

is join(' ', sort map { $_->{userId} } @{ $all->{'User data'} }), join(' ', sort map { "u-$_" } keys %chat), 'the people of the chats, and nobody else';
is_deeply +(grep { $_->{userId} eq 'u-bot' } @{ $all->{'User data'} })[0]{score}, 2.5, 'with all that is known of them';
is_deeply $all->{'SupportBot data'}, [{ id => 'sb1', revisionId => 'r9', sectionPath => 'start/billing' }], 'support bots';
is_deeply $all->{'Marketing data'}, [{ id => 'k1', type => 'campaign', name => 'Autumn', createdAt => undef }], 'marketing; its type is what the chat says';
is_deeply [map { [@$_{qw(id name operator removed channelId createdAt)}] } @{ $all->{'Manager data'} }],
    [['kim', 'Kim', json('[true]')->[0], json('[false]')->[0], '7', '2025-01-02T03:04:05.000Z'], ['lee', (undef) x 5]], 'managers in the chats: known ones, and those known by their id alone';
is_deeply [map { $_->{id} } @{ $all->{'Bot data'} }], ['b1'], 'bots that spoke';
is_deeply [map { [@$_{qw(id name followerIds)}] } @{ $all->{'UserChatTag data'} }],
    [['t1', 'Refund', ['lee', 'kim']], ['t2', 'weekend', []], ['vip', undef, []]], 'tags by name, by id, and unknown ones';
is_deeply [map { "$_->{chatId} $_->{personType} $_->{personId}" } @{ $all->{'Message data'} }[0 .. 3]],
    ['reopened User u-reopened', 'reopened Manager kim', 'reopened User u-reopened', 'reopened Manager kim'], 'messages, chat by chat';
is scalar @{ $all->{'Message data'} }, $n - 1, 'all of them but the note';
unlike $text, qr/nobody outside/, 'which is nowhere';

# ---- chosen as the archive is searched
is ids(tags => ['Refund', 't2']), 'reopened weekend', 'any tag';
is ids(tags => ['refund', 'vip'], tagsMatch => 'all', state => ['closed']), 'reopened', 'all tags and a state';
is ids(tags => ['refund'], tagsMatch => 'none', to => '2026-11-19', tz => 'UTC'), 'weekend bot manager', 'none, and before a day';
is ids(from => '2026-11-17', to => '2026-11-18', tz => 'UTC'), 'reopened', 'opened again on a day';
is ids(assignee => ['kim']), 'reopened', 'assignee';
is ids(q => '"user says"', f => ['default_email', 'isSet']), 'bot', 'words and people';
is ids(chatId => 'burst'), 'burst', 'one';
my %id = map { $_->{chatId} => $_->{id} } @{ $r->get('/api/v1/chats')->{json}{chats} };
is ids(ids => [@id{qw(burst bot)}]), 'bot burst', 'a selection';
is_deeply [sort keys %{ data(sheets => ['Message data', 'User'], messages => \0) }], ['User data'], 'some sheets, without messages';
is_deeply data(q => 'nosuchword')->{'Message data'}, [], 'nothing is found: sheets without rows';

# ---- what it would hold
my $p = $r->post('/api/v1/exports/preview', { what => 'chats', tags => ['refund'] })->{json};
is_deeply $p, { total => 1, users => 1, messages => 4, sentence => 'Chats: with any of the tags refund', sheets => [
	map { { name => $_->[0], rows => $_->[1] } } ['UserChat data', 1], ['User data', 1], ['SupportBot data', 0], ['Marketing data', 0],
	['Manager data', 2], ['Bot data', 0], ['UserChatTag data', 2], ['Message data', 4]] }, 'a preview counts every sheet';
$p = $r->post('/api/v1/exports/preview', { what => 'users', f => ['default_email', 'isSet'] })->{json};
is_deeply [@$p{qw(total sentence)}], [1, 'Email is set'], 'of users too';
my $rec = $r->get('/api/v1/exports?limit=1')->{json}{exports}[0];
is_deeply { map { $_ => $rec->{$_} } qw(what state columns rows total sentence locked) }, { what => 'chats', state => 'done', columns => '',
	rows => 0, total => 0, sentence => 'Chats: with the words nosuchword', locked => json('[true]')->[0] }, 'the record of the last';
is_deeply [$rec->{sheets}, $r->get("/api/v1/exports/$rec->{id}")->{json}{search}], [\@sheets, { q => 'nosuchword' }], 'with sheets and search';

# ---- the other formats, cell by cell
my ($book) = taken('xlsx', tz => 'Europe/Berlin', q => '"says"');
my ($zip) = taken('csv', q => '"says"');
spew("$dir/all.json", $text);
my @sheets_by_office;
if (grep { -x "$_/soffice" } split /:/, $ENV{PATH}) {
	system("soffice -env:UserInstallation=file://$dir/office --headless --convert-to 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1' --outdir $dir/office-out $book >/dev/null 2>&1");
	@sheets_by_office = "$dir/office-out";
}
open my $judge, '-|', $python, tree('t/lib/judge_chats.py'), "$dir/all.json", $book, 'Europe/Berlin', $zip, @sheets_by_office or die "judge: $!";
my $judged = json(do { local $/; <$judge> });
is_deeply $judged->{wrong}, [], 'every cell of the workbook and of the CSVs is the value' or diag json([@{ $judged->{wrong} }[0 .. 5]]);
is_deeply $judged->{sheets}, [@sheets, 'Manifest'], 'sheets of the workbook';
is_deeply $judged->{files}, [map { "$_.csv" } @sheets], 'files of the ZIP';
cmp_ok $judged->{cells}, '>', 900, "$judged->{cells} cells were compared";
my %manifest = map { $_->[0] => $_->[1] } @{ $judged->{manifest} };
is_deeply [@manifest{'What', 'Which', 'Time zone of dates', 'Purpose', 'Message data', 'UserChat data', 'Rows'}],
    ['Chats', 'Chats: with the words "says"', 'Europe/Berlin', 'a test of chat data', $n - 1, 6, $n - 1 + 6 + 6 + 1 + 1 + 2 + 1 + 3], 'the manifest';
done_testing;
