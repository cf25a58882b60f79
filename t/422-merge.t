# SPDX-License-Identifier: AGPL-3.0-or-later
# Two people become one and two again, and one is erased: every index stays
# exact, and of who was erased no answer of any route holds a word.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;

sub
id_of
{
	my ($user) = @_;

	return $r->get(qq(/api/v1/users?f=%5B%22userId%22%2C%22is%22%2C%22$user%22%5D))->{json}{users}[0]{id};
}
sub total { my ($f) = @_; $f =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ge;
	return $r->get("/api/v1/users?f=$f")->{json}{total} }
# rapport check looks at every index, beside the running workers.
sub
exact
{
	my ($when) = @_;
	my $got = $r->cli('check', '--json');

	is $got->{status}, 0, "every index is exact $when" or diag $got->{out}, $got->{err};
}

# Odd words, each once, so that they are found wherever they are kept.
my @chat = map { { type => 'message', chatId => "Kwyx-chat-$_", messageId => "Kwyx-message-$_",
	personType => 'user', personId => 'Kwyx-from', at => "2026-02-0${_}T10:00:00Z",
	text => "Kwyx-said-$_" } } 1 .. 3;
my @from = (
	{ type => 'user', userId => 'Kwyx-from', at => '2026-01-01T10:00:00Z', segments => ['Left', 'Both'],
	    attributes => { name => 'Kwyx-old', email => 'Kwyx@kwyx.example', city => 'Kwyx-city' } },
	{ type => 'user', userId => 'Kwyx-from', at => '2026-01-03T10:00:00Z', attributes => { name => 'Kwyx-name' } },
	{ type => 'user', userId => 'Kwyx-from', at => '2026-01-03T10:00:00Z',
	    identity => { channel => 'web', kind => 'sessionId', value => 'Kwyx-session' } },
	{ type => 'flow', userId => 'Kwyx-from', flow => 'Onboarding', runId => 'Kwyx-run', event => 'started',
	    at => '2026-01-04T10:00:00Z' },
	{ type => 'event', userId => 'Kwyx-from', name => 'bought', at => '2026-01-05T10:00:00Z',
	    properties => { sku => 'Kwyx-sku' } },
	{ type => 'consent', userId => 'Kwyx-from', state => 'out', at => '2026-01-06T10:00:00Z' },
	@chat,
);
my @into = (
	{ type => 'user', userId => 'into', at => '2026-01-02T10:00:00Z', segments => ['Right', 'Both'],
	    attributes => { name => 'Into', country => 'Peru' } },
	{ type => 'message', chatId => 'into-chat', messageId => 'i1', personType => 'user', personId => 'into',
	    at => '2026-02-05T10:00:00Z', text => 'hello' },
	{ type => 'user', userId => 'third', at => '2026-01-02T10:00:00Z', attributes => { name => 'Third' } },
);
is $r->post('/api/v1/events', [@from, @into])->{json}{accepted}, @from + @into, 'three people';
my ($from, $into, $third) = map { id_of($_) } 'Kwyx-from', 'into', 'third';
$r->request('PATCH', "/api/v1/users/$from", json => { attributes => { default_city => 'Kwyx-edited' } });
$r->request('PATCH', "/api/v1/users/$into", json => { attributes => { default_country => 'Chile' } });
my %before = map { $_ => $r->get("/api/v1/users/$_")->{json} } $from, $into;

