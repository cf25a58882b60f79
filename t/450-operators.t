# SPDX-License-Identifier: AGPL-3.0-or-later
# What operators and programs ask: health, readiness, figures, the description
# of the interface, and that methods and addresses behave as HTTP says.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;

is $r->get('/healthz', token => 0)->{json}{status}, 'ok', '/healthz without log-in';
is_deeply $r->get('/readyz', token => 0)->{json}, { status => 'ready', store => JSON::PP::true,
    disk => JSON::PP::true, clock => JSON::PP::true }, '/readyz says what it looked at';
my $m = $r->get('/metrics', token => 0);
like $m->{headers}{'content-type'}, qr/^text\/plain; version=0\.0\.4/, '/metrics for Prometheus';
like $m->{body}, qr/^rapport_http_requests_total\{route="\/readyz",method="GET",code="2xx"\} [1-9]/m,
    'counts by route';
like $m->{body}, qr/^rapport_store_oldest_reader_lag \d+$/m, 'and the store';
is scalar(grep { !/^[a-z_]+(\{[^}]*\})? [0-9.e+-]+$/ } split /\n/, $m->{body}), 0, 'in its form';
is $r->get('/api/v1/hello', token => 0)->{status}, 404, 'the bench answer is off';

# the description
my $o = $r->get('/api/v1/openapi.json')->{json};
is $o->{openapi}, '3.1.0', 'OpenAPI 3.1';
is $r->get('/api/v1/openapi.json', token => 0)->{status}, 401, 'for those who are in';
my @operations;
for my $path (sort keys %{ $o->{paths} }) {
	push @operations, map { [$path, $_, $o->{paths}{$path}{$_}] } sort keys %{ $o->{paths}{$path} };
}
cmp_ok scalar(@operations), '>=', 25, 'it describes the routes';
is_deeply [grep { !$_->[2]{summary} || !$_->[2]{responses} || !ref $_->[2]{security} } @operations], [],
    'each with a summary, answers and who may';
is_deeply [map { "$_->[1] $_->[0]" } grep {
	my ($path, undef, $op) = @$_;
	join(',', sort map { $_->{name} } grep { $_->{in} eq 'path' } @{ $op->{parameters} })
	    ne join(',', sort $path =~ /\{(\w+)\}/g) } @operations], [], 'each {…} of a path is a parameter';
is_deeply [sort map { $_->[0] } grep { !@{ $_->[2]{security} } } @operations],
    ['/api/v1/hello', '/api/v1/login', ('/api/v1/shared/{token}/users') x 2, qw(/healthz /metrics /readyz)], 'and only these need no log-in';
my %ids = map { $_->[2]{operationId} => 1 } @operations;
is scalar(keys %ids), scalar(@operations), 'each with a name of its own';
my $form = $o->{paths}{'/api/v1/exports'}{post}{requestBody}{content};
is_deeply [sort keys %$form], ['application/json', 'application/x-www-form-urlencoded'], 'what a body may be';
is_deeply [sort @{ $form->{'application/json'}{schema}{required} }], [qw(purpose what)], 'what it must hold';
my %declared = map { $_->{name} => 1 } @{ $o->{paths}{'/api/v1/users'}{get}{parameters} };
is_deeply [sort keys %declared], [qw(after columns f limit sort tz)], 'what a list takes';

# the description and the router agree: no declared parameter is unknown, others are
for my $op (grep { $_->[1] eq 'get' && $_->[0] !~ /\{/ && @{ $_->[2]{security} } != 1 } @operations) {
	my $a = $r->get("$op->[0]?no-such-parameter=1");
	is $a->{status}, 422, "$op->[0] refuses a parameter it does not name" if $op->[0] ne '/api/v1/hello';
}

# HTTP
my $head = $r->request('HEAD', '/api/v1/users');
is_deeply [$head->{status}, $head->{body}], [200, ''], 'HEAD';
my $not = $r->request('DELETE', '/api/v1/users');
is $not->{status}, 405, 'a method it does not take';
is $not->{headers}{allow}, 'GET, HEAD, OPTIONS', 'names those it does';
is $not->{json}{type}, 'about:blank#method', 'in a problem document';
is $r->request('OPTIONS', '/api/v1/exports', token => 0)->{headers}{allow}, 'GET, HEAD, POST, OPTIONS',
    'OPTIONS asks the same';
is $r->get('/api/v1/nope')->{json}{type}, 'about:blank#not-found', 'an address it does not know';
for my $path ('/api/v1/users/', '/api/v1//users', '/api/v1/users/1/2', '/api/v1', '/api/v2/users') {
	like $r->get($path)->{status}, qr/^(404|200|301)$/, "$path is none or one, never a fault";
}
like $r->raw("GET /api/v1/users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $r->{token}\r\n"
    . "Content-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n"),
    qr/^HTTP\/1\.1 400/, 'two lengths are refused';

# one id from end to end
my $a = $r->get('/api/v1/users?nope=1');
is $a->{json}{requestId}, $a->{headers}{'x-request-id'}, 'a problem carries the id of the request';
ok wait_for { slurp("$r->{dir}/logs/api.log") =~ /$a->{json}{requestId} GET \/api\/v1\/users: 422 invalid/ },
    'which is in the log';
done_testing;
