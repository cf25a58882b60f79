# SPDX-License-Identifier: AGPL-3.0-or-later
# A list goes out as a locked file, with a purpose and a record; refused ones
# leave neither; a client that goes away is noticed; the record knows.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Socket::UNIX ();
use Rapport::Test;

my $r = Rapport::Test->start;
my $password = 'correct horse battery';
my %good = (what => 'users', password => $password, purpose => 'the monthly report', tz => 'UTC');
is $r->post('/api/v1/events', [map { { type => 'user', userId => "u$_", at => '2026-01-01T00:00:00Z',
    attributes => { name => "Name $_", country => $_ % 2 ? 'Peru' : 'France' } } } 1 .. 400])
    ->{json}{accepted}, 400, '400 people';

# What the file holds: lines of the CSV, by `rapport unlock`.
sub
opened
{
	my ($bytes, $with) = @_;
	my $dir = tempdir();

	spew("$dir/x.pgp", $bytes);
	spew("$dir/password", ($with // $password) . "\n");
	my $u = $r->cli('unlock', "$dir/x.pgp", '-o', "$dir/x.csv", '--password-file', "$dir/password");
	return $u->{status} ? "refused: $u->{status}" : [split /\r\n/, slurp("$dir/x.csv")];
}

my $a = $r->post('/api/v1/exports', { %good, f => ['default_country', 'is', 'Peru'],
	columns => ['userId', 'default_name'], sort => 'userId' });
is $a->{status}, 200, 'an export';
is $a->{headers}{'content-type'}, 'application/pgp-encrypted', 'of a locked file';
like $a->{headers}{'content-disposition'}, qr/^attachment; filename="users-\d{4}-\d\d-\d\d\.csv\.pgp"$/,
    'with a name';
is $a->{headers}{'x-export-id'}, 1, 'and its record';
unlike $a->{body}, qr/Name|Peru|userId/, 'nothing is readable in it';
my $rows = opened($a->{body});
is_deeply [ref $rows && @$rows[0, 1], scalar @$rows], ['userId,default_name', 'u1,Name 1', 201],
    'opened it holds the people, in order';
is opened($a->{body}, 'wrong horse battery'), 'refused: 81', 'and not with another password';

my $rec = $r->get('/api/v1/exports/1')->{json};
is_deeply { map { $_ => $rec->{$_} } qw(state by from what rows total purpose format sentence columns f) },
    { state => 'done', by => 'test', from => '127.0.0.1', what => 'users', rows => 200,
      total => 200, purpose => 'the monthly report', format => 'csv',
      sentence => 'Country is Peru', columns => 'userId,default_name',
      f => '["default_country","is","Peru"]' }, 'the record says it all';
is $rec->{bytes}, length $a->{body}, 'to the byte';
ok $rec->{finishedAt} ge $rec->{begunAt}, 'and when';

# other ways to choose
is scalar @{ opened($r->post('/api/v1/exports', { %good, ids => [1, 2, 3] })->{body}) }, 4, 'a selection';
my $form = join '&', 'what=users', 'password=correct+horse+battery', 'purpose=the+monthly+report',
    'f=' . '%5B%22userId%22%2C%22is%22%2C%22u9%22%5D', 'columns=userId';
is_deeply opened($r->request('POST', '/api/v1/exports', body => $form,
    headers => { 'Content-Type' => 'application/x-www-form-urlencoded' })->{body}),
    ['userId', 'u9'], 'by a form';

is $r->get('/api/v1/exports/2')->{json}{sentence}, '3 selected: Everybody', 'a selection is told as one';

# refused
my $before = $r->get('/api/v1/exports')->{json}{total};
is $before, 3, 'three records';
for my $bad (
	['purpose', purpose => 'short'], ['purpose', purpose => undef],
	['password', password => 'short'], ['password', password => undef],
	['password', password => 'password1'], ['sort', sort => 'nope'],
	['columns', columns => ['nope']], ['format', format => 'doc'],
	['what', what => 'everything'], ['tz', tz => 'Nowhere'],
	['', f => ['nope', 'is', 'x']], ['ids', ids => ['u1']], ['nope', nope => 1],
) {
	my ($path, %change) = @$bad;
	my %body = (%good, %change);
	delete @body{ grep { !defined $body{$_} } keys %body };
	my $a = $r->post('/api/v1/exports', \%body);
	is $a->{status}, 422, "refused for its $path";
	is $a->{json}{path}, $path || '/', 'which is named';
	unlike $a->{body}, qr/horse/, 'and the password not repeated';
}
is $r->get('/api/v1/exports')->{json}{total}, $before, 'none of them left a record';

# the policy
is $r->request('PUT', '/api/v1/settings', json => { 'exports.lock' => 'optional', 'exports.aead' => 'ocb' })
    ->{status}, 204, 'an Owner lets lists leave open';
my %open = %good;
delete $open{password};
$a = $r->post('/api/v1/exports', { %open, columns => ['userId'], f => ['userId', 'is', 'u5'] });
is $a->{headers}{'content-type'}, 'text/csv; charset=utf-8', 'a plain file';
is $a->{body}, "userId\r\nu5\r\n", 'as it is';
ok !$r->get('/api/v1/exports/4')->{json}{locked}, 'and the record says it was not locked';
is scalar @{ opened($r->post('/api/v1/exports', { %good, ids => [1] })->{body}) }, 2, 'OCB opens, too';
is $r->request('PUT', '/api/v1/settings', json => { 'exports.lock' => 'never' })->{json}{path},
    'exports.lock', 'no other policy';

# a client that goes away: the worker's side is closed under it
my $many = join "\n", map { json({ type => 'user', userId => "v$_", at => '2026-01-01T00:00:00Z',
	attributes => { note => "$_ " . 'x' x 2000 } }) } 1 .. 6000;
is $r->request('POST', '/api/v1/events', body => $many, headers =>
    { 'Content-Type' => 'application/x-ndjson' })->{json}{accepted}, 6000, 'more people';
my $s = $r->connect;
my $body = json({ %open });
print $s "POST /api/v1/exports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $r->{token}\r\n"
    . "Content-Type: application/json\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
$s->flush;
sysread $s, my $head, 100;
like $head, qr/^HTTP\/1\.1 200/, 'a download begins';
close $s;
ok wait_for { $r->get('/api/v1/exports/6')->{json}{state} =~ /^(client-gone|done)$/ },
    'and ends when nobody reads';

# one that is cancelled while it runs: the reader holds it up, straight on its
# socket, until the worker knows
sub record { my ($type, $body) = @_; return pack('CCnnCC', 1, $type, 1, length $body, 0, 0) . $body }
my %param = (REQUEST_METHOD => 'POST', DOCUMENT_URI => '/api/v1/exports', CONTENT_TYPE => 'application/json',
    CONTENT_LENGTH => length $body, HTTP_AUTHORIZATION => "Bearer $r->{token}", REMOTE_ADDR => '127.0.0.1');
my $held = IO::Socket::UNIX->new(Peer => "$r->{dir}/run/export.sock");
print $held record(1, pack 'nC x5', 1, 0), record(4, join '', map { pack('CC', length, length $param{$_})
    . $_ . $param{$_} } sort keys %param), record(4, ''), record(5, $body), record(5, '');
$held->flush;
sysread $held, $head, 400;
my ($held_id) = $head =~ /X-Export-Id: (\d+)/;
is $r->get("/api/v1/exports/$held_id")->{json}{state}, 'running', 'an export runs';
is $r->request('POST', "/api/v1/exports/$held_id/cancel")->{status}, 204, 'and is cancelled';
ok wait_for { slurp("$r->{dir}/logs/export.log") =~ /export $held_id is asked to stop/ }, 'its worker is told';
{ local $/; my $rest = <$held>; }
ok wait_for { $r->get("/api/v1/exports/$held_id")->{json}{state} ne 'running' }, 'it ends';
$rec = $r->get("/api/v1/exports/$held_id")->{json};
is $rec->{state}, 'cancelled', 'as cancelled';
cmp_ok $rec->{rows}, '<', $rec->{total}, 'before all of it was out';

# kept to themselves
my $m = $r->post('/api/v1/tokens', { name => 'm', scopes => ['download', 'users.read'] })->{json};
is $r->get('/api/v1/exports', token => $m->{token})->{json}{total}, 0, "others' exports are not shown";
is $r->get('/api/v1/exports/1', token => $m->{token})->{status}, 404, 'not even by number';
is $r->request('POST', '/api/v1/exports/1/cancel', token => $m->{token})->{status}, 404, 'nor cancelled';
$a = $r->post('/api/v1/exports', { %good, ids => [1] }, token => $m->{token});
is $r->get('/api/v1/exports', token => $m->{token})->{json}{total}, 1, 'their own are';
is $r->request('POST', "/api/v1/exports/1/cancel")->{status}, 409, 'one that ended cannot be cancelled';

# pages
my $p = $r->get('/api/v1/exports?limit=3')->{json};
is_deeply [map { $_->{id} } @{ $p->{exports} }], [8, 7, 6], 'newest first';
my $q = $r->get("/api/v1/exports?limit=3&after=$p->{next}")->{json};
is_deeply [map { $_->{id} } @{ $q->{exports} }], [5, 4, 3], 'page by page';
is $q->{total}, 8, 'of all';

# the worker is killed in the middle: the record is not left running
$r->worker_stop('export', 'KILL');
$r->worker_start('export');
ok !(grep { $_->{state} eq 'running' } @{ $r->get('/api/v1/exports')->{json}{exports} }),
    'nothing is said to run that does not';
my $logs = join '', map { slurp($_) } glob "$r->{dir}/logs/*";
unlike $logs, qr/horse/, 'no log holds a password';
done_testing;
