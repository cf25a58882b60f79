# SPDX-License-Identifier: AGPL-3.0-or-later
# Every route against everybody who may ask, from the description the server
# gives of itself: nobody, a machine with nothing, with each permission alone,
# with all but one that is needed, with all, and an Owner.  The answer is 401,
# 403 or let in, and it is worked out here from what the route says it needs.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;
use Rapport::Tree qw(real_tree);

my $r = Rapport::Test->start;
my @names = qw(users.read users.edit users.delete segments.edit chats.read chats.edit
    analytics.read download share settings audit.read);
my %paths = %{ $r->get('/api/v1/openapi.json')->{json}{paths} };

# What each route needs, once more, by hand: the description must agree.
my %need = (
	'get /api/v1/users' => 'users.read',
	'post /api/v1/users/count' => 'users.read',
	(map { $_ => 'users.read' } 'get /api/v1/users/{id}', 'get /api/v1/users/{id}/timeline',
	    'get /api/v1/users/{id}/history/{attribute}'),
	'get /api/v1/users/{id}/chats' => 'users.read chats.read',
	'post /api/v1/users/{id}/archive' => 'users.read chats.read download',
	(map { $_ => 'users.read users.edit' } 'patch /api/v1/users/{id}',
	    'post /api/v1/users/{id}/merge', 'post /api/v1/merges/{id}/undo'),
	'delete /api/v1/users/{id}' => 'users.delete',
	(map { $_ => 'users.read' } 'get /api/v1/segments', 'get /api/v1/segments/{id}'),
	(map { $_ => 'users.read segments.edit' } 'post /api/v1/segments',
	    'post /api/v1/segments/combine', 'patch /api/v1/segments/{id}',
	    'delete /api/v1/segments/{id}', 'post /api/v1/segments/{id}/members',
	    'post /api/v1/segments/{id}/freeze'),
	(map { $_ => 'users.read' } 'get /api/v1/views', 'post /api/v1/views', 'get /api/v1/views/{id}',
	    'patch /api/v1/views/{id}', 'delete /api/v1/views/{id}', 'get /api/v1/views/{id}/versions'),
	(map { $_ => 'users.read share' } 'get /api/v1/views/{id}/links', 'post /api/v1/views/{id}/links',
	    'delete /api/v1/views/{id}/links/{link}', 'get /api/v1/views/{id}/links/{link}/openings'),
	'post /api/v1/segments/{id}/import' => 'users.read users.edit segments.edit',
	'post /api/v1/events' => 'users.edit chats.edit',
	'get /api/v1/attributes' => 'users.read',
	'get /api/v1/attributes/{name}/values' => 'users.read',
	'get /api/v1/attributes/{name}' => 'users.read',
	'patch /api/v1/attributes/{name}' => 'users.read settings',
	(map { $_ => 'download' } 'post /api/v1/exports', 'post /api/v1/exports/preview'),
	'get /api/v1/exports' => 'download',
	'get /api/v1/exports/{id}' => 'download',
	'post /api/v1/exports/{id}/cancel' => 'download',
	'post /api/v1/bulk' => 'users.read',
	'get /api/v1/jobs' => 'users.read',
	'get /api/v1/jobs/{id}' => 'users.read',
	'post /api/v1/jobs/{id}/cancel' => 'users.read',
	'put /api/v1/settings' => 'settings',
	(map { $_ => 'anybody' } 'get /api/v1/settings', 'get /api/v1/settings/table',
	    'get /api/v1/permissions'),
	(map { $_ => 'chats.read' } 'get /api/v1/chats', 'get /api/v1/chats/values', 'get /api/v1/chats/{id}',
	    'get /api/v1/chats/{id}/messages'),
	'patch /api/v1/chats/{id}' => 'chats.read chats.edit',
	'get /api/v1/hours' => 'anybody',
	(map { $_ => 'settings' } 'put /api/v1/hours', 'delete /api/v1/hours'),
	(map { $_ => 'audit.read' } 'get /api/v1/audit', 'get /api/v1/audit/verify'),
	(map { $_ => 'analytics.read' } 'get /api/v1/bookmarks', 'get /api/v1/bookmarks/{id}'),
	(map { $_ => 'settings' } 'post /api/v1/bookmarks', 'patch /api/v1/bookmarks/{id}',
	    'delete /api/v1/bookmarks/{id}'),
	'get /api/v1/me' => 'anybody',
	'post /api/v1/logout' => 'session',
	'post /api/v1/me/password' => 'session',
	'get /api/v1/sessions' => 'session',
	'get /api/v1/stats' => 'analytics.read',
	'get /api/v1/stats/{metric}' => 'analytics.read',
	'delete /api/v1/sessions/{id}' => 'session',
	'get /api/v1/openapi.json' => 'anybody',
	(map { $_ => 'owner' } 'get /api/v1/managers', 'post /api/v1/managers',
	    'get /api/v1/managers/{id}', 'delete /api/v1/managers/{id}/sessions',
	    'patch /api/v1/managers/{id}', 'post /api/v1/managers/{id}/reset',
	    'get /api/v1/tokens', 'post /api/v1/tokens', 'delete /api/v1/tokens/{id}'),
	(map { $_ => 'public' } 'post /api/v1/login', 'get /healthz', 'get /readyz',
	    'get /metrics', 'get /api/v1/hello', 'get /api/v1/shared/{token}/users',
	    'post /api/v1/shared/{token}/users'),
);

