# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Questions about the source tree, for t/00*.t.  A tree is a hash of path =>
# text; every question answers a list of complaints, so each test first asks it
# of a small bad tree made up in the test, where it must complain, and then of
# the real one, where it must not.  C is read with a scanner of thirty lines:
# comments, strings and preprocessor lines blanked out, then braces counted.
package Rapport::Tree;

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(basename dirname);
use File::Find ();

our @EXPORT_OK = qw(real_tree rooms c_files bare_c functions file_scope
	include_faults door_faults plan_faults percentile);

my $top = abs_path(dirname(__FILE__) . '/../../..');

# The floor plan, lowest first.
my @ROOMS = qw(base kv bits people chats staff query stats workbook intake pgp
	export web cli);
my %LEVEL = map { $ROOMS[$_] => $_ } 0 .. $#ROOMS;

# Third-party headers and the only places that may include them.
my @FOREIGN = (
	[qr{^lmdb\.h$},			qr{^src/kv/kv_lmdb\.c$}],
	[qr{^libpq},			qr{^src/kv/kv_pg\.c$}],
	[qr{^yajl/},			qr{^src/base/}],
	[qr{^utf8proc\.h$},		qr{^src/base/}],
	[qr{^xxh(?:ash|_x86dispatch)\.h$},	qr{^src/base/}],
	[qr{^argon2\.h$},		qr{^src/(base|pgp)/}],
	[qr{^openssl/},			qr{^src/(base|pgp)/}],
	[qr{^roaring/},			qr{^src/bits/}],
	[qr{^(?:zip|expat)\.h$},	qr{^src/workbook/}],
	[qr{^zlib\.h$},			qr{^src/(pgp|export)/}],
	[qr{^xlsxwriter},		qr{^src/export/}],
	[qr{^fcgi},			qr{^src/web/}],
);
# The C library's and the system's, which anybody may use.
my $SYSTEM = qr{^(?:sys/|netinet/|arpa/|linux/|sanitizer/)\w+\.h$|^(?:
	assert|ctype|dirent|endian|errno|fcntl|float|getopt|grp|inttypes|
	langinfo|limits|locale|malloc|math|netdb|poll|pthread|pwd|sched|semaphore|signal|
	stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|
	stdnoreturn|string|strings|syslog|termios|threads|time|unistd)\.h$}x;

sub rooms { return @ROOMS }

# Every file that is ours, text only; what builds and fetches make is not.
sub
real_tree
{
	my %tree;

	File::Find::find({ no_chdir => 1, wanted => sub {
		return if $File::Find::name eq $top;
		my $path = substr($File::Find::name, length($top) + 1);

		if (-d && $path =~ m{^(\.git|build[^/]*|autom4te\.cache|t/tmp)$|(^|/)(node_modules|vendor|\.deps)$}) {
			$File::Find::prune = 1;
			return;
		}
		return if !-f _ || $path =~ m{^(configure~?|aclocal\.m4|Makefile(\.in)?|config\..*|stamp-h1|\.git)$};
		open(my $fh, '<:raw', $File::Find::name) or return;
		local $/;
		my $text = <$fh> // '';
		$tree{$path} = $text if $text !~ /\0/;
	} }, $top);
	return \%tree;
}

sub
c_files
{
	my ($tree) = @_;

	return sort grep { m{^(src|include)/.*\.[ch]$} } keys %$tree;
}

