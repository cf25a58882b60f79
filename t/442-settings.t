# SPDX-License-Identifier: AGPL-3.0-or-later
# What the Settings pages stand on: the table of settings, versions of what is
# edited, one manager with where they are logged in, attributes that cannot be
# taken for each other, the audit log asked and verified.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my $api = '/api/v1';

sub send_json { my ($method, $path, $v, %o) = @_; return $r->request($method, "$api/$path", $v ? (json => $v) : (), %o) }
sub tag { return $r->get("$api/$_[0]")->{headers}{etag} }
sub with { return headers => { 'If-Match' => $_[0] } }

# settings: told by their table, put all or none, by version
my %row = map { $_->{name} => $_ } @{ $r->get("$api/settings/table")->{json}{settings} };
is_deeply [sort keys %row], [sort keys %{ $r->get("$api/settings")->{json} }], 'every setting is told of';
is_deeply $row{'exports.lock'}{choices}, ['always', 'optional'], 'a choice with its choices';
is_deeply [@{ $row{'exports.argon2.memory'} }{qw(type least most powerOfTwo default)}],
    ['number', 65536, 2097152, JSON::PP::true, 65536], 'a number with its range';
is $row{'workspace.timezone'}{type}, 'zone', 'a zone as one';
is scalar(grep { !length $_->{about} } values %row), 0, 'each says what it does';
my $two = { 'exports.argon2.passes' => 5, 'workspace.timezone' => 'Mars' };
is send_json('PUT', 'settings', $two)->{json}{path}, 'workspace.timezone', 'one of two is wrong';
is $r->get("$api/settings")->{json}{'exports.argon2.passes'}, 3, 'and neither is kept';
my $old = tag('settings');
is send_json('PUT', 'settings', { 'exports.argon2.passes' => 5 }, with($old))->{status}, 204, 'of the version read';
is send_json('PUT', 'settings', { 'exports.argon2.passes' => 6 }, with($old))->{status}, 412, 'not of the one before';
is $r->get("$api/settings")->{json}{'exports.argon2.passes'}, 5, 'which changed nothing';
is send_json('PUT', 'settings', { 'exports.argon2.passes' => 3 }, with(tag('settings')))->{status}, 204, 'but of this one';

# hours, by version
my $week = { monday => [['09:00', '17:00']] };
$old = tag('hours');
is send_json('PUT', 'hours', { timezone => 'UTC', week => $week, from => undef }, with($old))->{status}, 200, 'hours';
is send_json('PUT', 'hours', { timezone => 'UTC', week => {}, from => undef }, with($old))->{status}, 412, 'are not overwritten unseen';
is send_json('DELETE', 'hours', undef, with($old))->{status}, 412, 'nor taken out';
is $r->get("$api/hours")->{json}{schedules}[0]{week}{monday}[0][0], '09:00', 'they are as they were';
is send_json('DELETE', 'hours', undef, with(tag('hours')))->{status}, 204, 'until who saw them does';

# one manager
is_deeply [map { $_->{name} } @{ $r->get("$api/permissions")->{json}{permissions} }], [qw(users.read users.edit
    users.delete segments.edit chats.read chats.edit analytics.read download share settings audit.read)],
    'what can be allowed';
