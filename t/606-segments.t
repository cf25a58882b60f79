#!/usr/bin/perl
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# rapport segment: made, filled, combined, frozen, deleted; CSV in with a dry
# run and rejects that can be mended; what was exported can be imported; an
# import that was killed is gone on with by running it again.

use strict;
use utf8;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use POSIX qw(WNOHANG);
use Rapport::Test;

sub
store
{
	my $r = bless { dir => tempdir(), env => {} }, 'Rapport::Test';

	$r->{store} = "$r->{dir}/store";
	$r->cli(qw(init --name A --email a@shop.example));
	return $r;
}
my $r = store();
is $r->cli({ in => join("\n", map { json({ type => 'user', userId => "u$_", at => 1700000000,
	attributes => { name => "N $_", score => $_ } }) } 1 .. 30) }, 'import', '-')->{status}, 0, 'people';

sub
say_json
{
	my @args = map { my $s = $_; utf8::encode($s) if utf8::is_utf8($s); $s } @_;
	my $got = $r->cli('segment', @args, '--json');

	return length $got->{out} ? json($got->{out}) : {} if !$got->{status};
	my $fault = eval { json($got->{err}) } // { err => $got->{err} };
	return { %$fault, status => $got->{status} };
}
sub size { return say_json('show', $_[0])->{size} }

is say_json('create', '--name', 'Łódź', '--description', 'd')->{kind}, 'static', 'a static one';
is_deeply say_json('add', 'Łódź', 'u1', 'u2', 'u3'), { added => 3, removed => 0, size => 3 }, 'users in';
is_deeply say_json('remove', 'Łódź', 'u2', 'u9'), { added => 0, removed => 1, size => 2 }, 'and out';
is say_json('add', 'Łódź', '--filter', '["score",">",25]')->{added}, 5, 'by a filter';
is say_json('add', 'Łódź', 'nobody')->{path}, '/add/0', 'nobody is named';
is say_json('add', 'Łódź')->{status}, 64, 'who?';
my $d = say_json('create', '--name', 'High', '--filter', '["score",">=",20]');
is_deeply [@$d{qw(kind size sentence)}], ['dynamic', 11, 'score ≥ 20'], 'a dynamic one';
is say_json('combine', 'intersection', 'High', 'Łódź', '--name', 'Both')->{size}, 5, 'combined';
is say_json('combine', 'union', 'High', $d->{id}, '--name', 'Same')->{size}, 11, 'by name or id';
is say_json('combine', 'difference', 'High', 'Łódź', '--name', 'Rest')->{size}, 6, 'one less another';
is say_json('combine', 'xor', 'High', 'Łódź', '--name', 'No')->{status}, 64, 'no other way';
is say_json('create', '--name', 'Of High', '--filter', '["segment","hasAny","High"]')->{size}, 11, 'of another';
like say_json('delete', 'High')->{detail}, qr/Of High/, 'what is needed stays';
is say_json('freeze', 'High')->{kind}, 'static', 'frozen';
$r->cli({ in => json({ type => 'user', userId => 'u1', attributes => { score => 99 } }) }, 'import', '-');
is_deeply [size('High'), size('Of High')], [11, 11], 'and stays so';
is $r->cli('segment', 'delete', 'Of High')->{status}, 0, 'deleted';
is say_json('show', 'Of High')->{status}, 66, 'gone';
is_deeply [map { $_->{name} } @{ say_json('list')->{segments} }], ['Both', 'High', 'Rest', 'Same', 'Łódź'], 'the list';
my $list = $r->cli('segment', 'list');
is scalar(my @lines = split /\n/, $list->{out}), 5, 'in words a line each';

# CSV
spew("$r->{dir}/a.csv", "userId,score,city\r\nu1,5,Lima\r\nu40,many,Rome\r\nu41,7,Rome\r\nu41,8,Rome\r\n");
my @import = ('segment', 'import', "$r->{dir}/a.csv", '--segment', 'Rest', '--json');
my $dry = $r->cli(@import, '--dry-run');
is $dry->{status}, 65, 'a dry run says that rows are refused';
my $counts = sub { my $j = json($_[0]{out}); return { map { $_ => $j->{$_} } qw(rows created updated unchanged refusedCount added already) } };
my $want = { rows => 4, created => 1, updated => 1, unchanged => 0, refusedCount => 2, added => 2, already => 0 };
is_deeply $counts->($dry), $want, 'and how many';
is size('Rest'), 6, 'and keeps nothing';
my $real = $r->cli(@import, '--rejects', "$r->{dir}/rejects.csv");
is_deeply $counts->($real), $want, 'which then is so';
is size('Rest'), 8, 'the segment has grown';
is slurp("$r->{dir}/rejects.csv"), "userId,score,city\r\nu40,many,Rome\r\nu41,8,Rome\r\n",
    'the rejects are rows of a CSV again';
my $words = $r->cli(grep({ $_ ne '--json' } @import), '--dry-run');
like $words->{err}, qr/row 3: score: expected a value of type number/, 'told by row and column';
like $words->{out}, qr/^4 rows: 0 created, 0 updated, 2 unchanged, 2 refused\n0 added to the segment, 2 already in it\nnothing was kept$/m,
    'and in words';
