# SPDX-License-Identifier: AGPL-3.0-or-later
# Managers, tokens, settings and the audit log through nginx: secrets are shown
# once, changes hold at once, and each leaves a record.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;

sub managers { return { map { $_->{id} => $_ } @{ $r->get('/api/v1/managers')->{json}{managers} } } }
sub tokens { return { map { $_->{id} => $_ } @{ $r->get('/api/v1/tokens')->{json}{tokens} } } }
sub patch { my ($id, $v) = @_; return $r->request('PATCH', "/api/v1/managers/$id", json => $v) }
sub
login
{
	my ($login, $password) = @_;

	return $r->post('/api/v1/login', { login => $login, password => $password }, token => 0)->{status};
}

# managers
my $a = $r->post('/api/v1/managers', { name => 'Bo', email => 'Bo@Example.org',
	permissions => ['users.read', 'download'] });
is $a->{status}, 201, 'a new manager';
my ($id, $password) = @{ $a->{json} }{qw(id password)};
is login('bo@example.org', $password), 200, 'logs in with the password shown';
is_deeply { map { $_ => managers()->{$id}{$_} } qw(name email phone role disabled passwordIsOneTime permissions) },
    { name => 'Bo', email => 'Bo@Example.org', phone => '', role => 'Member',
      disabled => JSON::PP::false, passwordIsOneTime => JSON::PP::true,
      permissions => ['users.read', 'download'] }, 'and is listed';
unlike $r->get('/api/v1/managers')->{body}, qr/argon2|\Q$password\E/, 'without the password';
for my $bad (
	[409, 'email', { name => 'Eve', email => 'BO@example.org' }],
	[422, 'email', { name => 'Eve' }],
	[422, 'email', { name => 'Eve', email => 'eve' }],
	[422, 'phone', { name => 'Eve', phone => '12' }],
	[422, 'name', { name => '', email => 'e@example.org' }],
	[422, 'role', { name => 'Eve', email => 'e@example.org', role => 'King' }],
	[422, 'permissions', { name => 'Eve', email => 'e@example.org', permissions => ['all'] }],
	[422, 'id', { name => 'Eve', email => 'e@example.org', id => 7 }],
) {
	my $a = $r->post('/api/v1/managers', $bad->[2]);
	is_deeply [$a->{status}, $a->{json}{path}], [@$bad[0, 1]], 'refused: ' . json($bad->[2]);
}
is patch($id, { phone => '+82 10-1234-5678', permissions => [] })->{status}, 204, 'a change';
is_deeply [@{ managers()->{$id} }{qw(phone permissions name)}], ['+821012345678', [], 'Bo'],
    'changes what it names';
is login('+821012345678', $password), 200, 'and one logs in by it';
my $new = $r->request('POST', "/api/v1/managers/$id/reset")->{json}{password};
is login('bo@example.org', $password), 401, 'a reset password is dead';
is login('bo@example.org', $new), 200, 'the new one lives';
is patch(1, { disabled => \1 })->{status}, 409, 'the last Owner stays';
is patch(1, { role => 'Member' })->{json}{path}, 'role', 'in their role, too';
is patch(99, { name => 'x' })->{status}, 404, 'nobody is changed';

# limits: segments and attributes by name, shown as they are
my @tags = map { $r->post('/api/v1/segments', { name => $_ })->{json}{id} } 'North', 'South, far';
my $limits = { segments => ['South, far', $tags[0]], masked => ['default_email'] };
is patch($id, { limits => $limits })->{status}, 204, 'a Member is limited';
is_deeply managers()->{$id}{limits}, { segments => [{ id => $tags[1], name => 'South, far' },
	{ id => $tags[0], name => 'North' }], masked => ['default_email'] }, 'and that is shown';
is_deeply $r->get('/api/v1/audit?limit=2')->{json}{audit}[1]{result},
    "segments $tags[1],$tags[0]; masked default_email", 'and recorded';
is patch($id, { name => 'Bo' })->{status}, 204, 'another change';
is scalar @{ managers()->{$id}{limits}{segments} }, 2, 'leaves the limits';
for my $bad (
	['limits/segments/1', { segments => [$tags[0], 'West'] }],
	['limits/segments/0', { segments => [99] }],
	['limits/segments/0', { segments => [{}] }],
	['limits/segments', { segments => 'North' }],
	['limits/masked/0', { masked => ['no_such'] }],
	['limits/masked', { masked => {} }],
	['limits', { rows => [1] }],
) {
	my $a = patch($id, { limits => $bad->[1] });
	is_deeply [$a->{status}, $a->{json}{path}], [422, $bad->[0]], 'refused: ' . json($bad->[1]);
}
is patch(1, { limits => $limits })->{json}{path}, 'limits', 'an Owner has none';
is patch($id, { limits => { segments => [] } })->{status}, 204, 'to nobody';
is_deeply managers()->{$id}{limits}, { segments => [], masked => [] }, 'is a limit';
is patch($id, { limits => undef })->{status}, 204, 'lifted';
is managers()->{$id}{limits}, undef, 'and gone';
$a = $r->post('/api/v1/managers', { name => 'Cy', email => 'cy@example.org', limits => $limits });
is_deeply managers()->{ $a->{json}{id} }{limits}{masked}, ['default_email'], 'a new one has them at once';