my $m = send_json('POST', 'managers', { name => 'Bo', email => 'bo@example.org', permissions => ['users.read'] })->{json};
sub login { return $r->post("$api/login", { login => 'bo@example.org', password => $m->{password} }, token => 0) }
sub bo { return $r->get("$api/managers/$m->{id}")->{json} }
my @in = map { login()->{headers}{'set-cookie'} =~ /^(rapport=[^;]+)/ } 1, 2;
is_deeply [bo()->{name}, scalar @{ bo()->{sessions} }], ['Bo', 2], 'one, and where they are logged in';
unlike json(bo()), qr/argon2|\Q$m->{password}\E/, 'without the password';
is $r->get("$api/managers/99")->{status}, 404, 'nobody';
$old = tag("managers/$m->{id}");
login();
is tag("managers/$m->{id}"), $old, 'a log-in is no other version';
is send_json('PATCH', "managers/$m->{id}", { name => 'Bo B' }, with($old))->{status}, 204, 'a change of the version read';
is send_json('PATCH', "managers/$m->{id}", { name => 'Bobo' }, with($old))->{status}, 412, 'not of the one before';
is send_json('PATCH', 'managers/99', { name => 'x' }, with($old))->{status}, 404, 'of nobody';
is bo()->{name}, 'Bo B', 'and so it is';
sub as { return $r->get("$api/me", token => 0, headers => { Cookie => $_[0] })->{status} }
is_deeply [map { as($_) } @in], [200, 200], 'logged in at both places';
is send_json('DELETE', "managers/$m->{id}/sessions")->{status}, 204, 'logged out';
is_deeply [map { as($_) } @in], [401, 401], 'of both, at once';
is_deeply bo()->{sessions}, [], 'which is shown';
is login()->{status}, 200, 'with the same password they come back';
is send_json('DELETE', 'managers/99/sessions')->{status}, 404, 'nobody is logged out';

# a token says whose it is
my $t = send_json('POST', 'tokens', { name => 'x', scopes => ['users.read'] })->{json};
my ($listed) = grep { $_->{id} == $t->{id} } @{ $r->get("$api/tokens")->{json}{tokens} };
is $listed->{by}, undef, 'one of the command line is nobody\'s';

# attributes that came alike are told apart; a label that is taken is refused
$r->post("$api/events", [{ type => 'user', userId => 'u', attributes => { plan => 'pro', Plan => 'x', 'COUNTRY ' => 'y' } },
	{ type => 'chat', chatId => 'c', userId => 'u', attributes => { plan => 'free' } }]);
sub labels { return { map { $_->{name} => $_->{label} } @{ $r->get("$api/attributes?hidden=true")->{json}{attributes} } } }
my $l = labels();
is_deeply [@$l{'session.plan', 'COUNTRY ', 'default_country'}],
    ['plan (last session)', 'COUNTRY  (custom)', 'Country'], 'by what sets them apart';
my %seen;
$seen{ lc $_ }++ for values %$l;
is_deeply [grep { $seen{$_} > 1 } keys %seen], [], 'no two are alike';
is_deeply [sort grep { /plan/i } values %$l],
    [sort 'plan (last session)', ($l->{plan} eq 'plan' ? ('plan', 'Plan (custom 2)') : ('Plan', 'plan (custom 2)'))],
    'the first of them keeps its label';
