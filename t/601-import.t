#!/usr/bin/perl
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# rapport import: files and standard input, trials, rejects, bulk, and being
# killed in the middle.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = bless { dir => tempdir(), env => {} }, 'Rapport::Test';
my $got;

sub user { return json({ type => 'user', id => "e$_[0]", userId => "u$_[0]",
    at => 1700000000, attributes => { city => 'C' . $_[0] % 10 } }) . "\n" }
sub fresh { $r->{store} = "$r->{dir}/" . shift; $r->cli(qw(init --name A --email a@shop.example)) }
sub people { my $x = $r->cli('users', '--count'); return $x->{status} ? $x->{err} : $x->{out} + 0 }

sub
import
{
	$got = $r->cli(ref $_[0] ? shift : {}, 'import', '--json', @_);
	return $got->{out} ? json($got->{out}) : {};
}

sub
counts
{
	my ($x, $want, $what) = @_;

	is join('/', map { $x->{$_} // '-' } qw(accepted duplicates refused)),
	    $want, $what or diag $got->{err};
}

my $good = join '', map { user($_) } 1 .. 30;
my ($a, $b) = map { "$r->{dir}/$_.ndjson" } qw(a b);

fresh('one');
spew($a, $good);
spew($b, join '', map { user($_) } 25 .. 40);
counts import('--dry-run', $a), '30/0/0', 'a trial counts';
is people(), 0, 'and keeps nothing';
counts import($a, $b), '40/6/0', 'two files';
is people(), 40, 'are taken';
counts import({ in => '[' . join(',', map { user($_) =~ s/\n//r } 40 .. 42) . ']' }, '-'),
    '2/1/0', 'a list on standard input';
counts import({ in => JSON::PP->new->pretty->encode({ type => 'user', userId => 'p' }) }, '-'),
    '1/0/0', 'one object over lines';

# What is refused
my $rejects = "$r->{dir}/rejects";
my $bad = qq({"type":"user","userId":"x","colour":"red"}\n);

spew($a, user(50) . $bad . user(51) . "{oops\n" . qq({"type":"user","userId":"\xff"}\n));
counts import('--rejects', $rejects, $a), '2/0/3', 'three are refused';
is $got->{status}, 65, 'which is the exit status';
my @rejects = map { json($_) } split /\n/, slurp($rejects);
is join(' ', map { "$_->{line}:$_->{field}" } @rejects), '2:colour 4:column 3 5:column 26',
    'line and field of each are in the rejects';
is $rejects[0]{event} . "\n", $bad, 'with the event as it came';
like $rejects[0]{detail}, qr/no such field/, 'and the reason';
$got = $r->cli('import', $a);
like $got->{err}, qr/^\Q$a\E:2: colour: /m, 'on the terminal as well';
is $got->{status}, 65, 'also when asked for plain text';
is $r->cli('import', "$r->{dir}/nothing")->{status}, 66, 'a file that is not there';
is $r->cli('import', '--format', 'xml', $a)->{status}, 64, 'a format there is not';
like $r->cli('import', 'x.gz')->{err}, qr/zcat/, 'packed files: how to';
is $r->cli('check')->{status}, 0, 'check finds nothing';

# Consent and validity are never of the moment an import runs.
fresh('dated');
my @contact = ({ type => 'consent', userId => 'c', state => 'in' },
    { type => 'validity', userId => 'c', valid => \0 });
counts import({ in => join("\n", map { json($_) } @contact) }, '--rejects', $rejects, '-'), '0/0/2',
    'consent and validity without an instant are refused';
is join(' ', map { json($_)->{field} } split /\n/, slurp($rejects)), 'at at', 'for want of it';
is people(), 0, 'and make nobody';
counts import({ in => join("\n", map { json({ %$_, at => '2026-01-05T09:00:00Z' }) } @contact) }, '-'),
    '2/0/0', 'with one they are taken';

# In bulk
spew($a, $good);
is $r->cli('import', '--bulk', $a)->{status}, 73, 'bulk is not for a store with people';
fresh('two');
counts import('--bulk', $a), '30/0/0', 'into a store with an Owner only';
is people(), 30, 'they are there';
is $r->cli('check')->{status}, 0, 'and in the index';
$r->{store} = "$r->{dir}/three";
counts import('--bulk', $a), '30/0/0', 'into no store at all';
is $r->cli(qw(init --name A --email a@shop.example))->{status}, 0, 'which then is given an Owner';
is people(), 30, 'and keeps its people';

# Killed in the middle, run again: all are there, once.
fresh('four');
spew($a, join '', map { user($_) } 1 .. 60000);
for my $run (1 .. 3) {
	my $pid = $r->child({}, $a, "$r->{dir}/out", "$r->{dir}/err",
	    $r->program('rapport'), '--store', $r->{store}, 'import', '-');

	wait_for { (people() || 0) > ($run - 1) * 10000 } 60;
	kill 'KILL', $pid;
	waitpid $pid, 0;
}
ok people() >= 1, 'a killed import kept what it had written: ' . people();
import($a);
is people(), 60000, 'run again, everybody is there once';
is $r->cli('check')->{status}, 0, 'check finds nothing';

done_testing;
