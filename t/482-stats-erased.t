# SPDX-License-Identifier: AGPL-3.0-or-later
# People erased with their totals kept: every number of every metric of days that
# are over stays what it was, in any zone and cut; they are in no list, filter or
# search, and with a filter they do not count; forgotten ones are in nothing. A
# table before the erasing is what tables after it are held against.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;
use POSIX ();
use Time::Local qw(timegm);

my $r = Rapport::Test->start;
my $seed = $ENV{RAPPORT_SEED} // int rand 1e9;
note "RAPPORT_SEED=$seed";
srand $seed;

sub
stats
{
	my ($metric, %o) = @_;
	my $q = join '&', map { "$_=" . $o{$_} =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ger } sort keys %o;

	return $r->get("/api/v1/stats/$metric?$q")->{json};
}
sub ms { return POSIX::strftime('%Y-%m-%dT%H:%M:%S', gmtime $_[0] / 1000) . sprintf '.%03dZ', $_[0] % 1000 }

# closed chats only: whoever waits is not answered when they are erased
my $day = timegm(0, 0, 0, 25, 2, 2024);
my (@events, %at);
sub instant { my $t; do { $t = 1000 * ($day + int rand 12 * 86400) + int rand 1000 } while $at{$t}++; return $t }
for my $u (0 .. 29) {
	my $user = "Qz$u.";

	push @events, { type => 'user', userId => $user, at => ms(1000 * ($day + $u)), attributes => {
	    country => (qw(FR PE))[$u % 2], $u % 3 ? (phone => "+4915112$u") : () } };
	push @events, { type => 'consent', userId => $user, state => (qw(in out))[rand 2], at => ms(instant()) } for 1 .. rand 4;
	push @events, { type => 'validity', userId => $user, valid => (\1, \0)[rand 2], at => ms(instant()) } for 1 .. rand 3;
	for my $c (1 .. 1 + rand 3) {
		my ($chat, $begin) = ("c$u-$c", instant());

		push @events, { type => 'chat', chatId => $chat, userId => $user, openedAt => ms($begin), closedAt => ms($begin + 7.2e6) };
		for my $m (1 .. 2 + rand 8) {
			my $who = $m == 1 ? 'user' : (qw(user user manager bot))[rand 4];
			my $template = $who eq 'bot' && rand() < .6;

			push @events, { type => 'message', chatId => $chat, messageId => "$chat-$m", personType => $who, at => ms($begin + 3e5 * $m),
			    personId => $who eq 'user' ? $user : 'x', text => "wyx$u hello", $template ? (template => \1) : () };
			my $status = (qw(delivered read failed))[rand 3];
			push @events, { type => 'delivery', messageId => "$chat-$m", status => $status, $status eq 'failed' && rand() < .8 ?
			    (error => { code => (qw(131 470))[rand 2], title => "To wyx$u" }) : (), at => ms($begin + 3e5 * $m + 1) } if $who ne 'user' && rand() < .7;
		}
	}
	for (1 .. rand 6) {
		my ($at, $run, $flow) = (instant(), rand() < .6 ? 'run' . rand : undef, (qw(welcome tour))[rand 2]);

		push @events, { type => 'event', id => "e$at", userId => $user, name => (qw(signup visit))[rand 2], at => ms($at) };
		push @events, { type => 'flow', userId => $user, flow => $flow, event => $_, at => ms($at += 1 + int rand 4e7),
		    $run ? (runId => $run) : (), cause => (qw(keyword broadcast api))[rand 3] } for (qw(started completed cancelled))[0, rand() < .6 ? 1 + rand 2 : ()];
	}
}
# one of them did all of it in the first week, whatever the dice say
my $sure = 1000 * ($day + 3 * 86400) + 7;
push @events, { type => 'chat', chatId => 'sure', userId => 'Qz3.', openedAt => ms($sure), closedAt => ms($sure + 7.2e6) },
    { type => 'message', chatId => 'sure', messageId => 'sure-1', personType => 'user', personId => 'Qz3.', at => ms($sure), text => 'wyx3 hello' },
    { type => 'message', chatId => 'sure', messageId => 'sure-2', personType => 'manager', personId => 'x', at => ms($sure + 3e5), text => 'wyx3 hello' },
    { type => 'delivery', messageId => 'sure-2', status => 'failed', error => { code => 131, title => 'To wyx3' }, at => ms($sure + 4e5) },
    { type => 'flow', userId => 'Qz3.', flow => 'tour', event => 'started', runId => 'sure', cause => 'api', at => ms($sure + 5e5) };
my $taken = $r->post('/api/v1/events', \@events);
is $taken->{json}{accepted}, scalar @events, 'taken' or diag $taken->{body};
is $r->request('PUT', '/api/v1/hours', json => { from => ms(1000 * $day + 3 * 86400000), timezone => 'Asia/Kathmandu',
	week => { map { ($_ => [['06:00', '21:15']]) } qw(monday tuesday wednesday thursday friday saturday sunday) } })->{status}, 200, 'hours';

