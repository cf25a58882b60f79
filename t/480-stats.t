# SPDX-License-Identifier: AGPL-3.0-or-later
# Analytics against another program that looks at every message: random ones
# around changes of daylight saving, in zones of every kind of offset, cut in
# every way, of everybody and of some; the same rows as CSV; and a few numbers
# worked by hand.
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

# by hand: two people, who write on both sides of midnight in Kathmandu (+05:45)
my @hand = (
	['h1', 'user', '2020-03-01T18:14:59Z'],	# 23:59:59 of the 1st there
	['h1', 'bot', '2020-03-01T18:15:00Z'],	# 00:00 of the 2nd
	['h1', 'user', '2020-03-01T18:15:00Z'],
	['h2', 'user', '2020-03-02T18:14:59Z'],
	['h2', 'manager', '2020-03-02T18:20:00Z'],	# the 3rd
);
my $n = 0;
is $r->post('/api/v1/events', [map { { type => 'message', chatId => "c-$_->[0]", personType => $_->[1],
    messageId => 'm' . ++$n, personId => $_->[1] eq 'user' ? $_->[0] : 'x', at => $_->[2], text => 'hi' } } @hand])
    ->{json}{accepted}, 5, 'five messages';
my $a = stats('customers', from => '2020-03-01', to => '2020-03-04', tz => 'Asia/Kathmandu')->{json};
is_deeply [map { [@$_{qw(date users new returning total)}] } @{ $a->{rows} }],
    [['2020-03-01', 1, 1, 0, 1], ['2020-03-02', 2, 1, 1, 2], ['2020-03-03', 0, 0, 0, 2]],
    'the day is that of the zone';
is_deeply $a->{totals}, { users => 2, new => 2, returning => 0, total => 2 }, 'people count once';
$a = stats('messages', from => '2020-03-01', to => '2020-03-04', tz => 'Asia/Kathmandu')->{json};
is_deeply [map { join '/', @$_{qw(in out bot human template)} } @{ $a->{rows} }],
    ['1/0/0/0/0', '2/1/1/0/0', '0/1/0/1/0'], 'messages likewise';
is stats('messages', from => '2999-01-01', to => '2999-01-03')->{json}{rows}[0]{in}, undef,
    'what has not begun has no data';
$a = stats('customers', from => '2020-03-02', to => '2020-03-03', tz => 'Asia/Kathmandu', compare => 'previous')->{json};
is_deeply $a->{previous}{totals}, { users => 0, new => 0, returning => 0, total => 0 },
    'the same weekday of the week before';
$a = stats('customers', from => '2020-03-01', to => '2020-04-01', compare => 'previous')->{json};
is $a->{previous}{from}, '2020-02-01T00:00:00.000Z', 'the calendar month before';
$a = stats('activity', from => '2020-03-01', to => '2020-03-04', by => 'hourOfDay', tz => 'Asia/Kathmandu')->{json};
is_deeply [@$a{qw(mostActiveIn mostActiveOut)}], [[23], [0]], 'the busiest hours';

for my $bad (['by', 'year'], ['from', 'yesterday'], ['from', '2020-01-01T00:07:00Z'], ['tz', 'Mars/Base'],
    ['compare', 'next'], ['to', '1999-02-30'], ['zone', 'UTC']) {
	my $refused = stats('customers', $bad->[0] => $bad->[1]);

	is $refused->{status}, 422, "$bad->[0] $bad->[1] is refused";
	like $refused->{json}{path}, qr/^$bad->[0]/, 'and named';
}
is stats('customers', f => '["nope","is","x"]')->{status}, 422, 'a filter that cannot run';
is stats('customers', from => '2020-01-01', to => '1999-01-01')->{json}{path}, 'to', 'an end before the beginning';
is stats('customers', by => 'hourOfDay')->{json}{path}, 'by', 'a cut that a metric has not';
is stats('customers', by => 'hour', from => '2000-01-01', to => '2020-01-01')->{status}, 413,
    'too many rows are said to be';
is stats('nope')->{status}, 404, 'a metric there is none of';
is_deeply [sort map { $_->{name} } @{ $r->get('/api/v1/stats')->{json}{metrics} }],
    [qw(activity consent contacts conversations customers errors flows funnel messages response retention templates
	validity)], 'the metrics there are';

# at random
my @zones = qw(UTC Europe/Berlin America/New_York Asia/Kolkata Asia/Kathmandu Pacific/Chatham
	Australia/Lord_Howe Pacific/Apia America/St_Johns Africa/Casablanca America/Sao_Paulo Asia/Tehran
	Pacific/Kiritimati);
my @edges = map { timegm(0, 0, 0, $_->[2], $_->[1] - 1, $_->[0]) } [2024, 3, 10], [2024, 3, 31],
    [2024, 10, 6], [2024, 10, 27], [2024, 11, 3], [2025, 3, 30], [2025, 4, 6], [2011, 12, 30];
