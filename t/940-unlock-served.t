# SPDX-License-Identifier: AGPL-3.0-or-later
# The page that opens locked files as nginx serves it: its policy lets exactly
# its own scripts run, and what it is built from is not served.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Digest::SHA qw(sha256_base64);
use Rapport::Test;

plan skip_all => 'static/unlock.html is not built' if !-e tree('static/unlock.html');

sub hash_of { my $h = sha256_base64($_[0]); $h .= '=' while length($h) % 4; return "'sha256-$h'" }

my $r = Rapport::Test->start(init => 0, workers => 0);
my $page = $r->get('/unlock.html');
my $policy = $page->{headers}{'content-security-policy'} // '';
my @scripts = $page->{content} =~ m{<script[^>]*>(.*?)</script>}sg;

is $page->{status}, 200, 'it is there, for anybody';
is scalar @scripts, 2, 'with two scripts in it';
my ($allowed) = $policy =~ /script-src ([^;]*)/;
for my $script (@scripts) {
	like $allowed, qr/\Q${\ hash_of($script)}\E/, 'the header lets a script of it run';
	like $page->{content}, qr/script-src [^;]*\Q${\ hash_of($script)}\E/, 'and so does the page itself';
}
unlike $allowed, qr/'unsafe-inline'|'unsafe-eval'/, 'but no other';
unlike $allowed, qr/\Q${\ hash_of("$scripts[1] ")}\E/, 'control: a changed script would not run';
is $r->get("/unlock/$_")->{status}, 404, "/unlock/$_ is not served"
    for qw(unlock.html build.mjs page.js);

done_testing;
