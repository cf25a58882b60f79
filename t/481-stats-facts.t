# SPDX-License-Identifier: AGPL-3.0-or-later
# Analytics of what is not a count of messages (response and resolution times,
# 24-hour conversations, templates, consent, validity) against another program that looks at every event: random ones, in any order,
# in zones of every kind of offset, of everybody and of some; and worked by hand.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;
use POSIX ();
use Time::Local qw(timegm);
use JSON::PP ();

my $r = Rapport::Test->start;
my $seed = $ENV{RAPPORT_SEED} // int rand 1e9;
note "RAPPORT_SEED=$seed";
srand $seed;

sub
stats
{
	my ($metric, %o) = @_;
	my $q = join '&', map { "$_=" . $o{$_} =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ger } sort keys %o;

	return $r->get("/api/v1/stats/$metric?$q");
}
sub ms { return POSIX::strftime('%Y-%m-%dT%H:%M:%S', gmtime $_[0] / 1000) . sprintf '.%03dZ', $_[0] % 1000 }
sub
take
{
	my ($name, @events) = @_;
	my $taken = 0;

	while (my @some = splice @events, 0, 400) {
		my $got = $r->post('/api/v1/events', \@some);

		$taken += $got->{json}{accepted} // 0;
		diag $got->{body} if $got->{json}{refusedCount} // 1;
	}
	return $taken;
}
sub columns { my ($row, @names) = @_; return join ' ', map { $_ // 'null' } @$row{@names} }

# by hand: Monday 2 March 2020.  Open from 8 to 10, the person writes at 8:00
# and 8:10, is answered at 8:30 (30 minutes, from the first), writes at 8:40, is
# answered at 8:50 (10 minutes), twice, of which the second answers nothing.
# Snoozed from 9:00 to 9:15.  Another asks at 9:50 and is not answered; a third
# at 9:55, closed so.
sub h { my ($hm) = @_; return "2020-03-02T$hm:00Z" }
sub says { my ($chat, $person, $hm, %o) = @_; return { type => 'message', chatId => $chat, messageId => "$chat$hm$person",
    personType => $person, personId => $person eq 'user' ? "u-$chat" : 'x', at => h($hm), text => 'x', %o } }
is take('hand', (map { { type => 'chat', chatId => 'a', userId => 'u-a', @$_ } } [openedAt => h('08:00')],
    [snoozedAt => h('09:00')], [state => 'opened', at => h('09:15')], [closedAt => h('10:00')]),
    says('a', 'user', '08:00'), says('a', 'bot', '08:05'), says('a', 'user', '08:10'),
    says('a', 'manager', '08:20', note => \1), says('a', 'manager', '08:30'), says('a', 'user', '08:40'),
    says('a', 'manager', '08:50'), says('a', 'manager', '08:55'), says('b', 'user', '09:50'),
    { type => 'chat', chatId => 'c', userId => 'u-c', openedAt => h('09:00') }, says('c', 'user', '09:55'),
    { type => 'chat', chatId => 'c', userId => 'u-c', closedAt => h('09:58') }), 16, 'three chats';
my @count = qw(firstReplies waiting unanswered replyCount closed operationReplyCount);
my @time = qw(waitingTime totalReplyTime avgReplyTime replyTimeMedian replyTimeP90 resolutionTime holdTime operationAvgReplyTime);
my $a = stats('response', from => '2020-03-01', to => '2020-03-04', tz => 'UTC')->{json};
is columns($a->{rows}[0], @count), '0 0 0 0 0 null', 'nothing happened on Sunday';
is columns($a->{rows}[0], @time), join(' ', ('null') x 8), 'and what there is not is not 0';
is columns($a->{rows}[1], @count), '1 1 1 2 2 null', 'one answered, one waits, one was closed so';
# resolution: (120 + 58) / 2 minutes; hold: (15 + 0) / 2
is columns($a->{rows}[1], @time), '1800000 2400000 1200000 1200000 1800000 5340000 450000 null',
    'from the first message not answered';
$a = stats('response', from => '2020-03-01', to => '2020-03-04', tz => 'UTC', by => 'hour')->{json};
is join(',', map { $_->{replyCount} } @{ $a->{rows} }[31 .. 35]), '0,2,0,0,0', 'counted when given';
is join(',', map { $_->{closed} } @{ $a->{rows} }[31 .. 35]), '0,0,1,1,0', 'and when closed';
is $r->request('PUT', '/api/v1/hours', json => { from => h('08:45'), timezone => 'UTC',
	week => { monday => [['08:45', '09:00'], ['09:55', '10:00']] } })->{status}, 200, 'hours, from 8:45 on';
$a = stats('response', from => '2020-03-02', to => '2020-03-03', tz => 'UTC')->{json}{totals};
is columns($a, qw(operationReplyCount operationAvgReplyTime operationWaitingTime operationResolutionTime)),
    '0 null null 180000', 'only what lies in the time of hours is known: 3 minutes of 58';
is $r->request('DELETE', '/api/v1/hours?from=' . h('08:45'))->{status}, 204, 'no hours again';

# by hand: a window is a day to the millisecond, over all chats, and a note opens
# none; delivered or read wins over a failure whenever it came
my $d = '2020-04-0';
my %by = (bot => 'x', manager => 'x', user => 'u-h');
my $n = 0;
my @said = map { my ($chat, $person, $at, %o) = @$_; { type => 'message', chatId => $chat, messageId => 'h' . ++$n,
    personType => $person, personId => $by{$person}, at => "$d$at", text => 'x', %o } }
    (['h1', 'user', '1T10:00:00Z'], ['h2', 'user', '2T09:59:59.999Z'], ['h2', 'bot', '2T10:00:00Z'],
    ['h1', 'manager', '3T11:00:00Z', note => \1], map { ['h1', 'bot', "4T1$_:00:00Z", template => \1] } 1 .. 4);
my @told = (['u-a', 'consent', 'in', 1586044800000], ['u-a', 'consent', 'out', 1586131200000],	# 5 and 6 April, 00:00
    ['u-a', 'validity', JSON::PP::false, 1586131200000], ['u-c', 'validity', JSON::PP::false, 1586044800000]);
sub
told
{
	my ($user, $what, $value, $at) = @{ $_[0] };

	return { type => $what, userId => $user, at => ms($at), $what eq 'consent' ? (state => $value) : (valid => $value) };
}
is take('hand', @said, (map { { type => 'delivery', messageId => "h$_->[0]", status => $_->[1], at => "${d}5T0$_->[2]:00:00Z" } }
    [5, 'delivered', 1], [5, 'failed', 2], [6, 'failed', 1], [7, 'failed', 1], [7, 'read', 2]),
    (map { told($_) } @told), map { { type => 'user', userId => $_, at => "${d}1T00:00:00Z", attributes => { phone => '+4915112345678' } } }
    'u-a', 'u-b'), 19, 'messages, what became of them, consent and validity';
sub rows
{
	my ($metric, @names) = @_;
	my $t = stats($metric, from => "${d}1", to => "${d}7", tz => 'UTC')->{json};

	return join ', ', map { columns($_, @names) } @{ $t->{rows} }, $t->{totals};
}
is rows('conversations', 'conversations'), '1, 1, 0, 1, 0, 0, 3', 'windows of 24 hours';
is columns(stats('templates', from => "${d}1", to => "${d}7", tz => 'UTC')->{json}{totals},
    qw(templates delivered read failed unheard)), '4 2 1 1 1', 'what became of templates';
is rows('consent', qw(optedIn optedOut in out none)), join(', ', ('0 0 0 0 4') x 4, '1 0 1 0 3', '0 1 0 1 3', '1 1 0 1 3'),
    'who agreed, who refused, and how all divide at the end';
is rows('validity', qw(foundValid foundInvalid valid invalid)), join(', ', ('0 0 2 0') x 5, '0 1 1 1', '0 1 1 1'),
    'of those with a phone number';

# at random
my @zones = qw(UTC Europe/Berlin America/New_York Asia/Kathmandu Pacific/Chatham Australia/Lord_Howe America/St_Johns);
my @edges = map { timegm(0, 0, 0, $_->[2], $_->[1] - 1, $_->[0]) } [2024, 3, 10], [2024, 3, 31],
    [2024, 10, 6], [2024, 10, 27], [2024, 11, 3];
my (%used, @events, @chats, %countries);
my @phones = ('u-a', 'u-b');
# No two alike: what comes first of what is at once is not told by instants.
sub
near
{
	my ($day) = @_;
	my $at;

	do {
		$at = 1000 * ($day + int rand 3 * 86400) + int rand 1000;
		$at = int($at / 900000) * 900000 + int(rand 3) - 1 if rand() < .3;	# beside the edge of a quarter-hour
	} while ($used{$at}++);
	return $at;
}
%countries = map { ("u-$_" => '') } qw(a b c h);
for my $i (0 .. 39) {
	$countries{"r$i"} = (qw(FR DE PE))[$i % 3];
	push @events, { type => 'user', userId => "r$i", attributes => { country => $countries{"r$i"},
	    $i % 4 ? (phone => "+4915112345$i") : () } };
	push @phones, "r$i" if $i % 4;
	for (1 .. int rand 8) {
		push @told, ["r$i", rand() < .5 ? ('consent', (qw(in out))[rand 2])
		    : ('validity', rand() < .5 ? JSON::PP::true : JSON::PP::false), near($edges[rand @edges] - 86400)];
		push @events, told($told[-1]);
	}
}
for my $i (1 .. 160) {
	my $day = $edges[rand @edges] - 86400;
	my $user = 'r' . int rand 40;
	my %chat = (user => $user, states => [], messages => []);
	my %of = (opened => 'openedAt', snoozed => 'snoozedAt', closed => 'closedAt');

	for (1 .. int rand 7) {
		my ($at, $state) = (near($day), (qw(opened snoozed closed))[rand 3]);

		push @{ $chat{states} }, [$at, $state];
		push @events, { type => 'chat', chatId => "c$i", userId => $user, $of{$state} => ms($at) };
	}
	for my $n (1 .. 1 + int rand 20) {
		my $person = $n == 1 ? 'user' : (qw(user user manager manager bot))[rand 5];
		my ($template, $note) = map { $person ne 'user' && rand() < .15 ? 1 : 0 } 1, 2;
		my $at = near($day);

		my @status = $template ? grep { rand() < .35 } qw(sent delivered read failed) : ();
		push @{ $chat{messages} }, [$at, $person, $template, $note, \@status];
		push @events, map { { type => 'delivery', messageId => "m$i-$n", status => $_, at => ms(near($day)) } } @status;
		push @events, { type => 'message', chatId => "c$i", messageId => "m$i-$n", personType => $person,
		    personId => $person eq 'user' ? $user : 'x', at => ms($at), text => 'x',
		    $template ? (template => \1) : (), $note ? (note => \1) : () };
	}
	push @chats, \%chat;
}
my $sent = @events;
is take('random', sort { rand() <=> .5 } @events), $sent, 'taken, in any order';

# two schedules: what lies before the first is not known
my @schedules = ({ from => 1000 * timegm(0, 0, 12, 9, 2, 2024), tz => 'Europe/Berlin',
	week => [map { $_ < 5 ? [[540, 750], [780, 1080]] : [] } 0 .. 6], holidays => { '2024-04-01' => [] } },
    { from => 1000 * timegm(0, 30, 6, 6, 9, 2024), tz => 'Asia/Kathmandu',
	week => [map { [[0, 1440]] } 0 .. 6], holidays => { '2024-10-27' => [[600, 615]] } });
my @days = qw(monday tuesday wednesday thursday friday saturday sunday);
sub spans { return [map { [map { sprintf '%02d:%02d', int($_ / 60), $_ % 60 } @$_] } @{ $_[0] }] }
for my $s (@schedules) {
	is $r->request('PUT', '/api/v1/hours', json => { from => ms($s->{from}), timezone => $s->{tz},
		week => { map { ($days[$_] => spans($s->{week}[$_])) } 0 .. 6 },
		holidays => [map { { date => $_, name => 'x', open => spans($s->{holidays}{$_}) } } sort keys %{ $s->{holidays} }] })
	    ->{status}, 200, "hours of $s->{tz}";
}
my @asks;
for my $zone (@zones) {
	for my $by (qw(day week month hour)) {
		for my $metric (qw(response conversations templates consent validity)) {
			push @asks, { metric => $metric, by => $by, tz => $zone, rand() < .4 ? (country => (qw(FR DE))[rand 2]) : (),
			    $by eq 'hour' ? (from => '2024-10-26', to => '2024-10-29') : (from => '2024-03-08', to => '2024-11-06') };
		}
	}
}
my $input = "$r->{dir}/facts.json";
spew($input, json({ chats => \@chats, schedules => \@schedules, countries => \%countries, told => \@told,
	phones => \@phones, asks => \@asks }));
open my $pipe, '-|', "python3 '$FindBin::Bin/lib/stats_facts.py' < '$input'" or die "python3: $!";
my $want = JSON::PP::decode_json(do { local $/; <$pipe> });
ok close $pipe, 'the other program has counted';

# What differs of a table, '' where nothing does.
sub
differs
{
	my ($have, $want) = @_;
	my @names = grep { !/^(start|end)$/ } sort keys %{ $want->{totals} };
	my $line = sub { my ($x) = @_; return join ' ', map { "$_=" . ($x->{$_} // 'null') } @names };
	my @rows = map { "$_->{start} $_->{end} " . $line->($_) } @{ $have->{rows} };
	my @should = map { ms($_->{start}) . ' ' . ms($_->{end}) . ' ' . $line->($_) } @{ $want->{rows} };

	push @rows, 'totals ' . $line->($have->{totals});
	push @should, 'totals ' . $line->($want->{totals});
	for my $i (0 .. ($#rows > $#should ? $#rows : $#should)) {
		return ($rows[$i] // 'no row') . "\n expected " . ($should[$i] // 'none') if ($rows[$i] // '') ne ($should[$i] // '');
	}
	return '';
}
my (@wrong, $rows, %seen);
for my $i (0 .. $#asks) {
	my %o = %{ $asks[$i] };
	my ($metric, $country) = delete @o{qw(metric country)};
	my $got = stats($metric, %o, $country ? (f => json(['default_country', 'is', $country])) : ());
	my $differs = $got->{status} == 200 ? differs($got->{json}, $want->[$i]) : $got->{body};

	push @wrong, join(' ', $metric, map { "$_=$o{$_}" } sort keys %o) . ": $differs" if $differs;
	$rows += @{ $got->{json}{rows} // [] };
	$seen{"$metric $_"} ||= !!$want->[$i]{totals}{$_} for keys %{ $want->[$i]{totals} };
	is_deeply [sort keys %{ $got->{json}{totals} }], [sort grep { !/^(start|end)$/ } keys %{ $want->[$i]{totals} }],
	    "$metric: every column is judged" if $i < 5;
}
is_deeply \@wrong, [], scalar(@asks) . " tables of $rows rows are what the other program says";
is_deeply [grep { !$seen{$_} } sort keys %seen], [], 'and no column of them is empty';
$want->[0]{rows}[9]{replyCount}++;
isnt differs(stats('response', map { $_ => $asks[0]{$_} } qw(by tz from to))->{json}, $want->[0]), '',
    'control: one answer more would be seen';

# whoever may not know an attribute does not hear of its metric
my %masks = (consent => ['consent'], valid => ['validity'], default_phone => ['validity'], default_city => []);
for my $mask (sort keys %masks) {
	my $m = $r->post('/api/v1/managers', { name => $mask, email => "$mask\@example.org", permissions => ['users.read', 'analytics.read'],
		limits => { masked => [$mask] } })->{json};
	my $in = $r->post('/api/v1/login', { login => "$mask\@example.org", password => $m->{password} }, token => 0);
	my ($cookie) = $in->{headers}{'set-cookie'} =~ /^(rapport=[^;]+)/;
	my @gone = grep { $r->get("/api/v1/stats/$_", token => 0, headers => { Cookie => $cookie })->{status} == 404 }
	    qw(response conversations templates consent validity);

	is_deeply \@gone, $masks{$mask}, "$mask masked";
}
done_testing;
