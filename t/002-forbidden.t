# SPDX-License-Identifier: AGPL-3.0-or-later
# What must not be written anywhere: unbounded string calls, jumps other than
# to done, state that belongs to nobody, waiting by the clock, markup from
# text, and traces of one machine.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Rapport::Tree qw(real_tree c_files bare_c functions file_scope);

# Mutable file-scope variables that may be, each with its reason.
my %STATE = (
	'src/base/fault.c' => qr/\bthreshold\b/,		# the one log handle
	'src/base/zone.c' => qr/\b(lock|opened|no_offset)\b/,	# rules are read once a process
);
# A signal handler can reach nothing else.
my $SIGNAL = qr/\bvolatile sig_atomic_t\b|\batomic_(?:bool|int)\b/;

sub
call_faults
{
	my ($tree) = @_;
	my @faults;

	for my $path (c_files($tree), grep { m{^t/.*\.[ch]$} } sort keys %$tree) {
		my $c = bare_c($tree->{$path});

		while ($c =~ /(?<![\w.>])(strcpy|strcat|sprintf|vsprintf|atoi|atol|atoll|atof|strtok|gets|alloca|system|popen|setjmp|longjmp|fcgi_stdio)\s*\(/g) {
			# A test may call rm; the product calls no program at all.
			push @faults, "$path calls $1" unless $1 eq 'system' && $path =~ m{^t/};
		}
		for my $f (@{ functions($tree->{$path}) }) {
			my %label = map { $_ => 1 } $f->{body} =~ /\bgoto\s+(\w+)/g;

			push @faults, "$path: $f->{name} jumps to $_"
			    for grep { $_ ne 'done' } sort keys %label;
			push @faults, "$path: $f->{name} has both TRY and done:"
			    if $f->{body} =~ /\bTRY\s*\(/ && $f->{body} =~ /\bdone\s*:/;
		}
	}
	return @faults;
}

sub
state_faults
{
	my ($tree) = @_;
	my @faults;

	for my $path (grep { m{^(src|include/rapport)/} } c_files($tree)) {
		for my $d (@{ file_scope($tree->{$path}) }) {
			next if $d =~ /\bconst\b/ || $d =~ /\(/ || $d =~ $SIGNAL;
			next if $d =~ /^(?:typedef|extern)\b/;
			next if $d =~ /^(?:struct|enum|union)\s*\w*\s*(?:\x01)?$/;
			next if $d !~ /^(?:static\s+)?(?:\w+[\s*]+)+\w+\s*(?:\[[^]]*\]\s*)*(?:=.*)?$/s;
			next if $STATE{$path} && $d =~ $STATE{$path};
			push @faults, "$path: $d";
		}
		for my $f (@{ functions($tree->{$path}) }) {
			while ($f->{body} =~ /\bstatic\s+((?!const\b)[^;=()]*?\w+)\s*(?:\[[^]]*\]\s*)?[;=]/g) {
				my $what = "$1";
				push @faults, "$path: $f->{name} keeps $what"
				    if $what !~ /\bconst\b/ && $what !~ $SIGNAL
				    && !($STATE{$path} && $what =~ $STATE{$path});
			}
		}
	}
	s/\x01/{…}/g for @faults;
	return @faults;
}

# A test waits for a condition; only the harness knows how.  In C the step of
# such a loop may be a nanosleep of at most 10 ms.
sub
wait_faults
{
	my ($tree) = @_;
	my @faults;

	for my $path (grep { m{^t/} } sort keys %$tree) {
		next if $path =~ m{^t/(lib/|bench/|002-forbidden\.t)};
		my $at = 0;
		for my $line (split /\n/, $tree->{$path}) {
			$at++;
			(my $code = $line) =~ s/^\s*(#|\*|\/\*|\/\/).*//;
			$code =~ s/nanosleep\(&\(struct timespec\)\{0, \d{1,7}\}, NULL\)//;
			push @faults, "$path:$at waits by the clock: $line"
			    if $code =~ /\b(?:u|nano)?sleep\s*\(?\s*[\$\d&]|\bnanosleep\b|\bsetTimeout\s*\(\s*(?:r|res|resolve|ok|done)\b|waitForTimeout/;
		}
	}
	return @faults;
}

# Markup is made of elements and text, never of strings.
sub
markup_faults
{
	my ($tree) = @_;
	my @faults;

	for my $path (grep { m{^static/.*\.(m?js|html)$} } sort keys %$tree) {
		my $text = $tree->{$path};

		push @faults, "$path uses $1"
		    if $path !~ /\.html$/ && $text =~ /(\binnerHTML|\bouterHTML|insertAdjacentHTML|dangerouslySetInnerHTML|\beval\s*\(|new Function\b|document\.write)/;
		push @faults, "$path has an inline handler or style: $1"
		    if $path =~ /\.html$/ && $text =~ /<[a-z][^>]*\s(on\w+|style)=/;
		push @faults, "$path fetches; only lib/api.js may"
		    if $path =~ m{^static/app/} && $path !~ m{/lib/api\.js$}
		    && $text =~ /(?<![\w.])fetch\s*\(/;
		push @faults, "$path, a page, imports a page"
		    if $path =~ m{^static/app/pages/} && $text =~ m{^import[^;]*['"]\./[^'"]*page}m;
	}
	return @faults;
}

# In the web room only reach.c comes near users, because it holds whoever asks
# to their limits: nobody else makes a query or a desk, takes the whole catalog
# or sets limits by hand.
my %REACH = (
	'src/web/reach.c' => qr/./,
	'src/web/export_ask.c' => qr/\.limits = q->limits/,
);
sub
reach_faults
{
	my ($tree) = @_;
	my @faults;

	for my $path (grep { m{^src/web/} } c_files($tree)) {
		for my $f (@{ functions($tree->{$path}) }) {
			while ($f->{body} =~ /(\(struct (?:query|desk)\)\s*\{|\bstruct (?:query|desk) \w+ = \{|\bpeople_catalog\s*\(|\bquery_limit\s*\(|\bshared_limit\s*\(|\.limits = [\w>.-]+)/g) {
				my $what = "$1";
				push @faults, "$path: $f->{name} goes around reach.c: $what"
				    unless $REACH{$path} && $what =~ $REACH{$path};
			}
		}
	}
	return @faults;
}

# No lock file says where a package was fetched, no file where it was written.
sub
trace_faults
{
	my ($tree) = @_;
	my @faults;

	for my $path (sort keys %$tree) {
		push @faults, "$path names where packages came from"
		    if $path =~ /package-lock\.json$/ && $tree->{$path} =~ /"resolved"/;
		push @faults, "$path names a place on one machine: $1"
		    if $path !~ m{^t/002-forbidden\.t$}
		    && $tree->{$path} =~ m{((?<![\w.@\}*"'])/(?:work/[a-z]|tmp/w-|home/[a-z]|root/[\w.])\S*)};
		push @faults, "$path was generated or fetched"
		    if $path =~ m{(^|/)(node_modules|vendor)/|\.(o|a|so|min\.js)$};
	}
	return @faults;
}

my $bad = <<'END';
/* goto out; strcpy(a, b) */
static int count;
static const char *const names[] = { "sprintf(" };
struct table { int n; };
static struct table tables[] = { { 1 }, };
int cmp(const void *, const void *);
static volatile sig_atomic_t stop;
enum err
f(char *p)
{
	static int calls;
	static const int fine = 1;

	TRY(g(p));
	strcpy(p, "x");
	if (p) goto out;
	x.system(p);
done:
	return snprintf(p, 1, "x");
out:
	return atoi(p);
}
END
is_deeply [call_faults({ 'src/kv/a.c' => $bad })], ['src/kv/a.c calls strcpy',
	'src/kv/a.c calls atoi', 'src/kv/a.c: f jumps to out',
	'src/kv/a.c: f has both TRY and done:'],
    'control: forbidden calls and jumps are found, in code and not in comments';
is_deeply [state_faults({ 'src/kv/a.c' => $bad })], ['src/kv/a.c: static int count',
	'src/kv/a.c: static struct table tables[] = {…}', 'src/kv/a.c: f keeps int calls'],
    'control: mutable state is found, constants and a signal flag are not';
is scalar(wait_faults({ 't/unit/a.c' => "nanosleep(&(struct timespec){1, 0}, NULL);\nnanosleep(&(struct timespec){0, 1000000}, NULL);\n",
	't/1.t' => "sleep 1;\nusleep(3);\n# sleep 1\nmy \$sleeper;\n",
	't/2.js' => 'await new Promise(r => setTimeout(r, 100))',
	't/3.js' => 'await new Promise((r) => setTimeout(r, 100))' })), 5,
    'control: waiting by the clock is found';
is_deeply [markup_faults({ 'static/app/a.js' => "x.innerHTML = y; fetch('/x')",
	'static/app/lib/api.js' => "fetch('/x')", 'static/i.html' => '<p onclick="x">',
	'static/app/pages/users-page.js' => "import { x } from './user-page.js';\n" })],
	['static/app/a.js uses innerHTML', 'static/app/a.js fetches; only lib/api.js may',
	'static/app/pages/users-page.js, a page, imports a page',
	'static/i.html has an inline handler or style: onclick'],
    'control: markup from text and stray fetches are found';
is scalar(reach_faults({ 'src/web/api_x.c' => <<'X', 'src/web/reach.c' => "void\nf(void)\n{\n\tquery_limit(q);\n}\n" })), 7,
static enum err
f(struct req *q)
{
	struct query a = {.txn = q->txn}, b;
	struct desk d = {.by = &q->by};

	b = (struct query){.txn = q->txn};
	a.catalog = people_catalog(p, t);
	TRY(query_limit(&a, NULL, f));
	d = (struct desk){.limits = NULL};
	return OK;
}
X
    'control: ways to users around their limits are found';
is scalar(trace_faults({ 'static/package-lock.json' => '"resolved": "x"',
	't/x.t' => 'open /home/jo/x', 'static/vendor/x.js' => '' })), 3,
    'control: traces are found';

my $tree = real_tree();
is join("\n", call_faults($tree)), '', 'no unbounded string call, no jump but to done';
is join("\n", state_faults($tree)), '', 'no state at file scope but the listed';
is join("\n", wait_faults($tree)), '', 'no test waits by the clock';
is join("\n", markup_faults($tree)), '', 'the panel makes no markup from strings';
is join("\n", reach_faults($tree)), '', 'the web room reaches users by reach.c alone';
is join("\n", trace_faults($tree)), '', 'no trace of one machine or of a download';

done_testing;
