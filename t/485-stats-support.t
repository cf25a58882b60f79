# SPDX-License-Identifier: AGPL-3.0-or-later
# Response and resolution times by tag, by manager and by integration: by hand,
# and against another program that looks at every chat; the people behind every
# number of every row; what the limits of a member hide; of the erased.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;
use POSIX ();
use JSON::PP ();

my $r = Rapport::Test->start;
my $seed = $ENV{RAPPORT_SEED} // int rand 1e9;
note "RAPPORT_SEED=$seed";
srand $seed;

sub esc { return $_[0] =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ger }
sub ask { my ($what, $o, %as) = @_; return $r->get("/api/v1/$what?" . join('&', map { "$_=" . esc($o->{$_}) } sort keys %$o), %as) }
sub stats { my (%o) = @_; return ask('stats/response', \%o) }
sub ms { return POSIX::strftime('%Y-%m-%dT%H:%M:%S', gmtime $_[0] / 1000) . sprintf '.%03dZ', $_[0] % 1000 }
sub columns { my ($row, @names) = @_; return join ' ', map { $_ // 'null' } @$row{@names} }
sub rows { my ($t, @names) = @_; return join ', ', map { columns($_, @names) } @{ $t->{json}{rows} } }
sub leaf { my ($op, %o) = @_; return json(['counted', $op, { metric => 'response', %o }]) }
sub users { my ($f, %as) = @_; return ask('users', { columns => 'userId', limit => 500, f => $f }, %as) }
sub ids { my ($got) = @_; return join ' ', sort map { $_->{userId} } @{ $got->{json}{users} // [{ userId => $got->{body} }] } }
sub
take
{
	my ($name, @events) = @_;
	my ($all, $taken) = (scalar @events, 0);

	while (my @some = splice @events, 0, 400) {
		$taken += $r->post('/api/v1/events', \@some)->{json}{accepted} // 0;
	}
	is $taken, $all, $name;
}

# Monday 2 March 2020.  Chat a has two tags and is Ann's (m1): Ann answers after
# 10 minutes, Bob (m2) again after 5; closed, opened again, and Bob answers first
# after 20.  Chat b has no tag, no integration, nobody: it waits.  Chat c is
# Bob's and was closed without an answer; its tag is one of a's.
my $n = 0;
sub h { return "2020-03-02T$_[0]:00Z" }
sub says { my ($chat, $who, $hm) = @_; return { type => 'message', chatId => $chat, messageId => 'h' . ++$n, at => h($hm), text => 'x',
	personType => $who =~ /^m/ ? 'manager' : 'user', personId => $who } }
sub chat { my ($chat, %o) = @_; return { type => 'chat', chatId => $chat, userId => "u-$chat", %o } }
take('by hand', chat('a', openedAt => h('08:00'), tags => ['vip', 'bug'], assigneeId => 'm1', source => 'line'),
    says('a', 'u-a', '08:00'), says('a', 'm1', '08:10'), says('a', 'u-a', '08:20'), says('a', 'm2', '08:25'),
    chat('a', closedAt => h('09:00')), chat('a', state => 'opened', at => h('10:00')), says('a', 'u-a', '10:00'), says('a', 'm2', '10:20'),
    chat('a', state => 'closed', at => h('11:00')), chat('b'), says('b', 'u-b', '08:30'),
    chat('c', openedAt => h('08:00'), tags => ['bug'], assigneeId => 'm2', source => 'web'), says('c', 'u-c', '08:00'), chat('c', closedAt => h('08:30')),
    { type => 'manager', id => 'm1', name => 'Zoe', at => h('08:00') }, { type => 'manager', id => 'm2', name => 'Bob', at => h('08:00') });
my %day = (from => '2020-03-02', to => '2020-03-03', tz => 'UTC');
my @main = qw(firstReplies waitingTime waiting unanswered replyCount avgReplyTime closed resolutionTime);
my $of_a = '2 900000 0 0 3 700000 2 3600000';
is rows(stats(%day, by => 'tag'), 'tag', 'name', @main), "bug null 2 900000 0 1 3 700000 3 3000000, vip null $of_a, null null 0 null 1 0 0 null 0 null",
    'a chat counts under each of its tags, one without under none';
is rows(stats(%day, by => 'source'), 'source', @main), "line $of_a, web 0 null 0 1 0 null 1 1800000, null 0 null 1 0 0 null 0 null", 'by integration';
is rows(stats(%day, by => 'manager'), 'manager', 'name', @main),
    'm2 Bob 1 1200000 0 1 2 750000 1 1800000, m1 Zoe 1 600000 0 0 1 600000 2 3600000, null null 0 null 1 0 0 null 0 null',
    'answers are whose they are, what ended is the assignee\'s; in the order of their names';
is columns(stats(%day, by => $_)->{json}{totals}, @main), '2 900000 1 1 3 700000 3 3000000', "the whole counts once, by $_" for qw(tag manager source day);
is ask('stats/response.csv', { %day, by => 'manager' })->{body} =~ /^manager,name,firstReplies,(?:.*\r\n)"m2","Bob",1,.*\r\n"m1","Zoe",1,.*\r\n,,0,.*\r\n$/ ? 1 : 0, 1, 'as a file';
like $r->cli(qw(stats response --by tag --from 2020-03-02 --to 2020-03-03 --tz UTC))->{out}, qr/^tag +name +firstReplies.*\nbug +2 /, 'and on the command line'
    or diag $r->cli(qw(stats response --by tag --from 2020-03-02 --to 2020-03-03 --tz UTC))->{out};
is ids(users(leaf('isIn', %day, column => 'closed', manager => 'm1'))), 'u-a', 'who is behind a number of one';
is ids(users(leaf('isIn', %day, column => 'waiting', tag => ''))), 'u-b', 'and of none';
is stats(%day, f => leaf('isIn', %day, column => 'closed', manager => 'm1', tag => ''))->{json}{sentence},
    'is counted in Closed without a tag of manager m1, 2 Mar 2020 (UTC)', 'as a sentence';
for my $bad ([{ metric => 'customers', column => 'users', tag => 'x' }, qr/tag: users of customers takes none/], [{ column => 'closed', manager => 3 }, qr/manager: expected a text/]) {
	my $got = users(leaf('isIn', %day, %{ $bad->[0] }));

	is $got->{status}, 422, 'refused';
	like $got->{json}{detail}, $bad->[1], 'by name';
}
is ask('stats/customers', { by => 'tag' })->{json}{path}, 'by', 'a cut that a metric has not';

# at random
my $first = 1000 * 1709942400;	# 9 March 2024
my (%used, @chats, @events);
my %countries = map { ("u-$_" => '') } qw(a b c);
sub near { my $at; do { $at = $first + int rand 6 * 86400000 } while $used{$at}++; return $at }
my @managers = ('ann', 'bob', "c\xc3\xa9cile", 'dan');
for my $i (0 .. 29) {
	$countries{"r$i"} = (qw(FR DE))[$i % 2];
	push @events, { type => 'user', userId => "r$i", attributes => { country => $countries{"r$i"} } };
}
utf8::decode($_) for @managers;
for my $i (1 .. 150) {
	my %chat = (user => 'r' . int rand 30, states => [], messages => [], by => {}, tags => [grep { rand() < .3 } 'vip', 'bug', 'two words', 'VIP', '"<>,'],
	    assignee => rand() < .3 ? undef : $managers[rand @managers], source => (undef, 'web', 'line', 'app')[rand 4]);
	my %of = (opened => 'openedAt', snoozed => 'snoozedAt', closed => 'closedAt');

	push @events, { type => 'chat', chatId => "c$i", userId => $chat{user}, tags => $chat{tags},
	    defined $chat{assignee} ? (assigneeId => $chat{assignee}) : (), defined $chat{source} ? (source => $chat{source}) : () };
	push @{ $chat{states} }, map { [near(), (qw(opened snoozed closed))[rand 3]] } 1 .. int rand 7;
	push @events, map { { type => 'chat', chatId => "c$i", userId => $chat{user}, $of{ $_->[1] } => ms($_->[0]) } } @{ $chat{states} };
	for my $m (1 .. 1 + int rand 20) {
		my $person = $m == 1 ? 'user' : (qw(user user manager manager bot))[rand 5];
		my ($at, $who) = (near(), $person eq 'user' ? $chat{user} : $person eq 'bot' ? 'x' : $managers[rand @managers]);
		my ($template, $note) = map { $person ne 'user' && rand() < .15 ? 1 : 0 } 1, 2;

		push @{ $chat{messages} }, [$at, $person, $template, $note];
		$chat{by}{$at} = $who if $person eq 'manager';
		push @events, { type => 'message', chatId => "c$i", messageId => "m$i-$m", personType => $person, personId => $who, at => ms($at), text => 'x',
		    $template ? (template => \1) : (), $note ? (note => \1) : () };
	}
	push @chats, \%chat;
}
take('random, in any order', sort { rand() <=> .5 } @events);
my $hours = { from => $first + 2 * 86400000, tz => 'Asia/Kathmandu', week => [map { $_ < 6 ? [[420, 1200]] : [] } 0 .. 6], holidays => {} };
my @days = qw(monday tuesday wednesday thursday friday saturday);
is $r->request('PUT', '/api/v1/hours', json => { from => ms($hours->{from}), timezone => $hours->{tz}, week => { map { ($_ => [['07:00', '20:00']]) } @days } })->{status}, 200, 'hours';
my @asks = map { my $by = $_; map { { by => $by, from => $first + $_->[0] * 900000, to => $first + $_->[1] * 900000, rand() < .5 ? (country => (qw(FR DE))[rand 2]) : () } }
    [-96, 700], [map { int $_ } sort { $a <=> $b } 20 + rand 200, 221 + rand 300], [300, 310 + int rand 90] } qw(tag manager source);
delete $asks[3 * $_]{country} for 0 .. 2;
my $input = "$r->{dir}/support.json";
spew($input, json({ chats => \@chats, schedules => [$hours], countries => \%countries, asks => \@asks }));
open my $pipe, '-|', "python3 '$FindBin::Bin/lib/stats_support.py' < '$input'" or die "python3: $!";
my $want = JSON::PP::decode_json(do { local $/; <$pipe> });
ok close $pipe, 'the other program has counted';

my (@wrong, @people, @laws, $cells);
for my $i (0 .. $#asks) {
	my %o = %{ $asks[$i] };
	my %span = (from => ms($o{from}), to => ms($o{to}), tz => 'Europe/Berlin');
	my @country = $o{country} ? (f => json(['default_country', 'is', $o{country}])) : ();
	my $got = stats(%span, by => $o{by}, @country)->{json};
	my @names = sort keys %{ $want->[$i]{totals} };
	my $have = join "\n", (map { ($_->{ $o{by} } // 'null') . ': ' . columns($_, @names) } @{ $got->{rows} }), columns($got->{totals}, @names);
	my $should = join "\n", (map { ($_->[0] // 'null') . ': ' . columns($_->[1], @names) } @{ $want->[$i]{rows} }), columns($want->[$i]{totals}, @names);

	push @wrong, "$o{by} $span{from} $span{to}:\n$have\nexpected\n$should" if $have ne $should;
	push @laws, "$o{by}: rows add up" if $o{by} ne 'tag' && grep { my $c = $_; my $sum = 0; $sum += $_->{$c} for @{ $got->{rows} }; $sum != $got->{totals}{$c} }
	    qw(firstReplies waiting unanswered replyCount closed operationReplyCount);
	for my $row (@{ $want->[$i]{rows} }) {
		for my $column (sort keys %{ $row->[2] }) {
			my $leaf = leaf('isIn', %span, column => $column, $o{by} => $row->[0] // '');
			my $found = users($o{country} ? json({ all => [json($leaf), json($country[1])] }) : $leaf);

			push @people, "$o{by} " . ($row->[0] // 'null') . " $column: " . ids($found) if ids($found) ne join ' ', @{ $row->[2]{$column} };
			push @laws, "$column: how many" if $found->{json}{total} != @{ $row->[2]{$column} } || $found->{json}{total} > $row->[1]{$column};
			$cells += @{ $row->[2]{$column} } > 0;
		}
	}
}
is_deeply [@wrong[0 .. ($#wrong < 1 ? $#wrong : 1)]], [], scalar(@asks) . ' tables are what the other program says';
is_deeply [@people[0 .. ($#people < 3 ? $#people : 3)]], [], "and behind each of $cells numbers are those people";
is_deeply \@laws, [], 'as many as there are, and rows of managers and integrations add up';
cmp_ok $cells, '>', 100, 'there was something to judge';

# who may not know
sub
member
{
	my ($name, %limits) = @_;
	my $m = $r->post('/api/v1/managers', { name => $name, email => "$name\@example.org", permissions => ['users.read', 'analytics.read'], limits => \%limits });

	is $m->{status}, 201, "a member: $name" or diag $m->{body};
	$m = $m->{json};
	my $in = $r->post('/api/v1/login', { login => "$name\@example.org", password => $m->{password} }, token => 0);

	return (token => 0, headers => { Cookie => $in->{headers}{'set-cookie'} =~ /^(rapport=[^;]+)/ });
}
$r->post('/api/v1/segments', { name => 'French', filter => ['default_country', 'is', 'FR'] });
my %march = (from => '2024-03-01', to => '2024-04-01', tz => 'UTC');
my %french = (%march, f => '["default_country","is","FR"]');
my %held = member('held', segments => ['French']);
for my $by (qw(tag manager source)) {
	is_deeply [map { ask('stats/response', $_->[0], @{ $_->[1] })->{json}{rows} } [{ %march, by => $by }, [%held]]],
	    [stats(%french, by => $by)->{json}{rows}], "held to a segment: its rows, by $by";
}
is rows(ask('stats/response', { %day, by => 'tag' }, %held), 'tag'), '', 'no name of a tag of others';
my %veiled = member('veiled', masked => ['default_source']);
is ask('stats/response', { %march, by => 'source' }, %veiled)->{json}{path}, 'by', 'whom sources are masked for has no cut by them';
like users(leaf('isIn', %march, column => 'closed', source => 'web'), %veiled)->{json}{detail}, qr/source: closed of response takes none/, 'nor a filter';
is ask('stats/response', { %march, by => 'tag' }, %veiled)->{status}, 200, 'but others';
sub cuts { my (%as) = @_; my ($m) = grep { $_->{name} eq 'response' } @{ ask('stats', {}, %as)->{json}{metrics} }; return join ' ', @{ $m->{by} } }
is cuts(%veiled), 'day week month hour tag manager', 'of which alone they are told';
is cuts(), 'day week month hour tag manager source', 'others of all';

# the erased with their totals kept are of no tag; the whole is what it was
my $before = columns(stats(%march, by => 'tag')->{json}{totals}, @main);
my ($gone) = map { $_->{id} } grep { $_->{userId} eq 'r4' } @{ users('{}')->{json}{users} };
is $r->request('DELETE', "/api/v1/users/$gone?mode=keepTotals")->{status}, 200, 'one is erased';
my $after = stats(%march, by => 'tag')->{json}{totals};
is $after->{$_}, stats(%march, by => 'month')->{json}{totals}{$_}, "$_ of the whole is the same however it is cut" for @main;
is columns($after, qw(replyCount closed)), join(' ', (split / /, $before)[4, 6]), 'and as many as before';
done_testing;
