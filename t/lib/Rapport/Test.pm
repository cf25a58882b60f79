# SPDX-License-Identifier: AGPL-3.0-or-later
#
# A whole Rapport for one test file: a store in a temporary folder, a worker
# for each pool, and a real nginx from nginx/*.in in front of them.
#
#	use FindBin; use lib "$FindBin::Bin/lib";
#	use Rapport::Test;
#	my $r = Rapport::Test->start(threads => 2);
#	is $r->get('/api/v1/users')->{json}{total}, 0, 'nobody is there yet';
#	done_testing;
#
# The sockets are made here and handed down (to nginx as the file number it
# would inherit from an older nginx, to the workers as file 0, as spawn-fcgi
# does), so nothing is ever raced for and any number of files run side by side;
# a worker may be killed and started again while its socket stays open.
# done_testing ends everything that was started, waits for it, and adds two
# tests: nothing alarming in nginx's log, and workers that ended as they should
# without a word from a sanitizer or an assertion.  RAPPORT_KEEP=1 keeps the
# folder.  RAPPORT_BUILD names the build folder.  Nothing sleeps: wait_for
# polls a condition, with a bound.
package Rapport::Test;

use strict;
use warnings;

use Cwd qw(abs_path);
use Errno qw(EINTR);
use Exporter qw(import);
use Fcntl qw(F_SETFD);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp ();
use HTTP::Tiny ();
use IO::Socket::INET ();
use IO::Socket::UNIX ();
use JSON::PP ();
use POSIX qw(WNOHANG dup2);
use Test::More import => ['!done_testing'];
use Time::HiRes qw(time);

our @EXPORT = (grep({ $_ ne 'done_testing' } @Test::More::EXPORT),
	qw(done_testing json wait_for slurp spew tree build_dir tempdir));

my $top = abs_path(dirname(__FILE__) . '/../../..');
my $keep = $ENV{RAPPORT_KEEP};
my $codec = JSON::PP->new->utf8->canonical->allow_nonref;
my $owner = $$;		# a forked child of a test ends nothing
my @running;
my @folders;

sub tree { join '/', $top, @_ }
sub build_dir { $ENV{RAPPORT_BUILD} ? abs_path($ENV{RAPPORT_BUILD}) : "$top/build" }

# A folder of the test file's own, gone at its end.
sub
tempdir
{
	my $dir = File::Temp::tempdir('rapport-test-XXXXXX', TMPDIR => 1,
	    CLEANUP => !$keep);

	push @folders, $dir;
	return $dir;
}

# Perl to JSON text for a reference, JSON text to Perl for a string.
sub json { ref $_[0] ? $codec->encode($_[0]) : $codec->decode($_[0]) }

sub
slurp
{
	my ($path) = @_;

	open(my $fh, '<:raw', $path) or return '';
	local $/;
	return scalar(<$fh>) // '';
}

sub
spew
{
	my ($path, $bytes) = @_;

	open(my $fh, '>:raw', $path) or die "$path: $!\n";
	print $fh $bytes;
	close($fh) or die "$path: $!\n";
}

