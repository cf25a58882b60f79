# SPDX-License-Identifier: AGPL-3.0-or-later
#
# A house in which some people, values, segments and views are out of bounds for
# a Member, and everything one can ask in it.  Within bounds are six people,
# in1 to in6; beyond() changes all that is out of bounds: whose words all have
# "beyond" in them, and masked values "veiled".  $limited and $token are held to
# their limits, $free asks the same without any.
#
# A new route that is held to limits needs a row in %ask.
package Rapport::Bounds;

use strict;
use warnings;

use Exporter qw(import);
use Rapport::Test;

our @EXPORT = qw($r $api %ask %same %seg %view @out @attributes %operators @masked @filters
    $first_in $first_out $limited $token $free %cursors beyond question told harmless f esc);

our $r = Rapport::Test->start;
our $api = '/api/v1';
my @names = qw(users.read users.edit users.delete segments.edit chats.read chats.edit
    analytics.read download share settings audit.read);
my $round = 0;

sub esc { my ($s) = @_; $s =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ge; return $s }
sub f { return 'f=' . esc(json($_[0])) }

# ---- the house: what is within bounds, once; what is not, anew each round

our @in = map { "in$_" } 1 .. 6;
is $r->post("$api/events", [map { { type => 'user', userId => $in[$_], at => '2026-01-02T00:00:00Z',
	attributes => { name => "Within $_", country => $_ % 2 ? 'France' : 'Peru', score => $_,
	    vip => $_ % 2 ? \1 : \0, since => "2026-01-0$_" . 'T00:00:00Z', ip => "192.0.2.$_",
	    maskplan => "Veiled first $_", email => "veiled$_\@example.org" } } } 0 .. 5])
    ->{json}{accepted}, 6, 'six people within bounds';
our %seg;
sub
segment
{
	my ($name, %o) = @_;

	return $seg{$name} = $r->post("$api/segments", { name => $name, %o })->{json}{id};
}
sub members { my ($name, %o) = @_; return $r->post("$api/segments/$seg{$name}/members", { %o }) }
segment('Inside');
members('Inside', add => \@in);
segment('Both');
segment('Beyond');
segment('French', filter => ['default_country', 'is', 'France']);
segment('Ruled', filter => ['maskplan', 'startsWith', 'Veiled']);
segment('Beyond ruled', filter => ['default_country', 'startsWith', 'Beyond']);

is $r->post("$api/segments/$seg{Beyond}/members", { add => ['in3'] })->{json}{added}, 1, 'in3 goes beyond';
is $r->post("$api/segments/$seg{Beyond}/members", { remove => ['in3'] })->{json}{removed}, 1, 'and comes back';
our %view;
sub
view
{
	my ($name, %o) = @_;

	$view{$name} = $r->post("$api/views", { name => $name, visibility => 'team', %o })->{json}{id};
	$r->post("$api/views/$view{$name}/links", {});
}
view('Open', filter => ['default_country', 'is', 'France'], columns => ['default_name', 'default_email'], sort => 'score');
view('Veiled', filter => ['maskplan', 'isSet']);
view('Beyond', filter => ['segment', 'hasAny', $seg{Beyond}]);
view('Sorted', columns => ['userId', 'maskplan'], sort => 'default_email');

