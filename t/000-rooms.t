# SPDX-License-Identifier: AGPL-3.0-or-later
# The floor plan holds: a room uses only rooms below it, foreign headers stay
# in their rooms, every room has one door, and the Makefile is the plan.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Rapport::Tree qw(real_tree rooms include_faults door_faults plan_faults);

my %bad = (
	'src/kv/a.c' => "#include <rapport/people.h>\n#include <lmdb.h>\n",
	'src/kv/kv_lmdb.c' => "#include <lmdb.h>\n#include \"../base/x.h\"\n",
	'src/web/b.c' => "#include <rapport/base/bytes.h>\n#include <boost/any.hpp>\n#include <rapport/kv_priv.h>\n",
	'include/rapport/kv.h' => "#include <yajl/yajl_parse.h>\n",
	'include/rapport/people.h' => "#include <rapport/kv.h>\n",
	'include/rapport/base/bytes.h' => "#include <stdint.h>\n",
	'include/rapport/base/x.h' => "  #  include <rapport/query.h>\n",
	'src/base/x.h' => '',
);

is_deeply [sort(include_faults(\%bad))], [sort(
	'src/kv/a.c looks up at people',
	'src/kv/a.c includes <lmdb.h>, which lives elsewhere',
	'src/kv/kv_lmdb.c includes "../base/x.h", which is not beside it',
	'src/web/b.c includes <boost/any.hpp>, which the floor plan does not know',
	'src/web/b.c includes <rapport/kv_priv.h>, which is no door',
	'include/rapport/kv.h includes <yajl/yajl_parse.h>, which lives elsewhere',
	'include/rapport/base/x.h looks up at query',
	'include/rapport/base/x.h includes <rapport/query.h>, which is no door',
)], 'control: each wrong include is found, each right one is not';

is_deeply [door_faults({ 'src/util/a.c' => '', 'src/bits/util.c' => '',
	'src/kv/sub/a.c' => '', 'include/other.h' => '', 'include/tbl/x.h' => '',
	'include/rapport/bits.h' => '', 'src/kv/notes.txt' => '' })], [
	'include/other.h is neither a door nor a table',
	'src/bits/util.c: a helper lives with its noun',
	'src/kv/notes.txt: src holds C',
	'kv has no door',
	'src/kv/sub/a.c: a room is one folder',
	'src/util/a.c: util is not on the floor plan',
], 'control: what is no room, no door or two floors deep is found';

is_deeply [plan_faults({ 'src/kv/new.c' => '', 'src/kv/old.c' => '',
	'Makefile.am' => "# kv: x\nKV_LIBS = src/kv/libkv.a \\\n\t\$(BITS_LIBS)\nsrc_kv_SOURCES = src/kv/old.c\n# base: y\n" })], [
	'Makefile.am: base stands after kv',
	'src/kv/new.c is in no list of Makefile.am',
	'Makefile.am: kv links bits',
], 'control: the Makefile is held against the plan';

my $tree = real_tree();

cmp_ok scalar(grep { m{^src/.*\.c$} } keys %$tree), '>', 20, 'the tree was read';
is join("\n", include_faults($tree)), '', 'a room uses only rooms below it';
is join("\n", door_faults($tree)), '', 'every room has one door';
is join("\n", plan_faults($tree)), '', 'the Makefile follows the floor plan';

my @top = grep { !m{/} && !/^\./ } keys %$tree;
is_deeply [sort @top], [qw(Makefile.am NEWS README.md configure.ac)],
    'nothing else stands at the top';
my %folder = map { m{^([^./][^/]*)/} ? ($1 => 1) : () } keys %$tree;
is_deeply [sort keys %folder], [qw(include nginx src static t)],
    'and no other folder';

SKIP: {
	my ($plan) = ($tree->{'README.md'} // '') =~ /^## [^\n]*floor plan(.*?)^## /msi;
	my @built = grep { my $r = $_; grep { m{^src/$r/} } keys %$tree } rooms();
	ok $plan, 'the README has the floor plan' or skip 'no floor plan to compare', 1;
	is_deeply [$plan =~ /^\| `(\w+)`/mg], \@built, 'with every room that there is, in order';
}

done_testing;
