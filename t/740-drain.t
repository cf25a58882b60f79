# SPDX-License-Identifier: AGPL-3.0-or-later
# Restarts nobody notices: workers are ended and started again while clients
# ask, and not one request fails, because a worker finishes what it has and the
# socket stays open.  Killed without a word, one request is lost and says so.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;
use POSIX qw(WNOHANG);

my $restarts = $ENV{RAPPORT_QUICK} ? 10 : 40;
my $clients = 8;
my $served = 10; # answers between two restarts, at least
my $r = Rapport::Test->start(threads => 4);
my $dir = tempdir();
open(my $answers, '>>', "$dir/answers") or die "answers: $!\n";

# Clients that ask until they are told to stop, or nobody is left to tell them,
# each writing what it saw.
my $parent = $$;
my @pids;
for my $c (1 .. $clients) {
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		my ($good, @bad) = (0);

		until (-e "$dir/stop" || getppid() != $parent) {
			my $a = $c % 2 ? $r->get('/api/v1/me')
			    : $r->post('/api/v1/events', { type => 'user', id => "$c-$good",
				userId => "u$c", at => '2026-01-01T00:00:00Z' });
			if ($a->{status} == 200) {
				$good++;
				syswrite($answers, '.');
			} else {
				push @bad, "$a->{status} $a->{content}";
			}
		}
		spew("$dir/$c", json([$good, @bad]));
		POSIX::_exit(0);
	}
	push @pids, $pid;
}

my @ended;
for (1 .. $restarts) {
	push @ended, $r->worker_stop('api');
	$r->worker_start('api');
	# Once it serves and has served, it may be ended again.
	$r->ready or die "the worker did not come back\n";
	my $before = -s $answers;
	wait_for { -s $answers >= $before + $served }
	    or die "no requests are answered\n";
}
spew("$dir/stop", '');
my $all = wait_for {
	@pids = grep { waitpid($_, WNOHANG) == 0 } @pids;
	!@pids;
} 60;
ok $all, 'the clients came to their end';

my ($good, @bad) = (0);
for my $c (1 .. $clients) {
	my ($n, @failed) = @{ json(slurp("$dir/$c") || '[0]') };

	$good += $n;
	push @bad, @failed;
}
is scalar(grep { $_ && $_ != 15 } @ended), 0, "$restarts workers ended well";
cmp_ok $good, '>=', $served * $restarts, "$good requests were answered meanwhile";
is join("\n", @bad), '', 'and not one failed';

# ---- killed without a word: what the worker had not taken, the next one takes
kill 'STOP', $r->{pid}{api};
wait_for { stopped($r->{pid}{api}) } or die "the worker does not stop\n";
my $asking = fork // die "fork: $!\n";
if (!$asking) {
	spew("$dir/waited", $r->get('/api/v1/me')->{status});
	POSIX::_exit(0);
}
my $seen = wait_for { queued() > 0 } 20;
ok $seen, 'a request waits for a worker that is stopped';
$r->worker_restart('api', 'KILL');
my $answered = wait_for { waitpid($asking, WNOHANG) == $asking } 30;
ok $answered && slurp("$dir/waited") eq '200', 'the one after it answers';

# Every thread of it: one that is not told yet would still take a request.
sub
stopped
{
	my ($pid) = @_;
	my @states = map { slurp($_) =~ /\) (\S)/ } glob("/proc/$pid/task/*/stat");

	return @states && !grep { $_ ne 'T' } @states;
}

# Connections that nobody has taken yet, by the kernel's own list.
sub
queued
{
	my @lines = grep { m{\Q$r->{dir}\E/run/api\.sock} } split /\n/, slurp('/proc/net/unix');

	# The listening socket, and one line more for each that waits.
	return @lines - 1;
}

$r->worker_stop('api');
close delete $r->{socket}{api};
my $a = $r->get('/api/v1/me');
is $a->{status}, 502, 'control: where nobody listens, a request fails';
is $a->{headers}{'content-type'}, 'application/problem+json', 'as a problem document';
is $a->{json}{type}, 'about:blank#io', 'that does not say whether a write was kept';
like $a->{headers}{'retry-after'}, qr/^\d+$/, 'and when to try again';

done_testing;