# Until the condition holds or the time is over; answers whether it held.
sub
wait_for(&;$)
{
	my ($condition, $seconds) = @_;
	my $end = time + ($seconds // 20);

	while (1) {
		return 1 if $condition->();
		return 0 if time > $end;
		select undef, undef, undef, 0.01;
	}
}

# Options: threads (4), export_threads (2), env {}, login ("1000r/s"),
# init (1: a store with an Owner and a token of theirs), cert and key (files:
# nginx speaks TLS; this client does not, so ready is the socket's), worker [program,
# args…] instead of rapportd, workers (1: start them).
sub
start
{
	my ($class, %o) = @_;
	my $self = bless {
	    threads => 4, export_threads => 2, env => {}, init => 1,
	    workers => 1, login_rate => '1000r/s', %o,
	    dir => tempdir(), pid => {}, asked => {}, faults => [],
	}, $class;

	push @running, $self;
	$self->{store} //= "$self->{dir}/store";
	make_path(map { "$self->{dir}/$_" } qw(run logs temp etc));
	$self->store_init if $self->{init};
	$self->pool_listen($_) for qw(api export);
	$self->nginx_start;
	if ($self->{workers}) {
		$self->worker_start($_) for qw(api export);
		$self->ready or $self->fail_start('the workers do not answer');
	}
	return $self;
}

sub
fail_start
{
	my ($self, $why) = @_;

	Test::More::diag("$_:\n" . slurp($_))
	    for grep { -s } glob("$self->{dir}/logs/*");
	die "$why\n";
}

sub program { my ($self, $name) = @_; return build_dir() . "/$name" }

# The command line on this store: { status, out, err }.
sub
cli
{
	my ($self, @args) = @_;
	my $opt = ref $args[0] ? shift @args : {};

	return $self->run_program($opt, $self->program('rapport'),
	    '--store', $self->{store}, @args);
}

# Any program to its end; $opt: in (bytes), env {}, timeout (120).
sub
run_program
{
	my ($self, $opt, @command) = @_;
	my $base = "$self->{dir}/run-" . ++$self->{runs};
	my $status;

	spew("$base.in", $opt->{in} // '');
	my $pid = $self->child({ %{ $opt->{env} // {} } }, "$base.in",
	    "$base.out", "$base.err", @command);
	wait_for { waitpid($pid, WNOHANG) == $pid and defined($status = $?) }
	    $opt->{timeout} // 120
	    or do { kill 'KILL', $pid; waitpid $pid, 0; $status = 9 };
	my %r = (status => $status >> 8, signal => $status & 127,
	    out => slurp("$base.out"), err => slurp("$base.err"));
	push @{ $self->{faults} }, "$command[0]: $r{err}"
	    if $r{err} =~ /ERROR: \w+Sanitizer|runtime error:|Assertion/;
	return \%r;
}

sub
child
{
	my ($self, $env, $in, $out, $err, @command) = @_;
	my $pid = fork // die "fork: $!\n";

	return $pid if $pid;
	local $SIG{__DIE__};
	%ENV = (%ENV, %{ $self->{env} }, %$env);
	if (ref $in) {
		dup2(fileno($in), 0);
	} else {
		open(STDIN, '<', $in) or POSIX::_exit(126);
	}
	open(STDOUT, '>>', $out) or POSIX::_exit(126);
	open(STDERR, '>>', $err) or POSIX::_exit(126);
	{ no warnings 'exec'; exec { $command[0] } @command; }
	print STDERR "$command[0]: $!\n";
	POSIX::_exit(127);
}

sub
store_init
{
	my ($self) = @_;

	$self->{login} = 'owner@example.com';
	my $r = $self->cli('init', '--name', 'Owner', '--email',
	    $self->{login}, '--json');
	$self->fail_start("init: $r->{status}: $r->{err}") if $r->{status};
	$self->{password} = json($r->{out})->{password};
	$r = $self->cli(qw(token add --name test --owner --json));
	$self->fail_start("token: $r->{status}: $r->{err}") if $r->{status};
	$self->{token} = json($r->{out})->{token};
}

sub
pool_listen
{
	my ($self, $pool) = @_;

	$self->{socket}{$pool} = IO::Socket::UNIX->new(Listen => 4096,
	    Local => "$self->{dir}/run/$pool.sock") or die "$pool: $!\n";
}

sub
worker_start
{
	my ($self, $pool) = @_;
	my $threads = $pool eq 'api' ? $self->{threads} : $self->{export_threads};
	my @command = $self->{worker} ? @{ $self->{worker} }
	    : ($self->program('rapportd'), '--store', $self->{store},
		'--pool', $pool, '--threads', $threads);
	my $log = "$self->{dir}/logs/$pool.log";

	$self->{asked}{$pool} = 0;
	$self->{pid}{$pool} = $self->child({}, $self->{socket}{$pool}, $log,
	    $log, @command);
}

# Ends a worker with a signal and waits; answers its wait status.  One asked
# before it could listen to signals dies of the signal (15): it had no work.
sub
worker_stop
{
	my ($self, $pool, $signal) = @_;
	my $pid = delete $self->{pid}{$pool} or return;
	my $status;

	kill $signal // 'TERM', $pid;
	# nginx gives clients that hold on 30 s (worker_shutdown_timeout).
	wait_for { waitpid($pid, WNOHANG) == $pid and defined($status = $?) } 45
	    or do {
		push @{ $self->{faults} }, "$pool: still there after 45 s";
		kill 'KILL', $pid;
		waitpid $pid, 0;
		return 9;
	    };
	push @{ $self->{faults} }, "$pool: ended with status $status"
	    if $status && $status != 15 && ($signal // 'TERM') ne 'KILL';
	return $status;
}

sub
worker_restart
{
	my ($self, $pool, $signal) = @_;

	$self->worker_stop($pool, $signal);
	$self->worker_start($pool);
}

sub
nginx_start
{
	my ($self) = @_;
	my $dir = $self->{dir};
	my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
	    Listen => 1024, ReuseAddr => 1) or die "listen: $!\n";

	fcntl($listen, F_SETFD, 0);
	# nginx takes an inherited socket as it is: blocking, the worker that
	# comes second to a connection would wait in accept and serve nobody.
	$listen->blocking(0);
	$self->{port} = $listen->sockport;
	$self->{url} = "http://127.0.0.1:$self->{port}";
	system(tree('nginx/expand'), "$dir/etc",
	    "LISTEN=127.0.0.1:$self->{port}" . ($self->{cert} ? ' ssl http2' : ''),
	    ($self->{cert} ? ("CERT=$self->{cert}", "KEY=$self->{key}") : ()),
	    'STATIC=' . $self->static,
	    "RUN=$dir/run", "ETC=$dir/etc", "LOGS=$dir/logs",
	    "TEMP=$dir/temp", "LOGIN=$self->{login_rate}",
	    'USER=' . ($> ? '' : 'user root;')) == 0
	    or die "nginx/expand failed\n";
	$self->{pid}{nginx} = $self->child({ NGINX => fileno($listen) . ';' },
	    '/dev/null', "$dir/logs/nginx.out", "$dir/logs/nginx.out",
	    $self->nginx_program, '-p', $dir, '-c', "$dir/etc/nginx.conf",
	    '-e', "$dir/logs/error.log", '-g', 'daemon off;');
	wait_for { -s "$dir/run/nginx.pid" || $self->gone('nginx') } 20;
	$self->fail_start('nginx did not start') if !-s "$dir/run/nginx.pid";
}

sub static { my ($self) = @_; return $self->{static} // tree('static') }

sub
nginx_program
{
	for (split(/:/, $ENV{PATH} // ''), '/usr/sbin', '/usr/local/sbin') {
		return "$_/nginx" if -x "$_/nginx";
	}
	die "nginx is not installed\n";
}

sub
gone
{
	my ($self, $what) = @_;

	return 0 if waitpid($self->{pid}{$what}, WNOHANG) == 0;
	delete $self->{pid}{$what};
	return 1;
}

# Both pools answer through nginx.
sub
ready
{
	my ($self) = @_;

	return 1 if $self->{cert};	# connections queue until it is there
	return wait_for { $self->get('/readyz')->{status} == 200 } 60;
}

# ---- asking.  Answers HTTP::Tiny's hash, with {json} where the body is JSON.
# %o: headers {}, body (bytes), json (anything), token (0 for none, or one),
# timeout.

sub get { my ($s, $path, %o) = @_; return $s->request('GET', $path, %o) }

sub
post
{
	my ($self, $path, $value, %o) = @_;

	return $self->request('POST', $path, json => $value, %o);
}

sub
request
{
	my ($self, $method, $path, %o) = @_;
	my %h = %{ $o{headers} // {} };
	my $token = $o{token} // $self->{token};
	my $http = $self->{http}{ $o{timeout} // 60 } //= HTTP::Tiny->new(
	    timeout => $o{timeout} // 60, max_redirect => 0, keep_alive => 0,
	    agent => 'rapport-test');

	$h{Authorization} = "Bearer $token" if $token && !$h{Authorization};
	if (exists $o{json}) {
		$o{body} = json_any($o{json});
		$h{'Content-Type'} //= 'application/json';
	}
	my $r = $http->request($method, "$self->{url}$path", { headers => \%h,
	    (defined $o{body} ? (content => $o{body}) : ()),
	    ($o{sink} ? (data_callback => $o{sink}) : ()) });
	$r->{body} = $r->{content} // '';
	if (($r->{headers}{'content-type'} // '') =~ m{^application/(problem\+)?json}
	    && length $r->{body}) {
		$r->{json} = eval { json($r->{body}) };
	}
	return $r;
}

sub json_any { return ref $_[0] ? json($_[0]) : $codec->encode($_[0]) }

# Bytes as they are to the port, and what comes back until the other side
# closes or the time is over.
sub
raw
{
	my ($self, $bytes, %o) = @_;
	my $s = $self->connect;
	my $end = time + ($o{timeout} // 20);
	my $got = '';

	local $SIG{PIPE} = 'IGNORE';
	syswrite $s, $bytes;
	shutdown $s, 1 if $o{half_close};
	while (time < $end) {
		my $r = '';
		vec($r, fileno($s), 1) = 1;
		next if select($r, undef, undef, 0.2) <= 0;
		my $n = sysread $s, $got, 65536, length $got;
		last if !$n && !($!{EINTR} && !defined $n);
		last if $o{until} && $got =~ $o{until};
	}
	return $got;
}

sub
connect
{
	my ($self) = @_;

	return IO::Socket::INET->new(PeerAddr => '127.0.0.1',
	    PeerPort => $self->{port}, Timeout => 10)
	    // die "connect: $!\n";
}

# ---- the end

sub
stop
{
	my ($self) = @_;

	return if $self->{stopped}++;
	$self->worker_stop('nginx', 'QUIT') if $self->{pid}{nginx};
	$self->worker_stop($_) for grep { $self->{pid}{$_} } qw(api export);
	for my $log (glob("$self->{dir}/logs/{api,export}.log")) {
		push @{ $self->{faults} }, map { "$log: $_" } worker_faults(slurp($log));
	}
}

# What in a worker's log is never right.
sub
worker_faults
{
	return grep { /ERROR: \w+Sanitizer|runtime error:|Assertion .* failed|^rapportd?: .*assert/ }
	    split /\n/, $_[0];
}

sub
nginx_faults
{
	return grep { / \[(alert|crit|emerg)\] / } split /\n/, $_[0];
}

# Allows what a test provokes on purpose, by pattern.
sub allow { my ($self, @patterns) = @_; push @{ $self->{allowed} }, @patterns }

sub
unexpected
{
	my ($self, @lines) = @_;

	for my $p (@{ $self->{allowed} // [] }) {
		@lines = grep { $_ !~ $p } @lines;
	}
	return join "\n", @lines;
}

sub
done_testing
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;

	$_->stop for @running;
	for my $self (@running) {
		Test::More::is($self->unexpected(nginx_faults(
		    slurp("$self->{dir}/logs/error.log"))), '',
		    'nothing alarming stands in the log of nginx');
		Test::More::is($self->unexpected(@{ $self->{faults} }), '',
		    'the workers ended well, without a sanitizer or assertion');
	}
	Test::More::done_testing(@_);
}

END {
	my $status = $?;

	if ($$ == $owner) {
		$_->stop for @running;
		Test::More::diag("kept: $_") for $keep ? @folders : ();
	}
	$? = $status;
}

1;
