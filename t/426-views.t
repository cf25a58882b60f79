# SPDX-License-Identifier: AGPL-3.0-or-later
# Saved views through nginx: who finds which, versions with who changed what,
# and that nobody overwrites what they have not seen.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my $base = '/api/v1/views';
$r->post('/api/v1/events', [map { { type => 'user', userId => "u$_", attributes => {
	name => "Name $_", country => ('France', 'Peru')[$_ % 2], email => "u$_\@example.org" } } } 1 .. 10]);

# Somebody who logs in: a manager with these permissions and limits.
sub
manager
{
	my ($name, %o) = @_;
	my $m = $r->post('/api/v1/managers', { name => $name, email => "$name\@example.org",
		permissions => ['users.read', 'share'], %o })->{json};
	my $in = $r->post('/api/v1/login', { login => "$name\@example.org", password => $m->{password} },
	    token => 0);
	my ($cookie) = $in->{headers}{'set-cookie'} =~ /^([^;]+)/;
	return { id => $m->{id}, how => { token => 0, headers => { Cookie => $cookie,
		'X-Rapport-CSRF' => $in->{json}{csrf} } } };
}

sub
ask
{
	my ($who, $method, $path, %o) = @_;
	my %how = %{ $who ? $who->{how} : {} };

	$how{headers} = { %{ $how{headers} // {} }, %{ delete $o{headers} // {} } };
	return $r->request($method, $path, %how, %o);
}

my ($ana, $bo) = (manager('ana'), manager('bo'));

# saving
my $a = ask($ana, 'POST', $base, json => { name => 'Peru by name', sort => 'default_name',
	filter => ['default_country', 'is', 'Peru'], columns => ['default_name', 'default_email'] });
is $a->{status}, 201, 'saved';
my $v = $a->{json};
is_deeply [@$v{qw(name visibility version sort columns filter sentence)}],
    ['Peru by name', 'private', 1, 'default_name', ['default_name', 'default_email'],
    ['default_country', 'is', 'Peru'], 'Country is Peru'], 'as it was given';
is_deeply [$v->{owner}, $v->{updatedBy}], [({ kind => 'manager', id => $ana->{id}, name => 'ana' }) x 2],
    'by whom';
like $v->{slug}, qr/^[2-9a-z]{10}$/, 'under a short address';
is $v->{url}, "/v/$v->{slug}", 'from the root, where the workspace has not said its own';
my $there = $r->get($v->{url}, token => 0);
is_deeply [$there->{status}, $there->{headers}{location}], [302, "/#/v/$v->{slug}"],
    'which leads into the panel';
$r->request('PUT', '/api/v1/settings', json => { public_url => 'https://example.org/' });
is ask($ana, 'GET', "$base/$v->{id}")->{json}{url}, "https://example.org/v/$v->{slug}",
    'and where it has, from there';
my $all = ask($ana, 'POST', $base, json => { name => 'All' })->{json};
is_deeply [@$all{qw(filter sentence columns sort)}], [{ all => [] }, 'Everybody', undef, undef],
    'a view of everybody with what is shown by default';

for my $bad (
	[{}, 'name'], [{ name => '' }, 'name'], [{ name => ' ' }, 'name'], [{ name => 'x' x 201 }, 'name'],
	[{ name => "a\nb" }, 'name'], [{ name => 'x', visibility => 'all' }, 'visibility'],
	[{ name => 'x', filter => ['nope', 'is', 1] }, '/filter/'],
	[{ name => 'x', filter => { all => [['default_country', 'is', 'x'], ['nope', 'is', 1]] } }, '/filter/all/1'],
	[{ name => 'x', columns => ['default_name', 'nope'] }, 'columns'],
	[{ name => 'x', sort => '-nope' }, 'sort'], [{ name => 'x', slug => 'x' }, 'slug'],
) {
	my $a = $r->post($base, $bad->[0]);
	is_deeply [$a->{status}, $a->{json}{path}], [422, $bad->[1]], 'refused: ' . json($bad->[0]);
}
is $r->get($base)->{json}{total}, 0, 'nothing was kept of that';

# who finds it
is ask($bo, 'GET', "$base/$v->{id}")->{status}, 404, 'a private view is not there for others';
is ask($bo, 'GET', "$base?slug=$v->{slug}")->{json}{total}, 0, 'nor by its address';
is ask($bo, $_->[0], "$base/$v->{id}$_->[1]", $_->[2] ? (json => $_->[2]) : ())->{status}, 404,
    "nor for $_->[0] $_->[1]"
    for ['PATCH', '', { name => 'y' }], ['DELETE', ''], ['GET', '/versions'], ['GET', '/links'],
	['POST', '/links', {}];
is_deeply [map { $_->{id} } @{ ask($ana, 'GET', "$base?slug=$v->{slug}")->{json}{views} }], [$v->{id}],
    'its owner finds it by its address';
is ask($ana, 'GET', $base)->{json}{total}, 2, 'and in the list';
is ask($bo, 'GET', $base)->{json}{total}, 0, 'which is empty for others';

# versions
my $tag = ask($ana, 'GET', "$base/$v->{id}")->{headers}{etag};
$a = ask($ana, 'PATCH', "$base/$v->{id}", json => { visibility => 'team', name => 'Perú' },
    headers => { 'If-Match' => $tag });
is_deeply [$a->{status}, @{ $a->{json} }{qw(name visibility version)}], [200, 'Perú', 'team', 2],
    'changed';
isnt $a->{headers}{etag}, $tag, 'which is another version';
is ask($bo, $_->[0], "$base/$v->{id}", $_->[1] ? (json => $_->[1]) : (),
    headers => { 'If-Match' => $tag })->{status}, 412, "$_->[0] of the one before is refused"
    for ['PATCH', { name => 'Bo' }], ['DELETE'];
is ask($bo, 'PATCH', "$base/$v->{id}", json => { sort => '-default_name', columns => undef })->{json}{version},
    3, 'a view of the team is changed by others';
is ask($bo, 'PATCH', "$base/$v->{id}", json => { filter => ['nope', 'is', 1] })->{json}{path}, '/filter/',
    'to what can run';
my $of = ask($ana, 'GET', "$base/$v->{id}/versions")->{json};
is_deeply [map { [@$_{qw(version changed name sort)}, $_->{by}{name}] } @{ $of->{versions} }], [
    [3, ['columns', 'sort'], 'Perú', '-default_name', 'bo'],
    [2, ['name', 'visibility'], 'Perú', 'default_name', 'ana'],
    [1, [], 'Peru by name', 'default_name', 'ana']], 'every version says who changed what';
is_deeply [$of->{total}, $of->{next}], [3, undef], 'and that is all of them';
my ($one, @pages) = ({});
do {
	$one = ask($ana, 'GET', "$base/$v->{id}/versions?limit=1" .
	    ($one->{next} ? "&after=$one->{next}" : ''))->{json};
	push @pages, map { [@$_{qw(version changed)}] } @{ $one->{versions} };
} while ($one->{next});
is_deeply \@pages, [[3, ['columns', 'sort']], [2, ['name', 'visibility']], [1, []]],
    'page by page they are the same';
is ask($bo, 'PATCH', "$base/$v->{id}", json => { visibility => 'private' })->{status}, 403,
    'only its owner takes it back';
is ask($bo, 'DELETE', "$base/$v->{id}")->{status}, 403, 'or deletes it';

# pages of the list
ask($ana, 'POST', $base, json => { name => "View $_" }) for 1 .. 5;
my (%seen, $after);
do {
	my $p = ask($ana, 'GET', "$base?limit=3" . ($after ? "&after=$after" : ''))->{json};

	is $p->{total}, 7, 'the total is of all';
	$seen{ $_->{id} }++ for @{ $p->{views} };
	$after = $p->{next};
} while ($after);
is_deeply [scalar(keys %seen), grep { $_ != 1 } values %seen], [7], 'in pages, each once';

# a segment's new name is followed; one that is gone is said to be
my $seg = $r->post('/api/v1/segments', { name => 'Old' })->{json}{id};
my $of_seg = ask($ana, 'POST', $base, json => { name => 'Seg', filter => ['segment', 'hasAny', 'Old'] })->{json};
$r->request('PATCH', "/api/v1/segments/$seg", json => { name => 'New' });
is_deeply ask($ana, 'GET', "$base/$of_seg->{id}")->{json}{filter}, ['segment', 'hasAny', 'New'],
    'a view names a segment by the name it has now';
$r->request('DELETE', "/api/v1/segments/$seg");
my $broken = ask($ana, 'GET', "$base/$of_seg->{id}")->{json};
is $broken->{sentence}, undef, 'a view of a segment that is gone has no sentence';
like $broken->{error}, qr/segment/i, 'and says why it does not run';

# the end of one
is ask($ana, 'DELETE', "$base/$v->{id}")->{status}, 204, 'deleted';
is ask($ana, 'GET', "$base/$v->{id}")->{status}, 404, 'it is gone';
is $r->get("$base/$_")->{status}, 404, "no view $_" for 0, 99, 'x', 4294967296;
my @acts = map { "$_->{act} $_->{object}" } @{ $r->get('/api/v1/audit?limit=500')->{json}{audit} };
for my $act ("view.create view $v->{id}, version 1", "view.change view $v->{id}, version 3",
    "view.delete view $v->{id}, version 3") {
	is scalar(grep { $_ eq $act } @acts), 1, "the audit log has: $act";
}
is $r->cli('check')->{status}, 0, 'the store is sound';
done_testing;
