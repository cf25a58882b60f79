# SPDX-License-Identifier: AGPL-3.0-or-later
# nginx/up and nginx/down on a whole separate instance: twice is harmless, what
# it prints lets one in, a dead worker comes back, an upgrade loses nothing, and
# down ends what up started and nothing else.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;
use IO::Socket::INET ();

plan skip_all => 'it runs what is in build/ itself' if build_dir() ne tree('build');

# Not started: only for running programs and asking.
my $r = bless { dir => tempdir(), env => {}, faults => [], pid => {} }, 'Rapport::Test';
my $dir = tempdir() . '/side-by-side';
my $port = free_port();

sub
free_port
{
	my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1) or die "port: $!\n";

	return $s->sockport;
}

sub up { return $r->run_program({ timeout => 600 }, tree('nginx/up'), '--no-install', @_) }
sub down { return $r->run_program({}, tree('nginx/down'), '--dir', $_[0]) }

# The processes whose words name the instance: { pid => words }.
sub
processes
{
	my %found;

	for my $path (glob('/proc/[0-9]*/cmdline')) {
		(my $words = slurp($path)) =~ tr/\0/ /;
		my ($pid) = $path =~ /(\d+)/;
		$found{$pid} = $words if index($words, $dir) >= 0 && $words !~ m{nginx/(up|down)};
	}
	return \%found;
}

sub worker_of { my $p = processes(); return (grep { $p->{$_} =~ m{^\Q$dir\E/app/bin/rapportd .*--pool $_[0]\b} } keys %$p)[0] }

my $a = up('--dir', $dir, '--port', $port, '--empty', '--json');
is $a->{status}, 0, 'up answers' or diag $a->{err};
is(($a->{out} =~ tr/\n//), 1, 'with exactly one line');
my $said = eval { json($a->{out}) } // {};
is_deeply [sort keys %$said], [qw(login password token url)], 'of four members';
is $said->{url}, "http://127.0.0.1:$port", 'that says where';
$r->{url} = $said->{url};
$r->{token} = $said->{token};
is $r->get('/api/v1/users')->{json}{total}, 0, 'the token works and the store is empty';
is $r->post('/api/v1/tokens', { name => 'x', scopes => ['users.read'] })->{status}, 201,
    'the token is an Owner\'s';
my $in = $r->post('/api/v1/login', { login => $said->{login}, password => $said->{password} },
    token => 0, headers => { Origin => $said->{url}, 'Sec-Fetch-Site' => 'same-origin' });
is $in->{status}, 200, 'the password lets its manager in' or diag $in->{content};
is $r->get('/', token => 0)->{status}, 200, 'the panel is served';
like $r->get('/', token => 0)->{headers}{'content-security-policy'}, qr/'sha256-/,
    'and its one inline script is named';
my @modes = map { sprintf '%03o', (stat "$dir/$_")[2] & 0777 } 'store', 'instance.json';
is_deeply \@modes, ['700', '600'], 'nobody else reads the store or the log-in';

my $before = processes();
my $b = up('--dir', $dir, '--port', $port, '--empty', '--json');
is $b->{status}, 0, 'up again answers';
is $b->{out}, $a->{out}, 'the same';
is_deeply [sort keys %{ processes() }], [sort keys %$before], 'and started and ended nothing';
$b = up('--dir', $dir);
like $b->{out}, qr{^Rapport is up at \Q$said->{url}\E/$}m, 'without words it knows its port';
unlike $b->{out}, qr/\Q$said->{password}\E/, 'and shows the password no more';

my $other = up('--dir', tempdir() . '/x', '--port', $port, '--empty');
isnt $other->{status}, 0, 'another instance cannot have the same port';
like $other->{err}, qr/port $port is taken/, 'and says so';
$other = up('--port', '80x');
isnt $other->{status}, 0, 'a port is a number';

# A worker that dies is back before anybody asks.
my $dead = worker_of('api');
kill 'KILL', $dead;
ok wait_for(sub { my $p = worker_of('api'); $p && $p != $dead }), 'a killed worker comes back';
ok wait_for(sub { $r->get('/readyz')->{status} == 200 }), 'and serves';

# An upgrade: other bytes in the place of the program.
$r->post('/api/v1/events', { type => 'user', id => '1', userId => 'u', at => '2026-01-01T00:00:00Z' });
my ($old, $oldexport) = (worker_of('api'), worker_of('export'));
spew("$dir/app/new", slurp("$dir/app/bin/rapportd") . 'x');
chmod 0755, "$dir/app/new" and rename "$dir/app/new", "$dir/app/bin/rapportd" or die "rename: $!\n";
$b = up('--dir', $dir, '--json');
is $b->{status}, 0, 'up over another program';
ok wait_for(sub { my $p = worker_of('api'); $p && $p != $old }), 'replaces the worker';
ok wait_for(sub { my $p = worker_of('export'); $p && $p != $oldexport }), 'of each pool';
is $r->get('/api/v1/users')->{json}{total}, 1, 'and keeps the store';

# An upgrade from a build that kept the store in another form.
system build_dir() . '/t/lib/agebox', "$dir/store";
is $r->get('/api/v1/users')->{status}, 503, 'a store of an earlier build is not answered from';
$b = up('--dir', $dir, '--json');
is $b->{status}, 0, 'up over it';
like $b->{err}, qr/^bringing the store up to date: counters$/m, 'says what it does';
is $r->get('/api/v1/users')->{json}{total}, 1, 'and it is answered from again';

my $d = down($dir);
is $d->{status}, 0, 'down answers';
is_deeply processes(), {}, 'when everything has ended';
is $r->get('/healthz')->{status}, 599, 'and nobody listens';
is down($dir)->{status}, 0, 'down again is harmless';
ok -s "$dir/store/data.mdb", 'the store stays';
my $log = slurp("$dir/logs/api.log") . slurp("$dir/logs/export.log") . slurp("$dir/logs/error.log");
unlike $log, qr/Sanitizer|Assertion|\[(alert|crit|emerg)\]/, 'nothing alarming in the logs';

done_testing;

# Whatever happened, what was started is ended.
END { my $status = $?; down($dir) if $dir && -d $dir; $? = $status }
