# SPDX-License-Identifier: AGPL-3.0-or-later
# Segments through nginx: made, filled, combined, frozen and deleted; sizes are
# those of sets worked out here; what depends on what is said and kept.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my $base = '/api/v1/segments';
my @countries = ('France', 'Peru', 'Japan');
is $r->post('/api/v1/events', [map { { type => 'user', userId => "u$_",
	attributes => { name => "Name $_", country => $countries[$_ % 3], score => $_ } } } 1 .. 90])
    ->{json}{accepted}, 90, '90 people';
my %id = map { $_->{userId} => $_->{id} }
    @{ $r->get('/api/v1/users?columns=userId&limit=500')->{json}{users} };

sub make { my (%o) = @_; return $r->post($base, { @_ })->{json}{id} }
sub seg { my ($id) = @_; return $r->get("$base/$id")->{json} }
sub patch { my ($id, $v) = @_; return $r->request('PATCH', "$base/$id", json => $v) }
sub move { my ($id, %o) = @_; return $r->post("$base/$id/members", { %o }) }
# who is in it, as the list of users filtered by it says
sub
who
{
	my ($id) = @_;
	my $f = json(['segment', 'hasAny', $id]);

	$f =~ s/([^\w])/sprintf '%%%02X', ord $1/ge;
	my $a = $r->get("/api/v1/users?f=$f&columns=userId&limit=500")->{json};
	die json($a) if !$a->{users};
	is $a->{total}, seg($id)->{size}, "the list of segment $id has its size";
	return sort map { $_->{userId} } @{ $a->{users} };
}

# static
my $a = $r->post($base, { name => 'Regulars', description => 'They come often' });
is $a->{status}, 201, 'a new segment';
my $s = $a->{json};
my $first = $s->{id};
is_deeply [@$s{qw(name description kind size createdBy neededBy)}],
    ['Regulars', 'They come often', 'static', 0, undef, []], 'static and empty';
like $s->{createdAt}, qr/^20\d\d-.*Z$/, 'with the time it was made';
ok !exists $s->{filter}, 'and without a filter';
$a = move($first, add => [$id{u1}, $id{u2}, 'u3', 'u3']);
is_deeply $a->{json}, { added => 3, removed => 0, size => 3 }, 'users by id and by userId';
is_deeply move($first, add => ['u3', 'u4'], remove => ['u1', 'u90'])->{json},
    { added => 1, removed => 1, size => 3 }, 'who is in it already is not moved';
is_deeply [who($first)], [qw(u2 u3 u4)], 'the right ones';
is_deeply move($first, add => ['u5'], remove => ['u5'])->{json},
    { added => 1, removed => 1, size => 3 }, 'first in, then out';
$a = move($first, add => { f => ['default_country', 'is', 'Peru'] });
is_deeply $a->{json}, { added => 29, removed => 0, size => 32 }, 'everybody a filter matches';
$a = move($first, remove => { f => ['score', '>', 10] });
is_deeply $a->{json}, { added => 0, removed => 26, size => 6 }, 'and out again';
is_deeply [who($first)], [qw(u1 u10 u2 u3 u4 u7)], 'Peru up to 10, and those two';
for my $bad (
	[{ add => ['u1', 'nobody'] }, 422, '/add/1'], [{ add => [999999] }, 422, '/add/0'],
	[{ remove => [1.5] }, 422, '/remove/0'], [{ add => [{}] }, 422, '/add/0'],
	[{ add => [-1] }, 422, '/add/0'], [{ add => 'u1' }, 422, 'add'],
	[{ add => { f => ['nope', 'is', 1] } }, 422, '/add/f/'],
	[{ add => { f => { all => [['score', '>', 1], ['nope', 'is', 1]] } } }, 422, '/add/f/all/1'],
	[{ add => {} }, 422, '/add'], [{ add => { f => {}, x => 1 } }, 422, '/add'],
	[{}, 422, 'add'], [{ ad => [] }, 422, 'ad'],
) {
	my $size = seg($first)->{size};
	my $a = $r->post("$base/$first/members", $bad->[0]);

	is_deeply [$a->{status}, $a->{json}{path}], [@$bad[1, 2]], 'refused: ' . json($bad->[0]);
	is seg($first)->{size}, $size, 'and nobody was moved';
}