my (@messages, @events, %countries);
for my $i (1 .. 1500) {
	my $user = 'r' . int rand 60;
	my $at = 1000 * ($edges[rand @edges] + int(rand 6 * 86400) - 3 * 86400 + 3600 * int rand 4);
	my $person = (qw(user user user bot manager))[rand 5];
	my ($template, $note) = ($person ne 'user' && rand() < .3 ? 1 : 0, $person eq 'manager' && rand() < .3 ? 1 : 0);

	$at = int($at / 900000) * 900000 + int(rand 3) - 1 if rand() < .4;	# beside the edge of a quarter-hour
	push @messages, [$user, $person, $template, $note, $at];
	push @events, { type => 'message', chatId => "chat-$user", messageId => "r$i", personType => $person,
	    personId => $person eq 'user' ? $user : 'x', at => ms($at), text => 'x',
	    $template ? (template => \1) : (), $note ? (note => \1) : () };
}
for my $m (@hand) {
	my @t = reverse $m->[2] =~ /(\d+)/g;

	$t[4]--;
	push @messages, [$m->[0], $m->[1], 0, 0, 1000 * timegm(@t)];
}
for my $i (0 .. 59) {
	$countries{"r$i"} = (qw(FR DE PE))[$i % 3];
	push @events, { type => 'user', userId => "r$i", attributes => { country => $countries{"r$i"} } },
	    # a chat is somebody's also where only bots speak
	    { type => 'chat', chatId => "chat-r$i", userId => "r$i" };
}
@events = sort { rand() <=> .5 } @events;
while (my @some = splice @events, 0, 400) {
	is $r->post('/api/v1/events', \@some)->{json}{accepted}, scalar @some, 'taken, in any order';
}
my @asks;
for my $zone (@zones) {
	for my $by (qw(day week month hour)) {
		my @spans = $by eq 'hour' ? (['2024-03-28', '2024-04-02'], ['2024-10-04', '2024-10-08'], ['2011-12-28', '2012-01-01'])
		    : (['2024-01-15', '2025-06-03'], ['2011-12-25', '2012-01-05']);

		for my $metric (qw(customers messages)) {
			push @asks, map { { metric => $metric, by => $by, tz => $zone, from => $_->[0], to => $_->[1],
			    rand() < .3 ? (country => 'FR') : () } } @spans;
		}
	}
	push @asks, map { { metric => 'activity', by => $_, tz => $zone, from => '2024-10-01', to => '2024-11-10',
	    rand() < .3 ? (country => 'DE') : () } } qw(hourOfDay hourOfWeek);
}
my $input = "$r->{dir}/stats.json";
spew($input, json({ messages => \@messages, countries => \%countries, asks => \@asks, asOf => 1000 * time }));
open my $pipe, '-|', "python3 '$FindBin::Bin/lib/stats_model.py' < '$input'" or die "python3: $!";
my $want = JSON::PP::decode_json(do { local $/; <$pipe> });
ok close $pipe, 'the other program has counted';

my %columns = (customers => [qw(users new returning total)], messages => [qw(in out bot human template)],
    activity => [qw(users in out occurrences)]);
sub
same
{
	my ($ask, $want, $json) = @_;
	my @columns = @{ $columns{ $ask->{metric} } };
	my $line = sub { my ($x) = @_; return join ' ', map { $_ // 'null' } @$x{@columns} };
	my @have = map { (defined $_->{start} ? "$_->{start} $_->{end}: " : '') . $line->($_) } @{ $json->{rows} };
	my @should = map { (defined $_->{start} ? ms($_->{start}) . ' ' . ms($_->{end}) . ': ' : '') . $line->($_) } @{ $want->{rows} };

	for my $i (0 .. ($#have > $#should ? $#have : $#should)) {
		next if ($have[$i] // '') eq ($should[$i] // '');
		return "row $i: " . ($have[$i] // 'none') . ', expected ' . ($should[$i] // 'none');
	}
	return '' if !$want->{totals} || $line->($json->{totals}) eq $line->($want->{totals});
	return 'totals: ' . $line->($json->{totals}) . ', expected ' . $line->($want->{totals});
}
my (@wrong, @torn, $rows);
for my $i (0 .. $#asks) {
	my %o = %{ $asks[$i] };
	my $metric = delete $o{metric};
	my $country = delete $o{country};

	$o{f} = json(['default_country', 'is', $country]) if $country;
	my $got = stats($metric, %o);
	my $differs = $got->{status} == 200 ? same($asks[$i], $want->[$i], $got->{json}) : $got->{body};
	push @wrong, join(' ', $metric, map { "$_=$o{$_}" } sort keys %o) . ": $differs" if $differs;
	$rows += @{ $got->{json}{rows} // [] };
	next if $i % 5;
	my @csv = split /\r\n/, stats("$metric.csv", %o)->{body};
	my @names = split /,/, shift @csv;
	my @cells = map { my %c; @c{@names} = map { $_ eq '' ? undef : $_ } split /,/, $_, -1; \%c } @csv;
	push @torn, "$metric: " . same($asks[$i], $want->[$i], { rows => \@cells, totals => $got->{json}{totals} })
	    if same($asks[$i], $want->[$i], { rows => \@cells, totals => $got->{json}{totals} });
}
is_deeply \@wrong, [], scalar(@asks) . " tables of $rows rows are what the other program says";
is_deeply \@torn, [], 'and so are the files of them';
$want->[0]{rows}[0]{users}++;
isnt same($asks[0], $want->[0], stats('customers', map { $_ => $asks[0]{$_} } qw(by tz from to))->{json}), '',
    'control: one user more would be seen';

# laws
my ($all, $some, $others) = map { stats('customers', from => '2011-01-01', to => '2026-01-01', by => 'month',
    $_ ? (f => $_) : ())->{json} } undef, json(['default_country', 'is', 'PE']), json(['default_country', 'isNot', 'PE']);
is_deeply [grep { my $i = $_; grep { $all->{rows}[$i]{$_} != $some->{rows}[$i]{$_} + $others->{rows}[$i]{$_} }
    qw(users new returning total) } 0 .. $#{ $all->{rows} }], [], 'a filter and its complement add up, every month';
is_deeply [grep { $_->{new} + $_->{returning} != $_->{users} } @{ $all->{rows} }, $all->{totals}], [],
    'new and returning are all users';
done_testing;
