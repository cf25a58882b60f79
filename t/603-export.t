#!/usr/bin/perl
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# rapport export and unlock: the whole way of a list to a file and back, with
# every refusal its own exit status and nothing left behind.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = bless { dir => tempdir(), env => {} }, 'Rapport::Test';
my ($file, $pass, $wrong) = map { "$r->{dir}/$_" } qw(out.csv.pgp pass wrong);
my @people = map { {
	type => 'user', userId => "u$_", at => 1700000000 + $_,
	attributes => { name => "Person $_", plan => $_ % 2 ? 'free' : 'team' },
} } 1 .. 500;
my @why = ('--purpose', 'a test of the whole way');

$r->{store} = "$r->{dir}/store";
$r->cli(qw(init --name A --email a@shop.example));
$r->cli({ in => join("\n", map { json($_) } @people) }, 'import', '-');
spew($pass, "correct horse battery\n");
spew($wrong, "incorrect horse battery\n");

sub export_users { return $r->cli('export', 'users', '--out', $file, @_) }
sub unlock { return $r->cli('unlock', @_) }
sub left { return join ' ', map { s{.*/}{}r } grep { !/run-/ } glob("$r->{dir}/{o,p}*") }

for (
	[64, 'no purpose', ['--password-file', $pass]],
	[65, 'a purpose too short', ['--purpose', 'test', '--password-file', $pass]],
	[66, 'a password file that is not there', [@why, '--password-file', "$r->{dir}/no"]],
	[65, 'a filter that cannot run', [@why, '--password-file', $pass, '--filter', '["x","is",1]']],
	[65, 'a column there is not', [@why, '--password-file', $pass, '--columns', 'x']],
) {
	my ($status, $what, $args) = @$_;
	my $got = export_users(@$args);

	is $got->{status}, $status, "refused: $what" or diag $got->{err};
	ok !-e $file, '... without a file';
}
spew("$r->{dir}/short", "short\n");
is export_users(@why, '--password-file', "$r->{dir}/short")->{status}, 65,
    'refused: a password too short';
spew("$r->{dir}/common", "password1\n");
is export_users(@why, '--password-file', "$r->{dir}/common")->{status}, 65,
    'refused: one of the commonest';
for my $lock ('optional', 'always') {
	is $r->cli(qw(setting set), "exports.lock=$lock")->{status}, 0, "locked: $lock";
	spew("$r->{dir}/none", $lock eq 'always' ? '' : "\n");
	my $got = export_users(@why, '--password-file', "$r->{dir}/none");
	is $got->{status}, 65, 'refused: an empty password, which never means none';
	like $got->{err}, qr/password is empty/, '... and it says so';
	ok !-e $file, '... without a file';
}

my $done = export_users(@why, '--password-file', $pass, '--json', '--columns',
    'userId,default_name', '--sort', 'userId', '--filter', '["plan","is","team"]');
is $done->{status}, 0, 'export' or diag $done->{err};
is json($done->{out})->{rows}, 250, 'of half of them';
is sprintf('%o', (stat $file)[2] & 0777), '600', 'its owner\'s alone';
unlike slurp($file), qr/Person/, 'nothing can be read in it';
is export_users(@why, '--password-file', $pass)->{status}, 73,
    'a file that is there is not replaced';
is export_users(@why, '--password-file', $pass, '--force')->{status}, 0,
    'but with --force';
$done = export_users(@why, '--password-file', $pass, '--force', '--columns',
    'userId,default_name', '--sort', 'userId', '--filter', '["plan","is","team"]');

my $nowhere = $r->cli('export', 'users', @why, '--password-file', $pass, '--out', "$r->{dir}/no/where");
is $nowhere->{status}, 74, 'where there is no folder nothing is written';
like $nowhere->{err}, qr{no/where: Writing it failed: No such file}, '... and it says why';

my $plain = "$r->{dir}/plain.csv";
is unlock($file, '-o', $plain, '--password-file', $wrong)->{status}, 81,
    'a wrong password';
ok !-e $plain, '... opens nothing';
my $bytes = slurp($file);
spew("$r->{dir}/cut.pgp", substr $bytes, 0, length($bytes) - 40);
is unlock("$r->{dir}/cut.pgp", '-o', $plain, '--password-file', $pass)->{status}, 83,
    'a cut file';
spew("$r->{dir}/bad.pgp", substr($bytes, 0, 300) . ~substr($bytes, 300, 1) . substr $bytes, 301);
is unlock("$r->{dir}/bad.pgp", '-o', $plain, '--password-file', $pass)->{status}, 82,
    'a damaged file';
is unlock($pass, '-o', $plain, '--password-file', $pass)->{status}, 84,
    'no locked file';
ok !-e $plain, '... each leaves nothing';
is unlock("$r->{dir}/nothing", '-o', $plain, '--password-file', $pass)->{status}, 66,
    'no file at all';

is unlock($file, '-o', $plain, '--password-file', $pass)->{status}, 0, 'unlock';
my @want = sort map { $_->{userId} . ",$_->{attributes}{name}" } grep {
    $_->{attributes}{plan} eq 'team' } @people;
is slurp($plain), join("\r\n", 'userId,default_name', @want) . "\r\n",
    'and what was locked is there again';
open(my $fh, '<', $pass) or die;
is unlock($file, '-o', "$r->{dir}/by-fd.csv", '--password-fd', '0')->{status}, 81,
    'an empty descriptor is a wrong password';
is $r->cli({ in => "correct horse battery\n" }, 'unlock', $file, '-o',
    "$r->{dir}/by-fd.csv", '--password-fd', '0')->{status}, 0, 'a descriptor';
is slurp("$r->{dir}/by-fd.csv"), slurp($plain), '... opens it as well';

done_testing;
