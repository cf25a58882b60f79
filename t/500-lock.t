# SPDX-License-Identifier: AGPL-3.0-or-later
# Locked files go both ways: OpenPGP.js opens what we lock, and we open what
# OpenPGP.js locks.  Neither leaves anything of a file that is damaged, cut,
# foreign, or asked for with a wrong password.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IPC::Open2;
use POSIX qw(strftime);
use Rapport::Test;

my $box = build_dir() . '/t/lib/lockbox';
my $node = tree('t/node');

plan skip_all => "$box is not built" if !-x $box;
plan skip_all => 'OpenPGP.js is not installed in t/node' if !-d "$node/node_modules/openpgp";

my $dir = tempdir();
my $right = "$dir/right";
my $wrong = "$dir/wrong";
spew($right, "p\xc3\xa4ssword of 24 letters\n");
spew($wrong, "password of 24 letters\n");
my $password = do { my $p = slurp($right); chomp $p; utf8::decode($p); $p };

# Runs jobs in OpenPGP.js; see t/node/lock.mjs.
sub
judge
{
	my (@jobs) = @_;
	my $pid = open2(my $from, my $to, 'node', "$node/lock.mjs");

	print $to json(\@jobs);
	close $to;
	my $said = do { local $/; <$from> };
	waitpid $pid, 0;
	return @{ json($said // '[]') };
}

# { status, out, err } of the driver.
sub
box
{
	my (@args) = @_;
	my ($out, $err) = ("$dir/.out", "$dir/.err");
	my $pid = fork // die "fork: $!";

	if (!$pid) {
		open STDOUT, '>', $out or die;
		open STDERR, '>', $err or die;
		exec $box, @args;
	}
	waitpid $pid, 0;
	return { status => $? >> 8, out => slurp($out), err => slurp($err) };
}

# Bytes that look like a table and compress, the same every time.
sub
table_of
{
	my ($n) = @_;
	my ($text, $i) = ('', 0);

	$text .= sprintf "%d,%s,%x\r\n", $i, 'name' x ($i % 5), $i++ * 7919 while length $text < $n;
	return substr $text, 0, $n;
}

my @sizes = (0, 1, 511, 65_535, 65_536, 65_537, 300_000);
for my $n (@sizes, 5_000_000) {
	spew("$dir/plain-$n.csv", table_of($n));
}

# Ours, opened by OpenPGP.js.
my @ours;
for my $mode (qw(gcm ocb)) {
	for my $zlib (0, 1) {
		push @ours, map { { n => $_, mode => $mode, zlib => $zlib, chunk => 65_536 } } @sizes;
	}
	push @ours, { n => 300_000, mode => $mode, zlib => 0, chunk => 1 << 20 };
}
push @ours, { n => 5_000_000, mode => 'gcm', zlib => $_, chunk => 262_144 } for 0, 1;
for my $i (0 .. $#ours) {
	my $o = $ours[$i];

	$o->{name} = "$o->{n} bytes, $o->{mode}, chunks of $o->{chunk}" . ($o->{zlib} ? ', zlib' : '');
	$o->{file} = "$dir/ours-$i.pgp";
	my @cheap = $i ? 'cheap' : ();		# one with the usual 64 MiB
	my $r = box('lock', "$dir/plain-$o->{n}.csv", $o->{file}, $right, $o->{mode},
	    "chunk=$o->{chunk}", @cheap, ($o->{zlib} ? 'zlib' : ()));
	is $r->{status}, 0, "we lock $o->{name}" or diag $r->{err};
}
my @answers = judge(map { { do => 'unlock', in => $_->{file}, out => "$_->{file}.out",
    passwords => [$password] } } @ours);
for my $i (0 .. $#ours) {
	my ($o, $a) = ($ours[$i], $answers[$i]);

	ok $a->{ok} && slurp("$o->{file}.out") eq slurp("$dir/plain-$o->{n}.csv"),
	    "OpenPGP.js opens $o->{name}" or diag $a->{why};
	is $a->{name}, "plain-$o->{n}.csv", 'and finds the name';
	my ($from, $to) = map { strftime '%Y-%m-%dT%H:%M:%S', gmtime $_ } $^T - 1, time + 1;
	ok $from le ($a->{at} // '') && $to ge ($a->{at} // ''), 'and the time';
}

# Controls: the judge is one who can refuse.
my $whole = slurp($ours[3]{file});
spew("$dir/cut.pgp", substr $whole, 0, length($whole) - 1);
my $bad = $whole;
substr($bad, 1000, 1) ^= "\1";
spew("$dir/bad.pgp", $bad);
@answers = judge(map { { do => 'unlock', in => $_->[0], out => "$dir/none", passwords => [$_->[1]] } }
    [$ours[3]{file}, 'another'], ["$dir/cut.pgp", $password], ["$dir/bad.pgp", $password]);
is join(' ', map { $_->{ok} ? 'opened' : 'refused' } @answers), 'refused refused refused',
    'control: OpenPGP.js refuses a wrong password, a cut file, a damaged one';

# Theirs, opened by us.
my %cheap = (s2kType => 'argon2', s2kArgon2Params => { passes => 1, parallelism => 2, memoryExponent => 10 });
my %iterated = (s2kType => 'iterated', s2kIterationCountByte => 96);
my @theirs;
for my $mode (qw(eax ocb gcm)) {
	for my $chunk (0, 4, 10, 12, 16) {
		for my $armor (0, 1) {
			push @theirs, { n => $chunk ? 65_537 : 511, armor => $armor, config => {
			    %{ $armor ? \%cheap : \%iterated }, preferredAEADAlgorithm => $mode,
			    aeadChunkSizeByte => $chunk } };
		}
	}
	push @theirs, map { { n => $_, armor => 0, config => { %cheap, preferredAEADAlgorithm => $mode } } } @sizes;
	push @theirs, map { { n => 65_536, armor => 0, config => { %cheap, preferredAEADAlgorithm => $mode,
	    preferredSymmetricAlgorithm => $_ } } } qw(aes128 aes192 aes256);
	push @theirs, map { { n => 65_536, armor => 0, stream => 1, config => { %cheap,
	    preferredAEADAlgorithm => $mode, preferredCompressionAlgorithm => $_ } } } qw(uncompressed zip zlib);
}
push @theirs, { n => 5_000_000, armor => $_, stream => !$_, config => { %cheap,
    preferredAEADAlgorithm => 'gcm' } } for 0, 1;
push @theirs, { n => 511, armor => 0, config => { s2kType => 'argon2', preferredAEADAlgorithm => 'gcm' } };
for my $i (0 .. $#theirs) {
	my $o = $theirs[$i];
	my $c = $o->{config};

	$o->{name} = join ', ', "$o->{n} bytes", ($o->{armor} ? 'armor' : ()), ($o->{stream} ? 'stream' : ()),
	    map { "$_=$c->{$_}" } grep { !ref $c->{$_} } sort keys %$c;
	$o->{file} = "$dir/theirs-$i";
}
@answers = judge(map { { do => 'lock', in => "$dir/plain-$_->{n}.csv", out => $_->{file},
    armor => $_->{armor} ? \1 : \0, stream => $_->{stream} ? \1 : \0, name => 'their.csv', config => $_->{config},
    passwords => [$password] } } @theirs);
for my $i (0 .. $#theirs) {
	my ($o, $a) = ($theirs[$i], $answers[$i]);

	ok $a->{ok}, "OpenPGP.js locks $o->{name}" or diag $a->{why};
	my $r = box('unlock', $o->{file}, "$o->{file}.out", $right);
	is $r->{status}, 0, 'we open it' or diag $r->{err};
	like $r->{out}, qr/^their\.csv$/m, 'its name';
	ok slurp("$o->{file}.out") eq slurp("$dir/plain-$o->{n}.csv"), 'its bytes';
}

# Several passwords.
my @three = ('first of three', 'second of three', $password);
judge({ do => 'lock', in => "$dir/plain-511.csv", out => "$dir/three", passwords => \@three,
    config => { %cheap, preferredAEADAlgorithm => 'ocb' } });
for my $one (@three, 'a fourth', $three[0]) {
	my $bytes = $one;

	utf8::encode($bytes);
	spew("$dir/one", "$bytes\n");
	my $r = box('unlock', "$dir/three", "$dir/three.out", "$dir/one", 'force');
	is $r->{status}, $one eq 'a fourth' ? 81 : 0, "one of three passwords, or none: $bytes";
}

# What must not open, and leaves nothing.
my $late = slurp($theirs[-2]{file});			# 5 MB, armored
my $large = slurp($theirs[-3]{file});			# 5 MB, binary
my %refused = (
	'a wrong password' => [81, $whole, $wrong, qr/wrong-password/],
	'cut by a byte' => [83, substr($whole, 0, -1), $right, qr/cut/],
	'cut to a half' => [83, substr($large, 0, 2_500_000), $right, qr/cut/],
	'cut armor' => [83, substr($late, 0, 3_000_000), $right, qr/cut/],
	'a bit changed' => [82, $bad, $right, qr/damaged/],
	'a byte gone from the middle' => [82, substr($large, 0, 3_000_000) . substr($large, 3_000_001), $right, qr/damaged/],
	'something behind' => [82, "${whole}x", $right, qr/damaged/],
	'a table' => [84, table_of(1000), $right, qr/not-locked/],
	'nothing' => [84, '', $right, qr/not-locked/],
);
mkdir "$dir/into";
for my $about (sort keys %refused) {
	my ($status, $bytes, $with, $word) = @{ $refused{$about} };

	spew("$dir/x.csv.pgp", $bytes);
	my $r = box('unlock', "$dir/x.csv.pgp", "$dir/into/x.csv", $with);
	is $r->{status}, $status, "$about: its own exit status";
	like $r->{err}, $word, 'and word';
	is join(' ', glob("$dir/into/* $dir/into/.[!.]*")), '', 'and nothing is left';
}

# The older kind is told from a foreign file in words.
judge({ do => 'lock', in => "$dir/plain-511.csv", out => "$dir/old", passwords => [$password],
    config => { aeadProtect => \0 } });
my $r = box('unlock', "$dir/old", "$dir/into/old", $right);
is $r->{status}, 84, 'a file without authenticated chunks is not opened';
like $r->{err}, qr/older way/, 'and it says why';

done_testing;