our @out;
sub
beyond
{
	$round++;
	my @new = map { "beyond-$round-$_" } 1 .. 3 * $round;
	$r->post("$api/events", [
		map({ { type => 'user', userId => $_, at => "2026-02-0${round}T00:00:00Z",
		    attributes => { name => "Beyond $round $_", country => "Beyond $round", city => 'Beyond',
			email => "beyond$round-$_\@example.org", score => 1000 * $round, vip => \1,
			since => "2027-0${round}-01T00:00:00Z", ip => "203.0.113.$round",
			maskplan => "Beyond $round" } } } @out, @new),
		map({ { type => 'user', userId => $in[$_], at => "2026-01-0${round}T00:00:00Z",
		    attributes => { maskplan => "Veiled $round $_", email => "veiled$round-$_\@example.org" } } } 1 .. 5),
	]);
	is $r->post("$api/events", [
		{ type => 'chat', chatId => 'c1', userId => 'in1', openedAt => '2026-01-05T00:00:00Z',
		    source => "Veiled $round", contactMediumType => "Veiled $round", attributes => { ticket => "Veiled $round" } },
		map({ { type => 'chat', chatId => "beyond-$round-$_", userId => $new[0], openedAt => '2026-03-05T00:00:00Z',
		    source => "Beyond $round", attributes => { ticket => "Beyond $round" } } } 1 .. $round),
		map({ { type => 'message', chatId => $_, messageId => "m-$round-$_", personType => 'bot',
		    at => "2026-01-05T0$round:00:00Z", text => 'Beyond' } } "beyond-$round-1"),
		map({ { type => 'flow', userId => $new[0], flow => 'beyond', event => $_, runId => "beyond-$round", at => "2026-01-05T0$round:00:00Z" } }
		    qw(started completed)),
		{ type => 'delivery', messageId => "m-$round-beyond-$round-1", status => 'failed', at => '2026-01-06T00:00:00Z', error => { code => 'beyond', title => 'x' } },
		{ type => 'merge', from => $new[1], into => $new[2], at => '2026-04-01T00:00:00Z' },
	])->{json}{refusedCount}, 0, 'what happened beyond';
	splice @new, 1, 1;	# is somebody else now
	push @out, @new;
	is members('Both', add => [$in[1], @out])->{status}, 200, 'and who is in both';
	members('Beyond', add => \@out);
	$r->request('PATCH', "$api/segments/$seg{Beyond}", json => { name => "Beyond $round" });
	$r->request('PATCH', "$api/views/$view{$_}", json => { name => "Beyond $round" }) for qw(Veiled Beyond);
	$r->post("$api/views/$view{$_}/links", { columns => ['userId'] }) for qw(Veiled Beyond);
	$r->post("$api/exports", { what => 'users', purpose => "Beyond $round of all", format => 'csv' });
	$r->post("$api/bulk", { action => 'ban', f => ['default_name', 'contains', 'Beyond'] });
}
sub ids_of { my ($f) = @_; return map { $_->{id} } @{ $r->get("$api/users?limit=500&columns=userId&sort=userId&" . f($f))->{json}{users} } }

is $r->request('PUT', "$api/settings", json => { 'exports.lock' => 'optional' })->{status}, 204,
    'files may leave in clear, so that they can be read here';
beyond();
our ($first_in) = ids_of(['userId', 'is', 'in1']);
our ($third_in) = ids_of(['userId', 'is', 'in3']);
our @masked = qw(default_email default_source maskplan session.ticket);
our ($first_out) = ids_of(['userId', 'is', 'beyond-1-1']);
our @attributes = map { $_->{name} } @{ $r->get("$api/attributes")->{json}{attributes} };
our %operators = map { $_->{name} => $_->{operators} } @{ $r->get("$api/attributes")->{json}{attributes} };

# ---- what is asked: route => questions as [path, body]

