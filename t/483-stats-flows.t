# SPDX-License-Identifier: AGPL-3.0-or-later
# Flows, errors, funnels and retention against another program that looks at
# every event: random ones, late, repeated and in any order, people who became
# one and two again, in zones of every kind of offset around daylight-saving
# changes, of everybody and of some; the same as CSV; and behind every number
# the very people.  Who is erased is counted on or not, as was chosen.
use strict;
use warnings;
use utf8;
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

sub esc { my ($s) = @_; utf8::encode($s) if utf8::is_utf8($s); return $s =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ger }
sub stats { my ($metric, %o) = @_; return $r->get("/api/v1/stats/$metric?" . join '&', map { "$_=" . esc($o{$_}) } sort keys %o) }
sub ms { return POSIX::strftime('%Y-%m-%dT%H:%M:%S', gmtime $_[0] / 1000) . sprintf '.%03dZ', $_[0] % 1000 }
sub ids { my ($f) = @_; my $got = $r->get('/api/v1/users?columns=userId&limit=500&f=' . esc($f));
	return join ' ', sort map { $_->{userId} } @{ $got->{json}{users} // [{ userId => $got->{body} }] } }
sub pick { return $_[rand @_] }
sub take
{
	my (@events) = @_;
	my ($taken, $refused) = (0, '');

	while (my @some = splice @events, 0, 400) {
		my $got = $r->post('/api/v1/events', \@some);

		$taken += $got->{json}{accepted} + $got->{json}{duplicates};
		$refused .= $got->{body} if $got->{json}{refusedCount};
	}
	diag $refused if $refused;
	return $taken;
}

# random events; those of @raw as the other program reads them
my @edges = map { timegm(0, 0, 0, $_->[2], $_->[1] - 1, $_->[0]) } [2024, 3, 10], [2024, 3, 31], [2024, 4, 7], [2024, 10, 6], [2024, 10, 27], [2024, 11, 3];
my @flows = ('welcome', 'Tour', '=cmd', "say \"hi\" \\ {\x{e9}}", $seed % 2 ? 'tour' : ());
my (%used, @events, @raw, %country, $n);
my %become = (r40 => 'r0', r41 => 'r1', r42 => 'r2', r43 => 'r3');	# the last two are parted again
my %parted = (r42 => 1, r43 => 1);
sub near
{
	my $at;

	do {
		$at = 1000 * (pick(@edges) - 86400 + int rand 3 * 86400) + int rand 1000;
		$at = int($at / 900000) * 900000 + int(rand 3) - 1 if rand() < .3;
	} while ($used{$at}++);
	return $at;
}
sub add
{
	my ($raw, $event) = @_;
	my $user = $raw->{user};

	$event->{at} = ms($raw->{at} //= near());
	$raw->{user} = $become{$user} if $become{$user} && !$parted{$user};
	push @raw, $raw;
	push @events, ($event) x (rand() < .1 && ($event->{id} || $event->{type} eq 'flow') ? 2 : 1);
}
for my $i (0 .. 43) {
	my $user = "r$i";

	$country{$user} = (qw(FR DE PE))[$become{$user} ? substr($become{$user}, 1) : $i % 3];
	push @events, { type => 'user', userId => $user, at => ms(near()), attributes => { country => $country{$user} } };
	# said again and again, of some more often than the history has room for
	for my $plan ($become{$user} && !$parted{$user} ? () : map { pick(qw(free pro Pro team)) } 0 .. ($i % 11 == 5 ? 140 : rand 7)) {
		add({ type => 'user', user => $user, attributes => { plan => $plan } }, { type => 'user', userId => $user,
			attributes => { plan => $plan } });
	}
	for (1 .. int rand 7) {
		my ($flow, $run) = (pick(@flows), rand() < .6 ? 'run' . ++$n : undef);

		for (1 .. 1 + int rand 3) {
			my ($event, $cause) = (pick(qw(started started completed cancelled)), pick(qw(keyword broadcast api), undef));

			add({ type => 'flow', user => $user, flow => $flow, event => $event, run => $run, cause => $cause },
			    { type => 'flow', userId => $user, flow => $flow, event => $event, defined $run ? (runId => $run) : (),
				defined $cause ? (cause => $cause) : () });
		}
	}
	for (1 .. int rand 5) {
		my $name = pick(qw(signup visit));

		add({ type => 'event', user => $user, name => $name }, { type => 'event', id => 'e' . ++$n, userId => $user, name => $name,
		    rand() < .5 ? (properties => { name => 'x', of => [{ type => 'flow', flow => 'Tour' }] }) : () });
	}
	push @events, { type => 'chat', chatId => "c$i", userId => $user };
	for (1 .. int rand 16) {
		my ($id, $person, $text) = ('m' . ++$n, pick(qw(user user bot manager)), join ' ', map { pick(qw(refund please hello order)) } 1 .. 2);
		my $note = $person eq 'manager' && rand() < .3;
		my @status = $person eq 'user' ? () : grep { rand() < .3 } qw(sent delivered read failed failed);

		add({ type => 'message', user => $user, person => $person, message => $id, text => $text, note => $note ? 1 : 0 },
		    { type => 'message', id => $id, chatId => "c$i", messageId => $id, personType => $person, personId => $person eq 'user' ? $user : 'x',
			text => $text, $note ? (note => \1) : () });
		my $code = pick('131', '131', '470', "=1+1", undef);
		my %seen;
		for my $status (grep { !$seen{$_}++ } @status) {
			my %of = (type => 'delivery', status => $status);
			$of{title} = pick('Undeliverable', 'Too late') if $status eq 'failed';

			add({ %of, user => $user, message => $id, $status eq 'failed' ? (code => $code) : () }, { type => 'delivery', messageId => $id, status => $status,
				$status eq 'failed' && defined $code ? (error => { code => $code, title => $of{title} }) : () });
			$raw[-1]{title} = undef if !defined $code;
		}
	}
}
my $sent = @events;
is take(sort { rand() <=> .5 } @events), $sent, 'taken, in any order';
is take(map { { type => 'merge', from => $_, into => $become{$_}, at => '2026-01-01T00:00:00Z' } } sort keys %become), 4, 'four become others';
my %dense = map { $_->{userId} => $_->{id} } @{ $r->get('/api/v1/users?columns=userId&limit=500')->{json}{users} };
for my $into (map { $become{$_} } sort keys %parted) {
	my ($merge) = grep { defined } map { ref $_->{merge} ? $_->{merge}{id} : $_->{merge} // $_->{id} } grep { $_->{kind} eq 'merge' } @{ $r->get("/api/v1/users/$dense{$into}/timeline?limit=100&kinds=merge")->{json}{timeline} };
	is $r->post("/api/v1/merges/$merge/undo", {})->{status}, 200, 'and are two again';
}
delete $country{$_} for grep { !$parted{$_} } keys %become;

my @zones = qw(UTC Europe/Berlin America/New_York Asia/Kolkata Asia/Kathmandu Pacific/Chatham Australia/Lord_Howe
	Pacific/Apia America/St_Johns Africa/Casablanca Asia/Tehran America/Sao_Paulo Pacific/Kiritimati);
my @steps = (['event:signup', 'did'], ['event:visit', 'did'], ['message', 'did'], ['flow:welcome', 'did'],
	['said', 'contains', 'refund'], ['plan', 'changed'], ['plan', 'changedTo', 'pro']);
my %columns = (flows => [qw(started keyword business completed cancelled inFlow)], errors => [qw(errors people)],
	funnel => [qw(users dropped)], retention => ['size']);
my %distinct = map { $_ => 1 } qw(flows.inFlow errors.people funnel.users funnel.dropped retention.size retention.cells);
sub asks
{
	my ($week, @zones) = @_;
	my @out;

	for my $zone (@zones) {
		my %o = (tz => $zone, weekStart => $week, from => pick('2024-03-09', '2024-04-01', '2024-03-31'), to => pick('2024-11-05', '2024-10-07', '2024-10-28'));
		my @some = (rand() < .3 ? (country => pick(qw(FR DE))) : ());

		push @out, map { { %o, @some, metric => 'flows', by => $_, rand() < .4 ? (flow => pick('welcome', 'Tour')) : () } } pick(qw(day week)), 'month', 'flow';
		push @out, map { { %o, @some, metric => 'errors', by => $_, rand() < .4 ? (code => pick('131', '')) : () } } pick(qw(day week month)), 'code';
		push @out, map { { %o, metric => 'retention', by => $_ } } qw(week month);
		push @out, map { { %o, @some, metric => 'funnel', by => 'step', window => pick(qw(45m 20h 3d 2w 90d 90d)), steps => [map { pick(@steps) } 1 .. 2 + rand 3] } } 1 .. 3;
	}
	return @out;
}
sub judge
{
	my ($name, @asks) = @_;
	my $input = "$r->{dir}/flows.json";

	spew($input, json({ events => \@raw, users => \%country, asks => \@asks, asOf => 1000 * time }));
	open my $pipe, '-|', "python3 '$FindBin::Bin/lib/stats_flows.py' < '$input'" or die "python3: $!";
	my $want = JSON::PP::decode_json(do { local $/; <$pipe> });
	ok close $pipe, "$name: the other program has counted";
	return $want;
}
# What of a row is judged: the very numbers, 12 digits of rates.
sub line { my ($row) = @_; return join ' ', map { my $v = $row->{$_}; "$_=" . (!defined $v ? 'null' : ref $v ? json($v) : $v =~ /^-?\d+\.\d+$/ ? sprintf '%.12g', $v : $v) }
	sort grep { !/^(start|end|date|label)$/ } keys %$row }
sub compare
{
	my ($name, @asks) = @_;
	my $want = judge($name, @asks);
	my (@wrong, @torn, @people, %seen);

	for my $i (0 .. $#asks) {
		my %o = %{ $asks[$i] };
		my ($metric, $country) = delete @o{qw(metric country)};
		delete $o{weekStart};
		$o{steps} = json($o{steps}) if $o{steps};
		my $f = $country ? json(['default_country', 'is', $country]) : undef;
		my $got = stats($metric, %o, $f ? (f => $f) : ());
		my $have = join "\n", (map { (defined $_->{start} ? "$_->{start} $_->{end} " : '') . line($_) } @{ $got->{json}{rows} }), line($got->{json}{totals} // {});
		my $should = join "\n", (map { (defined $_->{start} ? ms($_->{start}) . ' ' . ms($_->{end}) . ' ' : '') . line($_) } @{ $want->[$i]{rows} }), line($want->[$i]{totals});

		push @wrong, join(' ', $metric, map { "$_=$o{$_}" } sort keys %o) . ' ' . ($f // '') . ($got->{status} == 200 ? "\n$have\nexpected\n$should" : $got->{body}) if $have ne $should;
		my @csv = split /\r\n/, stats("$metric.csv", %o, $f ? (f => $f) : ())->{body};
		push @torn, "$metric: " . @csv . ' lines' if @csv != 1 + @{ $got->{json}{rows} // [] };
		for my $k (sort { rand() <=> .5 } 0 .. $#{ $got->{json}{rows} // [] }) {
			my $row = $got->{json}{rows}[$k];
			my %leaf = (metric => $metric, tz => $o{tz}, from => $row->{start} // $o{from}, to => $row->{end} // $o{to});
			my @columns = map { [$_, $row->{$_}, {}, $_] } @{ $columns{$metric} };

			next if $k > 2 && rand() < .93;
			$leaf{$_} = $asks[$i]{$_} for grep { defined $asks[$i]{$_} } qw(flow code steps window);
			$leaf{flow} = $row->{flow} if $row->{flow};
			$leaf{code} = $row->{code} // '' if exists $row->{code};
			push @columns, map { ['cells', $row->{cells}[$_], { by => $o{by}, cell => $_, weekStart => $asks[$i]{weekStart} }, "cells$_"] } 0 .. $#{ $row->{cells} } if $metric eq 'retention';
			for (@columns) {
				my ($column, $number, $more, $key) = @$_;
				my $leaf = json(['counted', 'isIn', { %leaf, %$more, column => $column, $metric eq 'funnel' ? (step => $row->{step}) : () }]);
				my $found = ids($f ? json({ all => [json($f), json($leaf)] }) : $leaf);
				my $expected = join ' ', @{ $want->[$i]{people}[$k]{$key} // [] };

				$seen{"$metric.$column"} ||= length $expected;
				push @people, "$leaf: $found\nexpected $expected" if $found ne $expected;
				push @people, "$leaf: " . split(/ /, $found) . ", shown $number" if $distinct{"$metric.$column"} && defined $number && $number != split / /, $found;
			}
		}
	}
	is_deeply [@wrong[0 .. ($#wrong < 1 ? $#wrong : 1)]], [], "$name: " . @asks . ' tables are what the other program says' or diag scalar(@wrong) . ' differ';
	is_deeply \@torn, [], "$name: the files have as many rows";
	is_deeply [@people[0 .. ($#people < 3 ? $#people : 3)]], [], "$name: and open the same people" or diag scalar(@people) . ' differ';
	return \%seen;
}
sub table { my ($json) = @_; return join "\n", map { line($_) } @{ $json->{rows} } }
my $control = judge('control', { metric => 'flows', by => 'flow', from => '2024-03-01', to => '2024-11-05', tz => 'UTC' })->[0];
my $table = table(stats('flows', by => 'flow', from => '2024-03-01', to => '2024-11-05', tz => 'UTC')->{json});
is $table, table($control), 'the control is judged';
$control->{rows}[0]{inFlow}++;
isnt $table, table($control), 'and one person more in a flow would be seen';
my $seen = compare('monday', asks('monday', @zones));
is_deeply [grep { !$seen->{$_} } 'retention.cells', map { my $m = $_; map { "$m.$_" } @{ $columns{$m} } } sort keys %columns], [], 'no number of them is empty';
for my $week (qw(sunday saturday)) {
	is $r->request('PUT', '/api/v1/settings', json => { 'workspace.weekStart' => $week })->{status}, 204, "weeks from $week on";
	is stats('retention')->{json}{weekStart}, $week, 'and answers say so';
	compare($week, grep { $_->{by} eq 'week' } asks($week, map { pick(@zones) } 1 .. 4));
}
my $checked = $r->cli('check');
is $checked->{status}, 0, 'every index is what the events say' or diag $checked->{out}, $checked->{err};

# gone is gone, from every number
is $r->request('DELETE', "/api/v1/users/$dense{r7}?mode=forget")->{status}, 200, 'somebody is forgotten';
@raw = grep { $_->{user} ne 'r7' } @raw;
delete $country{r7};
compare('forgotten', grep { $_->{by} ne 'week' } asks('saturday', map { pick(@zones) } 1 .. 2));
is $r->cli('check')->{status}, 0, 'and nothing of them is left';

# laws
my %all = (from => '2024-03-01', to => '2024-11-05', tz => 'Asia/Kathmandu');
for my $metric (qw(flows errors)) {
	my @parts = map { stats($metric, %all, by => 'month', f => json($_))->{json}{totals} } ['default_country', 'is', 'FR'], ['default_country', 'isNot', 'FR'];
	my $whole = stats($metric, %all, by => 'month')->{json}{totals};

	is_deeply [grep { $parts[0]{$_} + $parts[1]{$_} != $whole->{$_} } @{ $columns{$metric} }], [], "$metric: a filter and its complement add up";
}
# erased with their totals kept: as if they were there, where nobody is asked for and nothing of what was said or changed
my @kept = qw(r0 r3 r9 r12 r20 r31 r42);
%dense = map { $_->{userId} => $_->{id} } @{ $r->get('/api/v1/users?columns=userId&limit=500')->{json}{users} };
is $r->request('DELETE', "/api/v1/users/$dense{$_}?mode=keepTotals")->{status}, 200, "$_ is erased" for @kept;
my (%went, @still, @left) = map { $_ => 1 } @kept;
for my $ask (asks('saturday', map { pick(@zones) } 1 .. 6)) {
	next if $ask->{country};
	push @{ $ask->{steps} && json($ask->{steps}) =~ /"(said|plan)"/ ? \@left : \@still }, $ask if $ask->{by} ne 'week';
}
sub
untitled
{
	my ($ask, $should) = @_;
	my %o = %$ask;
	my $metric = delete $o{metric};

	delete $o{weekStart};
	$o{steps} = json($o{steps}) if $o{steps};
	my $got = stats($metric, %o)->{json};
	return map { join "\n", map { my %row = %$_; delete $row{title}; line(\%row) } @{ $_->{rows} }, $_->{totals} } $got, $should;
}
for (['kept', \@still], ['not kept', \@left]) {
	my ($name, $asks) = @$_;
	my @all = @raw;
	my %all = %country;

	@raw = grep { !$went{ $_->{user} } } @raw if $name ne 'kept';
	delete @country{@kept} if $name ne 'kept';
	my $want = judge($name, @$asks);
	my @wrong = map { my ($have, $should) = untitled($asks->[$_], $want->[$_]); $have eq $should ? () : json($asks->[$_]) . "\n$have\nexpected\n$should" } 0 .. $#$asks;
	is_deeply [@wrong[0 .. ($#wrong < 1 ? $#wrong : 1)]], [], "$name: " . @$asks . ' tables';
	(@raw, %country) = (@all, ());
	%country = %all;
}
@raw = grep { !$went{ $_->{user} } } @raw;
delete @country{@kept};
compare('of some', grep { $_->{country} && $_->{by} ne 'week' } asks('saturday', @zones[0 .. 5]));
$checked = $r->cli('check');
is $checked->{status}, 0, 'what is kept is sound' or diag $checked->{out}, $checked->{err};

cmp_ok stats('flows', %all)->{json}{totals}{completionRate}, '<=', 1, 'never more than all';
like stats('flows.csv', %all, by => 'flow')->{body}, qr/^"'=cmd",/m, 'a name that is a formula is none in a file';
done_testing;