# names
is_deeply [@{ $r->post($base, { name => 'Regulars' }) }{status}], [409], 'a name is taken once';
is $r->post($base, { name => 'Regulars' })->{json}{path}, 'name', 'and that is said';
is $r->post($base, { name => '' })->{json}{path}, 'name', 'no name';
is $r->post($base, { name => '   ' })->{json}{path}, 'name', 'white space is no name';
is $r->post($base, { name => 'x' x 201 })->{json}{path}, 'name', 'a long one';
is $r->post($base, { name => 'x', description => 'x' x 4097 })->{json}{path}, 'description', 'a long text';
is patch($first, { name => "R\x{e9}guliers \x{1f642}" })->{json}{name}, "R\x{e9}guliers \x{1f642}", 'renamed';
is patch($first, { description => '' })->{json}{description}, '', 'described no more';
is patch($first, { filter => ['score', '>', 1] })->{status}, 409, 'a static one has no filter';
is $r->get("$base/$_")->{status}, 404, "no segment $_" for 0, 999, 'x', -1;

# dynamic
$a = $r->post($base, { name => 'Peru', filter => ['default_country', 'is', 'Peru'] });
my $peru = $a->{json}{id};
is_deeply [@{ $a->{json} }{qw(kind size sentence)}], ['dynamic', 30, 'Country is Peru'], 'a dynamic one';
is_deeply $a->{json}{filter}, ['default_country', 'is', 'Peru'], 'with its filter';
is move($peru, add => ['u1'])->{status}, 409, 'takes nobody by hand';
$r->post('/api/v1/events', { type => 'user', userId => 'u1', attributes => { country => 'France' } });
is seg($peru)->{size}, 29, 'who does not match any more is out';
is patch($peru, { filter => { all => [['default_country', 'is', 'Peru'], ['score', '<=', 30]] } })->{json}{size},
    9, 'another filter';
for my $bad ([['nope', 'is', 1], '/filter/'], [{ all => [['score', 'is', 1]] }, '/filter/all/0']) {
	is_deeply [@{ patch($peru, { filter => $bad->[0] })->{json} }{qw(status path)}], [422, $bad->[1]],
	    'a filter that cannot run is refused';
	is $r->post($base, { name => 'y', filter => $bad->[0] })->{json}{path}, $bad->[1], 'of a new one, too';
}
is seg($peru)->{size}, 9, 'and the old one stays';

my $tag = $r->get("$base/$peru")->{headers}{etag};
ok $tag, 'a version, by which';
my %then = (headers => { 'If-Match' => $tag });
is $r->request('PATCH', "$base/$peru", json => { description => 'one' }, %then)->{status}, 200,
    'the first of two changes';
is $r->request('PATCH', "$base/$peru", json => { description => 'two' }, %then)->{status}, 412,
    'is not overwritten by the second';
is $r->request('DELETE', "$base/$peru", %then)->{status}, 412, 'nor deleted';
is seg($peru)->{description}, 'one', 'and stays';

# dependents and cycles
my $of = make(name => 'Of Peru', filter => ['segment', 'hasAny', 'Peru']);
my $of2 = make(name => 'Of that', filter => { not => ['segment', 'hasAny', $of] });
is_deeply [seg($of)->{size}, seg($of2)->{size}], [9, 81], 'one of another';
is_deeply seg($peru)->{neededBy}, [{ id => $of, name => 'Of Peru' }], 'what depends on it is listed';
$a = patch($peru, { filter => ['segment', 'hasAny', 'Of that'] });
is_deeply [$a->{status}, $a->{json}{path}], [409, 'filter'], 'a circle is refused';
like $a->{json}{detail}, qr/Peru → Of that → Of Peru → Peru/, 'and named';
is patch($peru, { filter => ['segment', 'hasAny', 'Peru'] })->{status}, 409, 'the smallest, too';
patch($peru, { name => 'Perú' });
is_deeply seg($of)->{filter}, ['segment', 'hasAny', 'Perú'], 'a new name is followed';
$a = $r->request('DELETE', "$base/$peru");
is $a->{status}, 409, 'one that is needed is not deleted';
like $a->{json}{detail}, qr/Of Peru/, 'and what needs it is named';
is $r->request('DELETE', "$base/$of2")->{status}, 204, 'from the end';
is $r->request('DELETE', "$base/$of")->{status}, 204, 'to the start';

