# SPDX-License-Identifier: AGPL-3.0-or-later
# Who may take which chat data out: permissions for sheets and filters, a
# Member's people and masks in every sheet of every format, the lock that no
# policy opens, what is refused, what is recorded.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my $dir = tempdir();
my $python = -x '/usr/bin/python3' ? '/usr/bin/python3' : 'python3';
spew("$dir/password", "four words nobody guesses\n");
my %good = (what => 'chats', password => 'four words nobody guesses', purpose => 'a test of limits');
my $n = 0;

# in1 is within bounds and writes in a chat of out1, who writes in one of in1.
# Whatever is out of bounds has "beyond" in it, what is masked "veiled".
my @events = (
	(map { { type => 'user', userId => $_, at => '2026-01-01T00:00:00Z', attributes => { name => /in/ ? "Within $_" : "Beyond $_",
	    email => /in/ ? "veiled-$_\@x.example" : "beyond\@x.example", plan => /in/ ? 'veiled plan' : 'beyond plan', score => 7 } } } qw(in1 in2 out1)),
	{ type => 'chat', chatId => 'c-in1', userId => 'in1', openedAt => '2026-01-02T00:00:00Z', tags => ['known'], assigneeId => 'kim',
	    source => 'veiled source', attributes => { ticket => 'veiled ticket', page => 'home' } },
	{ type => 'chat', chatId => 'c-in2', userId => 'in2', openedAt => '2026-01-03T00:00:00Z', attributes => { ticket => 'veiled' } },
	{ type => 'chat', chatId => 'c-beyond', userId => 'out1', openedAt => '2026-01-02T00:00:00Z', tags => ['beyond tag'], assigneeId => 'beyond manager',
	    managerIds => ['beyond follower'], supportBotId => 'beyond bot', marketingId => 'beyond campaign', attributes => { ticket => 'beyond' } },
	{ type => 'chat', chatId => 'beyond-nobody', openedAt => '2026-01-02T00:00:00Z', tags => ['beyond nobody'] },
	(map { { type => 'message', chatId => $_->[0], messageId => 'm' . ++$n, personType => $_->[1], personId => $_->[2], at => "2026-01-02T01:00:0${n}Z", text => $_->[3] } }
	    ['c-in1', 'user', 'in1', 'hello'], ['c-in1', 'user', 'out1', 'I am here too'], ['c-in1', 'bot', 'b1', 'hi'],
	    ['c-beyond', 'user', 'in1', 'beyond words'], ['c-beyond', 'bot', 'beyond bot 2', 'beyond'], ['c-beyond', 'manager', 'beyond manager 2', 'beyond']),
	(map { { type => $_->[0], id => "beyond $_->[1]", at => '2026-01-01T00:00:00Z', name => 'Beyond' } }
	    ['manager', 'manager'], ['bot', 'bot 2'], ['marketing', 'campaign'], ['tag', 'tag']),
	{ type => 'manager', id => 'kim', at => '2026-01-01T00:00:00Z', name => 'Kim' },
);
is $r->post('/api/v1/events', \@events)->{json}{accepted}, scalar(@events), 'events';
is $r->post('/api/v1/segments', { name => 'Inside' })->{status}, 201, 'a segment';
is $r->post('/api/v1/segments/1/members', { add => ['in1', 'in2'] })->{json}{added}, 2, 'of two';

# Whoever asks, by a token of theirs; the answer, or what is in the file.
sub ask { my ($token, %o) = @_; return $r->post('/api/v1/exports', { %good, %o }, token => $token) }
sub
opened
{
	my ($res) = @_;

	is $res->{status}, 200, 'it leaves' or diag $res->{body};
	spew("$dir/x.pgp", $res->{body});
	unlink "$dir/x";
	$r->cli('unlock', '--password-file', "$dir/password", '--out', "$dir/x", "$dir/x.pgp");
	return slurp("$dir/x");
}
sub data { return json(opened(ask(@_, format => 'json'))) }
sub token { my (@scopes) = @_; return $r->post('/api/v1/tokens', { name => 't', scopes => \@scopes })->{json}{token} }

