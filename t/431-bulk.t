# SPDX-License-Identifier: AGPL-3.0-or-later
# Something done to many people at once: a dry run counts and changes nothing,
# the real one does it to exactly those who matched when it was asked for, a
# number that is not right any more stops it, and who may not do it to one may
# not do it to many.  What is right is worked out on a list kept here.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my @countries = ('France', 'Peru', 'Japan');
my %model = map { $_ => { country => $countries[$_ % 3], score => $_ % 10 } } 1 .. 600;
is $r->post('/api/v1/events', [map { {
	type => 'user', userId => "u$_", at => '2026-01-05T09:00:00Z', attributes => $model{$_},
} } sort keys %model])->{json}{accepted}, 600, '600 people';

sub
escaped
{
	my ($text) = @_;

	$text =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ge;
	return $text;
}
sub total { my ($f) = @_; return $r->get('/api/v1/users?limit=1&f=' . escaped(json($f)))->{json}{total} }
sub
ids
{
	my ($f) = @_;

	return map { $_->{id} } @{ $r->get('/api/v1/users?limit=500&sort=score&f=' . escaped(json($f)))->{json}{users} };
}
sub bulk { my ($in, %o) = @_; return $r->post('/api/v1/bulk', $in, %o) }
sub job { my ($id) = @_; return $r->get("/api/v1/jobs/$id")->{json} }
sub
ended
{
	my ($a) = @_;

	is $a->{status}, 202, 'it starts' or diag $a->{body};
	is $a->{headers}{location}, "/api/v1/jobs/$a->{json}{id}", 'and says where to look';
	ok wait_for { job($a->{json}{id})->{state} ne 'running' }, 'it ends';
	return job($a->{json}{id});
}
sub audit { my ($act) = @_; return grep { $_->{act} eq $act } @{ $r->get('/api/v1/audit?limit=500')->{json}{audit} } }

my $french = ['default_country', 'is', 'France'];
my $n = grep { $_->{country} eq 'France' } values %model;
my $rows = audit('bulk.start');

# a dry run
my $got = bulk({ f => $french, action => 'ban', dryRun => JSON::PP::true });
is $got->{status}, 200, 'a dry run';
is_deeply $got->{json}, { count => $n, sentence => 'Country is France' }, 'says how many and in which words';
is $r->get('/api/v1/jobs')->{json}{total}, 0, 'starts nothing';
is total(['banned', 'isTrue']), 0, 'and bans nobody';

# ban, and let in again
my $j = ended(bulk({ f => $french, action => 'ban', expect => $n }));
is_deeply { map { $_ => $j->{$_} } qw(action state sentence total done changed refused) },
    { action => 'ban', state => 'done', sentence => 'Country is France', total => $n, done => $n,
	changed => $n, refused => 0 }, 'the job says all of it';
is total(['banned', 'isTrue']), $n, 'they are banned';
is total({ all => [['banned', 'isTrue'], ['default_country', 'isNot', 'France']] }), 0, 'and nobody else';
my ($row) = audit('bulk.start');
is_deeply { map { $_ => $row->{$_} } qw(object purpose result) },
    { object => "job $j->{id}, ban", purpose => 'Country is France', result => "$n users" },
    'one audit row says what, whom and how many';
my @some = (ids($french))[0 .. 4];
$j = ended(bulk({ ids => [@some, $some[0], 4_000_000_000], action => 'unban' }));
is $j->{sentence}, '5 chosen users', 'by ids: each once, and who is not there is not counted';
is total(['banned', 'isTrue']), $n - 5, 'five are let in again';

# what is not so any more
$got = bulk({ f => $french, action => 'delete', expect => $n + 1 });
is $got->{status}, 412, 'other people than expected: refused';
is $got->{json}{path}, 'expect', 'by name';
like $got->{json}{detail}, qr/\b$n users/, 'with the number it would be';
is total({}), 600, 'nobody is gone';

# an attribute
$j = ended(bulk({ f => ['score', '>=', 7], action => 'setAttribute', attribute => 'default_city',
	value => 'Cusco' }));
