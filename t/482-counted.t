# SPDX-License-Identifier: AGPL-3.0-or-later
# The people behind every number of analytics: the leaf `counted` finds those
# whom another program finds that looks at every event, as many as the number
# says where it counts people, and its complement all others; it reads as a
# sentence, stays what it is in a segment, and is not there for who may not know.
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
sub stats { my ($metric, %o) = @_; return $r->get("/api/v1/stats/$metric?" . join '&', map { "$_=" . esc($o{$_}) } sort keys %o)->{json} }
sub ms { return POSIX::strftime('%Y-%m-%dT%H:%M:%S', gmtime $_[0] / 1000) . sprintf '.%03dZ', $_[0] % 1000 }
sub leaf { my ($op, %o) = @_; $o{$_} += 0 for grep { exists $o{$_} } qw(hour weekday); return json(['counted', $op, \%o]) }
sub users { my ($f, %o) = @_; return $r->get('/api/v1/users?columns=userId&limit=500&f=' . esc($f), %o) }
sub ids { my ($got) = @_; return join ' ', sort map { $_->{userId} } @{ $got->{json}{users} // [{ userId => $got->{body} }] } }

# random events, in any order, no two at the same instant
my @edges = map { timegm(0, 0, 0, $_->[2], $_->[1] - 1, $_->[0]) } [2024, 3, 10], [2024, 3, 31], [2024, 10, 6], [2024, 10, 27], [2024, 11, 3];
my (%used, @events, @chats, %seen, @told, @phones);
sub near
{
	my $at;

	do {
		$at = 1000 * ($edges[rand @edges] - 86400 + int rand 3 * 86400) + int rand 1000;
		$at = int($at / 900000) * 900000 + int(rand 3) - 1 if rand() < .3;
	} while ($used{$at}++);
	return $at;
}
for my $i (0 .. 39) {
	my $user = "r$i";

	push @phones, $user if $i % 4;
	push @events, { type => 'user', userId => $user, at => ms(near()), attributes => { country => (qw(FR DE PE))[$i % 3],
	    $i % 4 ? (phone => "+4915112345$i") : () } };
	for (1 .. int rand 6) {
		my ($what, $at) = ((qw(consent validity))[rand 2], near());
		my $value = $what eq 'consent' ? (qw(in out))[rand 2] : (JSON::PP::true, JSON::PP::false)[rand 2];

		push @told, [$user, $what, $value, $at];
		push @events, { type => $what, userId => $user, at => ms($at), $what eq 'consent' ? (state => $value) : (valid => $value) };
	}
}
for my $i (1 .. 110) {
	my $user = 'r' . int rand 36;	# four never wrote
	my %chat = (user => $user, states => [], messages => []);
	my %of = (opened => 'openedAt', snoozed => 'snoozedAt', closed => 'closedAt');

	for (1 .. int rand 6) {
		my ($at, $state) = (near(), (qw(opened snoozed closed))[rand 3]);

		push @{ $chat{states} }, [$at, $state];
		push @events, { type => 'chat', chatId => "c$i", userId => $user, $of{$state} => ms($at) };
	}
	for my $n (1 .. 1 + int rand 12) {
		my $person = $n == 1 ? 'user' : (qw(user user manager manager bot))[rand 5];
		my ($template, $note) = map { $person ne 'user' && rand() < .3 ? 1 : 0 } 1, 2;
		my ($at, @status) = (near(), $template ? grep { rand() < .35 } qw(sent delivered read failed) : ());

		push @{ $chat{messages} }, [$at, $person, $template, $note, \@status];
		push @events, { type => 'message', chatId => "c$i", messageId => "m$i-$n", personType => $person, at => ms($at), text => 'x',
		    personId => $person eq 'user' ? $user : 'x', $template ? (template => \1) : (), $note ? (note => \1) : () },
		    map { { type => 'delivery', messageId => "m$i-$n", status => $_, at => ms(near()) } } @status;
	}
	push @chats, \%chat;
}
@events = sort { rand() <=> .5 } @events;
while (my @some = splice @events, 0, 400) {
	my $got = $r->post('/api/v1/events', \@some);

	is $got->{json}{accepted}, scalar @some, 'taken, in any order' or diag $got->{body};
}
%seen = map { my @t = $_->{createdAt} =~ /(\d+)/g; ($_->{userId} => 1000 * timegm(@t[5, 4, 3, 2], $t[1] - 1, $t[0]) + $t[6]) }
    @{ $r->get('/api/v1/users?columns=userId,createdAt&limit=500')->{json}{users} };

# every metric, of rows of every zone; and slots
my %metrics = map { $_->{name} => $_ } @{ $r->get('/api/v1/stats')->{json}{metrics} };
my @mine = qw(customers activity messages contacts response conversations templates consent validity);
my @zones = qw(UTC Europe/Berlin America/New_York Asia/Kolkata Asia/Kathmandu Pacific/Chatham Australia/Lord_Howe
	Pacific/Apia America/St_Johns Africa/Casablanca Asia/Tehran Pacific/Kiritimati);
my @asks;
for my $metric (@mine) {
	for my $zone (@zones) {
		my $by = (qw(day week month))[rand 3];
		my %o = (from => '2024-03-09', to => '2024-11-05', tz => $zone);
		my $table = stats($metric, %o, by => $by);
		my @rows = grep { my $row = $_; grep { $row->{$_} } @{ $metrics{$metric}{people} } } @{ $table->{rows} };

		push @asks, map { { metric => $metric, tz => $zone, from => $_->{start}, to => $_->{end}, row => $_ } } (sort { rand() <=> .5 } @rows)[0, 1],
		    { start => $table->{from}, end => $table->{to}, %{ $table->{totals} } };
		next if !grep { $_ eq 'hourOfWeek' } @{ $metrics{$metric}{by} };
		$by = (qw(hourOfDay hourOfWeek))[rand 2];
		$table = stats($metric, %o, by => $by);
		my ($row) = sort { rand() <=> .5 } grep { my $row = $_; grep { $row->{$_} } @{ $metrics{$metric}{people} } } @{ $table->{rows} };
		push @asks, { metric => $metric, tz => $zone, from => $table->{from}, to => $table->{to}, row => $row,
		    map { defined $row->{$_} ? ($_ => $row->{$_}) : () } qw(hour weekday) };
	}
}
# by the other program; of everybody but one
sub
judge
{
	my ($but) = @_;
	my $input = "$r->{dir}/people.json";

	spew($input, json({ chats => [grep { $_->{user} ne $but } @chats], told => [grep { $_->[0] ne $but } @told],
		seen => { map { $_ eq $but ? () : ($_ => $seen{$_}) } keys %seen }, phones => [grep { $_ ne $but } @phones],
		asks => [map { my %ask = %$_; delete $ask{row}; \%ask } @asks] }));
	open my $pipe, '-|', "python3 '$FindBin::Bin/lib/stats_people.py' < '$input'" or die "python3: $!";
	my $want = JSON::PP::decode_json(do { local $/; <$pipe> });
	ok close $pipe, 'the other program has looked';
	return $want;
}
my $want = judge('nobody');

my %counts = map { $_ => 1 } qw(customers.users customers.new customers.returning customers.total activity.users contacts.contacts),
    (map { "consent.$_" } qw(optedIn optedOut in out none)), map { "validity.$_" } qw(foundValid foundInvalid valid invalid);
my (@wrong, @torn, @odd, %judged, %found);
my $everybody = ids(users('{}'));
for my $i (0 .. $#asks) {
	my %o = %{ $asks[$i] };
	my $row = delete $o{row};

	for my $column (@{ $metrics{ $o{metric} }{people} }) {
		next if $column eq 'operationReplyCount';	# there are no hours here
		my $found = users(leaf('isIn', %o, column => $column));
		my $expected = join ' ', @{ $want->[$i]{$column} // ['?'] };

		$found{"$i $column"} = ids($found);
		push @wrong, "$o{metric}.$column $o{from} $o{to} $o{tz}: " . ids($found) . "\nexpected $expected" if ids($found) ne $expected;
		push @torn, "$o{metric}.$column: $found->{json}{total}, shown $row->{$column}"
		    if $counts{"$o{metric}.$column"} && $found->{json}{total} != $row->{$column};
		push @odd, "$o{metric}.$column" if !$found->{json}{total} != !$row->{$column};
		$judged{"$o{metric}.$column"} ||= length $expected;
		next if $i % 3;
		my $others = ids(users(leaf('isNotIn', %o, column => $column)));
		push @torn, "$o{metric}.$column: the others" if join(' ', sort split / /, ids($found) . " $others") =~ s/^ //r ne $everybody;
	}
}
is_deeply [@wrong[0 .. ($#wrong < 3 ? $#wrong : 3)]], [], scalar(@asks) . ' rows open the people of the other program';
is_deeply \@torn, [], 'as many as are shown, and the complement is all the others';
is_deeply \@odd, [], 'nobody where there is nothing, and somebody where there is something';
is_deeply [grep { !$judged{$_} } map { my $m = $_; map { "$m.$_" } grep { $_ ne 'operationReplyCount' } @{ $metrics{$m}{people} } } @mine], [],
    'every number was judged';

# the control: without one of them the other program says something else wherever they are, and only there; until every metric saw it
my (%in, %seen_by);
for my $key (keys %found) {
	$in{$_}{ $asks[(split / /, $key)[0]]{metric} }++ for split / /, $found{$key};
}
while (my @unseen = grep { !$seen_by{$_} } @mine) {
	my $sees = sub { my ($user) = @_; return scalar grep { $in{$user}{$_} } @unseen };
	my ($one) = sort { $sees->($b) <=> $sees->($a) || $a cmp $b } keys %in;
	my $less = judge($one);
	my @differ = grep { my ($i, $column) = split / /; $found{$_} ne join ' ', @{ $less->[$i]{$column} // ['?'] } } sort keys %found;

	last if !ok $sees->($one), 'somebody else is in what is left';
	is_deeply \@differ, [grep { " $found{$_} " =~ / \Q$one\E / } sort keys %found], 'one person less is seen in ' . @differ . ' rows';
	$seen_by{$_} = 1 for keys %{ $in{$one} };
}

# as a filter like any other
my %new = (metric => 'customers', column => 'new', from => '2024-03-01', to => '2024-11-05', tz => 'Europe/Lisbon');
my $f = leaf('isIn', %new);
is stats('customers', from => '2024-03-01', to => '2024-11-05', tz => 'Europe/Lisbon', f => json({ all => [json($f), ['default_country', 'is', 'FR']] }))
    ->{totals}{new}, users(json({ all => [json($f), ['default_country', 'is', 'FR']] }))->{json}{total}, 'under a filter';
is stats('customers', f => $f)->{sentence}, 'is counted in New users, 1 Mar – 4 Nov 2024 (Europe/Lisbon)', 'as a sentence';
is stats('customers', f => leaf('isNotIn', %new, metric => 'activity', column => 'in', hour => 7, weekday => 1, to => '2024-03-02'))->{sentence},
    'is not counted in Messages in, 1 Mar 2024, Monday, hour 7 (Europe/Lisbon)', 'of a slot';
my $s = $r->post('/api/v1/segments', { name => 'Then new', filter => json(leaf('isIn', map { $_ => $new{$_} } grep { $_ ne 'tz' } keys %new)) });
is $s->{status}, 201, 'a dynamic segment' or diag $s->{body};
is_deeply $r->get("/api/v1/segments/$s->{json}{id}")->{json}{filter}, ['counted', 'isIn', { %new, tz => 'UTC' }], 'the zone it was made in stays';
is users(json(['segment', 'hasAny', 'Then new']))->{json}{total}, users(leaf('isIn', %new, tz => 'UTC'))->{json}{total}, 'with the same people';
for my $bad ([{ %new, metric => 'nope' }, qr/metric: .*nope/], [{ %new, column => 'occurrences' }, qr/column: expected one of users, new/],
    [{ %new, metric => 'response', column => 'waitingTime' }, qr/column/], [{ %new, from => 'x' }, qr/from/], [{ %new, to => '2024-01-01' }, qr/to: /],
    [{ %new, tz => 'Mars/Base' }, qr/tz: /], [{ %new, hour => 3 }, qr/hour/], [{ %new, flaw => 3 }, qr/flaw/], [{ map { $_ => $new{$_} } qw(metric column from) }, qr/to: /],
    [{ %new, metric => 'activity', column => 'in', weekday => 1 }, qr/weekday/], [{ %new, metric => 'activity', column => 'in', hour => 24 }, qr/hour: .* 0 to 23/],
    ['x', qr/object/], [{ %new, from => 3 }, qr/from: /]) {
	my $got = users(json({ all => [['banned', 'isFalse'], ['counted', 'isIn', $bad->[0]]] }));

	is $got->{status}, 422, "refused: $bad->[1]";
	is $got->{json}{path}, '/all/1', 'by the path of the leaf';
	like $got->{json}{detail}, $bad->[1], 'and what was expected';
}
is users(json(['counted', 'is', \%new]))->{status}, 422, 'an operator it has not';
is_deeply [map { $_->{name} } @{ $r->get('/api/v1/attributes')->{json}{counted}{operators} }], [qw(isIn isNotIn)], 'the attributes tell of it';

# who may not know
sub
member
{
	my ($name, %o) = @_;
	my $m = $r->post('/api/v1/managers', { name => $name, email => "$name\@example.org", permissions => ['users.read', 'analytics.read'], %o })->{json};
	my $in = $r->post('/api/v1/login', { login => "$name\@example.org", password => $m->{password} }, token => 0);

	return (token => 0, headers => { Cookie => $in->{headers}{'set-cookie'} =~ /^(rapport=[^;]+)/, 'X-Rapport-CSRF' => $in->{json}{csrf} });
}
$r->post('/api/v1/segments', { name => 'French', filter => ['default_country', 'is', 'FR'] });
my %ask = (default_city => [200, 200], consent => [200, 422], lastSeen => [422, 200]);
for my $mask (sort keys %ask) {
	my %as = member("mask$mask", limits => { masked => [$mask] });
	is_deeply [map { users($_, %as)->{status} } $f, leaf('isIn', %new, metric => 'consent', column => 'none')], $ask{$mask}, "$mask masked";
}
my %held = member('held', limits => { segments => ['French'] });
is ids(users($f, %held)), ids(users(json({ all => [json($f), ['default_country', 'is', 'FR']] }))), 'held to a segment: those of it';
my %blind = member('blind', permissions => ['users.read']);
is users($f, %blind)->{status}, 422, 'without analytics it is not there';
my %taker = member('taker', permissions => ['users.read', 'download']);
my $ask = { what => 'users', f => JSON::PP::decode_json($f), purpose => 'To see who', password => 'a long password for it' };
is $r->post('/api/v1/exports', $ask, %taker)->{json}{path}, '/', 'nor in files';
is $r->post('/api/v1/exports/preview', { what => 'users', f => $ask->{f} }, %taker)->{json}{path}, '/', 'nor counted for one';
is $r->post('/api/v1/exports/preview', { what => 'users', f => $ask->{f} })->{json}{total}, users($f)->{json}{total}, 'where others count it';
is $r->get('/api/v1/attributes', %blind)->{json}{counted}, undef, 'nor told of';
is users(json(['segment', 'hasAny', 'Then new']), %blind)->{status}, 200, 'but what somebody else made of it is';
done_testing;
