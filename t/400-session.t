# SPDX-License-Identifier: AGPL-3.0-or-later
# Logging in and out as a browser does, through nginx: a new session each time,
# dead at once in every worker, and no change without our own page's proof.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;

# A browser: a cookie, a CSRF token, and what it says of where it comes from.
sub
login
{
	my ($login, $password, %o) = @_;
	my $a = $r->post('/api/v1/login', { login => $login,
		password => $password }, token => 0, %o);
	my ($cookie) = ($a->{headers}{'set-cookie'} // '') =~ /^(rapport=[^;]+)/;

	return { answer => $a, cookie => $cookie, csrf => $a->{json}{csrf} };
}

sub
as
{
	my ($b, $method, $path, %o) = @_;
	my %h = (Cookie => $b->{cookie}, 'X-Rapport-CSRF' => $b->{csrf},
	    Origin => $r->{url}, 'Sec-Fetch-Site' => 'same-origin',
	    %{ delete $o{headers} // {} });

	delete @h{ grep { !defined $h{$_} } keys %h };
	return $r->request($method, $path, token => 0, headers => \%h, %o);
}

my $b = login($r->{login}, $r->{password});
is $b->{answer}{status}, 200, 'the Owner logs in with the one-time password';
like $b->{answer}{headers}{'set-cookie'},
    qr/^rapport=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/, 'the cookie is for us alone';
is $b->{answer}{json}{manager}{role}, 'Owner', 'with their role';
is $b->{answer}{json}{manager}{email}, $r->{login}, 'and e-mail';
ok $b->{answer}{json}{manager}{passwordIsOneTime}, 'and the hint to change the password';
is scalar(@{ $b->{answer}{json}{manager}{permissions} }), 11, 'and everything they may';
is $b->{answer}{headers}{'cache-control'}, 'no-store', 'which nobody keeps';

my $me = as($b, 'GET', '/api/v1/me');
is_deeply $me->{json}, $b->{answer}{json}, 'GET /me says the same';
my $c = login($r->{login}, $r->{password}, headers => { Cookie => $b->{cookie} });
isnt $c->{cookie}, $b->{cookie}, 'logging in again gives a new session, whatever cookie came';

for my $bad (
	[{ 'X-Rapport-CSRF' => undef }, 'without the CSRF token'],
	[{ 'X-Rapport-CSRF' => $c->{csrf} }, "with another session's"],
	[{ Origin => 'http://evil.example' }, 'from another origin'],
	[{ Origin => 'null', 'Sec-Fetch-Site' => undef }, 'from no origin'],
	[{ 'Sec-Fetch-Site' => 'cross-site' }, 'from another site'],
) {
	my $a = as($b, 'POST', '/api/v1/logout', headers => $bad->[0]);
	is $a->{status}, 403, "nothing is changed $bad->[1]";
}
is as($b, 'GET', '/api/v1/me')->{status}, 200, 'and the session lives';

my $out = as($b, 'POST', '/api/v1/logout');
is $out->{status}, 204, 'logging out';
like $out->{headers}{'set-cookie'}, qr/^rapport=;.*Max-Age=0/, 'takes the cookie back';
is $out->{headers}{'clear-site-data'}, '"cache", "storage"', 'and what the browser kept';
is scalar(grep { as($b, 'GET', $_)->{status} != 401 }
    ('/api/v1/me', '/api/v1/users', '/api/v1/exports') x 10), 0,
    'a cookie played again opens nothing, in any thread';
is as($c, 'GET', '/api/v1/me')->{status}, 200, 'the other session is untouched';

# a new password
my $new = 'a much longer pass phrase';
my %change = (password => $r->{password}, newPassword => $new);
is as($c, 'POST', '/api/v1/me/password', json => { %change, password => 'no' })->{json}{path},
    'password', 'the old password is asked for';
is as($c, 'POST', '/api/v1/me/password', json => { %change, newPassword => 'short' })->{json}{path},
    'newPassword', 'a weak new one is refused';
is as($c, 'POST', '/api/v1/me/password', json => \%change)->{status}, 204, 'it is changed';
is as($c, 'GET', '/api/v1/me')->{status}, 401, 'which ends all sessions';
is login($r->{login}, $r->{password})->{answer}{status}, 401, 'the old one opens nothing';
$b = login($r->{login}, $new);
is $b->{answer}{status}, 200, 'the new one does';
ok !$b->{answer}{json}{manager}{passwordIsOneTime}, 'and is their own';

# where one is logged in
my $other = login($r->{login}, $new);
my $list = as($b, 'GET', '/api/v1/sessions')->{json}{sessions};
is scalar(@$list), 2, 'two sessions, which all ended before are not among';
is_deeply [map { $_->{from} } @$list], [('127.0.0.1') x 2], 'from where';
my ($that) = grep { !$_->{current} } @$list;
is scalar(grep { $_->{current} } @$list), 1, 'and which of them is this';
is $r->request('DELETE', "/api/v1/sessions/$that->{id}")->{status}, 403, 'a token has none';
is as($b, 'DELETE', '/api/v1/sessions/0123456789abcdef')->{status}, 404, 'none of that name';
is as($b, 'DELETE', "/api/v1/sessions/$that->{id}")->{status}, 204, 'the other is ended';
is as($other, 'GET', '/api/v1/me')->{status}, 401, 'at once';
is as($b, 'GET', '/api/v1/me')->{status}, 200, 'and this one lives';

# disabled
my $m = $r->post('/api/v1/managers', { name => 'Bo', phone => '+49 170 1234567' })->{json};
my $bo = login('0049 170 123-4567', $m->{password});
is $bo->{answer}{status}, 200, 'somebody logs in by phone';
my ($mine) = @{ as($b, 'GET', '/api/v1/sessions')->{json}{sessions} };
is as($bo, 'DELETE', "/api/v1/sessions/$mine->{id}")->{status}, 404,
    "nobody ends another's session";
is as($b, 'GET', '/api/v1/me')->{status}, 200, 'which goes on';
is $r->request('PATCH', "/api/v1/managers/$m->{id}", json => { disabled => \1 })->{status},
    204, 'and is disabled';
is as($bo, 'GET', '/api/v1/me')->{status}, 401, 'out at once';
is login('+491701234567', $m->{password})->{answer}{status}, 401, 'and cannot come back';

# guessing
# The wait doubles with each guess, so on a busy machine, where a hash takes
# longer than the first waits, it is only a later guess that comes too early.
my @wrong;
do {
	push @wrong, login('eve@example.org', 'wrong password')->{answer};
} while @wrong < 12 && $wrong[-1]{status} != 429;
my @seen = map { $_->{status} } @wrong;
is_deeply [@seen[0 .. 4]], [(401) x 5], 'five guesses';
is $seen[-1], 429, 'then slower';
like $wrong[-1]{headers}{'retry-after'}, qr/^\d{1,3}$/, 'with the time to wait, said once';
is_deeply [@{ $wrong[0]{json} }{qw(title detail type)}],
    [@{ login($r->{login}, 'wrong password')->{answer}{json} }{qw(title detail type)}],
    'whether the name is known cannot be told from the words';

# what the logs say
my $logs = join '', map { slurp($_) } glob "$r->{dir}/logs/*";
unlike $logs, qr/\Q$new\E|\Q$r->{password}\E|\Q$b->{csrf}\E|@{[ substr $b->{cookie}, 8 ]}/,
    'no password and no secret is in any log';
done_testing;