# freeze
my $before = [who($peru)];
$a = $r->request('POST', "$base/$peru/freeze");
is_deeply [@{ $a->{json} }{qw(kind size)}], ['static', 9], 'frozen';
ok !exists $a->{json}{filter}, 'without its filter';
$r->post('/api/v1/events', { type => 'user', userId => 'u4', attributes => { country => 'Japan' } });
is_deeply [who($peru)], $before, 'and stays as it is';
is $r->request('POST', "$base/$peru/freeze")->{status}, 409, 'once';

# combine: against sets
srand(my $seed = $ENV{SEED} // time);
note "SEED=$seed";
my @sets = map { my $k = $_; +{ map { +"u$_" => 1 } grep { rand() < $k / 5 } 1 .. 90 } } 1 .. 4;
my @ids = map { make(name => "Set $_") } 0 .. 3;
move($ids[$_], add => [sort keys %{ $sets[$_] }]) for 0 .. 3;
for my $turn (1 .. 30) {
	my @pick = map { int rand 4 } 1 .. 2 + int rand 3;
	my $how = (qw(union intersection difference))[rand 3];
	my ($head, @rest) = map { $sets[$_] } @pick;
	my @want = $how eq 'union' ? keys %{ +{ map { %$_ } $head, @rest } }
	    : $how eq 'intersection' ? grep { my $u = $_; !grep { !$_->{$u} } @rest } keys %$head
	    : grep { my $u = $_; !grep { $_->{$u} } @rest } keys %$head;
	my $a = $r->post("$base/combine", { name => "Turn $turn", how => $how,
	    segments => [map { rand() < 0.5 ? $ids[$_] : "Set $_" } @pick] });

	is $a->{json}{size}, scalar @want, "$how of @pick: $a->{json}{size}";
	is_deeply [who($a->{json}{id})], [sort @want], 'and the same users' if $turn <= 10;
}
for my $bad (
	[{ name => 'c', how => 'union', segments => [$ids[0]] }, 422, 'segments'],
	[{ name => 'c', how => 'union', segments => [$ids[0], 'nope'] }, 404, 'segments/1'],
	[{ name => 'c', how => 'union', segments => [[], 1] }, 422, 'segments/0'],
	[{ name => 'c', how => 'xor', segments => [$ids[0], $ids[1]] }, 422, 'how'],
	[{ name => 'Set 1', how => 'union', segments => [$ids[0], $ids[1]] }, 409, 'name'],
) {
	my $a = $r->post("$base/combine", $bad->[0]);
	is_deeply [$a->{status}, $a->{json}{path}], [@$bad[1, 2]], 'refused: ' . json($bad->[0]);
}

# the list
my $all = $r->get($base)->{json};
is $all->{total}, scalar(@{ $all->{segments} }), 'all are listed';
is_deeply [map { $_->{name} } @{ $all->{segments} }],
    [sort { CORE::fc($a) cmp CORE::fc($b) } map { $_->{name} } @{ $all->{segments} }], 'by name';
my (%seen, $after);
do {
	my $p = $r->get("$base?limit=7" . ($after ? "&after=$after" : ''))->{json};
	$seen{ $_->{id} }++ for @{ $p->{segments} };
	$after = $p->{next};
} while (defined $after);
is_deeply [scalar(keys %seen), grep { $_ != 1 } values %seen], [$all->{total}], 'in pages, each once';
is $r->get("$base?q=TURN%201")->{json}{total}, 11, 'by a part of the name';
is $r->get("$base?kind=dynamic")->{json}{total}, 0, 'by kind';
is $r->get("$base?after=%21%21")->{json}{path}, 'after', 'a cursor that is none';
is $r->get("$base?sort=x")->{status}, 422, 'and no other parameter';

# who made it, and the record
my $m = $r->post('/api/v1/managers', { name => 'Bo', email => 'bo@example.org',
	permissions => ['users.read', 'segments.edit'] })->{json};
my $login = $r->post('/api/v1/login', { login => 'bo@example.org', password => $m->{password} },
    token => 0);
my ($cookie) = $login->{headers}{'set-cookie'} =~ /^([^;]+)/;
$a = $r->request('POST', $base, token => 0, json => { name => 'By Bo' },
    headers => { Cookie => $cookie, 'X-Rapport-CSRF' => $login->{json}{csrf} });
is $a->{json}{createdBy}{name}, 'Bo', 'who made it is said';
my @acts = map { "$_->{act} $_->{object} $_->{result}" }
    @{ $r->get('/api/v1/audit?limit=500')->{json}{audit} };
for my $act ("segment.create segment $first static", "segment.add segment $first 29 users",
    "segment.remove segment $first 26 users", "segment.change segment $first name",
    "segment.freeze segment $peru 9 users", "segment.delete segment $of ") {
	ok scalar(grep { index($_, $act) == 0 } @acts), "the audit log has: $act";
}


# merges and erasures: sizes and members follow
my @cut = map { make(name => "Cut $_") } 'a', 'b';
my $odd = make(name => 'Low', filter => ['score', '<=', 6]);
move($cut[0], add => [qw(u1 u2 u3)]);
move($cut[1], add => [qw(u3 u4 u5)]);
is $r->post("/api/v1/users/$id{u1}/merge", { into => $id{u4} })->{status}, 200, 'u1 becomes u4';
is_deeply [who($cut[0])], [qw(u2 u3 u4)], 'who is the other now is in its place';
is_deeply [who($cut[1])], [qw(u3 u4 u5)], 'and once where both were';
is $r->request('DELETE', "/api/v1/users/$id{u3}?mode=forget")->{status}, 200, 'u3 is erased';
is_deeply [map { seg($_)->{size} } @cut, $odd], [2, 2, 4], 'and in no segment any more';
is move($cut[0], add => [$id{u3}])->{status}, 422, 'nor can be put into one';

# a Member held to some people sees sizes of them, and no other segments
my $scope = make(name => 'Scope');
move($scope, add => [qw(u2 u5 u6)]);
is $r->request('PATCH', "/api/v1/managers/$m->{id}", json => { limits => { segments => [$scope],
	masked => ['score'] } })->{status}, 204, 'limits';
my ($csrf) = $login->{json}{csrf};
sub
bo
{
	my ($method, $path, $json) = @_;

	return $r->request($method, $path, token => 0, $json ? (json => $json) : (),
	    headers => { Cookie => $cookie, 'X-Rapport-CSRF' => $csrf });
}
my %by = map { $_->{name} => $_ } @{ bo('GET', "$base?limit=500")->{json}{segments} };
is_deeply [map { $by{$_} && $by{$_}{size} } 'Cut a', 'Cut b', 'Scope', 'Low', 'By Bo'], [1, 1, 3, 3, 0],
    'sizes are of the scope';
is_deeply [@{ $by{Low} }{qw(filter sentence)}], [undef, undef], 'a filter that names what is kept back is not shown';
my $far = make(name => 'Far away');
move($far, add => ['u90']);
is bo('GET', "$base/$far")->{status}, 404, 'where nobody of the scope is, there is nothing';
is_deeply bo('GET', "$base/$far")->{json}{detail} =~ s/\d+/N/r, bo('GET', "$base/99999")->{json}{detail} =~ s/\d+/N/r,
    'told as of what never was';
for my $bad (['POST', "$base/$odd/freeze"], ['PATCH', "$base/$cut[0]", { name => 'Mine' }],
	['DELETE', "$base/$cut[0]"], ['PATCH', "$base/$odd", { filter => {} }]) {
	is bo(@$bad)->{status}, 403, "may not $bad->[0] what others made";
}
is bo('POST', "$base/$scope/members", { add => ['u90'] })->{json}{path}, '/add/0', 'nobody from outside is put in';
is bo('POST', "$base/$scope/members", { add => { f => {} } })->{json}{added}, 0, 'nor by everybody';
is seg($scope)->{size}, 3, 'so nobody widens their own scope';
is_deeply bo('POST', "$base/$cut[0]/members", { remove => { f => {} } })->{json}, { added => 0, removed => 1, size => 0 },
    'and takes out only who is seen';
is seg($cut[0])->{size}, 1, 'the rest stays';
is bo('POST', "$base/combine", { name => 'No', how => 'union', segments => [$scope, $far] })->{json}{path}, 'segments/1',
    'what is not seen is not combined';
is bo('POST', $base, { name => 'Mine', filter => ['score', '>', 1] })->{status}, 422, 'nor named in a filter';
is $r->request('POST', "$base/$scope/import", token => 0, body => "userId\nu90\n", headers => { Cookie => $cookie,
	'X-Rapport-CSRF' => $csrf, 'Content-Type' => 'text/csv' })->{status}, 403, 'nor is a file taken from them';
is $r->cli('check')->{status}, 0, 'the store is sound';
done_testing;
