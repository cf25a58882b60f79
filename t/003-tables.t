# SPDX-License-Identifier: AGPL-3.0-or-later
# Tables agree with those who use them: error words in nginx with the error
# table, headers the workers read with the headers nginx passes, routes with
# tests that call them, packages with the libraries configure looks for.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Rapport::Tree qw(real_tree);

# Rows of include/tbl/errors.h: [code, status, exit, word].
sub
errors
{
	my ($tree) = @_;
	my @rows;

	push @rows, [$1, $2, $3, $4]
	    while $tree->{'include/tbl/errors.h'} =~ /^ERR\((\w+),\s*(\d+),\s*(\d+),\s*"([^"]+)"/mg;
	return @rows;
}

sub
error_faults
{
	my ($tree) = @_;
	my (%code, %word, @faults);

	for my $row (errors($tree)) {
		my ($code, $status, $exit, $word) = @$row;

		push @faults, "$code stands twice" if $code{$code}++;
		push @faults, "$word stands twice" if $word{$word}++;
		push @faults, "$code: $status is no error" if $status < 400 || $status > 599;
		push @faults, "$code: $exit is no exit status" if $exit < 64 || $exit > 113;
		push @faults, "$word is not one word" if $word !~ /^[a-z]+(-[a-z]+)*$/;
	}
	my ($map) = $tree->{'nginx/rapport.conf.in'} =~ /map \$status \$rapport_word \{(.*?)\}/s;
	for my $word (($map // '') =~ /(?:\d{3}|default) ([a-z-]+);/g) {
		push @faults, "nginx says $word, which is no error" if !$word{$word};
	}
	return @faults;
}

sub
parameter_faults
{
	my ($tree) = @_;
	my %passed = map { $_ => 1 }
	    $tree->{'nginx/params.conf'} =~ /^fastcgi_param (\w+)/mg;
	my @faults;

	for my $path (grep { m{^src/web/.*\.c$} } sort keys %$tree) {
		while ($tree->{$path} =~ /param\((?:[^()"]*,\s*)?"([A-Z][A-Z_]+)"/g) {
			push @faults, "$path reads $1, which nginx does not pass"
			    if !$passed{$1};
		}
	}
	for my $path (grep { m{^nginx/} } sort keys %$tree) {
		push @faults, "$path adds a header outside headers.conf"
		    if $path ne 'nginx/headers.conf' && $tree->{$path} =~ /^\s*add_header\b/m;
	}
	return @faults;
}

# [method, path, permission, file] of every route table.
sub
routes
{
	my ($tree) = @_;
	my @routes;

	for my $path (grep { m{^src/web/api_.*\.c$} } sort keys %$tree) {
		(my $text = $tree->{$path}) =~ s/\bAPI\s+"/"\/api\/v1/g;
		while ($text =~ /\{\s*(GET|POST|PUT|PATCH|DELETE),\s*"([^"]+)",\s*(\w+)/g) {
			push @routes, [$1, $2, $3, $path];
		}
	}
	return @routes;
}

# A route is tested when an HTTP test or a page's test names its address.
sub
route_faults
{
	my ($tree) = @_;
	my $tests = join "\n", map { $tree->{$_} }
	    grep { m{^t/(?:[4579]\d\d-|lib/|node/)} } sort keys %$tree;
	my (%seen, @faults);

	for my $r (routes($tree)) {
		my ($method, $path, $may, $file) = @$r;
		my $pattern = join '[^/\s"\'`?]+', map { quotemeta } split /\{\w+\+?\}/, $path, -1;

		push @faults, "$file: $method $path stands twice" if $seen{"$method $path"}++;
		push @faults, "$file: $method $path does not say who may"
		    if $may !~ /^(MAY_\w+|PUBLIC|ANYBODY|OWNER\w*)$/;
		push @faults, "$method $path has no test" if $tests !~ /$pattern(?![\w\/])/;
	}
	return @faults;
}

# What configure asks for can be installed from the one list.
sub
package_faults
{
	my ($tree) = @_;
	my %listed = map { $_ => 1 }
	    $tree->{'nginx/packages'} =~ /^\w+\t(\S+)/mg;

	return map { $listed{$_} ? () : "configure.ac wants $_, nginx/packages does not have it" }
	    $tree->{'configure.ac'} =~ /RAPPORT_NEED\(\[[^]]+\], \[([^]]+)\]/g;
}

my $errors = qq{ERR(A, 404, 66, "not-there", "x")\nERR(A, 200, 1, "Not There", "x")\n};
is_deeply [error_faults({ 'include/tbl/errors.h' => $errors,
	'nginx/rapport.conf.in' => 'map $status $rapport_word { default oops; 404 not-there; }' })],
	['A stands twice', 'A: 200 is no error', 'A: 1 is no exit status',
	'Not There is not one word', 'nginx says oops, which is no error'],
	'control: a wrong error table is found';
is_deeply [parameter_faults({ 'nginx/params.conf' => "fastcgi_param HTTP_HOST x;\n",
	'nginx/x.conf' => "location / {\n\tadd_header X 1;\n}\n",
	'src/web/a.c' => 'param(q, "HTTP_HOST"); w->param(w->arg, "HTTP_PROXY");' })],
	['src/web/a.c reads HTTP_PROXY, which nginx does not pass',
	'nginx/x.conf adds a header outside headers.conf'],
	'control: a header nobody passes is found, and one added on the side';
is_deeply [route_faults({ 'src/web/api_x.c' => '{GET, API "/x/{id}", MAY_READ, 0}, {POST, API "/x",' . "\n" . ' NULL, 1}, {GET, API "/x/{id}", PUBLIC}',
	't/400-x.t' => '$r->get("/api/v1/x/$id")' })],
	['src/web/api_x.c: POST /api/v1/x does not say who may',
	'POST /api/v1/x has no test', 'src/web/api_x.c: GET /api/v1/x/{id} stands twice'],
	'control: a route without a permission or a test is found';
is_deeply [package_faults({ 'nginx/packages' => "build\tliba-dev\tx\n",
	'configure.ac' => 'RAPPORT_NEED([a], [liba-dev]) RAPPORT_NEED([b], [libb-dev])' })],
	['configure.ac wants libb-dev, nginx/packages does not have it'],
	'control: a package that is not listed is found';

my $tree = real_tree();
cmp_ok scalar(errors($tree)), '>', 10, 'the error table was read';
cmp_ok scalar(routes($tree)), '>', 10, 'the route tables were read';
is join("\n", error_faults($tree)), '', 'errors are told apart, in nginx too';
is join("\n", parameter_faults($tree)), '', 'nginx passes every header that is read';
is join("\n", route_faults($tree)), '', 'every route says who may, and has a test';
is join("\n", package_faults($tree)), '', 'every library has its package listed';

my @untested = grep { m{^src/(\w+)/(\w+)\.c$} && !exists $tree->{"t/unit/$1/$2.c"} } sort keys %$tree;
note 'sources without a unit test of their own name: ', join ' ', @untested;

done_testing;
