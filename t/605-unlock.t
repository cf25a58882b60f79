#!/usr/bin/perl
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# rapport unlock and large files: the memory it may have is less than the file,
# each way of not opening has its own sentence and status, and neither a
# refusal at the last byte nor an interrupt leaves anything behind.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use POSIX qw(mkfifo);
use Rapport::Test;

my $box = build_dir() . '/t/lib/lockbox';
plan skip_all => "$box is not built" if !-x $box;

my $r = bless { dir => tempdir(), env => {} }, 'Rapport::Test';
my $into = "$r->{dir}/into";
my ($pass, $wrong) = map { "$r->{dir}/$_" } qw(pass wrong);
my $MB = 1 << 20;
my $large = 200 * $MB;
my $room = 64 * 1024;		# KiB beside the program; Argon2 is cheap here

mkdir $into;
spew($pass, "correct horse battery\n");
spew($wrong, "incorrect horse battery\n");

sub left { return join ' ', map { s{.*/}{}r } glob("$into/* $into/.[!.]*") }

sub
lock_of
{
	my ($name, $size) = @_;
	my $line = join '', map { "$_,name " . $_ * 7919 % 100_003 . "\r\n" } 1 .. 50_000;

	open(my $fh, '>:raw', "$r->{dir}/$name") or die;
	for (my $left = $size; $left > 0; $left -= length $line) {
		print $fh substr $line, 0, $left < length $line ? $left : length $line;
	}
	close $fh or die;
	system($box, 'lock', "$r->{dir}/$name", "$r->{dir}/$name.pgp", $pass, 'cheap') == 0 or die;
	return "$r->{dir}/$name.pgp";
}

# The program with so many KiB of addresses, and what a shell finds it had.
sub
bounded
{
	my ($kib, @args) = @_;
	my $said = "$r->{dir}/said";
	my $program = build_dir() . '/rapport';

	my $status = system('sh', '-c', 'ulimit -v "$1"; shift; exec "$@" >"$0" 2>&1', $said,
	    $kib, $program, @args);
	return { status => $status >> 8, said => slurp($said) };
}

my $file = lock_of('large.csv', $large);
my $got = bounded($room, 'unlock', $file, '-o', "$into/large.csv", '--password-file', $pass);
is $got->{status}, 0, '200 MB are opened in less memory than they have' or diag $got->{said};
is system('cmp', '-s', "$into/large.csv", "$r->{dir}/large.csv"), 0, 'to the same bytes';
unlink "$into/large.csv", "$r->{dir}/large.csv";
isnt bounded(8 * 1024, 'unlock', $file, '-o', "$into/x", '--password-file', $pass)->{status}, 0,
    'control: the bound binds';

# Its last bytes hold the tag that says whether the whole is there.
truncate $file, (-s $file) - 1;
$got = $r->cli('unlock', $file, '-o', "$into/x", '--password-file', $pass);
is $got->{status}, 83, 'the last byte is missing';
is left(), '', '... and not one of the 200 MB is kept';

my $small = lock_of('small.csv', 3 * $MB);
my $bytes = slurp($small);
my %seen;
for (
	[81, 'wrong', qr/password does not open/, $bytes, $wrong],
	[82, 'changed', qr/damaged/, substr($bytes, 0, -5) . ~substr($bytes, -5, 1) . substr($bytes, -4), $pass],
	[83, 'cut', qr/cut/, substr($bytes, 0, 2 * $MB), $pass],
	[84, 'foreign', qr/not a password-locked/, "id,name\r\n1,Ana\r\n", $pass],
) {
	my ($status, $what, $words, $content, $with) = @$_;

	spew("$r->{dir}/$what.pgp", $content);
	my $run = $r->cli('unlock', "$r->{dir}/$what.pgp", '-o', "$into/$what", '--password-file', $with);
	is $run->{status}, $status, "$what: its own status";
	like $run->{err}, $words, '... and its own sentence';
	is $seen{ $run->{err} }++, 0, '... said of no other';
	is left(), '', '... and nothing is left';
}

# An interrupt on the way, with the file coming through a pipe.
mkfifo("$r->{dir}/pipe", 0600) or die;
my $pid = fork // die;
if (!$pid) {
	open STDERR, '>', "$r->{dir}/err" or die;
	exec $r->program('rapport'), 'unlock', "$r->{dir}/pipe", '-o', "$into/x", '--password-file', $pass;
}
{
	local $SIG{PIPE} = 'IGNORE';
	open(my $to, '>:raw', "$r->{dir}/pipe") or die;
	syswrite $to, substr $bytes, 0, $MB;
	kill INT => $pid;
	for (my $at = $MB; $at < length $bytes; $at += 65_536) {
		syswrite($to, substr $bytes, $at, 65_536) // last;
	}
}
waitpid $pid, 0;
is $? >> 8, 75, 'an interrupt is heard';
like slurp("$r->{dir}/err"), qr/cancelled/i, '... and said';
is left(), '', '... and leaves nothing';

done_testing;
