# SPDX-License-Identifier: AGPL-3.0-or-later
# A store that an earlier build made: workers refuse what needs it and say when
# to come again, they do not answer from half of it; the command line brings it
# up to date by itself, also after it was killed, and then all is as it was.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
spew("$r->{dir}/events", join '', map {
	qq({"type":"message","chatId":"c$_","messageId":"m$_","personType":"user","personId":"u$_",)
	    . qq("at":"2026-01-05T09:00:00Z","text":"where is my refund"}\n)
} 1 .. 3000);
is $r->cli('import', "$r->{dir}/events")->{status}, 0, 'people who wrote';
my $agebox = build_dir() . '/t/lib/agebox';
sub age { return system($agebox, $r->{store}) }
sub answers
{
	return [map { $r->get($_)->{json} } '/api/v1/users?limit=2', '/api/v1/chats?q=refund&limit=2',
	    '/api/v1/stats/messages?from=2026-01-01&to=2026-02-01&tz=UTC'];
}
sub as_of { my ($a) = @_; delete $_->{asOf} for @$a; return $a }
my $before = as_of(answers());
is $before->[0]{total}, 3000, 'all are there';
is $before->[2]{totals}{in}, 3000, 'and counted';

is age(), 0, 'the store is an earlier one now';
for my $path ('/api/v1/users', '/api/v1/users/1', '/api/v1/chats?q=refund', '/api/v1/attributes',
	'/api/v1/stats/messages?from=2026-01-01&to=2026-02-01') {
	my $a = $r->get($path);

	is $a->{status}, 503, "$path is not answered";
	is $a->{json}{type}, 'about:blank#upgrading', 'the answer says why';
	is $a->{headers}{'retry-after'}, 1, 'and when to come again';
}
is $r->post('/api/v1/events', { type => 'user', userId => 'late', at => '2026-01-05T09:00:00Z' })->{status},
    503, 'nor is anything taken';
is $r->get('/readyz')->{status}, 503, 'the worker is not ready';
is $r->get('/healthz')->{status}, 200, 'but lives';
my $c = $r->cli('check');
is $c->{status}, 75, 'a check finds it';
like $c->{err}, qr/the part "counters" is of version 0, not \d+: see rapport upgrade/, 'and says what to do';

my $a = $r->cli(qw(users --count));
is $a->{out}, "3000\n", 'a command answers';
like $a->{err}, qr/^bringing the store up to date: counters$/m, 'when it has brought it up to date';
is_deeply as_of(answers()), $before, 'then every answer is as it was';
is $r->get('/readyz')->{status}, 200, 'and the worker is ready';
is $r->cli('check')->{status}, 0, 'every index agrees with the records';
is json($r->cli(qw(upgrade --json))->{out})->{made}[0], undef, 'rapport upgrade has nothing left to do';

# Killed in the middle, as often as it takes, and two at once.
for my $turn (1 .. 8) {
	age();
	my $pid = $r->child({}, '/dev/null', '/dev/null', '/dev/null', $r->program('rapport'), '--store',
	    $r->{store}, 'upgrade');
	$r->get('/readyz') for 0 .. int rand 6;
	kill 'KILL', $pid;
	waitpid $pid, 0;
}
my @two = map {
	$r->child({}, '/dev/null', '/dev/null', '/dev/null', $r->program('rapport'), '--store', $r->{store},
	    'upgrade')
} 1, 2;
is_deeply [map { waitpid $_, 0; $? } @two], [0, 0], 'two at once both end well';
is_deeply as_of(answers()), $before, 'killed and run again: the same answers';
is $r->cli('check')->{status}, 0, 'and every index agrees';
done_testing;
