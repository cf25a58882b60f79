# SPDX-License-Identifier: AGPL-3.0-or-later
# Views and share links of who may not see everything: a view by what is kept
# from them is not there, their links show no more than they may see, whatever
# the view says, and new limits hold for links made before.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my $base = '/api/v1/views';
$r->post('/api/v1/events', [map { { type => 'user', userId => "u$_", segments => [$_ <= 4 ? 'Hers' : 'Rest'],
	attributes => { name => "Name $_", country => ('France', 'Peru')[$_ % 2], score => $_ } } } 1 .. 10]);

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

sub ask { my ($who, $method, $path, %o) = @_; return $r->request($method, $path, %{ $who->{how} }, %o) }
sub limit { my ($who, $limits) = @_;
	is $r->request('PATCH', "/api/v1/managers/$who->{id}", json => { limits => $limits })->{status}, 204,
	    'limits are set: ' . (ref $limits ? json($limits) : 'none') }
sub names { return [map { $_->{name} } @{ $_[0]{json}{columns} }] }
sub shared { my ($l, $query) = @_; return $r->get("/api/v1/shared/$l->{token}/users" . ($query // ''), token => 0) }

my $ana = manager('ana');
my $cy = manager('cy', limits => { masked => ['default_country'] });

# who is kept from an attribute
my $by = ask($ana, 'POST', $base, json => { name => 'By country', visibility => 'team',
	filter => ['default_country', 'is', 'Peru'] })->{json};
is ask($cy, 'GET', "$base/$by->{id}$_")->{status}, 404, "a view by what is kept is not there: $_"
    for '', '/versions', '/links';
is ask($cy, 'GET', "$base?slug=$by->{slug}")->{json}{total}, 0, 'nor by its address';
is ask($cy, 'GET', $base)->{json}{total}, 0, 'nor in the list';
is ask($cy, $_->[0], "$base/$by->{id}$_->[1]", $_->[2] ? (json => $_->[2]) : ())->{status}, 404,
    "nor for $_->[0] $_->[1]" for ['PATCH', '', { name => 'y' }], ['DELETE', ''], ['POST', '/links', {}];
my $with = ask($ana, 'POST', $base, json => { name => 'With country', visibility => 'team',
	columns => ['default_name', 'default_country'], sort => 'default_country' })->{json};
is_deeply [@{ ask($cy, 'GET', "$base/$with->{id}")->{json} }{qw(columns sort)}],
    [['default_name'], undef], 'and is left out of the columns and the sort of one';
ask($ana, 'PATCH', "$base/$with->{id}", json => { filter => ['default_country', 'isSet'] });
ask($ana, 'PATCH', "$base/$with->{id}", json => { filter => undef });
my $versions = ask($cy, 'GET', "$base/$with->{id}/versions");
is $versions->{json}{total}, 3, 'versions are all there';
unlike $versions->{body} =~ s/With country//gr, qr/country/i, 'without what is kept';
is $versions->{json}{versions}[1]{sentence}, undef, 'and where the filter names it, without that';
for my $bad ([{ columns => ['default_country'] }, 'columns'], [{ sort => 'default_country' }, 'sort'],
    [{ filter => ['default_country', 'isSet'] }, '/filter/']) {
	my $got = ask($cy, 'POST', $base, json => { name => 'x', %{ $bad->[0] } });

	is_deeply [$got->{status}, $got->{json}{path}], [422, $bad->[1]], 'none is made by it: ' . json($bad->[0]);
}
my $link = ask($cy, 'POST', "$base/$with->{id}/links", json => {})->{json};
is_deeply names(shared($link)), ['default_name'], 'a link of theirs shows it to nobody';
is shared($link, '?sort=default_country')->{status}, 422, 'nor does it sort by it';
my $free = ask($ana, 'POST', "$base/$with->{id}/links", json => {})->{json};
is_deeply names(shared($free)), ['default_name', 'default_country'], 'control: a link of another does';
my ($seen) = grep { $_->{id} == $free->{id} } @{ ask($cy, 'GET', "$base/$with->{id}/links")->{json}{links} };
is_deeply $seen->{columns}, ['default_name'], 'of which they see the columns they may';

# limits that come later hold for links that are there
is shared($free)->{json}{total}, 10, 'everybody';
limit($ana, { segments => ['Hers'], masked => ['default_country'] });
my $got = shared($free);
is_deeply [$got->{json}{total}, names($got)], [4, ['default_name']], 'now four, without countries';
is shared($free, '?f=' . '%5B%22default_name%22,%22is%22,%22Name%207%22%5D')->{json}{total}, 0,
    'and nobody else by any filter';
unlike $got->{body}, qr/Name (?:[5-9]|10)/, 'nor on the page';
limit($ana, { masked => ['default_name', 'default_country'] });
is shared($free)->{status}, 404, 'a link of which nothing is left is shut';
limit($ana, undef);
is shared($free)->{json}{total}, 10, 'and opens again with what its maker sees';
$r->request('PATCH', "/api/v1/managers/$ana->{id}", json => { disabled => JSON::PP::true });
is shared($free)->{status}, 404, 'no link outlives its maker';
done_testing;
