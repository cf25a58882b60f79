# SPDX-License-Identifier: AGPL-3.0-or-later
# Share links through nginx: what they open and what they do not, passwords and
# their back-off, that all dead links are alike, that an end holds in every
# worker at once, and that nothing of a link is in any log.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
# the same store behind another nginx and other workers
my $other = Rapport::Test->start(init => 0, store => $r->{store});
my $n = 60;
my @countries = ('France', 'Peru', 'Japan');
$r->post('/api/v1/events', [map { { type => 'user', userId => "u$_", attributes => {
	name => sprintf('Name %03d', $_), country => $countries[$_ % 3],
	email => "u$_\@secret.example", score => $_ } } } 1 .. $n]);

sub view { my (%o) = @_; return $r->post('/api/v1/views', { %o })->{json}{id} }
sub share { my ($view, %o) = @_; return $r->post("/api/v1/views/$view/links", { %o })->{json} }
sub address { my ($token) = @_; return "/api/v1/shared/$token/users" }
sub query { my (%o) = @_; return join '&', map { my $v = ref $o{$_} ? json($o{$_}) : $o{$_};
	utf8::encode($v); $v =~ s/([^\w.])/sprintf '%%%02X', ord $1/ge; "$_=$v" } sort keys %o }
sub
see
{
	my ($token, %o) = @_;
	my %how = map { $_ => delete $o{$_} } grep { exists $o{$_} } qw(headers at json method);
	my $at = delete $how{at} // $r;
	my $method = delete $how{method} // ($how{json} ? 'POST' : 'GET');

	return $at->request($method, address($token) . '?' . query(%o), token => 0, %how);
}

my $view = view(name => "Per\x{fa} & <b>co</b>", filter => ['default_country', 'is', 'Peru'],
    columns => ['default_name', 'default_email', 'score', 'default_country'], sort => '-score');
my $link = share($view, columns => ['default_name', 'score']);
like $link->{token}, qr/^[\w-]{22}$/, 'a link of 128 bits';
is $link->{url}, "/s/$link->{token}", 'has an address';
my $token = $link->{token};

# what it opens
my $a = see($token);
is $a->{status}, 200, 'it opens without a log-in';
my $page = $a->{json};
is_deeply [@$page{qw(name sort total next)}], ["Per\x{fa} & <b>co</b>", '-score', 20, undef],
    'the view by its name, in its order';
is_deeply [map { $_->{name} } @{ $page->{columns} }], ['default_name', 'score'], 'with the link\'s columns';
is_deeply $page->{users}, [map { { default_name => sprintf('Name %03d', $_), score => $_ } }
    reverse grep { $_ % 3 == 1 } 1 .. $n], 'and nothing else of its people, not even their ids';
unlike $a->{body}, qr/secret|Peru|lastSeen|"id"/, 'nothing else is anywhere in the answer';
is $a->{headers}{'cache-control'}, 'no-store', 'nobody keeps it';
is $a->{headers}{'referrer-policy'}, 'no-referrer', 'no page after it is told where one was';
is see($token, sort => 'score', limit => 1)->{json}{users}[0]{score}, 1, 'in another order';
is_deeply see($token, columns => 'score', limit => 1)->{json}{users}, [{ score => 58 }], 'fewer columns';
is see($token, f => ['score', '>', 30])->{json}{total}, 10, 'a filter by a column of it';
my (@all, $next);
do {
	my $p = see($token, limit => 7, $next ? (after => $next) : ())->{json};

	push @all, map { $_->{score} } @{ $p->{users} };
	$next = $p->{next};
} while (defined $next);
is_deeply \@all, [reverse grep { $_ % 3 == 1 } 1 .. $n], 'page by page each once';

# what it does not open: as what nobody has
sub gist { my ($a) = @_; my %j = %{ $a->{json} }; return [$a->{status}, @j{qw(type title detail)}] }
for my $way (
	['sort', sub { (sort => $_[0]) }], ['sort down', sub { (sort => "-$_[0]") }],
	['columns', sub { (columns => "default_name,$_[0]") }],
	(map { my $op = $_; ["filter $op->[0]", sub { (f => [$_[0], @$op]) }] } ['is', 'x'], ['isSet'],
	    ['contains', 'u1@secret'], ['>', 3], ['hasAny', 'x']),
	['filter in a group', sub { (f => { not => { any => [['score', '>', 3], [$_[0], 'isSet']] } }) }],
) {
	my ($name, $make) = @$way;
	my $want = gist(see($token, $make->('no_such_thing')));

	is $want->[0], 422, "$name: of what nobody has";
	for my $hidden (qw(default_email default_country lastSeen userId segment)) {
		my $got = gist(see($token, $make->($hidden)));

		$got->[3] =~ s/\Q$hidden\E/no_such_thing/g;
		is_deeply $got, $want, "and of $hidden, alike";
	}
}
my $cursor = $r->get('/api/v1/users?limit=1&sort=default_email')->{json}{next};
is see($token, after => $cursor)->{status}, 422, 'a cursor of another order is none';
is see($token, after => $cursor, sort => 'score')->{status}, 422, 'nor is it for a column of the link';
for my $path ("/api/v1/users", "/api/v1/attributes", "/api/v1/attributes/default_email/values",
    "/api/v1/views/$view", "/api/v1/views/$view/links", "/api/v1/users/1") {
	is $r->get($path, token => 0)->{status}, 401, "it opens no $path";
	is $r->get($path, token => $token)->{status}, 401, 'nor does it as a token';
}
for my $path ("/api/v1/shared/$token/attributes", "/api/v1/shared/$token/attributes/default_email/values",
    "/api/v1/shared/$token", "/api/v1/shared/$token/users/1") {
	is $r->get($path, token => 0)->{status}, 404, 'there is no ' . $path =~ s/\Q$token\E/TOKEN/r;
}
is see($token, q => 'x')->{status}, 422, 'an unknown parameter is refused';

