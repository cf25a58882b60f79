# SPDX-License-Identifier: AGPL-3.0-or-later
# A request sent again under its Idempotency-Key is not done again: it gets the
# first answer.  Many at once make one; a worker that is killed between act and
# answer, again and again, makes none twice and loses none.  The control sends
# the same without a key, and it is done as often as it is sent.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;
use POSIX qw(WNOHANG);
use Time::HiRes qw(time);

my $seed = $ENV{RAPPORT_SEED} // int(time * 1000) % 1_000_000;
srand $seed;
note "RAPPORT_SEED=$seed";
my $r = Rapport::Test->start(threads => 16);
sub ask { my ($path, $in, $key, %o) = @_;
	return $r->post("/api/v1/$path", $in, headers => { 'Idempotency-Key' => $key }, %o) }
sub names { return map { $_->{name} } @{ $r->get('/api/v1/segments?limit=500')->{json}{segments} } }

# twice
my $first = ask('segments', { name => 'One' }, 'k1');
is $first->{status}, 201, 'a segment' or diag $first->{body};
my $again = ask('segments', { name => 'One' }, 'k1');
is $again->{status}, 201, 'asked for again';
is $again->{body}, $first->{body}, 'the first answer comes back, to the byte';
is $again->{headers}{'idempotency-replayed'}, 'true', 'and says that it is it';
is $first->{headers}{'idempotency-replayed'}, undef, 'which the first does not';
is_deeply [names()], ['One'], 'there is one segment';
is $r->post('/api/v1/segments', { name => 'One' })->{status}, 409, 'without the key it is a conflict';
is ask('segments', { name => 'One' }, 'k0')->{status}, 409, 'and with another one';

my @jobs = map { ask('bulk', { f => {}, action => 'ban' }, 'k5') } 1 .. 2;
is_deeply [map { $_->{status} . $_->{headers}{location} } @jobs], [('202/api/v1/jobs/1') x 2],
    'status and headers, too';
is $r->get('/api/v1/jobs')->{json}{total}, 1, 'a job that is there once';

# something else under the key, somebody else's key
my $other = ask('segments', { name => 'Two' }, 'k1');
is $other->{status}, 422, 'another body under the key is refused';
is $other->{json}{path}, 'Idempotency-Key', 'by name';
is ask('segments?tz=UTC', { name => 'One' }, 'k1')->{status}, 422, 'another address, too';
my $token = $r->post('/api/v1/tokens', { name => 'x', role => 'Owner' })->{json}{token};
is ask('segments', { name => 'Two' }, 'k1', token => $token)->{status}, 201, 'keys are one\'s own';

# what failed was not done, so it may be asked again
is ask('segments', { name => 'Two' }, 'k2')->{status}, 409, 'one that fails';
$r->request('DELETE', '/api/v1/segments/2', json => {});
is ask('segments', { name => 'Two' }, 'k2')->{status}, 201, 'may be asked again under its key';

# keys that are none, addresses that take none
is ask('segments', { name => 'Z' }, $_)->{status}, 422, 'no key: ' . substr $_, 0, 10
    for 'a b', 'x' x 256;
is ask('segments', { name => 'Long' }, 'x' x 255)->{status}, 201, 'the longest';
is ask('events', [], 'k9')->{status}, 422, 'events have ids instead';
is ask('users/count', { filters => [{}] }, 'k9')->{status}, 200, 'what only reads passes it over';

# every address that takes one keeps its word
my %paths = %{ $r->get('/api/v1/openapi.json')->{json}{paths} };
my @takes = sort grep {
	my $op = $paths{$_}{post};
	$op && grep { $_->{name} eq 'Idempotency-Key' } @{ $op->{parameters} };
} keys %paths;
ok @takes >= 9, 'many do: ' . scalar @takes;
is_deeply [grep { !/^(events|login|logout|me.password|exports|exports.preview|exports..id..cancel|users.count|users..id..archive|segments..id..import|shared..token..users)$/ } map { s{^/api/v1/}{}r }
    grep { my $p = $_; $paths{$p}{post} && !grep { $_ eq $p } @takes } sort keys %paths], [],
    'every address that makes or changes something does';

# secrets are shown once and kept nowhere
my $made = ask('tokens', { name => 'secret', scopes => ['users.read'] }, 'k3');
is $made->{status}, 201, 'a token';
my $gone = ask('tokens', { name => 'secret', scopes => ['users.read'] }, 'k3');
is $gone->{status}, 409, 'is not shown again';
like $gone->{json}{detail}, qr/it was done \(token $made->{json}{id}\).*shown once/, 'but named';
is scalar(grep { $_->{name} eq 'secret' } @{ $r->get('/api/v1/tokens')->{json}{tokens} }), 1,
    'and not made again';
my $bytes = slurp("$r->{store}/data.mdb");
ok length($bytes) > 65536, 'the store, as it lies on the disk';
is index($bytes, $made->{json}{token}), -1, 'does not hold it';
isnt index($bytes, $first->{body}), -1, 'as it does what else was answered';

# many at once
my @kids;
for my $n (1 .. 12) {
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		my $a = ask('segments', { name => 'Crowd' }, 'k4');
		spew("$r->{dir}/crowd-$n", "$a->{status} $a->{body}");
		POSIX::_exit(0);
	}
	push @kids, $pid;
}
ok wait_for { @kids = grep { waitpid($_, WNOHANG) == 0 } @kids; !@kids }, 'twelve at once';
my %said;
$said{ slurp("$r->{dir}/crowd-$_") =~ s/"requestId":"\w+"//r }++ for 1 .. 12;
is scalar(grep { /^201 / } keys %said), 1, 'one answer to those who got one';
is scalar(grep { !/^(201|409) / } keys %said), 0, 'a conflict to the others';
is scalar(grep { $_ eq 'Crowd' } names()), 1, 'one segment';
is ask('segments', { name => 'Crowd' }, 'k4')->{status}, 201, 'and later its answer to everybody';

# killed again and again
my $n = $ENV{RAPPORT_QUICK} ? 20 : 60;
my ($lost, @odd) = (0);
for my $i (1 .. $n) {
	my ($key, $in) = ("kill-$i", { name => "K$i" });
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		ask('segments', $in, $key);
		POSIX::_exit(0);
	}
	select undef, undef, undef, rand 0.012;
	$r->worker_restart('api', 'KILL');
	waitpid $pid, 0;
	$r->ready or die "the worker did not come back\n";
	my $a = ask('segments', $in, $key);
	if ($a->{status} == 409 && $a->{json}{detail} =~ /it was done \(segment \d+/) {
		$lost++;
		next;
	}
	push @odd, "$a->{status} $a->{body}" if $a->{status} != 201;
}
is join("\n", @odd), '', "$n asked for under fire, each is done or says that it was ($lost)";
is_deeply [sort grep { /^K\d/ } names()], [sort map { "K$_" } 1 .. $n], 'each is there, once';
is $r->cli('check')->{status}, 0, 'and the store is whole';
done_testing;
