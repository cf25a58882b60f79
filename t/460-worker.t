# SPDX-License-Identifier: AGPL-3.0-or-later
# The worker as a process: stopping and starting loses no request, a second
# one on the same socket leaves the first alone, and what it cannot serve it
# says and does not touch.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Socket::UNIX ();
use POSIX qw(WNOHANG);
use Rapport::Test;
use Time::HiRes qw(time);

my $r = Rapport::Test->start;
my $rapportd = $r->program('rapportd');

# Requests without a pause from two children, while the worker is ended and
# started: each child answers with the number of those that failed.
sub
clients
{
	my ($seconds) = @_;
	my $end = time + $seconds;

	return map {
		my $pid = fork // die;

		if (!$pid) {
			my ($n, $bad) = (0, 0);
			while (time < $end) {
				my $a = $n++ % 5 ? $r->get('/api/v1/users') : $r->post('/api/v1/events',
				    { type => 'user', userId => "$$-$n" });
				$bad++ if $a->{status} != 200;
			}
			spew("$r->{dir}/client-$_", "$n $bad");
			POSIX::_exit(0);
		}
		$pid;
	} 1, 2;
}

my $seconds = $ENV{RAPPORT_QUICK} ? 3 : 8;
my @pids = clients($seconds);
my ($restarts, $end) = (0, time + $seconds - 1);
while (time < $end) {
	$r->worker_restart('api');
	wait_for { slurp("$r->{dir}/logs/api.log") =~ /(?:serving.*){@{[ $restarts + 2 ]}}/s } 20;
	$restarts++;
}
waitpid $_, 0 for @pids;
my ($n, $bad) = (0, 0);
for (1, 2) {
	my ($k, $b) = split ' ', slurp("$r->{dir}/client-$_");
	$n += $k;
	$bad += $b;
}
cmp_ok $restarts, '>=', 5, "$restarts restarts";
cmp_ok $n, '>=', 50, "under $n requests";
is $bad, 0, 'and none of them failed';

# a second one on the same socket
my $sock = "$r->{dir}/run/second.sock";
my @command = ($rapportd, '--store', $r->{store}, '--socket', $sock);
sub answers { return IO::Socket::UNIX->new(Peer => $sock) ? 1 : 0 }
my $log = "$r->{dir}/logs/first.log";
my $first = $r->child({}, '/dev/null', $log, $log, @command);
ok wait_for { -S $sock && answers() }, 'a worker on a socket of its own';
my $second = $r->run_program({ timeout => 20 }, @command);
is $second->{status}, 73, 'a second one is refused';
like $second->{err}, qr/another rapportd serves \Q$sock\E/, 'and says why';
ok answers(), 'the first goes on';
kill 'TERM', $first;
waitpid $first, 0;
is $?, 0, 'ends well when asked';
ok !-e $sock, 'and takes its socket with it';
$first = $r->child({}, '/dev/null', $log, $log, @command);
ok wait_for { -S $sock && answers() }, 'again';
kill 'KILL', $first;
waitpid $first, 0;
ok -S $sock && !answers(), 'one that is killed leaves its socket';
$first = $r->child({}, '/dev/null', $log, $log, @command);
ok wait_for { answers() }, 'which the next one takes over';
kill 'TERM', $first;
waitpid $first, 0;

# what it refuses to begin with
for my $bad (
	[64, qr/--store is missing/],
	[64, qr/no socket/, '--store', $r->{store}],
	[64, qr/not both/, '--store', $r->{store}, '--socket', $sock, '--listen', 3],
	[64, qr/--pool/, '--store', $r->{store}, '--pool', 'x'],
	[64, qr/--threads/, '--store', $r->{store}, '--threads', 0],
	[64, qr/option/, '--nope'],
	[66, qr/./, '--store', "$r->{dir}/nowhere", '--socket', $sock],
) {
	my ($status, $text, @args) = @$bad;
	my $a = $r->run_program({ timeout => 20 }, $rapportd, @args);

	is $a->{status}, $status, "rapportd @args[grep { $args[$_] =~ /^--/ } 0 .. $#args]: $status";
	like $a->{err}, $text, 'says why';
}
is $r->run_program({}, $rapportd, '--version')->{status}, 0, '--version';
like $r->run_program({}, $rapportd, '--help')->{out}, qr/--store DIR/, '--help';

# a client that stops in the middle of its body holds nobody up
my @slow = map {
	my $s = $r->connect;
	print $s "POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $r->{token}\r\n"
	    . "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{";
	$s->flush;
	$s;
} 1 .. 50;
is scalar(grep { $r->get('/api/v1/me')->{status} != 200 } 1 .. 20), 0,
    'fifty that stop writing midway hold nobody up';
close $_ for @slow;

# one that talks to the socket itself and says nothing is dropped
my $mute = IO::Socket::UNIX->new(Peer => "$r->{dir}/run/api.sock");
ok $mute && $r->get('/api/v1/me')->{status} == 200, 'nor one that connects and says nothing';
done_testing;