# a view that changes
$r->request('PATCH', "/api/v1/views/$view", json => { columns => ['default_email', 'score'] });
is_deeply [map { $_->{name} } @{ see($token)->{json}{columns} }], ['score'],
    'a column that left the view left its links, and one that came did not come';
$r->request('PATCH', "/api/v1/views/$view", json => { columns => ['default_name', 'default_email', 'score'] });

# made wrongly
for my $bad ([{ columns => ['lastSeen'] }, 'columns'], [{ columns => [] }, 'columns'], [{ expiresAt => '2020-01-01T00:00:00Z' }, 'expiresAt'],
    [{ expiresAt => '2126-01-01T00:00:00Z' }, 'expiresAt'], [{ password => 'short' }, 'password'],
    [{ password => 'password' }, 'password'], [{ password => '' }, 'password'], [{ downloads => 1 }, 'downloads']) {
	my $a = $r->post("/api/v1/views/$view/links", $bad->[0]);
	is_deeply [$a->{status}, $a->{json}{path}], [422, $bad->[1]], 'refused: ' . json($bad->[0]);
}

# openings
my $quiet = share($view);
my $of = "/api/v1/views/$view/links/$quiet->{id}/openings";
is_deeply $r->get($of)->{json}, { total => 0, openings => [], next => undef }, 'not opened yet';
$next = see($quiet->{token}, limit => 5)->{json}{next};
see($quiet->{token}, limit => 5, after => $next) for 1 .. 3;
is $r->get($of)->{json}{total}, 1, 'a first page is an opening, further ones are not';
see($quiet->{token}) for 1 .. 4;
my @log = map { $r->get("$of?limit=2" . ($_ ? "&after=$_" : ''))->{json} } 0, 4, 2;
is_deeply [map { [map { $_->{id} } @{ $_->{openings} }] } @log], [[5, 4], [3, 2], [1]], 'newest first, in pages';
is_deeply [map { $_->{next} } @log], [4, 2, undef], 'to the end';
is_deeply [map { $_->{from} } @{ $log[0]{openings} }], ['127.0.0.1', '127.0.0.1'], 'from where';
my ($listed) = grep { $_->{id} == $quiet->{id} } @{ $r->get("/api/v1/views/$view/links")->{json}{links} };
is_deeply [@$listed{qw(state openings password)}], ['open', 5, JSON::PP::false], 'in the list of links too';
ok !exists $listed->{token}, 'which does not have the secret';
is $r->get("/api/v1/views/$view/links/99/openings")->{status}, 404, 'no openings of no link';

# a password
my $locked = share($view, columns => ['score'], password => 'tulips from Lima');
$a = see($locked->{token});
is_deeply [$a->{status}, $a->{json}{path}], [401, 'password'], 'a password is asked for';
unlike $a->{body}, qr/score|Per/, 'and nothing is shown';
$a = see($locked->{token}, json => { password => 'tulips from lima' });
is_deeply [$a->{status}, $a->{json}{path}], [401, 'password'], 'a wrong one';
ok !$a->{headers}{'set-cookie'}, 'gives nothing';
$a = see($locked->{token}, json => { password => 'tulips from Lima' });
is_deeply [$a->{status}, $a->{json}{total}], [200, 20], 'the right one opens it';
like $a->{headers}{'set-cookie'}, qr{^rapport-link=[\w-]{43}; Path=/api/v1/shared/\Q$locked->{token}\E; Max-Age=43200; HttpOnly; SameSite=Strict$},
    'with a cookie for this link alone';
my ($cookie) = $a->{headers}{'set-cookie'} =~ /^([^;]+)/;
my %with = (headers => { Cookie => $cookie });
is see($locked->{token}, %with)->{json}{total}, 20, 'by which one goes on';
is see($locked->{token}, %with, at => $other)->{json}{total}, 20, 'at another worker too';
is see($locked->{token}, sort => 'default_name', %with)->{status}, 422, 'within its columns';
my $second = share($view, password => 'tulips from Lima');
is see($second->{token}, %with)->{status}, 401, 'it does not open another link';
is see($locked->{token}, json => { password => 'tulips from Lima' }, headers => {
	'Sec-Fetch-Site' => 'cross-site' })->{status}, 403, 'nor may another site try passwords';