sub
described
{
	my ($op) = @_;
	my $rights = $op->{'x-rights'};

	return 'session' if @{ $op->{security} } == 1;
	return join ' ', @{ $op->{'x-rights-needed'}{permissions} } if $rights eq 'permissions';
	return $rights;
}

my %routes;
for my $path (keys %paths) {
	$routes{"$_ $path"} = described($paths{$path}{$_}) for keys %{ $paths{$path} };
}
is_deeply \%routes, \%need, 'what each route needs is what it should need, and none is missing here';

# who asks: a name and what they have
sub token { my (%o) = @_; return $r->post('/api/v1/tokens', { name => 'x', %o })->{json}{token} }
my @who = (['nobody', undef, 0], ['an Owner', { map { $_ => 1 } @names, 'owner' }, token(role => 'Owner')],
    ['all but Owner', { map { $_ => 1 } @names }, token(scopes => \@names)]);
for my $one (@names) {
	push @who, ["only $one", { $one => 1 }, token(scopes => [$one])];
	push @who, ["all but $one", { map { $_ => 1 } grep { $_ ne $one } @names },
	    token(scopes => [grep { $_ ne $one } @names])];
}

sub
expected
{
	my ($need, $has) = @_;

	return 'in' if $need eq 'public';
	return 401 if !$has;
	return 'in' if $need eq 'anybody';
	return 403 if $need eq 'session';
	return grep({ !$has->{$_} } split / /, $need) ? 403 : 'in';
}

# One question.  Bodies and ids are such that who gets in changes nothing.
sub
answer
{
	my ($route, $token) = @_;
	my ($method, $path) = split / /, $route;

	$path =~ s/\{\w+\}/0/g;
	my $a = $r->request(uc $method, $path, token => $token,
	    $method eq 'get' || $method eq 'delete' ? () : (json => {}));
	return $a->{status} == 401 && $path ne '/api/v1/login' ? 401 : $a->{status} == 403 ? 403
	    : $a->{status} >= 500 ? $a->{status} : 'in';
}

my ($cells, @wrong) = (0);
for my $route (sort keys %need) {
	for my $who (@who) {
		my ($name, $has, $token) = @$who;
		my $want = expected($need{$route}, $has);
		my $got = answer($route, $token);

		$cells++;
		push @wrong, "$route by $name: $got, not $want" if $got ne $want;
	}
}
is join("\n", @wrong), '', "all $cells cells of routes x rights are as they should be";
cmp_ok $cells, '>=', 28 * 25, 'there are many of them';

# The table above is complete: as many rows as the sources have.
my $tree = real_tree();
my $rows = 0;
for my $path (grep { m{^src/web/api_.*\.c$} } keys %$tree) {
	$rows++ while $tree->{$path} =~ /^\s+\{(?:GET|POST|PUT|PATCH|DELETE), /mg;
}
is $rows, scalar(keys %need), 'every row of every route table was asked';

# A session is held to its manager's permissions in the same way, and at once.
my $m = $r->post('/api/v1/managers', { name => 'Bo', email => 'bo@example.org',
	permissions => ['users.read'] })->{json};
my $in = $r->post('/api/v1/login', { login => 'bo@example.org', password => $m->{password} }, token => 0);
my ($cookie) = $in->{headers}{'set-cookie'} =~ /^(rapport=[^;]+)/;
sub as_bo { my ($path) = @_; return $r->get($path, token => 0, headers => { Cookie => $cookie })->{status} }
is_deeply [map { as_bo($_) } '/api/v1/users', '/api/v1/audit', '/api/v1/managers'], [200, 403, 403],
    'a Member sees what they may';
$r->request('PATCH', "/api/v1/managers/$m->{id}", json => { permissions => ['audit.read'] });
is_deeply [map { as_bo($_) } '/api/v1/users', '/api/v1/audit', '/api/v1/managers'], [403, 200, 403],
    'and from one request to the next what they may now';

# GETs change nothing: the store is the same after all of them.
sub records { return $r->get('/api/v1/audit?limit=1')->{json}{total} }
my $before = records();
for my $route (grep { /^get / && !/users\/\{id\}/ } sort keys %need) {
	answer($route, $r->{token});
}
is records(), $before, 'no GET leaves a record but that of a person';
done_testing;