# Values that fit each kind of operand, from within and from beyond.
sub
operands
{
	my ($attribute, $o) = @_;
	my %kind = (none => [[]], two => [['0', '5000'], ['2026-01-01', '2028-01-01']],
	    span => [['90d']], network => [['203.0.113.0/24'], ['192.0.2.0/24']]);
	my @one = map { [$_] } $attribute eq 'segment' ? ('Inside', 'Both', 'French', 'Ruled', "$seg{Beyond}", 'Beyond ruled')
	    : ('Beyond 1', 'Within 1', 'Veiled first 0', 'beyond-1-1', 'in1', 'e', 1000, 3, '2026-01-03T00:00:00Z', '192.0.2.1');

	return @{ $kind{ $o->{values} } // \@one };
}
our @filters;
for my $a (@attributes) {
	for my $o (@{ $operators{$a} }) {
		push @filters, [$a, $o->{name}, @$_] for operands($a, $o);
	}
}
push @filters, ['said', 'contains', 'beyond'], ['said', 'notContains', 'veil*'];
push @filters, map { my ($metric, $column) = @$_; map { ['counted', $_, { metric => $metric, column => $column,
    from => '2025-12-01', to => '2027-12-01', tz => 'UTC' }] } qw(isIn isNotIn) } [qw(customers new)], [qw(messages out)],
    [qw(response closed)], [qw(conversations conversations)], [qw(consent none)], [qw(contacts contacts)];
our @gone = (999_999);			# an id nobody has
our @chats = map { $r->get("$api/chats?chatId=$_")->{json}{chats}[0]{id} } 'c1', 'beyond-1-1';
our @users = ($first_in, $first_out, @gone);
our %ask = (
	"get $api/users" => sub {
		map({ ["$api/users?" . f($_)] } @filters),
		map({ ["$api/users?limit=2&sort=$_"], ["$api/users?sort=-$_"], ["$api/users?columns=userId,$_"] } @attributes),
		["$api/users?limit=500&columns=" . esc(join ',', grep { my $a = $_; !grep { $a eq $_ } @masked } @attributes)],
		map { ["$api/users?limit=1&after=" . esc($_)] } cursors() },
	"post $api/users/count" => sub {
		map { ["$api/users/count", { filters => [{ not => $_ }, { any => [$_, ['score', '>', 2]] }] }] }
		    @filters[grep { $_ % 5 == 0 } 0 .. $#filters] },
	"get $api/users/{id}" => sub { map { ["$api/users/$_"] } @users },
	(map { my $what = $_; ("get $api/users/{id}/$what" => sub { map({ ["$api/users/$_/$what"], ["$api/users/$_/$what?limit=2"] } @users, $third_in) }) }
	    'timeline', 'chats'),
	"get $api/users/{id}/history/{attribute}" => sub {
		map { my $u = $_; map { ["$api/users/$u/history/" . esc($_)] } @attributes, 'no_such' } @users },
	"patch $api/users/{id}" => sub {
		map({ ["$api/users/$_", { banned => \1 }] } $first_out, @gone),
		map { ["$api/users/$first_in", { attributes => { $_ => 'x' } }] } @masked, 'no_such' },
	"delete $api/users/{id}" => sub { map { ["$api/users/$_"] } $first_out, @gone },
	"post $api/users/{id}/merge" => sub {
		map { (["$api/users/$first_in/merge", { into => $_ }], ["$api/users/$_/merge", { into => $first_in }]) } $first_out, @gone },
	"post $api/merges/{id}/undo" => sub { map { ["$api/merges/$_/undo", {}] } 1, @gone },
	"get $api/chats" => sub {
		map { ["$api/chats?$_"] } '', 'limit=1', 'q=beyond', 'q=veiled', 'q=bey*', 'state=opened', 'state=closed',
		    'source=Beyond%201', 'source=Veiled%201', 'tags=x&tagsMatch=none', 'assigned=false', 'chatId=beyond-1-1',
		    'chatId=c1', 'from=2026-01-01&to=2026-02-01', 'from=2026-03-01', map({ f($_) } @filters[grep { $_ % 7 == 0 } 0 .. $#filters]),
		    map({ 'q=beyond&' . f($_) } ['segment', 'hasAny', $seg{Beyond}], ['maskplan', 'isSet']) },
	"get $api/chats/values" => sub {
		map { (["$api/chats/values?of=$_"], ["$api/chats/values?of=$_&prefix=beyond"], ["$api/chats/values?of=$_&prefix=veil"]) }
		    qw(tags sources assignees) },
	"get $api/chats/{id}" => sub { map { ["$api/chats/$_"] } @chats, @gone },
	"get $api/chats/{id}/messages" => sub {
		map({ ["$api/chats/$_/messages"], ["$api/chats/$_/messages?q=beyond"] } @chats, @gone) },
	"patch $api/chats/{id}" => sub { map { ["$api/chats/$_", { tags => ['x'] }] } $chats[1], @gone },
	"get $api/stats" => sub { ["$api/stats"] },
	"get $api/stats/{metric}" => sub {
		my $span = 'from=2025-12-01&to=2027-12-01&tz=UTC';

		map({ my $m = $_; map { ["$api/stats/$m?$span&$_"] } 'by=month', 'by=month&compare=previous',
		    'by=month&' . f(['maskplan', 'isSet']), 'by=month&' . f(['segment', 'hasAny', $seg{Beyond}]) }
		    qw(customers messages contacts activity response conversations templates consent validity
		    errors contacts.csv retention nope)),
		map({ ["$api/stats/$_"] } "flows?$span&by=month", "flows?$span&by=flow", "flows?$span&flow=welcome", "flows?$span&flow=beyond", "errors?$span&by=code",
		    map({ "response?$span&by=$_" } qw(tag manager source)),
		    map { "funnel?$span&steps=" . esc(json($_)) } [['message', 'did'], ['said', 'contains', 'beyond']],
		    [['message', 'did'], ['maskplan', 'changed']], [['flow:beyond', 'did'], ['chat', 'did']]),
		["$api/stats/activity?$span&by=hourOfWeek"], ["$api/stats/messages.csv?$span&by=hourOfDay"] },
	"get $api/attributes" => sub { ["$api/attributes"] },
	"get $api/attributes/{name}" => sub { map { ["$api/attributes/" . esc($_)] } @attributes, 'no_such' },
	"get $api/attributes/{name}/values" => sub {
		map({ ["$api/attributes/" . esc($_) . '/values'], ["$api/attributes/" . esc($_) . '/values?limit=500&prefix=b'] }
		    @attributes, 'no_such') },
	"get $api/segments" => sub { ["$api/segments"], ["$api/segments?limit=1"], ["$api/segments?q=beyond"] },
	"get $api/segments/{id}" => sub { map { ["$api/segments/$_"] } sort(values %seg), @gone },
	"post $api/segments" => sub {
		["$api/segments", { name => 'Mine', filter => ['maskplan', 'is', 'x'] }],
		["$api/segments", { name => 'Mine', filter => ['segment', 'hasAny', $seg{Beyond}] }] },
	"post $api/segments/combine" => sub {
		map { ["$api/segments/combine", { name => 'Mine', how => 'union', segments => ['Inside', $_] }] }
		    $seg{Beyond}, 'Beyond ruled', @gone },
	"patch $api/segments/{id}" => sub { map { ["$api/segments/$_", { description => 'x' }] } @seg{qw(Both Beyond)}, @gone },
	"delete $api/segments/{id}" => sub { map { ["$api/segments/$_"] } @seg{qw(Both Beyond)}, @gone },
	"post $api/segments/{id}/members" => sub {
		map({ ["$api/segments/$_/members", { add => [$first_in] }] } $seg{Beyond}, @gone),
		map({ ["$api/segments/$seg{Both}/members", { add => [$_] }] } $first_out, 'beyond-1-1', 'nobody', @gone) },
	"post $api/segments/{id}/freeze" => sub { map { ["$api/segments/$_/freeze", {}] } @seg{'Beyond ruled', 'French'}, @gone },
	"post $api/users/{id}/archive" => sub {
		map { ["$api/users/$_/archive", { purpose => 'To see what is there', password => 'correct horse battery' }] }
		    @users, @gone },
	"post $api/exports" => sub {
		map { ["$api/exports", { what => 'users', purpose => 'To see what is there', %$_ }] }
		    {}, { columns => 'userId,maskplan' }, { columns => 'userId,no_such' }, { sort => 'maskplan' },
		    { columns => 'userId', ids => \@users }, { segment => 'Both' }, { segment => "$seg{Beyond}" },
		    { segment => 'Nobody' }, { f => ['maskplan', 'isSet'] } },
	# chats leave locked, so their files are opened elsewhere (t/526)
	"post $api/exports/preview" => sub {
		map({ ["$api/exports/preview", { what => 'users', %$_ }] } {}, { columns => 'userId,maskplan' }, { sort => 'maskplan' },
		    { ids => \@users }, { segment => 'Both' }, { segment => "$seg{Beyond}" }, { f => ['maskplan', 'isSet'] }),
		map { ["$api/exports/preview", { what => 'chats', %$_ }] } {}, { q => 'beyond' }, { source => 'Veiled 1' },
		    { tags => ['x'], tagsMatch => 'none' }, { from => '2026-03-01' }, { chatId => 'beyond-1-1' }, { ids => \@chats },
		    { segment => 'Both' }, { segment => "$seg{Beyond}" }, { segment => 'Nobody' },
		    map { { f => $_ } } @filters[grep { $_ % 7 == 0 } 0 .. $#filters] },
	"get $api/exports" => sub { ["$api/exports?limit=200"] },
	"get $api/exports/{id}" => sub { map { ["$api/exports/$_"] } 1, @gone },
	"post $api/exports/{id}/cancel" => sub { map { ["$api/exports/$_/cancel", {}] } 1, @gone },
	"post $api/bulk" => sub {
		map { ["$api/bulk", { dryRun => \1, %$_ }] }
		    { action => 'delete', f => {} }, { action => 'ban', ids => \@users }, { action => 'ban', ids => [$first_out] },
		    map({ { action => 'addToSegment', segment => $_, f => {} } } 'Both', "$seg{Beyond}", 'Beyond ruled', 'Nobody'),
		    map({ { action => 'setAttribute', attribute => $_, value => 'x', f => {} } } 'maskplan', 'no_such'),
		    { action => 'ban', f => ['maskplan', 'isSet'] } },
	"get $api/views" => sub { ["$api/views"], ["$api/views?limit=1"] },
	"post $api/views" => sub {
		map { ["$api/views", { name => 'Mine', %$_ }] } { filter => ['maskplan', 'isSet'] },
		    { columns => ['maskplan'] }, { sort => 'maskplan' }, { filter => ['segment', 'hasAny', $seg{Beyond}] } },
	(map { my $what = $_; ("get $api/views/{id}$what" => sub { map { ["$api/views/$_$what"] } sort(values %view), @gone }) }
	    '', '/versions'),
	"get $api/views/{id}/links" => sub { map { ["$api/views/$_/links"] } @view{qw(Veiled Beyond)}, @gone },
	"get $api/views/{id}/links/{link}/openings" => sub {
		map { my $v = $_; map { ["$api/views/$v/links/$_/openings"] } 1 .. 3 } @view{qw(Veiled Beyond)}, @gone },
	"post $api/views/{id}/links" => sub {
		map({ ["$api/views/$_/links", {}] } @view{qw(Veiled Beyond)}, @gone),
		["$api/views/$view{Sorted}/links", { columns => ['maskplan'] }] },
	"delete $api/views/{id}/links/{link}" => sub { map { ["$api/views/$_/links/2"] } @view{qw(Veiled Beyond)}, @gone },
	"patch $api/views/{id}" => sub { map { ["$api/views/$_", { name => 'x' }] } @view{qw(Veiled Beyond)}, @gone },
	"delete $api/views/{id}" => sub { map { ["$api/views/$_"] } @view{qw(Veiled Beyond)}, @gone },
	"get $api/jobs" => sub { ["$api/jobs"] },
	"get $api/jobs/{id}" => sub { map { ["$api/jobs/$_"] } 1, @gone },
	"post $api/jobs/{id}/cancel" => sub { map { ["$api/jobs/$_/cancel", {}] } 1, @gone },
);
# Where a Member without limits sees no more, and why.
our %same = (
	"get $api/stats" => 'what there is to be counted is nobody\'s; t/484 has who may not know it',
	"get $api/jobs" => 'a job is shown to who started it',
	"get $api/jobs/{id}" => 'a job is shown to who started it',
	"post $api/jobs/{id}/cancel" => 'a job is shown to who started it',
	(map { $_ => 'changes are not made here' } "patch $api/chats/{id}", "patch $api/views/{id}", "delete $api/views/{id}",
	    "patch $api/users/{id}", "delete $api/users/{id}", "post $api/users/{id}/merge", "post $api/merges/{id}/undo",
	    "delete $api/views/{id}/links/{link}"),
	"get $api/views/{id}/links/{link}/openings" => 'nobody opened them',
	"post $api/exports/{id}/cancel" => 'an export that has ended is refused',
	"patch $api/segments/{id}" => 'changes are not made here',
	"delete $api/segments/{id}" => 'changes are not made here',
	"post $api/segments/{id}/freeze" => 'changes are not made here',
	"post $api/segments/combine" => 'changes are not made here',
	"post $api/segments" => 'changes are not made here',
	"post $api/segments/{id}/members" => 'changes are not made here',
);
# Routes of these do not change the house when a Member without limits asks.
sub harmless { my ($route) = @_; return ($same{$route} // '') !~ /not made here/ }

# ---- who asks

our %limits_of = (segments => ['Inside'], masked => \@masked);
sub
member
{
	my ($name, %o) = @_;
	my $m = $r->post("$api/managers", { name => $name, email => lc "$name\@example.org", permissions => \@names, %o })->{json};
	my $in = $r->post("$api/login", { login => lc "$name\@example.org", password => $m->{password} }, token => 0);
	my ($cookie) = $in->{headers}{'set-cookie'} =~ /^(rapport=[^;]+)/;

	return { id => $m->{id}, headers => { Cookie => $cookie, 'X-Rapport-CSRF' => $in->{json}{csrf} } };
}
sub
question
{
	my ($who, $route, $path, $body) = @_;
	my ($method) = split / /, $route;
	my %o = $who eq 'nobody' ? (token => 0) : $who->{token} ? (token => $who->{token}) : (token => 0, headers => { %{ $who->{headers} } });

	return $r->request(uc $method, $path, %o, $body ? (json => $body) : ());
}
our $limited = member('Lim', limits => \%limits_of);
our $free = member('Fre');
# A token of an Owner who then becomes a limited Member.
our $was = member('Was', role => 'Owner');
our $token = { token => question($was, "post $api/tokens", "$api/tokens", { name => 't', scopes => \@names })->{json}{token} };
is $r->request('PATCH', "$api/managers/$was->{id}", json => { role => 'Member', permissions => \@names,
	limits => \%limits_of })->{status}, 204, 'an Owner becomes a limited Member, and so does their token';
# Whoever gets a link of theirs sees no more than they do.
for my $who ($limited, $token, $free) {
	my $id = question($who, 'post', "$api/views", { name => 'All', columns => ['userId', 'score', 'segment'] })->{json}{id};
	$who->{link} = question($who, 'post', "$api/views/$id/links", {})->{json}{token};
}
our %cursors;
sub cursors { return @{ $cursors{now} } }

# What an answer tells: status and body but for ids of requests and the clock.
# Of the list of exports, in which one's own are counted, whose they are.
sub
told
{
	my ($a) = @_;
	my $body = $a->{body};
	my %by = map { ("$_->{by}: $_->{purpose}" => 1) } @{ ref $a->{json} eq 'HASH' && $a->{json}{exports} || [] };

	return join "\n", $a->{status}, sort keys %by if %by;

	$body =~ s/"requestId":"[^"]*"//g;
	$body =~ s/"(?:updatedAt|begunAt|finishedAt|asOf)":"[^"]*"//g;
	return "$a->{status} $body";
}

1;