is see($token, json => { password => 'whatever' })->{json}{total}, 20, 'where none is asked any will do';
my (@slow, $try);
for my $i (1 .. 40) {
	$try = see($locked->{token}, json => { password => "guess $i" });
	push @slow, $try if $try->{status} == 429;
	last if @slow;
}
ok @slow > 0, 'who guesses is slowed down';
like $slow[0]{headers}{'retry-after'}, qr/^[1-9]\d*$/, 'and told for how long';
is see($locked->{token}, %with)->{json}{total}, 20, 'who has been let in is not';

# dead links are alike
sub
bare
{
	my ($a) = @_;
	my %h = %{ $a->{headers} };

	delete @h{qw(date x-request-id)};
	return json({ status => $a->{status}, headers => \%h,
		body => $a->{body} =~ s/"requestId":"\w{32}"/"requestId":""/r });
}
my $want = bare(see('AAAAAAAAAAAAAAAAAAAAAA'));
like $want, qr/"status":"404"/, 'a link that never was';
my %dead = (malformed => 'x', long => 'A' x 200, 'not quite' => substr($token, 0, 21) . ($token =~ /A$/ ? 'Q' : 'A'));
my $gone = view(name => 'Gone', columns => ['score']);
$dead{'deleted view'} = share($gone)->{token};
my $brief = share($view, password => 'tulips from Lima',
    expiresAt => POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + 2)));
$dead{expired} = $brief->{token};
my $mia = $r->post('/api/v1/managers', { name => 'Mia', email => 'mia@example.org',
	permissions => ['users.read', 'share'] })->{json};
my $in = $r->post('/api/v1/login', { login => 'mia@example.org', password => $mia->{password} }, token => 0);
my %as = (token => 0, headers => { 'X-Rapport-CSRF' => $in->{json}{csrf},
	Cookie => $in->{headers}{'set-cookie'} =~ /^([^;]+)/ });
my $hers = $r->post('/api/v1/views', { name => 'Mia', columns => ['score'] }, %as)->{json}{id};
$dead{'of who may not share any more'} = $r->post("/api/v1/views/$hers/links", {}, %as)->{json}{token};
is see($dead{$_})->{status}, 200, "alive: $_" for 'deleted view', 'of who may not share any more';
$r->request('DELETE', "/api/v1/views/$gone");
$r->request('PATCH', "/api/v1/managers/$mia->{id}", json => { permissions => ['users.read'] });
is $r->post("/api/v1/views/$hers/links", {}, %as)->{status}, 403, 'nor make another';

# revoked: at once, everywhere
for my $l ([$link, 'without a password'], [$locked, 'with a password', %with]) {
	my ($of, $name, %how) = @$l;

	is see($of->{token}, %how, at => $_)->{status}, 200, "open: $name" for $r, $other;
	is $r->request('DELETE', "/api/v1/views/$view/links/$of->{id}")->{status}, 204, 'revoked';
	is see($of->{token}, %how, at => $_)->{status}, 404, 'and it is shut, whoever answers'
	    for $other, $r, $other;
	is $r->request('DELETE', "/api/v1/views/$view/links/$of->{id}")->{status}, 204, 'twice is harmless';
	$dead{"revoked, $name"} = $of->{token};
}
is $r->request('DELETE', "/api/v1/views/$view/links/99")->{status}, 404, 'no link to revoke';
is $r->request('DELETE', "/api/v1/views/$hers/links/$quiet->{id}", %as)->{status}, 403, 'nor without the right';
ok wait_for { see($brief->{token})->{status} == 404 } 20;
for my $name (sort keys %dead) {
	is bare(see($dead{$name}, at => $_)), $want, "dead and alike: $name" for $r;
	is bare(see($dead{$name}, sort => 'score', f => ['nope', 'is', 1], %with)), $want, 'whatever is asked';
	is bare(see($dead{$name}, json => { password => 'tulips from Lima' })), $want, 'and with a password';
}
my ($shut) = grep { $_->{id} == $link->{id} } @{ $r->get("/api/v1/views/$view/links")->{json}{links} };
is $shut->{state}, 'revoked', 'the list says which one is';

# logs, also of a worker that cannot be reached
unlink "$r->{dir}/run/api.sock";
is see($quiet->{token})->{status}, 502, 'nobody serves';
is $r->get('/api/v1/users?f=PERSONAL')->{status}, 502, 'any address';
$r->stop;
$other->stop;
for my $log (map { glob "$_->{dir}/logs/*" } $r, $other) {
	my $bytes = slurp($log);

	for my $secret ($token, $quiet->{token}, $locked->{token}, 'tulips', 'PERSONAL', $cookie =~ /=(.+)/) {
		unlike $bytes, qr/\Q$secret\E/, "nothing secret stands in " . $log =~ s{.*/}{}r;
	}
}
like slurp("$r->{dir}/logs/access.log"), qr{"/api/v1/shared/-/users"}, 'the access log names the address without it';
done_testing;