my @asks;
for my $zone (qw(UTC Europe/Berlin Asia/Kathmandu Australia/Lord_Howe)) {
	for my $by (qw(day week month hour hourOfDay hourOfWeek)) {
		for my $metric (qw(customers activity messages contacts response conversations templates consent validity)) {
			next if $by =~ /^hourOf/ && $metric =~ /^(customers|contacts|response|consent|validity)$/;
			push @asks, [$metric, by => $by, tz => $zone, from => '2024-03-24', to => '2024-04-08'];
		}
	}
}
for my $zone (qw(UTC Asia/Kathmandu Australia/Lord_Howe)) {
	my @of = (tz => $zone, from => '2024-03-24', to => '2024-04-08');
	my @did = map { [$_, 'did'] } qw(message chat event:signup event:visit flow:welcome flow:tour);

	push @asks, map { ['flows', by => $_, @of] } qw(day week month hour flow);
	push @asks, map { ['flows', by => $_, flow => 'tour', @of] } qw(day flow);
	push @asks, map { ['errors', by => $_, @of] } qw(day week month hour hourOfDay hourOfWeek code);
	push @asks, map { ['errors', by => 'day', code => $_, @of] } 131, '';
	push @asks, map { ['retention', by => $_, @of] } qw(week month);
	push @asks, ['funnel', by => 'step', window => (qw(20m 5h 2d 30d))[rand 4], steps => json([map { $did[rand @did] } 1 .. 2 + rand 2]), @of] for 1 .. 9;
}
# titles are words: they are not kept
sub line { my ($row) = @_; return join ' ', map { my $v = $row->{$_}; "$_=" . (ref $v ? json($v) : $v // 'null') } grep { $_ ne 'title' } sort keys %$row }
my $all_of = '["default_country","isSet"]';	# a filter that everybody passes
my %words = (tz => 'UTC', from => '2024-03-24', to => '2024-04-08', by => 'step', window => '9d', steps => json([['message', 'did'], ['said', 'contains', 'hello']]));
sub table { my ($json) = @_; return join "\n", map { line($_) } @{ $json->{rows} // [{ %$json }] }, $json->{totals} // {} }
my @before = map { table(stats(@$_)) } @asks;
my $french = '["default_country","is","FR"]';
sub found { return @{ $r->get('/api/v1/users?limit=200&columns=userId')->{json}{users} } }
my %ids = map { $_->{userId} => $_->{id} } found();
is scalar(keys %ids), 30, 'thirty people';

# totals kept
my @gone = map { "Qz$_." } 3, 4, 9, 12, 17, 20;
my $kept = 0;
for my $user (@gone) {
	my $d = $r->request('DELETE', "/api/v1/users/$ids{$user}?mode=keepTotals");

	is $d->{status}, 200, "$user is erased" or diag $d->{body};
	$kept += $d->{json}{kept}{quarterHours};
}
cmp_ok $kept, '>', 5, 'the certificates say how many quarter-hours are kept';
my @wrong = grep { table(stats(@{ $asks[$_] })) ne $before[$_] } 0 .. $#asks;
is_deeply [map { join ' ', @{ $asks[$_] } } @wrong], [], scalar(@asks) . ' tables are what they were'
    or diag table(stats(@{ $asks[$wrong[0]] })), "\nwas\n", $before[$wrong[0]];
is table(stats('funnel', %words)), table(stats('funnel', %words, f => $all_of)), 'what they said is not kept: such a funnel is without them';
for my $metric (qw(customers activity messages contacts conversations flows errors response)) {
	my %then = (tz => 'UTC', from => '2024-03-24', to => '2024-03-31', by => 'day');
	my @next = (tz => 'UTC', from => '2024-03-31', to => '2024-04-07', by => 'day');
	my $own = table(stats($metric, %then));
	my $told = $r->cli('stats', $metric, '--json', '--compare', 'previous', map { $_ % 2 ? $next[$_] : "--$next[$_]" } 0 .. $#next);

	isnt $own, table(stats($metric, %then, f => $all_of)), "$metric: the erased are in it";
	is table(stats($metric, @next, compare => 'previous')->{previous}), $own, 'also where it is the period before';
	is table(JSON::PP::decode_json($told->{out})->{previous}), $own, 'and on the command line';
}
my %written = (%words, steps => json([['message', 'did'], ['message', 'did']]));
isnt table(stats('funnel', %written)), table(stats('funnel', %written, f => $all_of)), 'where one of what they did is not';
is scalar(found()), 24, 'they are in no list';
is $r->get('/api/v1/chats?q=wyx9')->{json}{total}, 0, 'nor in the archive';
my ($all, $some, $others) = map { stats('customers', from => '2024-03-24', to => '2024-04-08', by => 'month', tz => 'UTC',
    $_ ? (f => $_) : ())->{totals} } undef, $french, '["default_country","isNot","FR"]';
is $all->{users} - $some->{users} - $others->{users}, scalar @gone, 'nor in any filter or its complement';
my $now = stats('consent', from => '2024-03-24', to => POSIX::strftime('%Y-%m-%d', gmtime time + 86400), by => 'month',
    tz => 'UTC')->{totals};
is $now->{in} + $now->{out} + $now->{none}, 24, 'of days after they went they are of no part';

# forgotten
my @alive = map { table(stats(@$_, f => $french)) } @asks;
is $r->request('DELETE', "/api/v1/users/$ids{'Qz1.'}?mode=forget")->{json}{kept}{quarterHours}, 0, 'of whom is forgotten nothing is kept';
is stats('customers', from => '2024-03-24', to => '2024-04-08', by => 'month', tz => 'UTC')->{totals}{users}, $all->{users} - 1,
    'and counts say so';
is_deeply [grep { table(stats(@{ $asks[$_] }, f => $french)) ne $alive[$_] } 0 .. $#asks], [], 'others count as before';
$r->request('DELETE', "/api/v1/users/$ids{$_}?mode=forget") for map { "Qz$_." } 2, 5 .. 8;
my %differ = map { $asks[$_][0] => 1 } grep { table(stats(@{ $asks[$_] })) ne $before[$_] } 0 .. $#asks;
is_deeply [sort keys %differ], [sort keys %{ { map { $_->[0] => 1 } @asks } }], 'and of six of them every metric tells';
my $check = $r->cli(qw(check));
is $check->{status}, 0, 'the store is whole' or diag $check->{err};
done_testing;
