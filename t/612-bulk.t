# SPDX-License-Identifier: AGPL-3.0-or-later
# rapport bulk: counted, done to its end without a worker, refused as the
# interface refuses, and called off by an interrupt in the middle.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;
use POSIX qw(WNOHANG);

my $n = 30_000;
my $r = Rapport::Test->start(workers => 0);
spew("$r->{dir}/people", join '', map {
	qq({"type":"user","userId":"u$_","at":"2026-01-05T09:00:00Z","attributes":{"score":$_}}\n)
} 1 .. $n);
is $r->cli('import', "$r->{dir}/people")->{status}, 0, 'some people';
sub count { my ($f) = @_; my $a = $r->cli(qw(users --count --filter), json($f)); return $a->{out} + 0 }
sub bulk { my ($action, @o) = @_; return $r->cli('bulk', '--json', @o, $action) }

my $a = bulk('ban', '--filter', '["score","<=",10]', '--dry-run');
is_deeply json($a->{out}), { count => 10, sentence => "score \x{2264} 10" }, 'a dry run counts'
    or diag $a->{err};
is count(['banned', 'isTrue']), 0, 'and does nothing';
$a = json(bulk('ban', '--filter', '["score","<=",10]', '--expect', 10)->{out});
is_deeply [@$a{qw(action state total done changed)}], ['ban', 'done', 10, 10, 10], 'done to its end';
is count(['banned', 'isTrue']), 10, 'as a filter finds it';
is bulk('ban', '--filter', '["score","<=",10]', '--expect', 9)->{status}, 75, 'others than expected';
$a = bulk('delete', '--filter', '["score","<=",10]');
is $a->{status}, 65, 'a deletion says how many';
like json($a->{err})->{path}, qr/^expect$/, 'by --expect';
is count(['score', '<=', 10]), 10, 'and nobody is gone';
is bulk('dance', '--filter', '{}')->{status}, 64, 'an unknown action';
is bulk('ban')->{status}, 64, 'nobody named is not everybody';
is bulk('ban', '--filter', '["nosuch","is","x"]')->{status}, 65, 'a filter that cannot run';
is bulk('setAttribute', '--filter', '{}', '--attribute', 'score', '--value', '"x"')->{status}, 65, 'a misfit';

# an interrupt, of what takes longest
my ($status, $job);
my $pid = $r->child({}, '/dev/null', "$r->{dir}/out", "$r->{dir}/err", $r->program('rapport'),
    '--store', $r->{store}, 'bulk', '--json', '--filter', '{}', '--expect', $n, 'delete');
ok wait_for(sub { count({}) < $n }), 'a long one begins';
kill 'INT', $pid;
ok wait_for(sub { waitpid($pid, WNOHANG) == $pid and defined($status = $?) }, 60), 'and ends';
is $status >> 8, 75, 'as cancelled' or diag slurp("$r->{dir}/err");
$job = json(slurp("$r->{dir}/out"));
is $job->{state}, 'cancelled', 'which it says';
cmp_ok $job->{changed}, '<', $n, 'in the middle';
is count({}), $n - $job->{changed}, 'with as many gone as it says';
is $r->cli('check')->{status}, 0, 'and the store is whole';
done_testing;