is $j->{changed}, 180, 'three of ten get a city';
is total(['default_city', 'is', 'Cusco']), 180, 'as a filter finds them';
ended(bulk({ f => ['score', '=', 7], action => 'setAttribute', attribute => 'default_city', value => undef }));
is total(['default_city', 'is', 'Cusco']), 120, 'null takes it away';
is_deeply [map { $_->{object} =~ s/^job \d+, //r } (audit('bulk.start'))[0 .. 1]],
    [('setAttribute, default_city') x 2], 'the audit row says of what';

# a segment
is $r->post('/api/v1/events', { type => 'user', userId => 'u1', at => '2026-01-06T09:00:00Z',
	segments => ['Picked'] })->{json}{accepted}, 1, 'a segment with one in it';
$j = ended(bulk({ f => $french, action => 'addToSegment', segment => 'Picked' }));
is_deeply [@$j{qw(segment total changed)}], ['Picked', $n, $n], 'added';
is total(['segment', 'hasAny', ['Picked']]), $n + 1, 'its size is that many and the one';
like [audit('bulk.start')]->[0]{object}, qr/^job $j->{id}, addToSegment, segment \d+$/, 'the audit row says into which';
$j = ended(bulk({ f => {}, action => 'removeFromSegment', segment => 'Picked' }));
is_deeply [@$j{qw(total changed)}], [600, $n + 1], 'all out, counted as those who were in';
is total(['segment', 'hasAny', ['Picked']]), 0, 'it is empty';

# away
$j = ended(bulk({ f => ['score', '=', 0], action => 'delete', mode => 'forget', expect => 60 }));
is $j->{changed}, 60, 'sixty are erased';
is total({}), 540, 'and gone from the list';
is total(['score', '=', 0]), 0, 'and from every filter';
my $check = $r->cli('check');
is $check->{status}, 0, 'every index agrees with the records' or diag $check->{out}, $check->{err};

# refused, each by the member that is wrong
for my $bad (
	[422, 'f', { action => 'ban' }, 'nobody named is not everybody'],
	[422, 'f', { f => {}, ids => [1], action => 'ban' }, 'a filter and ids'],
	[422, 'ids', { ids => [], action => 'ban' }, 'no ids'],
	[422, 'ids', { ids => ['1'], action => 'ban' }, 'ids that are texts'],
	[422, '/f/all/0', { f => { all => [['nosuch', 'is', 'x']] }, action => 'ban' }, 'a filter that cannot run'],
	[422, 'action', { f => {} }, 'no action'],
	[422, 'action', { f => {}, action => 'dance' }, 'an unknown one'],
	[422, 'segment', { f => {}, action => 'addToSegment' }, 'no segment'],
	[404, 'segment', { f => {}, action => 'addToSegment', segment => 'Nowhere' }, 'an unknown one'],
	[422, 'segment', { f => {}, action => 'ban', segment => 'Picked' }, 'a segment to ban into'],
	[422, 'attribute', { f => {}, action => 'setAttribute', value => 1 }, 'no attribute'],
	[422, 'value', { f => {}, action => 'setAttribute', attribute => 'score' }, 'no value'],
	[422, 'value', { f => {}, action => 'setAttribute', attribute => 'score', value => 'x' }, 'a misfit'],
	[422, 'attribute', { f => {}, action => 'setAttribute', attribute => 'userId', value => 'x' }, 'a fixed one'],
	[422, 'mode', { f => {}, action => 'ban', mode => 'forget' }, 'a mode to ban in'],
	[422, 'expect', { f => {}, action => 'delete' }, 'a deletion that does not say how many'],
	[422, 'expect', { ids => [1], action => 'delete' }, 'the same, by ids'],
	[422, 'everybody', { everybody => 1, action => 'ban' }, 'an unknown member'],
) {
	my ($status, $path, $in, $name) = @$bad;
	my $a = bulk($in);

	is $a->{status}, $status, "$name: $status";
	is $a->{json}{path}, $path, "names $path";
}
is total({}), 540, 'none of it did anything';

# who may what
sub token { return $r->post('/api/v1/tokens', { name => 'x', scopes => [@_] })->{json}{token} }
my %token = (edit => token('users.read', 'users.edit'), segments => token('users.read', 'segments.edit'),
    delete => token('users.read', 'users.delete'), read => token('users.read'));
my %action = (ban => {}, setAttribute => { attribute => 'default_city', value => 'x' },
    addToSegment => { segment => 'Picked' }, removeFromSegment => { segment => 'Picked' }, delete => {});
my %needs = (ban => 'edit', setAttribute => 'edit', addToSegment => 'segments',
    removeFromSegment => 'segments', delete => 'delete');
my @wrong;
for my $action (sort keys %action) {
	for my $who (sort keys %token) {
		my $a = bulk({ f => {}, action => $action, dryRun => JSON::PP::true, %{ $action{$action} } },
		    token => $token{$who});

		push @wrong, "$action by $who: $a->{status}"
		    if $a->{status} != ($needs{$action} eq $who ? 200 : 403);
	}
}
is "@wrong", '', 'each action needs its permission, and only that';

# whose jobs are whose
$got = bulk({ f => ['score', '=', 1], action => 'ban' }, token => $token{edit});
my $id = $got->{json}{id};
ok wait_for { job($id)->{state} eq 'done' }, 'a job of a Member, seen by an Owner';
is $r->get("/api/v1/jobs/$id", token => $token{edit})->{status}, 200, 'by themselves';
is $r->get("/api/v1/jobs/$id", token => $token{read})->{status}, 404, 'by nobody else';
is $r->get('/api/v1/jobs', token => $token{edit})->{json}{total}, 1, 'and so in the list';
is $r->post("/api/v1/jobs/$id/cancel", {})->{status}, 409, 'what has ended cannot be called off';
is $r->post('/api/v1/jobs/999/cancel', {})->{status}, 404, 'nor what never was';

# the list, in pages
my $jobs = $r->get('/api/v1/jobs?limit=500')->{json};
is $jobs->{total}, scalar(@{ $jobs->{jobs} }), 'all jobs on one page';
my (@paged, $after);
do {
	my $p = $r->get('/api/v1/jobs?limit=3' . ($after ? "&after=$after" : ''))->{json};
	push @paged, map { $_->{id} } @{ $p->{jobs} };
	$after = $p->{next};
} while ($after && @paged < 100);
is_deeply \@paged, [map { $_->{id} } @{ $jobs->{jobs} }], 'or on several, newest first';
is_deeply \@paged, [sort { $b <=> $a } @paged], 'in that order';
is $r->get('/api/v1/jobs?state=running')->{json}{total}, 0, 'none is running';
done_testing;