# ---- permissions
my $chats = token('chats.read', 'download');
is_deeply [sort keys %{ data($chats) }], [sort map { "$_ data" } qw(UserChat SupportBot Marketing Manager Bot UserChatTag Message)],
    'without users.read all but User data';
for (['sheets', 403, sheets => ['User data']], ['f', 403, f => ['score', 'isSet']], ['segment', 403, segment => 'Inside']) {
	my ($path, $status, %o) = @$_;
	my $res = ask($chats, %o);
	is_deeply [$res->{status}, $res->{json}{path}], [$status, $path], "and no $path";
	$res = $r->post('/api/v1/exports/preview', { what => 'chats', %o }, token => $chats);
	is_deeply [$res->{status}, $res->{json}{path}], [$status, $path], '... in a preview';
}
for (['download'], ['users.read', 'download'], ['chats.read', 'users.read']) {
	is ask(token(@$_))->{status}, 403, "not with @$_ alone";
}
is $r->post('/api/v1/exports/preview', { what => 'users' }, token => $chats)->{status}, 403, 'a preview of users needs users.read';
is $r->post('/api/v1/exports', { %good, what => 'users', f => ['said', 'contains', 'hello'] }, token => token('users.read', 'download'))->{status}, 422,
    'what people said is no filter for who may not read chats';

# ---- a Member's bounds
my %limits = (segments => ['Inside'], masked => ['default_email', 'default_source', 'plan', 'session.ticket']);
my $m = $r->post('/api/v1/managers', { name => 'Lim', email => 'lim@example.org', permissions => ['users.read', 'chats.read', 'download'], limits => \%limits })->{json};
my $in = $r->post('/api/v1/login', { login => 'lim@example.org', password => $m->{password} }, token => 0);
my ($cookie) = $in->{headers}{'set-cookie'} =~ /^(rapport=[^;]+)/;
sub
limited
{
	my ($path, %o) = @_;
	return $r->request('POST', $path, token => 0, json => \%o, headers => { Cookie => $cookie, 'X-Rapport-CSRF' => $in->{json}{csrf} });
}
my $all = json(opened(limited('/api/v1/exports', %good, format => 'json')));
is_deeply [map { $_->{id} } @{ $all->{'UserChat data'} }], ['c-in1', 'c-in2'], 'chats of their people, and none of nobody';
is_deeply [map { $_->{userId} } @{ $all->{'User data'} }], ['in1', 'in2'], 'their people; who else speaks there is not among them';
is_deeply [grep { /email|plan|ticket|source/ } keys %{ $all->{'User data'}[0] }], [], 'no masked column';
is_deeply [map { $_->{sessionAttributes} } @{ $all->{'UserChat data'} }], [{ page => 'home' }, undef], 'nor in session attributes';
is_deeply [map { $_->{id} } map { @{ $all->{"$_ data"} } } qw(SupportBot Marketing Manager Bot UserChatTag)], ['kim', 'b1', 'known'], 'what those chats refer to';
my $withheld = [{ row => 'head', version => 1, complete => json('[false]')->[0] }];
is_deeply $all->{'Import data'}, $withheld, 'what makes chats again is withheld, and that is said';
my $counts = limited('/api/v1/exports/preview', what => 'chats')->{json};
is_deeply [map { $_->{rows} } @{ $counts->{sheets} }], [2, 2, 0, 0, 1, 1, 1, 3], 'a preview counts the same';
my $text = <<'PY';
import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
sys.stdout.write("".join(z.read(n).decode() for n in z.namelist()))
PY
for my $format (qw(json csv xlsx)) {
	my $file = opened(limited('/api/v1/exports', %good, format => $format));

	if ($format ne 'json') {
		open my $pipe, '-|', $python, '-c', $text, "$dir/x" or die;
		$file = do { local $/; <$pipe> };
	}
	like $file, qr/Within in1/, "$format: what is within bounds";
	unlike $file, qr/beyond|veiled/i, '... and nothing else';
}
like opened(ask($r->{token}, format => 'json')), qr/veiled.*beyond|beyond.*veiled/s, 'control: an Owner has both';
is limited('/api/v1/exports', %good, source => ['veiled source'])->{json}{path}, 'source', 'a masked integration is no choice';
my $name = $r->post('/api/v1/managers', { name => 'Nam', email => 'nam@example.org', permissions => ['users.read', 'chats.read', 'download'],
	limits => { masked => ['default_name', 'userId'] } })->{json};