is $r->cli('segment', 'import', "$r->{dir}/none.csv", '--segment', 'Rest')->{status}, 66, 'no such file';
is $r->cli('segment', 'import', "$r->{dir}/a.csv")->{status}, 64, 'no segment';
spew("$r->{dir}/m.csv", "E-Mail;Stadt;x\na\@b.example;K\xc3\xb6ln;1\n");
is $r->cli('import', '--format', 'csv', '--map', 'E-Mail=userId,Stadt=default_city,x=', "$r->{dir}/m.csv")->{status}, 0,
    'without a segment, and with a map';
like $r->cli('users', '--columns', 'userId,default_city', '--filter', '["userId","is","a@b.example"]')->{out},
    qr/a\@b\.example,K\xc3\xb6ln/, 'as mapped';
is $r->cli('import', '--map', 'a=b', "$r->{dir}/m.csv")->{status}, 64, 'a map is for CSV';

# export, then import into an empty store: the same people
my $columns = 'userId,default_name,default_email,default_phone,default_ip,banned,score,odd,tags,day,at';
my @odd = ("=1+1", "'=1", "''+a", "-2", "+49 30 123456", "a,b", "q\"q", "l1\nl2", " x ", "\ttab", 'é🙂', "x'");
my $tricky = join "\n", map { json({ type => 'user', userId => "x$_", at => 1700000000, attributes => {
	name => "T $_", odd => $odd[$_ % @odd], tags => ["t$_", 'b'], day => '2026-02-28', at => '2026-01-02T03:04:05.678Z',
	ip => "10.0.0.$_", phone => "+49 30 1000$_", $_ % 2 ? (email => "x$_\@example.org") : () } }) } 1 .. 24;
is $r->cli({ in => $tricky }, 'import', '-')->{status}, 0, 'values that are hard to write';
spew("$r->{dir}/pw", "correct horse battery\n");
sub
exported
{
	my ($r, $name) = @_;

	spew("$r->{dir}/pw", "correct horse battery\n");
	my $got = $r->cli(qw(export users --purpose test-of-the-export --sort userId --force --columns), $columns, '--password-file',
	    "$r->{dir}/pw", '--out', "$r->{dir}/$name.pgp");
	$got->{status} == 0 or return "export failed: $got->{err}";
	$r->cli('unlock', '--force', '--password-file', "$r->{dir}/pw", '-o', "$r->{dir}/$name.csv", "$r->{dir}/$name.pgp")
	    ->{status} == 0 or return 'unlock failed';
	return slurp("$r->{dir}/$name.csv");
}
my $first = exported($r, 'first');
cmp_ok length $first, '>', 2000, 'exported';
my $other = store();
my $types = '{"tags":"tags:set"}';
my $in = $other->cli('import', '--format', 'csv', '--map', $types, '--json', "$r->{dir}/first.csv");
is $in->{status}, 0, 'imported into an empty store' or diag $in->{err};
is exported($other, 'second'), $first, 'the same, byte for byte';
is $other->cli('check')->{status}, 0, 'and sound';

# killed on the way: run again, it is as if it had not been
my $n = 40_000;
my $big = join '', "userId,name,score\n", map { "k$_,Name $_," . ($_ * 7 % 1000) . "\n" } 1 .. $n;
my @at = map { store() } 1 .. 2;
for my $one (@at) {
	spew("$one->{dir}/big.csv", $big);
	$one->cli('segment', 'create', '--name', 'Big');
}
my @run = ('segment', 'import', 'FILE', '--segment', 'Big', '--json');
my $kills = 0;
for my $turn (1 .. 5) {
	my $pid = $at[0]->child({}, '/dev/null', "$at[0]{dir}/out", "$at[0]{dir}/err", $at[0]->program('rapport'),
	    '--store', $at[0]{store}, map { $_ eq 'FILE' ? "$at[0]{dir}/big.csv" : $_ } @run);
	my $before = json($at[0]->cli('users', '--count', '--json')->{out})->{total};
	# until it has written something more, then at once
	wait_for { return waitpid($pid, WNOHANG) == $pid
	    || json($at[0]->cli('users', '--count', '--json')->{out})->{total} > $before } 60;
	$kills += kill 'KILL', $pid;
	waitpid $pid, 0;
	last if json($at[0]->cli('users', '--count', '--json')->{out})->{total} == $n;
}
cmp_ok $kills, '>', 0, "killed $kills times";
for my $i (0, 1) {
	my $got = $at[$i]->cli(map { $_ eq 'FILE' ? "$at[$i]{dir}/big.csv" : $_ } @run);
	is $got->{status}, 0, 'run to its end' or diag $got->{err};
	my $j = json($got->{out});
	is $j->{created} + $j->{unchanged}, $n, 'each row is new or was there';
	is $j->{added} + $j->{already}, $n, 'and in the segment';
	is $at[$i]->cli('check')->{status}, 0, 'the store is sound';
}
$columns = 'userId,default_name,score,segment';
is exported($at[0], 'killed'), exported($at[1], 'whole'), 'the same store as without being killed';
done_testing;
