# SPDX-License-Identifier: AGPL-3.0-or-later
# Chat data that is not what it should be: a file that is cut, damaged, lacks a
# member or whose rows do not stand beside each other is refused whole and in
# words, and nothing of it is kept; a row that is wrong is refused by worksheet,
# row and column, and the rest is there; an import that is killed is run again.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Chats;
use Rapport::Test;

my $from = chat_store();
my $at = '2026-01-0';
fill($from, (map { my $i = $_; { type => 'user', userId => "u$i", at => "${at}1T00:00:00Z", attributes => { name => "N$i", score => 1.5 } },
    { type => 'consent', userId => "u$i", at => "${at}2T00:00:00Z", state => 'in' },
    { type => 'chat', chatId => "c$i", userId => "u$i", at => "${at}3T00:00:00Z", openedAt => "${at}3T00:00:00Z", tags => ['t1'], assigneeId => 'kim',
	attributes => { page => 'home' } },
    { type => 'message', chatId => "c$i", messageId => "m$i", personType => 'user', personId => "u$i", at => "${at}3T00:00:01Z", text => "hello $i" },
    { type => 'message', chatId => "c$i", personType => 'manager', personId => 'kim', at => "${at}3T00:00:02Z", text => 'yes' } } 1 .. 3),
    { type => 'tag', id => 't1', at => "${at}1T00:00:00Z", name => 'Refund', description => 'back' });
my $plain = taken($from, 'json');
my $store = chat_store();
my $empty = taken($store, 'json');