$in = $r->post('/api/v1/login', { login => 'nam@example.org', password => $name->{password} }, token => 0);
($cookie) = $in->{headers}{'set-cookie'} =~ /^(rapport=[^;]+)/;
$all = json(opened(limited('/api/v1/exports', %good, format => 'json')));
is_deeply [grep { defined } map { @$_{qw(userId name)} } @{ $all->{'UserChat data'} }], [], 'masked names and ids are in no chat';
is_deeply [map { $_->{personId} } grep { $_->{personType} eq 'User' } @{ $all->{'Message data'} }], [(undef) x 3], 'nor in messages';
is_deeply $all->{'Import data'}, $withheld, 'nor is anything else told';
is scalar(grep { $_->{row} eq 'chat' } @{ data($r->{token})->{'Import data'} }), 4, 'control: an Owner has the rows';

# ---- the lock, and what is refused
is $r->request('PUT', '/api/v1/settings', json => { 'exports.lock' => 'optional' })->{status}, 204, 'lists may leave open';
my $res = $r->post('/api/v1/exports', { what => 'chats', purpose => $good{purpose} });
is_deeply [$res->{status}, $res->{json}{path}], [422, 'password'], 'chats may not';
my $before = $r->get('/api/v1/exports')->{json}{total};
for (['columns', columns => ['userId']], ['sort', sort => 'userId'], ['sheets', sheets => ['No data']], ['sheets', sheets => []],
    ['sheets', sheets => ['Message data'], messages => \0], ['format', format => 'ndjson'], ['ids', ids => ['c1']], ['state', state => ['gone']],
    ['from', from => 'yesterday'], ['tagsMatch', tagsMatch => 'some'], ['q', q => '!!'], ['', f => ['nope', 'is', 1]], ['nope', nope => 1],
    ['notes', notes => \1], ['notes', notes => \1, format => 'json', messages => \0], ['notes', notes => \1, format => 'xlsx'],
    map { [$_->[0], what => 'users', @$_] } [q => 'x'], [tags => ['x']], [sheets => ['User data']], [messages => \1], [from => '2026-01-01']) {
	my ($path, %o) = @$_;
	$res = ask($r->{token}, %o);
	is_deeply [$res->{status}, $res->{json}{path}], [422, $path || '/'], "refused for its $path";
}
is $r->get('/api/v1/exports')->{json}{total}, $before, 'none of them left a record';
my $form = join '&', 'what=chats', 'password=four+words+nobody+guesses', 'purpose=a+test+of+limits', 'sheets=UserChat,Message+data', 'tags=known,', 'format=json', 'messages=false';
is_deeply json(opened($r->request('POST', '/api/v1/exports', body => $form, headers => { 'Content-Type' => 'application/x-www-form-urlencoded' })))->{'UserChat data'}[0]{id},
    'c-in1', 'a form asks the same';
my ($audit) = grep { $_->{act} eq 'export.begin' } @{ $r->get('/api/v1/audit')->{json}{records} // $r->get('/api/v1/audit')->{json}{audit} };
is $audit->{purpose}, 'a test of limits', 'and is in the audit log';
done_testing;
