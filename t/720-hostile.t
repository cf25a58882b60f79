# SPDX-License-Identifier: AGPL-3.0-or-later
# Hostile requests, byte by byte: two readings of one request are no request,
# what is too large is refused in words, headers cannot be spoofed into a
# worker, and nothing a client sends as a secret comes to stand in a log.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start(threads => 2);

sub answers { return scalar(() = $_[0] =~ m{HTTP/1\.[01] \d{3} }g) }
sub status { return $_[0] =~ m{\AHTTP/1\.[01] (\d{3})} ? $1 : 'none' }

# A request's bytes: head lines joined, the rest as it is.
sub
bytes
{
	my ($line, $head, $rest) = @_;

	return join("\r\n", $line, 'Host: 127.0.0.1', @$head, '', '') . ($rest // '');
}

# ---- one request, two readings.  Each carries a second request that only the
# other reading would find.

my $hidden = "GET /api/v1/smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
my $chunks = "0\r\n\r\n";
my %two = (
	'a length and chunks' => ['POST /api/v1/login HTTP/1.1',
		['Content-Length: 5', 'Transfer-Encoding: chunked'], $chunks],
	'chunks and a length' => ['POST /api/v1/login HTTP/1.1',
		['Transfer-Encoding: chunked', 'Content-Length: 200'], $chunks],
	'two lengths' => ['POST /api/v1/login HTTP/1.1',
		['Content-Length: 5', 'Content-Length: 0'], $chunks],
	'the same length twice' => ['POST /api/v1/login HTTP/1.1',
		['Content-Length: 5', 'Content-Length: 5'], $chunks],
	'chunks twice' => ['POST /api/v1/login HTTP/1.1',
		['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], $chunks],
	'a coding nobody knows' => ['POST /api/v1/login HTTP/1.1',
		['Transfer-Encoding: xchunked'], $chunks],
	'chunks, then another coding' => ['POST /api/v1/login HTTP/1.1',
		['Transfer-Encoding: chunked, identity'], $chunks],
	'a length with a sign' => ['POST /api/v1/login HTTP/1.1',
		['Content-Length: +5'], $chunks],
	'a length below nothing' => ['POST /api/v1/login HTTP/1.1',
		['Content-Length: -1'], $chunks],
	'a length in two words' => ['POST /api/v1/login HTTP/1.1',
		['Content-Length: 5 0'], $chunks],
	'a length past 64 bits' => ['POST /api/v1/login HTTP/1.1',
		['Content-Length: 18446744073709551617'], $chunks],
	'a chunk past 64 bits' => ['POST /api/v1/login HTTP/1.1',
		['Transfer-Encoding: chunked'], "10000000000000005\r\nhello\r\n$chunks"],
	'a chunk of no number' => ['POST /api/v1/login HTTP/1.1',
		['Transfer-Encoding: chunked'], "zz\r\nhello\r\n$chunks"],
	'NUL in a header' => ['GET /healthz HTTP/1.1', ["X: a\0b"], ''],
	'no host' => "GET /healthz HTTP/1.1\r\n\r\n",
	'two hosts' => ['GET /healthz HTTP/1.1', ['Host: other.example'], ''],
	'a host that is none' => "GET /healthz HTTP/1.1\r\nHost: a/b\@c\r\n\r\n",
	'no such version' => ['GET /healthz HTTP/7.7', [], ''],
	'a word for a request' => "HELLO\r\n\r\n",
);
for my $name (sort keys %two) {
	my $one = ref $two{$name} ? bytes(@{ $two{$name} }) : $two{$name};
	my $got = $r->raw($one . $hidden, timeout => 3);

	like status($got), qr/^(400|411|413|415|422|501|505|none)$/, "$name: refused, not half understood";
	cmp_ok answers($got), '<=', 1, "$name: nothing after it is answered";
}
my $got = $r->raw(bytes('GET /healthz HTTP/1.1', []) . $hidden, timeout => 10);
is answers($got), 2, 'control: two proper requests in one breath are two answers';

# ---- too large, in words

# nginx waits a while for the rest of what it refused; nobody else need.
my $whole = qr/"requestId":"\w+"\}/;

sub
problem
{
	my ($got, $status, $word, $name) = @_;
	my ($body) = $got =~ /\r\n\r\n(.*)/s;
	my $json = eval { json($body // '') } // {};

	is status($got), $status, "$name: $status";
	like $got, qr{^Content-Type: application/problem\+json\r$}mi, "$name: a problem document";
	is $json->{status}, $status, "$name: that says so itself";
	is $json->{type}, "about:blank#$word", "$name: and is called $word";
	like $json->{requestId}, qr/^[0-9a-f]{32}$/, "$name: and can be found in the log";
}

my $close = 'Connection: close';
problem $r->raw(bytes('GET /api/v1/users?f=' . 'a' x 30_000 . ' HTTP/1.1', [$close]), until => $whole),
    414, 'too-large', 'an address of 30,000 bytes';
problem $r->raw(bytes('GET /api/v1/users HTTP/1.1', [$close, 'X-Large: ' . 'a' x 40_000]), until => $whole),
    431, 'too-large', 'a header of 40,000 bytes';
problem $r->raw(bytes('GET /api/v1/users HTTP/1.1', [$close, map { "X-$_: " . 'b' x 900 } 1 .. 100]), until => $whole),
    431, 'too-large', 'a hundred headers';
problem $r->raw(bytes('POST /api/v1/exports HTTP/1.1', [$close, 'Content-Length: 1048577']), until => $whole),
    413, 'too-large', 'a body announced a byte over 1 MiB';
problem $r->raw(bytes('POST /api/v1/exports HTTP/1.1', [$close, 'Transfer-Encoding: chunked'],
    sprintf("%x\r\n%s\r\n", 1 << 20, 'x' x (1 << 20)) x 2 . $chunks), until => $whole),
    413, 'too-large', 'chunks of 2 MiB';
problem $r->raw(bytes('POST /api/v1/events HTTP/1.1', [$close, 'Content-Length: 16777217']), until => $whole),
    413, 'too-large', 'events a byte over 16 MiB';
problem $r->raw(bytes('TRACE /api/v1/users HTTP/1.1', [$close]), until => $whole),
    405, 'method', 'TRACE';
problem $r->raw(bytes('GET /api/v2/users HTTP/1.1', [$close]), until => $whole),
    404, 'not-found', 'another version of the interface';
is $r->get('/api/v1/users?limit=1', headers => { 'X-Fill' => 'a' x 20_000 })->{status}, 200,
    'control: 20,000 bytes of headers are taken';
my $most = $r->raw(bytes('GET /api/v1/me?' . 'q' x 28_000 . ' HTTP/1.1',
	[$close, 'Cookie: ' . 'c' x 28_000, 'Accept: */*']));
like status($most), qr/^4/, 'the most that nginx takes fits a worker: no 5xx';

# ---- what is said besides

my $r1 = $r->get('/readyz', headers => { 'X-Forwarded-For' => '203.0.113.9',
	'X-Real-IP' => '203.0.113.9', Forwarded => 'for=203.0.113.9', Proxy => 'http://203.0.113.9/' });
is $r1->{status}, 200, 'an address in a header is not where it came from';
is $r->get('/.git/config', token => 0)->{status}, 404, 'no hidden file is served';
like $r->get("/$_", token => 0)->{status}, qr/^40[04]$/, "$_ is not served"
    for 'package.json', 'vendor/csp.conf', 'build.mjs', '../configure.ac', '%2e%2e/configure.ac',
	'node_modules/preact/package.json', 'app/../../README.md';

# Every answer, whoever gave it, has the same headers.
for my $case (['GET', '/healthz', 200], ['GET', '/', 200], ['GET', '/nothing', 404],
    ['GET', '/api/v1/users', 401], ['GET', '/api/v9', 404], ['POST', '/', 405]) {
	my ($method, $path, $status) = @$case;
	my $a = $r->request($method, $path, token => 0);
	my $h = $a->{headers};
	my $name = "$method $path";

	is $a->{status}, $status, "$name: $status";
	is $h->{'x-content-type-options'}, 'nosniff', "$name: nosniff";
	is $h->{'referrer-policy'}, 'no-referrer', "$name: no referrer";
	is $h->{'x-frame-options'}, 'DENY', "$name: no frame";
	like $h->{'content-security-policy'}, qr/^default-src 'none';.*frame-ancestors 'none'/, "$name: a policy";
	unlike $h->{'content-security-policy'}, qr/unsafe-inline|unsafe-eval|\*/, "$name: without holes";
	like $h->{'cache-control'}, qr/^no-(store|cache)/, "$name: nothing is kept";
	ok !exists $h->{'strict-transport-security'}, "$name: HSTS is for TLS only";
	ok !ref $h->{$_}, "$name: $_ once" for qw(content-security-policy cache-control content-type);
}
like $r->get('/', token => 0)->{headers}{'content-security-policy'},
    qr/script-src 'self' 'sha256-[^']+'/, 'the page may run our scripts and the one that is named'
    if -s tree('static/vendor/csp.conf');

# ---- no secret in a log

my @secrets = map { "seeded-$_-secret" } 1 .. 8;
$r->get("/api/v1/users?f=$secrets[0]");
$r->get("/api/v1/users?f=$secrets[1]", token => 0);
$r->get("/api/v1/nothing?f=$secrets[2]");
$r->post('/api/v1/login', { login => "$secrets[3]\@example.com", password => $secrets[4] }, token => 0);
$r->get('/api/v1/me', token => $secrets[5]);
$r->get("/missing.html?f=$secrets[6]");
$r->raw(bytes("POST /api/v1/exports?f=$secrets[7] HTTP/1.1", [$close, 'Content-Length: 9999999']), until => $whole);
$r->get('/control-seeded-path');
$r->stop;
my $logs = join '', map { slurp($_) } glob("$r->{dir}/logs/*");
is join(' ', grep { index($logs, $_) >= 0 } @secrets), '', 'no secret stands in any log';
like $logs, qr/control-seeded-path/, 'control: the logs were read';
unlike $logs, qr/smuggled/ && qr{"path":"/api/v1/smuggled".*"path":"/api/v1/smuggled"}s,
    'the hidden request was answered in the control only';
unlike $logs, qr/203\.0\.113\.9/, 'no spoofed address in a log';
my @lines = grep { length } split /\n/, slurp("$r->{dir}/logs/access.log");
is scalar(grep { !eval { json($_); 1 } } @lines), 0, 'every line of the access log is JSON';

done_testing;