# refused
for my $case ([$from, $from, 422], [$from, 999999, 404], [999999, $into, 404], [$from, 0, 422],
    [$from, 'into', 422], [$from, undef, 422]) {
	is $r->post("/api/v1/users/$case->[0]/merge", { into => $case->[1] })->{status}, $case->[2],
	    "no merge of $case->[0] into " . ($case->[1] // 'null');
}
is $r->post("/api/v1/users/$from/merge", {})->{json}{path}, 'into', 'what is missing is named';
exact('before');

# merged
my $m = $r->post("/api/v1/users/$from/merge", { into => $into });
is_deeply [$m->{status}, @{ $m->{json} }{qw(from into undoneAt)}], [200, $from, $into, undef], 'merged';
my $merge = $m->{json}{id};
is $r->get("/api/v1/users/$from")->{status}, 404, 'the one is no more';
my $u = $r->get("/api/v1/users/$into")->{json};
is_deeply [map { $u->{attributes}{$_}{value} } qw(default_name default_city default_country default_email chats)],
    ['Kwyx-name', 'Kwyx-edited', 'Chile', 'Kwyx@kwyx.example', 4], 'the other has what is later, edits above all';
is_deeply [sort map { $_->{name} } @{ $u->{segments} }], [qw(Both Left Right)], 'the segments of both';
is_deeply [map { [@$_{qw(id from fromUserId into undoneAt)}] } @{ $u->{merges} }],
    [[$merge, $from, 'Kwyx-from', $into, undef]], 'and the merge';
is total('["segment","hasAny","Left"]'), 1, 'a filter finds one';
is total('{}'), 2, 'two people are left';
is $r->get("/api/v1/users/$into/chats")->{json}{total}, 4, 'the chats came along';
my $t = $r->get("/api/v1/users/$into/timeline?limit=500")->{json}{timeline};
is scalar(grep { $_->{kind} eq 'merge' && !$_->{undo} && $_->{fromUserId} eq 'Kwyx-from' } @$t), 1, 'the timeline says so';
is scalar(grep { $_->{kind} eq 'event' } @$t), 1, 'and has what happened to the one';
exact('after a merge');

# undone
my $undo = $r->post("/api/v1/merges/$merge/undo", {});
is $undo->{status}, 200, 'undone' or diag $undo->{body};
isnt $undo->{json}{undoneAt}, undef, 'and when';
my %after = map { $_ => $r->get("/api/v1/users/$_")->{json} } $from, $into;
for (values %before, values %after) {
	delete $_->{merges};
}
is_deeply $after{$_}, $before{$_}, "user $_ is as they were" for $from, $into;
is $r->post("/api/v1/merges/$merge/undo", {})->{status}, 410, 'not twice';
is $r->post('/api/v1/merges/999/undo', {})->{status}, 404, 'nor what never was';
exact('after it was undone');

# what was merged on must be undone first
my $one = $r->post("/api/v1/users/$from/merge", { into => $into })->{json}{id};
my $two = $r->post("/api/v1/users/$into/merge", { into => $third })->{json}{id};
is $r->post("/api/v1/merges/$one/undo", {})->{status}, 409, 'a merge under another';
is $r->post("/api/v1/merges/$_/undo", {})->{status}, 200, "merge $_ undone" for $two, $one;
exact('after all were undone');

# what a chat tells meanwhile goes back with the chat, also when somebody was seen
sub seen { my ($id) = @_; my $a = $r->get("/api/v1/users/$id")->{json}{attributes};
	return [map { $a->{$_}{value} } qw(lastSeen createdAt messagesIn)] }
my %seen = map { $_ => seen($_) } $from, $into;
my $three = $r->post("/api/v1/users/$from/merge", { into => $into })->{json}{id};
is $r->post('/api/v1/events', [map { { %{ $chat[0] }, messageId => "Kwyx-late-$_", at => "$_-11-20T10:00:00Z" } } 2025, 2026])
    ->{json}{accepted}, 2, 'an older message and a newer one, to them as one';
is_deeply seen($into), ['2026-11-20T10:00:00.000Z', '2025-11-20T10:00:00.000Z', 6], 'who was seen then';
is $r->post("/api/v1/merges/$three/undo", {})->{status}, 200, 'undone';
is_deeply seen($from), ['2026-11-20T10:00:00.000Z', '2025-11-20T10:00:00.000Z', 5], 'the one was seen in their chat';
is_deeply seen($into), $seen{$into}, 'the other was not';
$three = $r->post("/api/v1/users/$from/merge", { into => $into })->{json}{id};
$r->post('/api/v1/events', { type => 'user', userId => 'Kwyx-from', at => '2026-03-01T10:00:00Z', lastSeen => '2026-11-21T10:00:00Z' });
is $r->post("/api/v1/merges/$three/undo", {})->{status}, 200, 'and once more';
is seen($into)->[0], '2026-11-21T10:00:00.000Z', 'what an event said of the survivor stays with them';
exact('after a merge with late messages');

# erased: every route, before and after
sub
everything
{
	my ($method, $path);
	my $paths = $r->get('/api/v1/openapi.json')->{json}{paths};
	my ($all, $n) = ('', 0);

	for my $path (sort grep { $paths->{$_}{get} } keys %$paths) {
		next if $path =~ /audit$/;	# has ids only; asked below
		my @ids = $path =~ /\{id\}/ ? ($path =~ /users/ ? ($from, $into, $third) : 1 .. 4) : (0);
		for my $id (@ids) {
			(my $p = $path) =~ s/\{id\}/$id/;
			$p =~ s/\{(?:name|attribute)\}/default_$_/ and $all .= $r->get($p)->{body} for qw(name city email);
			my $got = $r->get($p . ($p =~ m{/users$} ? '?columns=userId,default_name,default_city' : ''));
			$all .= $got->{body};
			$n++ if $got->{status} == 200;
		}
	}
	$all .= $r->get("/api/v1/attributes/$_/values?limit=200")->{body}
	    for qw(userId default_name default_email default_city inFlow segment);
	return ($all, $n);
}
my ($seen, $n) = everything();
cmp_ok scalar(() = $seen =~ /Kwyx/g), '>', 20, "control: $n answers tell of them";

is $r->request('DELETE', "/api/v1/users/$from?mode=all")->{json}{path}, 'mode', 'no such mode';
is $r->request('DELETE', '/api/v1/users/999999')->{status}, 404, 'nobody to erase';
is $r->get("/api/v1/users/$from")->{status}, 200, 'still there';
my $d = $r->request('DELETE', "/api/v1/users/$from?mode=forget");
is $d->{status}, 200, 'erased' or diag $d->{body};
# printf %s Kwyx-from | sha256sum
is_deeply [@{ $d->{json} }{qw(id mode userIdSha256)}], [$from, 'forget',
	'f93d81633639534f789d861ad044f0a592ea8feaf39ccdd8ee6ca5e9ee5aa643'], 'a certificate';
my $e = $d->{json}{erased};
is_deeply [@$e{qw(chats messages segments runs)}], [3, 5, 2, 1], 'that counts what went';
unlike $d->{body}, qr/Kwyx/, 'and says nothing else';
($seen, $n) = everything();
cmp_ok $n, '>', 10, 'many answers';
unlike $seen, qr/Kwyx/i, 'none has a word of them';
is $r->get("/api/v1/users/$from")->{status}, 404, 'nobody is there';
is $r->request('DELETE', "/api/v1/users/$from")->{status}, 404, 'nor to be erased again';
is total('{}'), 2, 'two people are left';
is $r->post("/api/v1/merges/$one/undo", {})->{status}, 404, 'what merges kept of them is gone';
my $audit = $r->get('/api/v1/audit?limit=200')->{body};
unlike $audit, qr/Kwyx/, 'the records have no word of them';
like $audit, qr/"user\.erase"/, 'but that they were erased';
exact('after an erasure');
my $log = slurp("$r->{dir}/logs/access.log") . slurp("$r->{dir}/logs/api.log") . slurp("$r->{dir}/logs/error.log");
unlike $log, qr/Kwyx/, 'nor has a log';
done_testing;
