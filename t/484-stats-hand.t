# SPDX-License-Identifier: AGPL-3.0-or-later
# Flows, errors, funnels and retention worked by hand, on the interface and by
# rapport stats; weeks that begin on other days, in analytics and in filters;
# what is refused.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;
use JSON::PP ();
use POSIX ();

my $r = Rapport::Test->start;

sub esc { return $_[0] =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ger }
sub stats { my ($metric, %o) = @_; return $r->get("/api/v1/stats/$metric?" . join '&', map { "$_=" . esc($o{$_}) } sort keys %o) }
sub columns { my ($row, @names) = @_; return join ' ', map { $_ // 'null' } @$row{@names} }
sub rows { my ($t, @names) = @_; return join ', ', map { columns($_, @names) } @{ $t->{json}{rows} }, $t->{json}{totals} }
my $n = 0;
sub day { return sprintf '2026-03-%02dT12:00:00Z', $_[0] }
sub flow { my ($user, $flow, $event, $day, %o) = @_; return { type => 'flow', userId => $user, flow => $flow, event => $event, at => day($day), %o } }
sub say { my ($user, $day, %o) = @_; return { type => 'message', chatId => "c-$user", messageId => 'm' . ++$n, personType => 'user', personId => $user,
	at => day($day), text => 'hello', %o } }
sub event { my ($user, $name, $at) = @_; return { type => 'event', userId => $user, name => $name, at => $at } }
sub take { my ($name, @events) = @_; my $got = $r->post('/api/v1/events', \@events); is $got->{json}{accepted}, scalar @events, $name or diag $got->{body} }

# Monday 2 March: two start `welcome`, one by a keyword; that one completes on
# the 3rd, twice said; the other's run is cancelled on the 4th.  A third starts
# on the 3rd without a cause, and stays.  Cohort of the 2nd: one of two.
take('flows', flow('a', 'welcome', 'started', 2, runId => 'r1', cause => 'keyword'), flow('b', 'welcome', 'started', 2, runId => 'r2', cause => 'api'),
    flow('a', 'welcome', 'completed', 3, runId => 'r1'), flow('a', 'welcome', 'completed', 4, runId => 'r1'),
    flow('b', 'welcome', 'cancelled', 4, runId => 'r2'), flow('c', 'tour', 'started', 3));
my %march = (from => '2026-03-02', to => '2026-03-05', tz => 'UTC');
my @flow = qw(started keyword business completed cancelled inFlow completionRate);
is rows(stats('flows', %march), @flow), '2 1 1 0 0 2 0.5, 1 0 0 1 0 2 0, 0 0 0 0 1 1 null, 3 1 1 1 1 1 0.333333333333333', 'flows by day';
is rows(stats('flows', %march, by => 'flow'), 'flow', @flow), 'tour 1 0 0 0 0 1 0, welcome 2 1 1 1 1 0 0.5, null 3 1 1 1 1 1 0.333333333333333', 'by flow';
is rows(stats('flows', %march, by => 'month', flow => 'tour'), 'inFlow'), '1, 1', 'of one flow';
is stats('flows.csv', %march, by => 'flow')->{body}, "flow,started,keyword,business,completed,cancelled,inFlow,completionRate\r\n" .
    "\"tour\",1,0,0,0,0,1,0\r\n\"welcome\",2,1,1,1,1,0,0.5\r\n", 'as a file';

# Four messages to two people: delivered and then failed is no error; two of one
# code to one person, one without a code to another.
my @out = map { say($_->[0], $_->[1], personType => 'bot', personId => 'x') } ['a', 2], ['a', 2], ['a', 3], ['b', 3];
take('messages', (map { { type => 'chat', chatId => "c-$_", userId => $_ } } 'a', 'b'), @out);
take('what became of them', { type => 'delivery', messageId => $out[0]{messageId}, status => 'failed', at => day(4), error => { code => '131', title => 'Late' } },
    { type => 'delivery', messageId => $out[0]{messageId}, status => 'delivered', at => day(3) },
    map({ { type => 'delivery', messageId => $out[$_]{messageId}, status => 'failed', at => day(5), error => { code => '470', title => "Title $_" } } } 1, 2),
    { type => 'delivery', messageId => $out[3]{messageId}, status => 'failed', at => day(5) });
is rows(stats('errors', %march), qw(errors people)), '1 1, 2 2, 0 0, 3 2', 'errors by day of the message';
is rows(stats('errors', %march, by => 'code'), qw(code title errors people)), '470 Title 2 2 1, null null 1 1, null null 3 2', 'by code, with the latest title';
is rows(stats('errors', %march, code => '', by => 'month'), qw(errors people)), '1 1, 1 1', 'those without a code';

# Three sign up at 12:00; a orders after 10 minutes and after 20 asks; b orders
# after 30, c orders before; d signs up late and orders 8 days later.
sub at { return "2026-04-$_[0]:00Z" }
take('events', (map { event($_, 'signup', at('01T12:00')) } qw(a b c)), event('a', 'order', at('01T12:10')), event('b', 'order', at('01T12:30')),
    event('c', 'order', at('01T11:00')), say('a', 1, at => at('01T12:20'), text => 'a refund please'), event('d', 'signup', at('03T12:00')), event('d', 'order', at('11T12:01')));
my %april = (from => '2026-04-01', to => '2026-05-01', tz => 'UTC', steps => json([['event:signup', 'did'], ['event:order', 'did'], ['said', 'contains', 'refund']]));
my @funnel = qw(step label users rateOfFirst rateOfPrevious medianTime dropped);
is rows(stats('funnel', %april), @funnel), '1 Did signup 4 1 null null 2, 2 Did order 2 0.5 0.5 1200000 1, 3 Said refund 1 0.25 0.5 600000 null, ' .
    'null null 4 0.25 null 1200000 3', 'a funnel of three steps within 7 days';
is rows(stats('funnel', %april, window => '9d'), 'users'), '4, 3, 1, 4', 'and within 9';
is columns(stats('funnel', %april, compare => 'previous')->{json}{previous}{totals}, 'users', 'dropped', 'medianTime'), '0 0 null', 'beside the month before';
take('plans', map { { type => 'user', userId => $_->[0], at => $_->[1], attributes => { plan => $_->[2] } } } ['a', at('02T12:00'), 'free'], ['a', at('03T12:00'), 'pro'], ['b', at('02T12:00'), 'free']);
is rows(stats('funnel', %april, steps => json([['plan', 'changed'], ['plan', 'changedTo', 'PRO']])), @funnel[1 .. 5]),
    'plan changed 2 1 null null, plan changed to pro 1 0.5 0.5 86400000, null 2 0.5 null 86400000', 'what became of an attribute';

# They first wrote: a in the week of Monday 1 June, b and c in that of the 8th;
# a again in both weeks that follow, c a week after.
take('messages', map { my ($user, @days) = @$_; map { say($user, 1, at => sprintf '2026-06-%02dT12:00:00Z', $_) } @days } ['x', 3, 9, 16], ['y', 8], ['z', 14, 15]);
my %june = (from => '2026-06-01', to => '2026-06-22', tz => 'UTC', f => json(['userId', 'isAnyOf', 'x', 'y', 'z']));
sub cells { return join ' | ', map { join ' ', $_->{date}, $_->{size}, map { $_ // 'null' } @{ $_->{cells} } } @{ $_[0]{json}{rows} } }
is cells(stats('retention', %june)), '2026-06-01 1 1 1 1 | 2026-06-08 2 2 1 0 | 2026-06-15 0 0 0 0', 'who comes back';
is stats('retention.csv', %june)->{body} =~ /^(.*)\r\n.*?,(1,1,1,1)\r\n/ ? "$1 $2" : '', 'start,end,date,size,cells0,cells1,cells2 1,1,1,1', 'as a file';
my $far = stats('retention', %june, from => POSIX::strftime('%Y-%m-01', gmtime(time - 40 * 86400)), to => '2999-02-01', by => 'month')->{json};
is $far->{code} // 'limit', 'limit', 'too many cohorts are said to be';
my $this = stats('retention', %june, by => 'month', from => POSIX::strftime('%Y-%m-01', gmtime), to => POSIX::strftime('%Y-%m-%d', gmtime(time + 86400)))->{json};
is_deeply $this->{rows}[0]{cells}, [0], 'a month that runs';
my $next = stats('retention', %june, by => 'week', from => POSIX::strftime('%Y-%m-%d', gmtime(time - 8 * 86400)), to => POSIX::strftime('%Y-%m-%d', gmtime(time + 86400)))->{json};
is $next->{rows}[-1]{cells}[-1], undef, 'and a week that has not begun is null, not 0';

# weeks from Sunday on: x again on Sunday the 14th is of the next one
is $r->request('PUT', '/api/v1/settings', json => { 'workspace.weekStart' => 'sunday' })->{status}, 204, 'weeks begin on Sunday';
is cells(stats('retention', %june)), '2026-06-01 1 1 1 1 | 2026-06-07 1 1 0 0 | 2026-06-14 1 1 0 0 | 2026-06-21 0 0 0 0' =~ s/( \d)( \| |$)/$1 0$2/gr,
    'z first wrote in the week of Sunday the 14th, and so did not come back';
my $today = int(time / 86400) * 86400;
my %first = (monday => 1, sunday => 0, saturday => 6);
for my $week (sort keys %first) {
	$r->request('PUT', '/api/v1/settings', json => { 'workspace.weekStart' => $week });
	my $start = $today - 86400 * ((((gmtime $today)[6]) - $first{$week} + 7) % 7);

	take("around the week from $week on", map { { type => 'user', userId => "$week$_", lastSeen => POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime($start + $_)), at => day(1) } } -1, 0);
	is $r->get('/api/v1/users?tz=UTC&columns=userId&f=' . esc(json({ all => [['userId', 'startsWith', $week], ['lastSeen', 'thisWeek']] })))->{json}{users}[0]{userId},
	    "${week}0", 'this week begins then, in filters too';
}
is $r->request('PUT', '/api/v1/settings', json => { 'workspace.weekStart' => 'tuesday' })->{status}, 422, 'not on Tuesday';

# refused, by name
for my $bad (['flows', flow => 'nope'], ['customers', flow => 'tour'], ['flows', by => 'code'], ['funnel', window => '7d', steps => undef], ['funnel', steps => '[]'],
    ['funnel', steps => '[["message","did"]]'], ['funnel', steps => '[["message","did"],["event:nope","did"]]'], ['funnel', steps => '[["message","did"],["nope","changed"]]'],
    ['funnel', steps => '[["message","did"],["lastSeen","changed"]]'], ['funnel', steps => '[["message","did"],["said","contains","!"]]'], ['funnel', steps => '{"a"'],
    ['funnel', steps => '[["message","did"],["plan","is","pro"]]'], ['retention', by => 'day'], ['errors', window => '7d']) {
	my ($metric, $name, @more) = @$bad;
	my %o = ($name => @more);
	my $got = stats($metric, map { defined $o{$_} ? ($_ => $o{$_}) : () } keys %o);

	is $got->{status}, 422, "$metric with $name=" . ($more[0] // '') . ' is refused' or diag $got->{body};
	is $got->{json}{path}, exists $o{steps} ? 'steps' : $name, 'and named';
}
is stats('funnel', %april, window => '7x')->{json}{path}, 'window', 'a window that is none';
for my $bad ([{ metric => 'funnel', column => 'users', steps => JSON::PP::decode_json($april{steps}) }, qr/step: it is missing/],
    [{ metric => 'funnel', column => 'users', step => 4, steps => JSON::PP::decode_json($april{steps}) }, qr/one of the 3 steps/],
    [{ metric => 'retention', column => 'cells', cell => 1 }, qr/by: it is missing/], [{ metric => 'retention', column => 'size', cell => 1 }, qr/cell: .*none/],
    [{ metric => 'flows', column => 'started', flow => 'nope' }, qr/flow: .*nope/], [{ metric => 'retention', column => 'cells', cell => 1, by => 'day' }, qr/by: /]) {
	my $got = $r->get('/api/v1/users?f=' . esc(json(['counted', 'isIn', { %{ $bad->[0] }, from => '2026-03-01', to => '2026-03-05', tz => 'UTC' }])));

	is "$got->{status} $got->{json}{path}", '422 /', 'a leaf that cannot run';
	like $got->{json}{detail}, $bad->[1], 'says what was expected';
}
my $says = stats('customers', f => json(['counted', 'isIn', { metric => 'funnel', column => 'dropped', step => 2, window => '7d', steps => JSON::PP::decode_json($april{steps}),
	from => '2026-04-01', to => '2026-05-01', tz => 'UTC' }]))->{json}{sentence};
is $says =~ s/\xe2\x80\x93|\x{2013}/-/r, 'is counted in Dropped out of the funnel Did signup then Did order within 7d, 1 Apr - 30 Apr 2026 (UTC)', 'and reads as a sentence';

# the same by the command line
for my $ask (['flows', %march], ['flows', %march, by => 'flow'], ['errors', %march, by => 'code', compare => 'previous'], ['funnel', %april], ['retention', %june, f => undef]) {
	my ($metric, %o) = @$ask;
	delete $o{f};
	my @options = map { ("--$_", $o{$_}) } sort keys %o;
	my ($json, $api) = (json($r->cli('stats', $metric, '--json', @options)->{out}), stats($metric, %o)->{json});

	delete $_->{asOf} for $json, $api;
	is_deeply $json, $api, "rapport stats $metric answers as the interface does";
	next if $o{compare};
	is $r->cli('stats', $metric, '--csv', @options)->{out}, stats("$metric.csv", %o)->{body}, 'and its CSV';
}
is $r->cli(qw(stats flows --by flow --from 2026-03-02 --to 2026-03-05 --tz UTC))->{out}, <<'EOT' =~ s/ +$//gmr, 'and a table to look at';
flow     started  keyword  business  completed  cancelled  inFlow  completionRate
tour     1        0        0         0          0          1       0
welcome  2        1        1         1          1          0       0.5
EOT
like $r->cli(qw(stats nope))->{err}, qr/there are customers, activity/i, 'a metric there is none of';
like $r->cli(qw(stats flows --by year))->{err}, qr/^rapport: by: /, 'what is wrong is named';
isnt $r->cli(qw(stats --by day))->{status}, 0, 'options are of a metric';
is join('', grep { length > 81 } $r->cli(qw(stats --help))->{out} =~ /^.*\n/gm), '', 'its help fits a terminal';

# who is held to limits
sub member
{
	my ($name, %o) = @_;
	my $m = $r->post('/api/v1/managers', { name => $name, email => "$name\@example.org", permissions => ['users.read', 'analytics.read', 'chats.read'], %o })->{json};
	my $in = $r->post('/api/v1/login', { login => "$name\@example.org", password => $m->{password} }, token => 0);

	return (token => 0, headers => { Cookie => $in->{headers}{'set-cookie'} =~ /^(rapport=[^;]+)/ });
}
sub ask { my ($as, $metric, %o) = @_; return $r->get("/api/v1/stats/$metric?" . (join '&', map { "$_=" . esc($o{$_}) } sort keys %o), %$as) }
$r->post('/api/v1/segments', { name => 'Only a', filter => ['userId', 'is', 'a'] });
my %held = member('held', limits => { segments => ['Only a'] });
is rows(ask(\%held, 'flows', %march, by => 'flow'), 'flow', 'started'), 'welcome 1, null 1', 'flows of those whom a Member may see';
my ($out, $none) = map { ask(\%held, 'flows', %march, flow => $_) } 'tour', 'none';
is "$out->{status} " . $out->{json}{detail} =~ s/tour/none/r, "422 $none->{json}{detail}", 'a flow of others is like one there is not';
is rows(ask(\%held, 'errors', %march, by => 'code'), 'code', 'errors'), '470 2, null 2', 'errors likewise';
is rows(ask(\%held, 'funnel', %april), 'users'), '1, 1, 1, 1', 'and funnels';
my %masked = member('masked', limits => { masked => ['inFlow', 'plan'] });
is ask(\%masked, 'flows', %march)->{status}, 404, 'who may not know who is in a flow hears of none';
is ask(\%masked, 'funnel', %april, steps => json([$_, ['message', 'did']]))->{json}{path}, 'steps', 'nor walks a funnel by it: ' . json($_) for ['flow:welcome', 'did'], ['plan', 'changed'];
my %silent = member('silent', limits => { masked => ['messagesIn'] });
is ask(\%silent, $_, %march, by => 'month', f => json(['userId', 'is', 'a']))->{status}, 404, "nor counts one person's messages by $_ who may not know how many those are"
    for qw(customers activity messages response conversations retention);
is ask(\%silent, 'contacts', %march)->{status}, 200, 'what does not tell it stays';
is join(' ', map { $_->{name} } @{ $r->get('/api/v1/stats', %silent)->{json}{metrics} }), 'contacts templates consent validity flows errors funnel',
    'and what there is to ask is just that';
my %quiet = member('quiet', permissions => ['users.read', 'analytics.read']);
is ask(\%quiet, 'funnel', %april)->{json}{path}, 'steps', 'who may not read chats does not ask what was said';
done_testing;
