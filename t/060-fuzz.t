# SPDX-License-Identifier: AGPL-3.0-or-later
# Every fuzz target is built and has a small corpus, and the driver that
# replays them finds a fault and tells its input.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Temp qw(tempfile);
use Rapport::Test;

# Complaints about targets { name => [size of each corpus file] } and what the
# Makefile builds.
sub
corpus_faults
{
	my ($targets, $makefile) = @_;
	my @faults;

	for my $name (sort keys %$targets) {
		my @sizes = @{ $targets->{$name} };

		push @faults, "$name has no corpus" if !@sizes;
		push @faults, "$name has more than 30 files" if @sizes > 30;
		push @faults, "$name has a large file" if grep { $_ > 4096 } @sizes;
		push @faults, "$name is not built"
		    if $makefile !~ m{^t_fuzz_${name}_LDADD = \$\(FUZZ_MAIN\)}m
		    || $makefile !~ m{^FUZZ_TARGETS\b(?:.*\\\n)*.*\bt/fuzz/$name(?!\w)}m;
	}
	return @faults;
}

is_deeply [corpus_faults({ a => [1, 5000], b => [], c => [(1) x 31] },
	"FUZZ_TARGETS = t/fuzz/c \\\n\tt/fuzz/a\nt_fuzz_a_LDADD = \$(FUZZ_MAIN)\nt_fuzz_b_LDADD = \$(FUZZ_MAIN)\n")],
	['a has a large file', 'b has no corpus', 'b is not built',
	'c has more than 30 files', 'c is not built'],
	'control: a target without corpus or build is found';

my %targets;
for my $file (glob(tree('t/fuzz/*.c'))) {
	my $name = $file =~ s{.*/|\.c$}{}gr;
	next if $name eq 'replay';
	$targets{$name} = [map { -s } glob(tree("t/fuzz/corpus/$name/*"))];
}
open(my $fh, '<', tree('Makefile.am')) or die;
my $makefile = do { local $/; <$fh> };
cmp_ok scalar(keys %targets), '>=', 14, 'there are targets for every parser';
is join("\n", corpus_faults(\%targets, $makefile)), '', 'each with a corpus';

my $trap = build_dir() . '/t/lib/trap';
my $said = `SEED=1 $trap 2>/dev/null`;
isnt $?, 0, 'a fault is found';
like $said, qr/^ok 2 /m, 'not in the corpus itself';
like $said, qr/^not ok 3 /m, 'but in changes of it';
my ($hex) = $said =~ /its input:\n# ([0-9a-f]+)$/m;
my ($in, $path) = tempfile(UNLINK => 1);
print $in pack 'H*', $hex // '';
close $in;
like pack('H*', $hex // ''), qr/\A[^}]*\{[^}]*\z/, 'the input that did it is told';
isnt system("$trap $path 2>/dev/null"), 0, 'and does it again';
my $good = tree('t/fuzz/corpus/trap/pair');
is system("$trap $good"), 0, 'control: the file of the corpus does not';

done_testing;