# C with comments, literals and preprocessor lines blanked, lines kept.
sub
bare_c
{
	my ($text) = @_;
	my $blank = sub { (my $s = $_[0]) =~ s/[^\n]/ /g; return $s };

	$text =~ s{(/\*.*?\*/|//[^\n]*)|("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')}
		{ defined $1 ? $blank->($1) : '"' . (' ' x (length($2) - 2)) . '"' }gse;
	$text =~ s{^([ \t]*#(?:[^\n]*\\\n)*[^\n]*)}{ $blank->($1) }gme;
	return $text;
}

# Functions defined in C text: [{ name, line, lines, depth, static, body }].
sub
functions
{
	my ($text) = @_;
	my $c = bare_c($text);
	my ($depth, $deepest, $line, $head, @found, $open) = (0, 0, 1, '');

	for my $token (split /([{};\n])/, $c) {
		if ($token eq "\n") {
			$line++;
			$open->{body} .= "\n" if $open;
			$head .= "\n" if !$depth;
		} elsif ($token eq '{') {
			if (++$depth == 1 && $head =~ /(\w+)\s*\([^=]*\)\s*(?:\w+\s*(?:\([^()]*\)\s*)?)*$/) {
				my ($name, $after) = ("$1", substr($head, $-[1]));
				$open = { name => $name, deepest => 1, body => '',
				    line => $line - ($after =~ tr/\n//),
				    static => $head =~ /\bstatic\b/ ? 1 : 0 };
			}
			$open->{deepest} = $depth if $open && $depth > $open->{deepest};
			$open->{body} .= '{' if $open;
		} elsif ($token eq '}') {
			$depth-- if $depth;
			$open->{body} .= '}' if $open;
			if (!$depth) {
				if ($open) {
					push @found, { %$open, depth => $open->{deepest},
					    lines => $line - $open->{line} + 1 };
					undef $open;
				}
				$head = '' if $head !~ /=/;
			}
		} elsif ($token eq ';') {
			$head = '' if !$depth;
			$open->{body} .= ';' if $open;
		} elsif ($depth) {
			$open->{body} .= $token if $open;
		} else {
			$head .= $token;
		}
	}
	return \@found;
}

# Declarations at file scope, initialisers cut out: ["static int n", …].
sub
file_scope
{
	my ($text) = @_;
	my $c = bare_c($text);
	my @found;

	1 while $c =~ s/\{[^{}]*\}/\x01/gs;
	for my $chunk (split /;/, $c) {
		$chunk =~ s/^.*\)\s*\x01//s;		# a function before it
		$chunk =~ s/\s+/ /g;
		$chunk =~ s/^ | $//g;
		push @found, $chunk if length $chunk;
	}
	return \@found;
}

sub
level_of
{
	my ($path) = @_;

	return $LEVEL{$1} if $path =~ m{^src/(\w+)/} && exists $LEVEL{$1};
	return $LEVEL{$1} if $path =~ m{^include/rapport/(\w+)[./]} && exists $LEVEL{$1};
	return undef;
}

# Includes against the floor plan.
sub
include_faults
{
	my ($tree) = @_;
	my @faults;

	for my $path (c_files($tree)) {
		my $level = level_of($path);
		my $door = $path =~ m{^include/};

		while ($tree->{$path} =~ /^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]/mg) {
			my ($kind, $what) = ($1, $2);

			if ($kind eq '"') {
				my $beside = dirname($path) . "/$what";
				push @faults, "$path includes \"$what\", which is not beside it"
				    if !exists $tree->{$beside} || $what =~ m{/};
			} elsif ($what =~ m{^rapport/(\w+)[./]}) {
				my $room = $1;
				push @faults, "$path looks up at $room"
				    if defined $level && exists $LEVEL{$room} && $LEVEL{$room} > $level;
				push @faults, "$path includes <$what>, which is no door"
				    if !exists $LEVEL{$room} || !exists $tree->{"include/$what"};
			} elsif ($what =~ m{^tbl/}) {
				push @faults, "$path includes <$what>, which is not there"
				    if !exists $tree->{"include/$what"};
			} elsif (my ($row) = grep { $what =~ $_->[0] } @FOREIGN) {
				push @faults, "$path includes <$what>, which lives elsewhere"
				    if $door || $path !~ $row->[1];
			} elsif ($what !~ $SYSTEM && $what ne 'config.h') {
				push @faults, "$path includes <$what>, which the floor plan does not know";
			}
		}
	}
	return @faults;
}

# One door a room, and nothing in src/ or include/ but rooms, doors and tables.
sub
door_faults
{
	my ($tree) = @_;
	my @faults;

	for my $path (sort keys %$tree) {
		if ($path =~ m{^src/([^/]+)/(.*)}) {
			my ($room, $file) = ($1, $2);
			my $known = exists $LEVEL{$room};

			push @faults, "$path: $room is not on the floor plan" if !$known;
			push @faults, "$path: a room is one folder" if $file =~ m{/};
			push @faults, "$path: src holds C" if $file !~ /\.[ch]$/
			    && $path ne 'src/cli/rapport.1'; # its manual
			push @faults, "$room has no door" if $known
			    && $room ne 'cli' && !exists $tree->{"include/rapport/$room.h"};
			push @faults, "$path: a helper lives with its noun"
			    if $file =~ /^(utils?|common|misc|helpers?)\b/;
		} elsif ($path =~ m{^include/(.*)}) {
			my $in = $1;
			next if $in =~ m{^tbl/\w+\.h$} || $in eq 'tbl/README';
			next if $in =~ m{^rapport/(\w+)(/\w+)?\.h$} && exists $LEVEL{$1};
			push @faults, "$path is neither a door nor a table";
		}
	}
	my %once;
	return grep { !$once{$_}++ } @faults;
}

# Makefile.am: blocks in the plan's order, every source in its room's archive,
# a room's LIBS made of itself and rooms below.
sub
plan_faults
{
	my ($tree) = @_;
	my ($make, @faults, @order) = ($tree->{'Makefile.am'} // '');

	$make =~ s/\\\n/ /g;
	while ($make =~ /^# (\w+):/mg) {
		push @order, $1 if exists $LEVEL{$1};
	}
	for my $i (1 .. $#order) {
		push @faults, "Makefile.am: $order[$i] stands after $order[$i - 1]"
		    if $LEVEL{$order[$i]} < $LEVEL{$order[$i - 1]};
	}
	for my $path (grep { m{^src/\w+/\w+\.[ch]$} } sort keys %$tree) {
		push @faults, "$path is in no list of Makefile.am"
		    if $make !~ /\Q$path\E(?=\s|$)/m;
	}
	while ($make =~ /^([A-Z]+)_LIBS\s*\+?=(.*)$/mg) {
		my ($room, $list) = (lc $1, $2);
		next if !exists $LEVEL{$room};
		while ($list =~ /\$\(([A-Z]+)_LIBS\)|lib(\w+)\.a/g) {
			my $used = lc($1 // $2);
			push @faults, "Makefile.am: $room links $used"
			    if exists $LEVEL{$used} && $LEVEL{$used} > $LEVEL{$room};
		}
	}
	return @faults;
}

sub
percentile
{
	my ($share, @values) = @_;

	@values = sort { $a <=> $b } @values;
	return @values ? $values[int($share * $#values + 0.5)] : 0;
}

1;