# tokens
$a = $r->post('/api/v1/tokens', { name => 'bot', scopes => ['users.edit', 'chats.edit'],
	expiresAt => '2099-01-01T00:00:00Z' });
is $a->{status}, 201, 'a new token';
my ($tid, $token) = @{ $a->{json} }{qw(id token)};
like $token, qr/^rpt_[\w-]{43}$/, 'of 256 bits';
is $r->post('/api/v1/events', { type => 'user', userId => 'u' }, token => $token)->{status}, 200,
    'takes events';
is $r->get('/api/v1/users', token => $token)->{status}, 403, 'and sees nobody';
is_deeply { map { $_ => tokens()->{$tid}{$_} } qw(name role scopes expiresAt revokedAt) },
    { name => 'bot', role => 'Member', scopes => ['users.edit', 'chats.edit'],
      expiresAt => '2099-01-01T00:00:00.000Z', revokedAt => undef }, 'is listed';
ok wait_for { tokens()->{$tid}{usedAt} }, 'as used';
unlike $r->get('/api/v1/tokens')->{body}, qr/\Q$token\E/, 'without its secret';
is $r->request('DELETE', "/api/v1/tokens/$tid")->{status}, 204, 'revoked';
is $r->post('/api/v1/events', { type => 'user', userId => 'u' }, token => $token)->{status}, 401,
    'it opens nothing';
ok tokens()->{$tid}{revokedAt}, 'and is listed as revoked';
is $r->request('DELETE', '/api/v1/tokens/99')->{status}, 404, 'one that never was';
is $r->post('/api/v1/tokens', { name => 'x', scopes => ['users.read'],
	expiresAt => '2020-01-01T00:00:00Z' })->{json}{path}, 'expiresAt', 'not dead from birth';

# settings
is_deeply $r->get('/api/v1/settings')->{json}, { 'exports.lock' => 'always', 'exports.aead' => 'gcm',
    'exports.argon2.memory' => 65536, 'exports.argon2.passes' => 3, 'workspace.timezone' => 'UTC',
    'workspace.weekStart' => 'monday', public_url => '' }, 'what holds where nothing was set';
is $r->request('PUT', '/api/v1/settings', json => { 'workspace.timezone' => 'Asia/Kathmandu',
    'exports.argon2.passes' => 4 })->{status}, 204, 'two are set';
is_deeply [@{ $r->get('/api/v1/settings')->{json} }{qw(workspace.timezone exports.argon2.passes exports.lock)}],
    ['Asia/Kathmandu', 4, 'always'], 'and hold, and nothing else';
for my $bad (['exports.argon2.passes', 1], ['exports.argon2.memory', 70000], ['workspace.timezone', 'Mars'],
	['public_url', 'javascript:alert(1)'], ['exports.lock', 'never'], ['exports.nope', 1]) {
	is $r->request('PUT', '/api/v1/settings', json => { $bad->[0] => $bad->[1] })->{json}{path},
	    $bad->[0], "refused: $bad->[0] $bad->[1]";
}

# audit
my $log = $r->get('/api/v1/audit?limit=500')->{json};
my %acts;
$acts{ $_->{act} }++ for @{ $log->{audit} };
is_deeply [sort keys %acts], [sort qw(init token.add manager.add login manager.change manager.limits
    manager.reset token.revoke segment.create setting)], 'every act left a record';
is $log->{total}, scalar(@{ $log->{audit} }), 'all of them are shown';
is_deeply [map { $_->{id} } @{ $log->{audit} }], [reverse 1 .. $log->{total}], 'newest first, no gaps';
my ($refused) = grep { $_->{result} eq 'refused' } @{ $log->{audit} };
is_deeply [@$refused{qw(act object by)}], ['login', "manager $id", 'nobody'], 'a refused log-in, too';
is_deeply [sort keys %{ { map { delete($_->{byName}) => 1 } @{ $log->{audit} } } }], ['', 'Bo', 'test'],
    'each with whom it was by, as they are called now';
unlike json($log), qr/\Q$new\E|\Q$token\E|example\.org|Bo\b/, 'without secrets and names';
my $p = $r->get('/api/v1/audit?limit=2')->{json};
is $r->get("/api/v1/audit?limit=1&after=$p->{next}")->{json}{audit}[0]{id}, $log->{total} - 2,
    'page by page';
done_testing;
