# SPDX-License-Identifier: AGPL-3.0-or-later
# Attributes defined anew: labels, hiding, and a change of type with its preview,
# as a job that shows how far it is.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my $api = '/api/v1';
my @texts = ('1', '2.5', 'three', '10', '7', 'three', '');
is $r->post("$api/events", [map { { type => 'user', userId => "u$_",
	attributes => { name => "N $_", grade => $texts[$_ % @texts], plan => 'free' } } } 0 .. 69])
    ->{json}{accepted}, 70, '70 people';
sub attributes { my ($q) = @_; return { map { $_->{name} => $_ } @{ $r->get("$api/attributes" . ($q // ''))->{json}{attributes} } } }
sub patch { my ($name, $v, $q) = @_; return $r->request('PATCH', "$api/attributes/$name" . ($q // ''), json => $v) }
sub total { my ($f) = @_; $f = json($f); $f =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ge; return $r->get("$api/users?f=$f")->{json}{total} }
sub job { my ($id) = @_; return $r->get("$api/jobs/$id")->{json} }
sub ended { my ($id) = @_; wait_for { job($id)->{state} ne 'running' } 60; return job($id) }

# labels and hiding
is_deeply [@{ attributes()->{grade} }{qw(label type count hidden custom)}],
    ['grade', 'text', 60, JSON::PP::false, JSON::PP::true], 'as it came: 10 of each but the empty one';
my $a = patch('grade', { label => 'Grade', hidden => \1 });
is $a->{status}, 200, 'named and hidden';
is_deeply [@{ $a->{json} }{qw(name label hidden)}], ['grade', 'Grade', JSON::PP::true], 'and so it is answered';
is attributes()->{grade}, undef, 'it is not offered any more';
is attributes('?hidden=true')->{grade}{label}, 'Grade', 'but where it is asked for';
is $r->get("$api/attributes/grade/values")->{status}, 404, 'nor are its values';

# a name that ends as the address of values does
is $r->post("$api/events", { type => 'user', userId => 'u1', attributes => { 'odd/values' => 'x', 'twin/values' => 'y', twin => 'z' } })->{json}{accepted}, 1, 'odd names';
sub get { return $r->get("$api/attributes/$_[0]")->{json} }
is get('odd/values')->{name}, 'odd/values', 'such an attribute opens';
is get('odd%2Fvalues')->{name}, 'odd/values', 'written either way';
is_deeply get('odd/values/values')->{values}, [{ value => 'x', count => 1 }], 'and so do its values';
is_deeply get('twin/values')->{values}, [{ value => 'z', count => 1 }], 'where both are there, the values of the shorter come first';
is patch('odd/values', { label => 'Odd' })->{json}{label}, 'Odd', 'it is named as others are';

is patch('grade', { hidden => \0 })->{status}, 200, 'shown again';
is patch('default_country', { label => 'Land' })->{status}, 200, 'a built-in one is named, too';
is attributes()->{default_country}{label}, 'Land', 'and called so';
is patch('default_country', { label => undef })->{status}, 200, 'unnamed';
is attributes()->{default_country}{label}, 'Country', 'it has its own name again';
for my $bad (
	[404, 'name', 'nope', { label => 'x' }], [422, 'label', 'grade', { label => 'x' x 201 }],
	[422, 'type', 'grade', { type => 'colour' }], [422, 'type', 'grade', { type => 'number', label => 'x' }],
	[422, 'type', 'grade', {}], [422, 'preview', 'grade', { label => 'x' }, '?preview=true'],
	[404, 'name', 'nope', { type => 'number' }], [409, 'type', 'default_country', { type => 'number' }],
	[409, 'type', 'grade', { type => 'text' }], [422, 'name', 'grade', { name => 'x' }],
	[409, 'type', 'default_country', { type => 'number' }, '?preview=true'],
) {
	my ($status, $path, $name, $v, $q) = @$bad;
	my $a = patch($name, $v, $q);
	is_deeply [$a->{status}, $a->{json}{path}], [$status, $path], "refused: $name " . json($v);
}

# a type
$a = patch('grade', { type => 'number' }, '?preview=true');
is $a->{status}, 200, 'a preview';
# of seven texts four are numbers, two are "three"
is_deeply [@{ $a->{json} }{qw(fits misfits)}], [40, 20], 'counts those that parse and those that do not';
is_deeply [map { $_->{text} } @{ $a->{json}{examples} }], ['three'], 'and shows each of these once';
is total(['grade', 'is', '10']), 10, 'nothing was changed by it';
is attributes()->{grade}{type}, 'text', 'it is a text';
$a = patch('grade', { type => 'number' });
is $a->{status}, 202, 'the change is a job';
is $a->{headers}{location}, "$api/jobs/$a->{json}{job}", 'at its address';
my $job = ended($a->{json}{job});
is_deeply [@$job{qw(action state total done changed refused attribute)}],
    ['changeType', 'done', 60, 60, 40, 20, 'grade'], 'which has passed all of them';
is $job->{sentence}, 'grade becomes number; 20 of 60 values do not parse', 'and says what it did';
is_deeply [@{ attributes()->{grade} }{qw(type count label)}], ['number', 40, 'Grade'], 'it is a number, called as before';
is total(['grade', '>=', 2.5]), 30, '2.5, 7 and 10 are that or more';
is total(['grade', 'isNotSet']), 30, 'what does not parse is in no index';
my $who = $r->get("$api/users?columns=userId&limit=500")->{json}{users};
my ($id) = map { $_->{id} } grep { $_->{userId} eq 'u2' } @$who;
like json($r->get("$api/users/$id")->{json}), qr/three/, 'but it is kept';
is ended(patch('grade', { type => 'text' })->{json}{job})->{state}, 'done', 'back to a text';
is total(['grade', 'is', 'three']), 20, 'and all is there again';

# whole numbers that a number would round are ids: they stay what they were
my @ids = qw(9007199254740991 9007199254740992 9007199254740993 -9007199254740993 123456789012345678901234567890);
is $r->post("$api/events", [map { { type => 'user', userId => "card$_", at => '2026-01-01T00:00:00Z',
	attributes => { card => $ids[$_] } } } 0 .. $#ids])->{json}{accepted}, 5, 'five with many digits';
is_deeply [@{ patch('card', { type => 'number' }, '?preview=true')->{json} }{qw(fits misfits)}], [1, 4], 'one can be a number';
is ended(patch('card', { type => 'number' })->{json}{job})->{state}, 'done', 'a number';
is total(['card', '=', 9007199254740991]), 1, 'found as one';
is total(['card', 'isSet']), 1, 'the others are none';
$r->post("$api/events", { type => 'user', userId => 'card0', at => '2026-01-02T00:00:00Z', attributes => { card => $ids[2] } });
is total(['card', 'isSet']), 0, 'nor is one that comes later';
is ended(patch('card', { type => 'text' })->{json}{job})->{state}, 'done', 'and a text';
is total(['card', 'isAnyOf', @ids[1 .. 4]]), 5, 'with every digit';

# with no worker, beside the house
$r->worker_stop('api', 'KILL');
is $r->cli('attribute', 'change', 'grade', '--type', 'number')->{status}, 0, 'the command line changes it beside';
$r->worker_start('api');
ok $r->ready, 'a new worker';
is attributes()->{grade}{type}, 'number', 'sees that';
is $r->cli('check')->{status}, 0, 'the index is whole';

# who may
my %t = map { my $s = $_; $s => $r->post("$api/tokens", { name => 'x', scopes => [split / /, $s] })->{json}{token} }
    'users.read', 'users.read settings';
sub as { my ($scopes, $v) = @_; return $r->request('PATCH', "$api/attributes/grade", token => $t{$scopes}, json => $v)->{status} }
is as('users.read', { label => 'x' }), 403, 'it takes the permission settings';
is as('users.read settings', { label => 'x' }), 200, 'with it one may';
my %acts = map { ("$_->{act}: $_->{object}" => $_->{result}) } @{ $r->get("$api/audit?limit=500")->{json}{audit} };
is $acts{'attribute.change: attribute grade label hidden'}, '', 'a change left a record';
ok exists $acts{"attribute.type: job $job->{id}, changeType, grade"}, 'so did the start of the job';
is $acts{"attribute.typed: job $job->{id}, changeType, grade"}, 'done, 40 users', 'and its end';
done_testing;
