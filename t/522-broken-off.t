# SPDX-License-Identifier: AGPL-3.0-or-later
# Exports that do not come to their end, in every format: the reader goes away,
# somebody cancels, the worker is killed, there is no room for the file.  The
# record says so, and nothing in clear is left on the disk or held open.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;
use IO::Socket::UNIX;

my $SECRET = 'zanzibar-nobody-must-see-this';
my @FORMATS = qw(csv xlsx json ndjson);
my $r = Rapport::Test->start;
for my $half (0, 1) {
	my $many = join "\n", map { json({ type => 'user', userId => "v$half-$_", at => '2026-01-01T00:00:00Z',
		attributes => { note => "$SECRET $_ " . join(' ', map { int rand 1e9 } 1 .. 200) } }) } 1 .. 4000;
	is $r->request('POST', '/api/v1/events', body => $many, headers => { 'Content-Type' => 'application/x-ndjson' })
	    ->{json}{accepted}, 4000, 'people with long notes';
}

sub record { my ($type, $body) = @_; return pack('CCnnCC', 1, $type, 1, length $body, 0, 0) . $body }

# An export whose reader takes the head of the answer and waits, straight on
# the worker's socket, so that no proxy takes the rest: (socket, id).
sub
held
{
	my ($format) = @_;
	my $body = json({ what => 'users', format => $format, purpose => 'a test that breaks off', password => 'four words nobody guesses' });
	my %param = (REQUEST_METHOD => 'POST', DOCUMENT_URI => '/api/v1/exports', CONTENT_TYPE => 'application/json',
		CONTENT_LENGTH => length $body, HTTP_AUTHORIZATION => "Bearer $r->{token}", REMOTE_ADDR => '127.0.0.1');
	my $s = IO::Socket::UNIX->new(Peer => "$r->{dir}/run/export.sock") or die "export.sock: $!";
	my $head;

	print $s record(1, pack 'nC x5', 1, 0), record(4, join '', map { pack('CC', length, length $param{$_}) . $_ . $param{$_} }
		sort keys %param), record(4, ''), record(5, $body), record(5, '');
	$s->flush;
	sysread $s, $head, 400;
	return ($s, $head =~ /X-Export-Id: (\d+)/);
}

sub of { my ($id) = @_; return $r->get("/api/v1/exports/$id")->{json} }
sub ended { my ($id) = @_; return wait_for { of($id)->{state} ne 'running' } }

# Files with the secret in them that a worker holds open or that lie where they
# could: in the instance's folder, but for the store, or where temporary ones do.
sub
in_clear
{
	my ($pid) = @_;
	my @held = $pid ? grep { (readlink($_) // '') !~ m{/store/|^socket:|^pipe:|^anon_inode:} } glob("/proc/$pid/fd/*") : ();
	my @lying = grep { !m{/store/} } split /\n/, `find $r->{dir} -type f`;

	return join ' ', grep { -f && index(slurp($_), $SECRET) >= 0 } @held, @lying;
}

spew("$r->{dir}/planted", "x $SECRET x");
is in_clear(), "$r->{dir}/planted", 'control: what lies in clear is found';
unlink "$r->{dir}/planted";

for my $format (@FORMATS) {
	my ($s, $id) = held($format);

	is of($id)->{state}, 'running', "$format: it runs";
	is in_clear($r->{pid}{export}), '', '... nothing of it is on the disk in clear';
	close $s;
	ok ended($id), '... and ends when nobody reads';
	is of($id)->{state}, 'client-gone', '... as such';
	cmp_ok of($id)->{rows}, '<', 8000, '... before all of it was out';

	($s, $id) = held($format);
	is $r->request('POST', "/api/v1/exports/$id/cancel")->{status}, 204, "$format: cancelled";
	ok wait_for { slurp("$r->{dir}/logs/export.log") =~ /export $id is asked to stop/ }, '... which the worker is told';
	{ local $/; my $rest = <$s>; }
	ok ended($id), '... it ends';
	is of($id)->{state}, 'cancelled', '... as cancelled';

	($s, $id) = held($format);
	$r->worker_stop('export', 'KILL');
	$r->worker_start('export');
	ok ended($id), "$format: a killed worker leaves no record running";
	is of($id)->{state}, 'failed', '... it failed';
	is in_clear(), '', '... and nothing in clear is left';
}

# No room: the command line writes onto a file system of one megabyte, or onto
# one that is always full where none can be mounted.
my $dir = tempdir();
my $small = system("mount -t tmpfs -o size=1m none $dir 2>/dev/null") == 0;
spew("$r->{dir}/password", "four words nobody guesses\n");
for my $format (@FORMATS) {
	my $got = $r->cli('export', 'users', '--format', $format, '--purpose', 'a test without room', '--password-file',
		"$r->{dir}/password", '--out', "$dir/out.pgp");

	SKIP: {
		skip 'no file system can be mounted here', 4 unless $small;
		isnt $got->{status}, 0, "$format: a full disk ends it";
		like $got->{err}, qr/No space left/, '... which is said';
		is join(' ', glob "$dir/*"), '', '... no file is left';
		is $r->get('/api/v1/exports?limit=1')->{json}{exports}[0]{state}, 'failed', '... and the record says so';
	}
}
system("umount $dir") if $small;
done_testing;
