# SPDX-License-Identifier: AGPL-3.0-or-later
# A worker is killed in the middle of a bulk action: another goes on with it,
# and at the end everybody who was meant was touched once and nobody else.  One
# that is called off stops where it says it did, and one that is asked to end
# ends after its slice and leaves the rest to the others.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $n = 30_000;
my $r = Rapport::Test->start;
spew("$r->{dir}/people", join '', map {
	qq({"type":"user","userId":"u$_","at":"2026-01-05T09:00:00Z","attributes":{"score":$_}}\n)
} 1 .. $n);
is $r->cli('import', "$r->{dir}/people")->{status}, 0, 'some people';
sub count { my ($f) = @_; return $r->cli(qw(users --count --filter), json($f))->{out} + 0 }
sub job { my ($id) = @_; return $r->get("/api/v1/jobs/$id")->{json} }
sub bulk { my ($in) = @_; return $r->post('/api/v1/bulk', $in)->{json}{id} }
sub midway { my ($id) = @_; return wait_for { my $j = job($id); $j->{done} > 0 && $j->{done} < $j->{total} } }

# killed, and taken over by another process
my $log = "$r->{dir}/logs/other.log";
my $other = $r->child({}, '/dev/null', $log, $log, $r->program('rapportd'), '--store', $r->{store},
    '--socket', "$r->{dir}/run/other.sock");
ok wait_for { -S "$r->{dir}/run/other.sock" }, 'a second worker';
my $id = bulk({ f => ['score', '>', 1000], action => 'setAttribute', attribute => 'default_city',
	value => 'Ulm' });
ok midway($id), 'a job is under way';
$r->worker_stop('api', 'KILL');
my $then = count(['default_city', 'is', 'Ulm']);
cmp_ok $then, '<', $n - 1000, "and its worker killed after $then";
ok wait_for(sub { count(['default_city', 'is', 'Ulm']) == $n - 1000 }, 60), 'the other one goes on to the end';
is count({ all => [['default_city', 'isSet'], ['score', '<=', 1000]] }), 0, 'and touches nobody else';
kill 'TERM', $other;
waitpid $other, 0;
is $?, 0, 'it ends well';
$r->worker_start('api');
$r->ready or die "the worker did not come back\n";
my $j = job($id);
is_deeply [@$j{qw(state total done changed refused)}], ['done', ($n - 1000) x 3, 0],
    'each was counted once';

# asked to end, and begun anew
$id = bulk({ f => ['score', '>', 20_000], action => 'delete', expect => $n - 20_000 });
ok midway($id), 'a deletion is under way';
$r->worker_restart('api');
ok wait_for(sub { (job($id) // {})->{state} eq 'done' }, 60), 'a new worker ends it, without waiting for a lease';
is job($id)->{changed}, $n - 20_000, 'all are erased';
is count({}), 20_000, 'and nobody else';

# called off
$id = bulk({ f => {}, action => 'setAttribute', attribute => 'default_city', value => 'Bern' });
ok midway($id), 'another one';
$j = $r->post("/api/v1/jobs/$id/cancel", {})->{json};
is $j->{state}, 'cancelled', 'is called off';
is count(['default_city', 'is', 'Bern']), $j->{changed}, 'with as many changed as it says';
cmp_ok $j->{changed}, '<', 20_000, 'not all';
ok !wait_for(sub { count(['default_city', 'is', 'Bern']) != $j->{changed} }, 1), 'and no more after it';
is $r->cli('check')->{status}, 0, 'every index agrees with the records';
done_testing;
