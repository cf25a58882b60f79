# SPDX-License-Identifier: AGPL-3.0-or-later
# The worker as a process: a second one on the same socket leaves the first
# alone, what it cannot serve it says and does not touch, a peer that stalls is
# cut, and a store that fails ends it, to be started anew.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Socket::UNIX ();
use Rapport::Test;

my $r = Rapport::Test->start;
my $rapportd = $r->program('rapportd');

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

# FastCGI by hand: records of a request, whole or cut.
sub record { my ($type, $body) = @_; return pack('CCnnCC', 1, $type, 1, length $body, 0, 0) . $body }
sub
head
{
	my (%p) = @_;

	return record(1, pack 'nC x5', 1, 0) . record(4, join '', map { pack('CC', length, length $p{$_})
		. $_ . $p{$_} } sort keys %p);
}
my $whole = head(REQUEST_METHOD => 'GET', DOCUMENT_URI => '/healthz') . record(4, '') . record(5, '');
sub
by_hand
{
	my ($path) = @_;
	my $s = IO::Socket::UNIX->new(Peer => $path) or return '';

	print $s $whole;
	$s->flush;
	local $/;
	return <$s> // '';
}

# one thread, and peers that stall
$log = "$r->{dir}/logs/stall.log";
$first = $r->child({}, '/dev/null', $log, $log, @command, '--threads', 1, '--stuck', 1);
ok wait_for { -S $sock && by_hand($sock) =~ /"status":"ok"/ }, 'FastCGI by hand is answered';
for my $cut (
	['', 'says nothing'],
	[substr($whole, 0, 4), 'stops in a record'],
	[head(REQUEST_METHOD => 'GET'), 'stops in the head'],
	[head(REQUEST_METHOD => 'POST', DOCUMENT_URI => '/api/v1/login', CONTENT_TYPE => 'application/json',
	    CONTENT_LENGTH => 9) . record(4, '') . record(5, '{"lo'), 'stops in the body'],
) {
	my $s = IO::Socket::UNIX->new(Peer => $sock);
	print $s $cut->[0];
	$s->flush;
	like by_hand($sock), qr/"status":"ok"/, "a peer that $cut->[1] is cut";
}
for my $junk ("\0" x 64, 'GET / HTTP/1.1' . "\r\n\r\n", pack('CCnnCC', 1, 1, 1, 65535, 255, 0) . 'x' x 100,
    record(9, 'x' x 8), record(4, "\xff\xff\xff\xff\xff\xff\xff\xffx"), head(X => 'y' x 100) . record(2, '')) {
	my $s = IO::Socket::UNIX->new(Peer => $sock);
	local $SIG{PIPE} = 'IGNORE';
	print $s $junk;
	$s->flush;
	shutdown $s, 1;
	like by_hand($sock), qr/"status":"ok"/, 'junk on the socket: ' . unpack('H16', $junk);
}
kill 'TERM', $first;
waitpid $first, 0;
is $?, 0, 'and it still ends well';
my $sanitized = slurp($log) =~ /Sanitizer|runtime error/;
ok !$sanitized, 'without a sanitizer word';

# a store that fails in the middle of a write: nobody knows what was kept.  The
# file may not grow past the middle of a page, so that page is written in part.
$r->worker_stop('api');
my $room = int((-s "$r->{store}/data.mdb") / 4096) * 8 + 203;
$r->{worker} = ['/bin/sh', '-c', "ulimit -f $room; exec \"\$@\"", 'sh', $rapportd,
    '--store', $r->{store}, '--threads', 2];
$r->worker_start('api');
my ($status, $kept) = (200, 0);
for (1 .. 400) {
	my $a = $r->post('/api/v1/events', { type => 'user', userId => "full-$_",
	    attributes => { note => 'x' x 8000 } });
	$status = $a->{status};
	last if $status != 200;
	$kept++;
}
is $status, 503, "after $kept people a write fails";
my $code;
ok wait_for { $r->gone('api') and defined($code = $? >> 8) }, 'the worker ends itself';
is $code, 74, 'to be started anew';
like slurp("$r->{dir}/logs/api.log"), qr/the store failed: start anew/, 'and says why';
delete $r->{worker};
$r->worker_start('api');
my $total = $r->get('/api/v1/users?limit=1')->{json}{total};
ok $total == $kept || $total == $kept + 1, 'all that was acknowledged is there, and no half of anything';
is $r->post('/api/v1/events', { type => 'user', userId => 'more' })->{status}, 200,
    'and writing goes on';
is $r->cli('check')->{status}, 0, 'the store is sound';
done_testing;
