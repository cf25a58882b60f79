#!/usr/bin/perl
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Everything on one person as a locked ZIP: all that was said of them and by
# them is in it, in JSON and in a page that runs nothing; nothing of anybody
# else is; it leaves a record and an audit row, and is for nobody who sees but
# a part.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my $password = 'correct horse battery';
my $hostile = q{<script>alert(1)</script>"'&<img src=x onerror=alert(1)>} . "\x{202e}evil";
my %ask = (password => $password, purpose => 'she asked what we hold');
my @events = (
	{ type => 'user', userId => 'ana', at => '2026-01-01T09:00:00Z', segments => ['Early'],
	    attributes => { name => 'Ana Before', country => 'PT', plan => 'free', [map { $_ } $hostile]->[0] => 'hostile name' } },
	{ type => 'user', userId => 'ana', at => '2026-02-01T09:00:00Z', attributes => { name => 'Ana Now', note => $hostile } },
	{ type => 'user', userId => 'ana', identity => { channel => 'web', kind => 'session', value => 's-77' },
	    at => '2026-02-01T09:00:01Z' },
	{ type => 'user', userId => 'bo', at => '2026-01-01T09:00:00Z', attributes => { name => 'Somebody Else' } },
	{ type => 'chat', chatId => 'c1', userId => 'ana', openedAt => '2026-03-01T09:00:00Z', source => 'Slack',
	    tags => ['refund'], attributes => { step => 'first session' } },
	{ type => 'chat', chatId => 'c2', userId => 'ana', openedAt => '2026-03-05T09:00:00Z', attributes => { step => 'last session' } },
	{ type => 'chat', chatId => 'c3', userId => 'bo', openedAt => '2026-03-02T09:00:00Z' },
	{ type => 'message', chatId => 'c3', messageId => 'm0', personType => 'user', at => '2026-03-02T09:01:00Z', text => 'the other one' },
	(map { { type => 'message', chatId => $_->[0], messageId => $_->[1], personType => $_->[2], personId => $_->[3],
	    at => $_->[4], text => $_->[5], ($_->[6] ? (note => \1) : ()) } }
	    ['c1', 'm1', 'user', 'ana', '2026-03-01T09:01:00Z', $hostile],
	    ['c1', 'm2', 'manager', 'kim', '2026-03-01T09:02:00Z', 'she sounds cross', 1],
	    ['c1', 'm3', 'manager', 'kim', '2026-03-01T09:03:00Z', 'On its way'],
	    ['c2', 'm4', 'bot', 'b1', '2026-03-05T09:01:00Z', 'Welcome back']),
	{ type => 'delivery', messageId => 'm3', status => 'read', at => '2026-03-01T09:04:00Z' },
	{ type => 'consent', userId => 'ana', state => 'in', at => '2026-01-02T00:00:00Z', channel => 'sms' },
	{ type => 'consent', userId => 'ana', state => 'out', at => '2026-01-03T00:00:00Z' },
	{ type => 'validity', userId => 'ana', valid => \0, reason => 'bounced', at => '2026-01-04T00:00:00Z' },
	{ type => 'flow', userId => 'ana', flow => 'welcome', runId => 'r9', event => 'started', cause => 'keyword', at => '2026-01-05T00:00:00Z' },
	{ type => 'event', userId => 'ana', name => 'signup', at => '2026-01-06T00:00:00Z', properties => deep(28, 'bottom') },
);
sub deep { my ($n, $v) = @_; my $x = { v => $v }; $x = { d => $x } for 1 .. $n; return $x }

is $r->post('/api/v1/events', \@events)->{json}{accepted}, scalar @events, 'a life is put in';
my ($ana, $bo) = map { $r->get("/api/v1/users?columns=userId&f=" . esc(json(['userId', 'is', $_])))->{json}{users}[0]{id} } qw(ana bo);
$r->request('PATCH', '/api/v1/attributes/plan', json => { hidden => \1 });
$r->request('PATCH', "/api/v1/users/$ana", json => { attributes => { country => 'ES' } });
$r->post('/api/v1/exports', { what => 'users', %ask, ids => [$ana], columns => ['userId'] });
$r->post('/api/v1/exports', { what => 'users', %ask, ids => [$bo], columns => ['userId'] });
$r->post('/api/v1/exports', { what => 'users', %ask, f => ['default_country', 'is', 'ES'], columns => ['userId'] });
$r->post('/api/v1/exports', { what => 'users', %ask, f => ['default_country', 'is', 'PT'], columns => ['userId'] });
my $records = $r->get('/api/v1/exports')->{json}{total};

sub esc { my ($s) = @_; utf8::encode($s); $s =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ge; return $s }

# { answer, json, page } of an archive, opened by `rapport unlock` and Python.
sub
archive
{
	my ($id, %change) = @_;
	my $dir = tempdir();
	my $a = $r->post("/api/v1/users/$id/archive", { %ask, %change });

	is $a->{status}, 200, 'an archive' or diag $a->{body};
	spew("$dir/x.pgp", $a->{body});
	spew("$dir/password", "$password\n");
	is $r->cli('unlock', "$dir/x.pgp", '-o', "$dir/x.zip", '--password-file', "$dir/password")->{status}, 0, 'opened';
	my $page = json(scalar `python3 t/lib/judge_archive.py $dir/x.zip $dir`);
	return { answer => $a, json => json(slurp("$dir/person.json")), page => $page, dir => $dir };
}

my $x = archive($ana);
like $x->{answer}{headers}{'content-disposition'}, qr/filename="person-$ana-\d{4}-\d\d-\d\d\.zip\.pgp"/, 'a name that names nobody';
unlike $x->{answer}{body}, qr/Ana|person\.json/, 'nothing can be read in it';
is_deeply [$x->{page}{bad}, @{ $x->{page}{names} }], [undef, 'person.json', 'person.html'], 'two files, whole';

my $j = $x->{json};
my %a = %{ $j->{person}{attributes} };
is_deeply [@{ $a{default_name} }{qw(value source at)}, map { $_->{value} } @{ $a{default_name}{history} }],
    ['Ana Now', 'event', '2026-02-01T09:00:00.000Z', 'Ana Before'], 'values with source, time and what was before';
is_deeply [@{ $a{default_country} }{qw(value source)}, $a{default_country}{shadow}{value}], ['ES', 'manager', 'PT'],
    'a word by hand and what events say beneath it';
is $a{plan}{value}, 'free', 'what is hidden in the panel is held all the same';
is $a{$hostile}{value}, 'hostile name', 'a name of an attribute is a text like others';
is_deeply $j->{person}{identities}, [{ channel => 'web', kind => 'session', value => 's-77' }], 'identities';
is_deeply [map { $_->{name} } @{ $j->{person}{segments} }], ['Early'], 'segments';
is_deeply [map { $_->{chatId} } @{ $j->{chats} }], ['c2', 'c1'], 'her chats alone, the latest first';
is_deeply [map { $_->{text} } grep { $_->{kind} eq 'message' } @{ $j->{chats}[1]{transcript} }],
    [$hostile, 'she sounds cross', 'On its way'], 'with what was said, in order, notes too';
is $j->{chats}[1]{transcript}[2]{note}, JSON::PP::true, 'a note is marked as one';
is $j->{chats}[1]{sessionAttributes}{step} // $j->{chats}[1]{attributes}{step}, 'first session', 'the data of earlier sessions';
is $j->{chats}[1]{transcript}[3]{delivery}{read}, '2026-03-01T09:04:00.000Z', 'what became of a message';
my %kinds;
$kinds{ $_->{kind} }++ for @{ $j->{timeline} };
is_deeply [@kinds{qw(consent validity flow event)}], [2, 1, 1, 1], 'consent, validity, flows and events';
my ($event) = grep { $_->{kind} eq 'event' } @{ $j->{timeline} };
is json($event->{properties}), json(deep(28, 'bottom')), 'however deep what was told with one is';
is_deeply [map { [@$_{qw(id held)}] } @{ $j->{exports} }],
    [[3, 'the filter matches them today'], [1, 'selected by name']], 'and the exports that held her, as far as is known';
unlike slurp("$x->{dir}/person.json"), qr/Somebody Else|the other one/, 'nothing of anybody else';

# The page.
my %tags = %{ $x->{page}{tags} };
is_deeply [grep { $tags{$_} } qw(script img a iframe form input link object embed svg base)], [], 'nothing that runs, loads or leads away';
is_deeply [grep { /^on|^src$|^href$|^style$/ } keys %{ $x->{page}{attributes} }], [], 'nor by an attribute';
is_deeply [$x->{page}{open}, $x->{page}{crossed}], [[], 0], 'its elements are whole';
my $text = $x->{page}{text};
# Once as a message; the value in its row and its moment; the name in its row,
# and as name and label of its moment.
is scalar(() = $text =~ /\Q$hostile\E/g), 6, 'hostile texts are texts';
for my $told ('Ana Now', 'Ana Before', 'ES', 'PT', 'free', 's-77', 'Early', 'On its way', 'she sounds cross', 'first session',
    'last session', 'welcome', 'signup', 'bottom', 'bounced', 'selected by name', 'she asked what we hold') {
	ok index($text, $told) >= 0, "the page says: $told";
}
ok index($text, 'Somebody Else') < 0, 'and not: Somebody Else';

# Notes are left out on demand, and that is said.
my $bare = archive($ana, notes => \0);
is_deeply [$bare->{json}{notesLeftOut}, $bare->{json}{archive}{notes}], [1, 'internal notes of managers are left out'], 'a note left out is counted';
unlike slurp("$bare->{dir}/person.$_"), qr/she sounds cross/, "and not in the $_" for qw(json html);

# Records.
is $r->get('/api/v1/exports')->{json}{total}, $records + 2, 'each is an export on record';
my $rec = $r->get('/api/v1/exports/' . ($records + 1))->{json};
is_deeply [@$rec{qw(what state rows total format purpose locked ids sentence)}],
    ['person', 'done', 1, 1, 'zip', $ask{purpose}, JSON::PP::true, [$ana], "everything on user $ana"], 'which says what it was';
my @audit = grep { $_->{act} eq 'user.archive' } @{ $r->get('/api/v1/audit?limit=100')->{json}{audit} // $r->get('/api/v1/audit?limit=100')->{json}{records} };
is_deeply [scalar @audit, $audit[0]{object}, $audit[0]{purpose}], [2, "user $ana", $ask{purpose}], 'and the audit log names whom, and what for';
is_deeply [map { $_->{held} } @{ $bare->{json}{exports} }[0]], ['selected by name'], 'the archive before is among the exports';

# Refused ones leave no record.
my $n = $r->get('/api/v1/exports')->{json}{total};
for (['purpose', purpose => 'short'], ['purpose', purpose => undef], ['password', password => 'short'],
    ['password', password => undef], ['password', password => 'password1'], ['nope', nope => 1]) {
	my ($path, %change) = @$_;
	my %body = (%ask, %change);

	delete @body{ grep { !defined $body{$_} } keys %body };
	my $a = $r->post("/api/v1/users/$ana/archive", \%body);
	is_deeply [$a->{status}, $a->{json}{path}], [422, $path], "refused for its $path";
}
is $r->post('/api/v1/users/999/archive', \%ask)->{status}, 404, 'nobody is there';
is $r->get("/api/v1/users/$ana/archive")->{status}, 405, 'a password belongs in no address: there is no GET';
is $r->get('/api/v1/exports')->{json}{total}, $n, 'no record of what was refused';

# The same by the command line, beside the workers.
my $cli = tempdir();
spew("$cli/password", "$password\n");
my @cli = ('export', 'person', '--purpose', $ask{purpose}, '--password-file', "$cli/password", '--out', "$cli/x.pgp");
is $r->cli(@cli, 'ana')->{status}, 0, 'rapport export person';
is $r->cli('unlock', "$cli/x.pgp", '-o', "$cli/x.zip", '--password-file', "$cli/password")->{status}, 0, 'opened';
is json(scalar `python3 t/lib/judge_archive.py $cli/x.zip $cli`)->{bad}, undef, 'whole';
my $own = json(slurp("$cli/person.json"));
is_deeply [$own->{person}, $own->{chats}, $own->{timeline}], [$j->{person}, $j->{chats}, $j->{timeline}], 'says the same';
is $r->cli(@cli, '--force', 'nobody')->{status}, 66, 'of nobody there is none';
is $r->cli(@cli, '--force')->{status}, 64, 'nor without a name';
is $r->cli(@cli, '--force', '--columns', 'userId', 'ana')->{status}, 64, 'what is for lists is refused';

done_testing;
