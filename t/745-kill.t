# SPDX-License-Identifier: AGPL-3.0-or-later
# Killed with writes in flight, again and again: every event that was answered
# is there, exactly once, and `rapport check` finds no index that says another
# thing than the records.  The control asks for a message that was never sent,
# and misses it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;
use POSIX qw(WNOHANG);
use Time::HiRes qw(time);

my $cycles = $ENV{RAPPORT_KILLS} || ($ENV{RAPPORT_QUICK} ? 10 : 110);
my $clients = 6;
my $seed = $ENV{RAPPORT_SEED} // int(time * 1000) % 1_000_000;
srand $seed;
note "RAPPORT_SEED=$seed";
my $r = Rapport::Test->start(threads => 8);
my $dir = tempdir();

# What is not an answer: nginx says 502 when the worker went away under it.
# Such an event is sent again with the same id until it is answered.
sub
client
{
	my ($c) = @_;
	my ($n, $again, @odd) = (0, 0);

	until (-e "$dir/stop") {
		my $user = 'u' . ($n * 7 + $c) % 40;
		my $sent = $r->post('/api/v1/events', { type => 'message', id => "e$c-$n",
			chatId => "chat-$user", messageId => "m$c-$n", personType => 'user',
			personId => $user, at => sprintf('2026-03-%02dT10:00:00Z', 1 + $n % 28),
			text => "number $n of $c" });
		if ($sent->{status} == 200) {
			$again += $sent->{json}{duplicates};
			push @odd, $sent->{body} if $sent->{json}{accepted} + $sent->{json}{duplicates} != 1;
			$n++;
		} elsif ($sent->{status} !~ /^(502|503|504|599)$/) {
			push @odd, "$sent->{status} $sent->{body}";
			last;
		}
	}
	spew("$dir/$c", json({ answered => $n, again => $again, odd => \@odd }));
}

my @pids;
for my $c (1 .. $clients) {
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		client($c);
		POSIX::_exit(0);
	}
	push @pids, $pid;
}

my $bad = '';
my $log = "$r->{dir}/logs/access.log";
for my $cycle (1 .. $cycles) {
	# a moment of its own each time: some more bytes of requests later
	my $until = (-s $log) + int rand 8000;
	wait_for { -s $log >= $until } 20;
	$r->worker_restart('api', 'KILL');
	next if $cycle % 10;
	my $check = $r->cli('check');
	$bad .= "cycle $cycle: $check->{out}$check->{err}" if $check->{status};
}
is $bad, '', 'indexes agree with the records whenever one looks';
$r->ready or die "the worker did not come back\n";
spew("$dir/stop", '');
ok wait_for(sub {
	@pids = grep { waitpid($_, WNOHANG) == 0 } @pids;
	!@pids;
}, 60), 'the clients came to their end';

my ($answered, $again, @odd) = (0, 0);
my @said = map { json(slurp("$dir/$_")) } 1 .. $clients;
for my $s (@said) {
	$answered += $s->{answered};
	$again += $s->{again};
	push @odd, @{ $s->{odd} };
}
is join("\n", @odd), '', 'no answer but yes or try again';
cmp_ok $answered, '>', $cycles, "$cycles kills, $answered events answered";
note "$again of them had been kept although the answer was lost";

# An event sent a last time shows whether its id and its message are there.
sub
missing
{
	my $lost = 0;

	for my $c (1 .. $clients) {
		my @all = map { { type => 'message', messageId => "m$c-$_", chatId => 'elsewhere',
			personType => 'user', personId => 'nobody', at => '2026-01-01T00:00:00Z', text => 'x' } }
		    0 .. $said[$c - 1]{answered} - 1;
		while (my @some = splice @all, 0, 500) {
			$lost += $r->post('/api/v1/events', \@some)->{json}{accepted};
		}
	}
	return $lost;
}
my $sum = 0;
my $next = '';
do {
	my $page = $r->get("/api/v1/users?columns=messagesIn&limit=500&after=$next")->{json};
	$sum += $_->{messagesIn} for @{ $page->{users} };
	$next = $page->{next} // '';
} while ($next);
is $sum, $answered, 'each is counted once';
is missing(), 0, 'every message that was answered is there';
my $check = $r->cli('check');
is $check->{status}, 0, 'rapport check finds nothing' or diag $check->{out}, $check->{err};

# the control: one that was never sent
$said[0]{answered}++;
is missing(), 1, 'and one that is not there would be missed';
done_testing;
