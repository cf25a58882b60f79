# SPDX-License-Identifier: AGPL-3.0-or-later
# Slow clients cost nobody else: hundreds hold a body or an answer, and whoever
# comes meanwhile is answered as fast as before, because no worker waits.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;
use Rapport::Tree qw(percentile);
use Socket qw(SOL_SOCKET SO_RCVBUF);
use Time::HiRes qw(time);

my $r = Rapport::Test->start(threads => 2, export_threads => 1);
my $few = $ENV{RAPPORT_QUICK} ? 1 : 4;

# The time each of n proper requests takes; dies on one that fails.
sub
quick
{
	my ($n) = @_;
	my @times;

	for (1 .. $n) {
		my $from = time;
		my $a = $r->get('/api/v1/me', timeout => 10);

		die "status $a->{status} $a->{content}\n" if $a->{status} != 200;
		push @times, time - $from;
	}
	return @times;
}

# Nobody else may be slower than this; generous, for a machine that is shared.
sub
unharmed
{
	my ($name, $quiet) = @_;
	my @times = eval { quick(100) };

	is $@, '', "$name: everybody else is answered" or return;
	my $p99 = percentile(0.99, @times);
	note sprintf '%s: p99 %.2f ms (quiet %.2f ms)', $name, 1000 * $p99, 1000 * $quiet;
	cmp_ok $p99, '<', 0.1 + 4 * $quiet, "$name: and as fast as before";
}

my $event = json({ type => 'user', id => 'x', userId => 'u', at => '2026-01-01T00:00:00Z' });
quick(20);
my $quiet = percentile(0.99, quick(100));

# ---- heads and bodies that never end
for my $case (['half a head', "GET /api/v1/me HTTP/1.1\r\nHost: x\r\n", 100 * $few],
    ['half a body', "POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	. "Authorization: Bearer $r->{token}\r\nContent-Length: 5000\r\n\r\n" . substr($event, 0, 20), 100 * $few]) {
	my ($name, $bytes, $n) = @$case;
	my @held = map { my $s = $r->connect; syswrite $s, $bytes; $s } 1 .. $n;

	unharmed("$n clients with $name", $quiet);
	my $end = time + 20;
	my $closed = 0;
	while (@held && time < $end) {
		my $bits = '';
		vec($bits, fileno($_), 1) = 1 for @held;
		select $bits, undef, undef, 1;
		my @left;
		for my $s (@held) {
			if (vec($bits, fileno($s), 1) && !sysread($s, my $b, 4096)) {
				$closed++;
			} else {
				push @left, $s;
			}
		}
		@held = @left;
	}
	is $closed, $n, "$name: all are let go when their time is over";
}

# ---- answers that nobody reads: a page larger than what the sockets hold
my $n = 600;
my @people = map { { type => 'user', id => "e$_", userId => "u$_", at => '2026-01-01T00:00:00Z',
	attributes => { default_name => "Person $_", notes => 'n' x 1500 } } } 1 .. $n;
my $taken = $r->post('/api/v1/events', \@people);
is $taken->{status}, 200, 'people with much to say were taken' or diag $taken->{content};
my $page = '/api/v1/users?limit=500&columns=default_name,notes';
my $size = length $r->get($page)->{body};
cmp_ok $size, '>', 700_000, "a page is $size bytes";
my @idle;
for (1 .. 25 * $few) {
	my $s = $r->connect;
	setsockopt $s, SOL_SOCKET, SO_RCVBUF, pack('l', 32768);
	syswrite $s, "GET $page HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $r->{token}\r\nConnection: close\r\n\r\n";
	push @idle, $s;
}
unharmed(@idle . ' clients that do not read', $quiet);
my $got = '';
1 while sysread $idle[0], $got, 65536, length $got;
cmp_ok length($got), '>', $size, 'one that reads after all gets all of it';
close $_ for @idle;

done_testing;