sub take { my ($bytes, @more) = @_; return $store->cli('import', '--json', kept($bytes, 'x.json'), @more) }
# Refused whole, in these words.
sub refused
{
	my ($what, $bytes, $words) = @_;
	my $got = take($bytes);

	is $got->{status}, 65, "$what is refused";
	like +(json($got->{err})->{path} // '') . ': ' . json($got->{err})->{detail}, $words, '... in words' or diag $got->{err};
	ok taken($store, 'json') eq $empty, '... and nothing of it is kept';
}
# The file with a change.
sub changed { my ($change) = @_; local $_ = $plain; my $was = $_; $change->(); die 'no change' if $_ eq $was; return $_ }

# ---- cut and damaged
refused("a file cut at $_", substr($plain, 0, length($plain) * $_ / 10), qr/The file is cut/) for 1, 3, 5, 7, 9;
refused('one without its end', $plain =~ s/\}\n\z//r, qr/The file is cut/);
refused('more behind it', "$plain\{}", qr/Something stands behind it/);
refused('a worksheet that is there twice', changed(sub { s/"Bot data"/"Tag data"/; s/"Tag data"/"Marketing data"/ }), qr/^Marketing data: It is there twice/);
refused('a name nobody knows', changed(sub { s/"Bot data"/"Robot data"/ }), qr/^Robot data: There is no such worksheet/);
refused('no worksheet at all', '{"UserChat data":[]}', qr/^Import data: It is missing/);
refused('one without messages', changed(sub { s/"Message data":\[.*?\n\],\n//s }), qr/^Message data: It is missing/);
refused('a list where rows were', changed(sub { s/(\n)\{("chatId":"c2")/$1\[$2/ }), qr/^Message data, row 3: "\{" was expected/);
refused('a member twice in a row', changed(sub { s/("chatId":"c2",)/$1$1/ }), qr/^Message data, row 3: .*chatId/);
refused('a row that is no JSON', changed(sub { s/("chatId":"c2",)/${1}plain,/ }), qr/^Message data, row 3: /);
refused('deep nesting', changed(sub { s/"plainText":"hello 2"/'"plainText":' . '[' x 5000 . ']' x 5000/e }), qr/^Message data, row 3: /);
refused('a huge number', changed(sub { s/"plainText":"hello 2"/"plainText":1e999/ }), qr/^Message data, row 3: /);
refused('a lone surrogate', changed(sub { s/hello 2/\\ud800/ }), qr/^Message data, row 3: /);
refused('NUL', changed(sub { s/hello 2/\\u0000/ }), qr/^Message data, row 3: /);
refused('a raw NUL', changed(sub { s/hello 2/\0/ }), qr/^Message data, row 3: /);
my $bytes = $plain;
utf8::encode($bytes) if utf8::is_utf8($bytes);
refused('what is not UTF-8', $bytes =~ s/hello 2/hello \xff/r, qr/^Message data, row 3: /);
refused('a row of ten MiB', changed(sub { s/"plainText":"hello 2"/'"plainText":"' . 'x' x 10_000_000 . '"'/e }), qr/^Message data, row 3: A row has at most/);
refused('bytes of noise', join('', map { chr int rand 128 } 1 .. 5000), qr/./) for 1 .. 3;

# ---- rows that do not stand beside each other
refused('a message less', changed(sub { s/\{"chatId":"c2"[^\n]*,\n// }), qr/^Message data, row 3: Row \d+ of "Import data" is about another one/);
refused('a message more', changed(sub { s/(\n)(\{"chatId":"c3"[^\n]*"yes"\})/$1$2,\n$2/ }), qr/^Message data, row 7: "Import data" does not tell of it/);
refused('a chat that is another', changed(sub { s/("UserChat data":\[\n)\{"id":"c1"/$1\{"id":"cX"/ }), qr/^UserChat data, row 1: Row \d+ of "Import data" is about another one/);
refused('a user too few', changed(sub { s/("User data":\[\n)[^\n]*,\n/$1/ }), qr/^User data, row 1: Row \d+ of "Import data" is about another one/);
refused('rows about nothing', changed(sub { s/("Message data":\[\n).*?\n(\],)/$1$2/s }), qr/^Import data, row \d+: It is about a row that its worksheet does not have/);
refused('no head', changed(sub { s/\{"row":"head"[^\n]*\n// }), qr/^Import data, row 1: Such a row does not stand here/);
refused('a row of no kind', changed(sub { s/\{"row":"message"/{"row":"massage"/ }), qr/^Import data, row \d+: row: one of head/);
refused('another version', changed(sub { s/"version":1/"version":2/ }), qr/^Import data: It is of version 2/);
refused('notes that the head does not have', changed(sub { s/\{"row":"message"/{"row":"note"/ }), qr/^Import data, row \d+: The head says that there are no notes|about another/);
refused('what was said out of order', changed(sub { s/03T00:00:01.000Z/03T00:00:09.000Z/g }), qr/stands in the order of its instants/);
refused('a file of somebody who does not see everything', changed(sub { s/"complete":true/"complete":false/ }), qr/by somebody who may not see everything/);
for (['--sheets', 'UserChat,User,Message'], ['--without-messages']) {
	my $part = taken($from, 'json', @$_);
	unlike $part, qr/"Import data"/, "@$_: without what makes chats again";
	refused("... that", $part, qr/: It is missing: chats are made again from a file/);
}

# ---- rows that are refused, and the rest is there
my $said = json($plain)->{'Import data'};
my ($score) = grep { ($said->[$_ - 1]{name} // '') eq 'score' } 1 .. @$said;
my %wrong = (
	'User data, row 1: consent' => sub { s/("userId":"u1".*?)"consent":"in"/$1"consent":"perhaps"/ },
	'UserChat data, row 2: tags' => sub { s/("id":"c2".*?)"tags":\["t1"\]/$1"tags":"t1"/ },
	'UserChat data, row 2: stature' => sub { s/("id":"c2".*?)"state":/$1"stature":/ },
	'UserChat data, row 2: sessionAttributes' => sub { s/("id":"c2".*?"page":"home")/$1,"more":1/ },
	'UserChat data, row 2: description' => sub { s/("id":"c2".*?)"description":null/$1"description":"new"/ },
	'UserChat data, row 2: Import data.states' => sub { s/("row":"chat","id":"c2".*?)\["Opened",/$1\["Lost",/ },
	'UserChat data, row 2: Import data.firstEvent' => sub { s/("row":"chat","id":"c2",)"firstEvent":"[^"]*",/$1/ },
	'UserChat data, row 2: Import data.said.tags' => sub { s/("row":"chat","id":"c2".*?"tags":)"[^"]*"/$1"yesterday"/ },
	'Message data, row 3: personType' => sub { s/("chatId":"c2","personType":)"User"/$1"Nobody"/ },
	'Message data, row 4: plainText' => sub { s/("chatId":"c2",[^\n]*"plainText":)"yes"/$1\["yes"]/ },
	'Manager data, row 1: name' => sub { s/("Manager data":\[\n[^\n]*"name":)null/$1"Kim"/ },
	'UserChatTag data, row 1: followerIds' => sub { s/("UserChatTag data":\[\n[^\n]*"followerIds":)\[\]/$1\[7]/ },
	'User data, row 2: Import data.said.score' => sub { s/("row":"user","userId":"u2".*?)"score":\[[^\]]*\]/$1"score":7/ },
	"Import data, row $score: Import data.type" => sub { s/("row":"attribute","name":"score","type":)"number"/$1"float"/ },
);
for my $where (sort keys %wrong) {
	my $file = changed($wrong{$where});
	my $here = chat_store();
	my $got = $here->cli('import', '--json', kept($file, 'x.json'));
	my $said = json($got->{out});
	my ($sheet, $row, $column) = $where =~ /^(.*), row (\d+): (.*)$/;
	my @named = grep { $_->{sheet} eq $sheet && $_->{row} == $row && index($_->{column}, $column) == 0 } @{ $said->{refusals} };

	is $got->{status}, 65, "$where: refused";
	is scalar @named, 1, '... by its name' or diag json($said->{refusals});
	is $said->{new} + $said->{changed} + $said->{known} + $said->{refused}, $said->{rows}, '... and the counts add up';
	my $left = json(taken($here, 'json'));
	ok !(grep { $_->{chatId} eq 'c2' } @{ $left->{'Message data'} }), '... with what was said in it' if $sheet eq 'UserChat data';
	is scalar(grep { $_->{chatId} ne 'c2' } @{ $left->{'Message data'} }), 4, '... the others are there';
	is $here->cli('import', kept($plain, 'y.json'))->{status}, 0, '... and so is this one, mended';
	is $here->cli('check')->{status}, 0, '... every index agrees';
}
my $rejects = kept('', 'rejects');
take(changed($wrong{'Message data, row 3: personType'}), '--rejects', $rejects);
my @lines = map { json($_) } split /\n/, slurp($rejects);
is_deeply [map { "$_->{sheet} $_->{row} $_->{column}" } @lines], ['Message data 3 personType'], 'what was refused is written where one says';
is json($lines[0]{text})->{plainText}, 'hello 2', '... as it came';

# ---- another message, another person has the name already
my $taken = chat_store();
fill($taken, { type => 'message', chatId => 'other', messageId => 'm2', personType => 'user', personId => 'x', at => "${at}1T00:00:00Z", text => 'mine' },
    { type => 'user', userId => 'u1', at => "${at}9T00:00:00Z", attributes => { name => 'Later' } });
my $r = json($taken->cli('import', '--json', kept($plain, 'x.json'))->{out});
is_deeply [map { "$_->{sheet} $_->{row} $_->{column}" } @{ $r->{refusals} }], ['Message data 3 messageId'], 'a messageId that another message has is refused';
is json($taken->cli('user', 'show', '--json', 'u1')->{out})->{attributes}{default_name}{value} // 'Later', 'Later', 'what is known of later stays';

# ---- what does not go together
is $store->cli('import', '--bulk', kept($plain, 'x.json'))->{status}, 64, 'not with --bulk';
is $store->cli('import', kept($plain, 'x.json'), kept('{"type":"user","userId":"z"}', 'z.ndjson'))->{status}, 65, 'nor beside other files';
is $store->cli({ in => $plain }, 'import', '-')->{status}, 65, 'nor from a pipe';
like $store->cli({ in => $plain }, 'import', '-')->{err}, qr/It is chat data/, '... which says so';
done_testing;