sub label { return send_json('PATCH', "attributes/$_[0]", { label => $_[1] }, @_[2 .. $#_]) }
for my $taken ('Country', ' cOUNTRY', "Coun\x{200b}try", "\x{ff23}ountry", 'plan') {
	my $a = label('session.plan', $taken);

	is_deeply [$a->{status}, $a->{json}{path}], [409, 'label'], 'refused: a label that is taken';
}
is label('session.plan', "\x{200b}")->{status}, 422, 'nor one that cannot be seen';
is label('session.plan', 'Plan of the chat')->{json}{label}, 'Plan of the chat', 'another is taken';
is labels()->{'session.plan'}, 'Plan of the chat', 'and shown';
is label('session.plan', 'PLAN of the chat')->{status}, 200, 'also a little different from itself';
$old = tag('attributes/plan');
is $r->get("$api/attributes/plan")->{json}{name}, 'plan', 'one of them';
is_deeply $r->get("$api/attributes/plan")->{json}{types}, [qw(number instant date boolean set ip)], 'and what else it could be';
is_deeply $r->get("$api/attributes/default_city")->{json}{types}, [], 'a built-in one nothing';
is $r->get("$api/attributes/none")->{status}, 404, 'none';
is label('plan', 'Tariff', with($old))->{status}, 200, 'labelled in the version read';
is label('plan', 'Price', with($old))->{status}, 412, 'and not in the one before';
is send_json('PATCH', 'attributes/plan', { hidden => \1 }, with($old))->{status}, 412, 'nor hidden';
is labels()->{plan}, 'Tariff', 'it is called what was seen';
is send_json('PATCH', 'attributes/Plan', { hidden => \1 })->{status}, 200, 'one is hidden';
is labels()->{Plan}, 'Plan', 'and nothing else is called so: it has its own label again';

# a name may hold whatever an address does not
my $odd = 'a/b ?#%c';
$r->post("$api/events", { type => 'user', userId => 'u', attributes => { $odd => 1 } });
(my $path = $odd) =~ s/(\W)/sprintf '%%%02X', ord $1/ge;
is $r->get("$api/attributes/$path")->{json}{name}, $odd, 'one with an odd name';
is label($path, 'Odd', with(tag("attributes/$path")))->{json}{label}, 'Odd', 'is labelled';

# what a Member is kept from sets nothing apart
$r->post("$api/events", { type => 'user', userId => 'u', attributes => { City => 'z' } });
is labels()->{City}, 'City (custom)', 'beside the built-in one';
my $lim = send_json('POST', 'managers', { name => 'Cy', email => 'cy@example.org', permissions => ['users.read'],
	limits => { masked => ['default_city'] } })->{json};
my ($cy) = $r->post("$api/login", { login => 'cy@example.org', password => $lim->{password} }, token => 0)
    ->{headers}{'set-cookie'} =~ /^(rapport=[^;]+)/;
my %theirs = map { $_->{name} => $_->{label} } @{ $r->get("$api/attributes", token => 0,
	headers => { Cookie => $cy })->{json}{attributes} };
is_deeply [@theirs{'City', 'default_city'}], ['City', undef], 'it is City to who has no other';
is $r->get("$api/attributes/default_city", token => 0, headers => { Cookie => $cy })->{status}, 404, 'nor is that asked for';

# the audit log, asked
sub asked { return $r->get("$api/audit?limit=500&$_[0]")->{json} }
my @all = @{ asked('')->{audit} };
for my $q (['act=manager.', sub { $_->{act} =~ /^manager\./ }], ['by=token', sub { $_->{by} eq 'token' }],
	["by=manager&byId=$m->{id}", sub { $_->{by} eq 'manager' && $_->{byId} == $m->{id} }],
	["object=manager%20$m->{id}", sub { $_->{object} =~ /^manager $m->{id}\b/ }],
	["from=$all[9]{at}", sub { $_->{at} ge $all[9]{at} }], ["to=$all[9]{at}", sub { $_->{at} lt $all[9]{at} }],
	['act=no.such', sub { 0 }]) {
	my ($query, $fits) = @$q;

	is_deeply [map { $_->{id} } @{ asked($query)->{audit} }], [map { $_->{id} } grep { $fits->() } @all], "what fits $query";
}
is asked('act=login')->{total}, undef, 'it is not counted';
is asked("by=token")->{audit}[0]{byName}, 'test', 'with the name of whose it was';
my ($n, $next, @paged) = (0, '');
while (defined $next && $n++ < 100) {
	my $page = $r->get("$api/audit?limit=2&act=manager.$next")->{json};
	push @paged, map { $_->{id} } @{ $page->{audit} };
	$next = defined $page->{next} ? "&after=$page->{next}" : undef;
}
is_deeply \@paged, [map { $_->{id} } grep { $_->{act} =~ /^manager\./ } @all], 'page by page each once';
is $r->get("$api/audit?by=king")->{json}{path}, 'by', 'by whom is a choice';

# … and verified
my $v = $r->get("$api/audit/verify")->{json};
is_deeply $v, { valid => JSON::PP::true, records => $r->get("$api/audit?limit=1")->{json}{total}, firstBad => undef },
    'all is as it was written';
my $key = slurp("$r->{store}/audit.key");
spew("$r->{store}/audit.key", $key ^ ("\x01" . "\0" x (length($key) - 1)));
$r->worker_restart('api');
$r->ready;
is_deeply [@{ $r->get("$api/audit/verify")->{json} }{qw(valid firstBad)}], [JSON::PP::false, 1], 'by another key nothing is';
spew("$r->{store}/audit.key", $key);
$r->worker_restart('api');
$r->ready;
is $r->get("$api/audit/verify")->{json}{valid}, JSON::PP::true, 'and by its own all again';
done_testing;
