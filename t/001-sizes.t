# SPDX-License-Identifier: AGPL-3.0-or-later
# Sizes: medians are printed to be watched, tails have hard stops.  An outlier
# below a stop is a place to look, not a failed build.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Rapport::Tree qw(real_tree c_files bare_c functions percentile);

my %STOP = (source => 1000, door => 350, private => 250, function => 120,
    depth => 5, columns => 100, script => 300, test => 400, configure => 150,
    readme => 150, make => 700, unit => 1000);

sub lines_of { return ($_[0] =~ tr/\n//) }

# What a path is held to: [kind, stop], or nothing.
sub
kind
{
	my ($path) = @_;

	return 'door' if $path =~ m{^include/rapport/};
	return 'private' if $path =~ m{^src/.*\.h$};
	return 'source' if $path =~ m{^src/.*\.c$};
	return 'script' if $path =~ m{^static/.*\.m?js$};
	return 'unit' if $path =~ m{^t/.*\.[ch]$};
	return 'test' if $path =~ m{^t/.*\.(t|js|mjs)$};
	return 'configure' if $path eq 'configure.ac';
	return 'readme' if $path eq 'README.md';
	return 'make' if $path eq 'Makefile.am';
	return undef;
}

sub
size_faults
{
	my ($tree) = @_;
	my @faults;

	for my $path (sort keys %$tree) {
		my $kind = kind($path) // next;
		my $n = lines_of($tree->{$path});

		push @faults, "$path has $n lines" if $n > $STOP{$kind};
	}
	for my $path (c_files($tree)) {
		my $at = 0;

		for my $f (@{ functions($tree->{$path}) }) {
			push @faults, "$path: $f->{name} has $f->{lines} lines"
			    if $f->{lines} > $STOP{function};
			push @faults, "$path: $f->{name} is $f->{depth} deep"
			    if $f->{depth} > $STOP{depth};
		}
		next if $path =~ m{^include/tbl/};
		for my $line (split /\n/, $tree->{$path}) {
			$at++;
			next if $line =~ /^\s*[\[{].*\},?$/;	# a row of a table
			1 while $line =~ s/\t/' ' x (8 - length($`) % 8)/e;
			utf8::decode($line);
			push @faults, "$path:$at has " . length($line) . ' columns'
			    if length $line > $STOP{columns};
		}
	}
	return @faults;
}

# Line 1 says the licence; then the file says its idea.
sub
head_faults
{
	my ($tree) = @_;
	my @faults;

	for my $path (sort keys %$tree) {
		my $text = $tree->{$path};

		push @faults, "$path does not say its licence"
		    if $path =~ m{\.([ch]|m?js|css|pm|t|ac|am|in)$|^nginx/}
		    && $text !~ /\A(?:#!.*\n)?.*SPDX-License-Identifier: AGPL-3\.0-or-later/;
		next if $path !~ m{^(src|include)/.*\.[ch]$};
		push @faults, "$path has no idea comment"
		    if $text !~ m{\A/\* SPDX[^\n]*\*/\n/\*\n(?: \*[^\n]*\n){1,60}? \*/\n};
	}
	return @faults;
}

my $long = "void\nf(int a)\n{\n" . "\ta++;\n" x 130 . "}\n";
my $deep = "static int\ng(void)\n{\n\tif (a) { if (b) { if (c) { if (d) { if (e) { x(); } } } } }\n}\n";
is_deeply [size_faults({
	'src/kv/a.c' => $long . $deep . "\t" x 12 . "wide_enough;\n",
	'src/kv/b.c' => "\n" x 1001,
	'static/app/x.js' => "\n" x 301,
	'src/kv/ok.c' => "static const char *t[] = {\n" . "\t\"{\",\n" x 200 . "};\n",
    })], [
	'src/kv/b.c has 1001 lines',
	'static/app/x.js has 301 lines',
	'src/kv/a.c: f has 133 lines',
	'src/kv/a.c: g is 6 deep',
	'src/kv/a.c:140 has 108 columns',
], 'control: too long, too deep and too wide are found, a long table is not';
is_deeply [head_faults({
	'src/kv/a.c' => "int x;\n",
	'src/kv/b.c' => "/* SPDX-License-Identifier: AGPL-3.0-or-later */\nint x;\n",
	'src/kv/c.c' => "/* SPDX-License-Identifier: AGPL-3.0-or-later */\n/*\n * The idea.\n * More.\n */\n",
    })], ['src/kv/a.c does not say its licence', 'src/kv/a.c has no idea comment',
	'src/kv/b.c has no idea comment'],
    'control: a head without licence or idea is found';

my $tree = real_tree();
my @functions = map { @{ functions($tree->{$_}) } } grep { /\.c$/ } c_files($tree);
my @sources = map { lines_of($tree->{$_}) } grep { m{^src/.*\.c$} } keys %$tree;

cmp_ok scalar(@functions), '>', 100, 'functions are recognised';
is join("\n", size_faults($tree)), '', 'nothing is past its hard stop';
is join("\n", head_faults($tree)), '', 'every file says its licence and its idea';
my $static = grep { $_->{static} } @functions;
cmp_ok $static, '>=', 0.5 * @functions, 'most functions are static';

my $wide = 0;
my $all = 0;
my $comments = 0;
for my $path (grep { m{^src/} } c_files($tree)) {
	for my $line (split /\n/, $tree->{$path}) {
		1 while $line =~ s/\t/' ' x (8 - length($`) % 8)/e;
		$all++;
		$wide++ if length $line > 80;
		$comments++ if $line =~ m{^\s*(/?\*|//)};
	}
}
note sprintf '%d .c files: median %d, p90 %d, max %d lines (watch 300, 700, 1000)',
    scalar(@sources), map { percentile($_, @sources) } 0.5, 0.9, 1;
note sprintf '%d functions: median %d, p90 %d, p99 %d, max %d lines (watch 15, 40, 80, 120)',
    scalar(@functions), map { percentile($_, map { $_->{lines} } @functions) } 0.5, 0.9, 0.99, 1;
note sprintf 'depth p99 %d, max %d (watch 4, 5); static %d %% (watch 60)',
    percentile(0.99, map { $_->{depth} } @functions),
    percentile(1, map { $_->{depth} } @functions), 100 * $static / (@functions || 1);
note sprintf '%.1f %% of %d lines over 80 columns (watch 1), %.0f %% comment (watch 12 to 20)',
    100 * $wide / ($all || 1), $all, 100 * $comments / ($all || 1);

done_testing;
