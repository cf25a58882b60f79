# SPDX-License-Identifier: AGPL-3.0-or-later
# With a certificate the same configuration speaks TLS 1.2 and 1.3: HSTS is
# there, the cookie is Secure and bound to the host, plain HTTP is refused.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

for my $tool ('openssl', 'curl') {
	plan skip_all => "$tool is not installed" if !grep { -x "$_/$tool" } split /:/, $ENV{PATH};
}
my $cert = tempdir();
system("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    . " -addext subjectAltName=DNS:localhost -keyout $cert/key.pem -out $cert/cert.pem 2>$cert/log") == 0
    or die slurp("$cert/log");
my $r = Rapport::Test->start(threads => 2, cert => "$cert/cert.pem", key => "$cert/key.pem");

# curl's answer with headers, and its exit status.
sub
curl
{
	my ($path, @more) = @_;
	my $a = $r->run_program({}, 'curl', '-sSi', '--max-time', 20, '--cacert', "$cert/cert.pem",
	    '--resolve', "localhost:$r->{port}:127.0.0.1", @more, "https://localhost:$r->{port}$path");

	return ($a->{out}, $a->{status}, $a->{err});
}

my ($got, $status, $err) = curl('/healthz');
is $status, 0, 'it answers' or diag $err;
like $got, qr{^HTTP/\S+ 200}, 'with 200';
like $got, qr{^strict-transport-security: max-age=31536000\r$}mi, 'and HSTS';
like +(curl('/nothing'))[0], qr{^strict-transport-security: }mi, 'on 404 as well';
like +(curl('/healthz', '--tls-max', '1.2', '--tlsv1.2'))[0], qr/ 200/, 'over TLS 1.2';
like +(curl('/healthz', '--tlsv1.3'))[0], qr/ 200/, 'over TLS 1.3';
like +(curl('/healthz', '--http2'))[0], qr{^HTTP/2 200}, 'as HTTP/2';
isnt +(curl('/healthz', '--tls-max', '1.1', '--tlsv1.0'))[1], 0, 'not over TLS 1.1';

my $origin = "https://localhost:$r->{port}";
($got) = curl('/api/v1/login', '-H', "Origin: $origin", '-H', 'Content-Type: application/json',
    '-d', json({ login => $r->{login}, password => $r->{password} }));
like $got, qr{^HTTP/\S+ 200}, 'a manager logs in';
my ($cookie) = $got =~ /^set-cookie: ([^\r\n]*)/mi;
like $cookie, qr/^__Host-rapport=[\w-]{40,}; /, 'the cookie is bound to the host';
like $cookie, qr/; $_(;|$)/, "and $_" for 'Secure', 'HttpOnly', 'Path=/', 'SameSite=Lax';
unlike $cookie, qr/Domain/i, 'and to no domain';
($got) = curl('/api/v1/me', '-H', 'Cookie: ' . ($cookie =~ s/;.*//r));
like $got, qr{^HTTP/\S+ 200}, 'and lets its manager in';
like $got, qr{^cache-control: no-store\r$}mi, 'to what nobody keeps';
like $r->raw("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
    qr{^HTTP/1\.1 400 .*Content-Type: application/problem\+json}s, 'plain HTTP is a problem';

done_testing;
