#!/usr/bin/perl
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# rapport user and rapport erase: one person shown, edited, merged, parted and
# erased from the command line, and every index exact after each.

use strict;
use utf8;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = bless { dir => tempdir(), env => {} }, 'Rapport::Test';
$r->{store} = "$r->{dir}/store";
$r->cli(qw(init --name A --email a@shop.example));
is $r->cli({ in => join("\n", map { json($_) } (
	{ type => 'user', userId => 'ana', at => '2026-01-01T10:00:00Z', segments => ['VIP'],
	    attributes => { name => 'Ana', city => 'Lisboa', score => 7, zip => '007', vip => JSON::PP::true } },
	{ type => 'user', userId => 'ana', at => '2026-01-02T10:00:00Z', attributes => { city => 'Porto' } },
	{ type => 'user', userId => 'bo', at => '2026-01-02T10:00:00Z', attributes => { name => "B\e[31mo" } },
	{ type => 'message', chatId => 'c1', messageId => 'm1', personType => 'user', personId => 'ana',
	    at => '2026-01-03T10:00:00Z', text => 'hello' },
	{ type => 'consent', userId => 'ana', state => 'in', at => '2026-01-04T10:00:00Z' })) },
    'import', '-')->{status}, 0, 'two people';

sub
user
{
	my $got = $r->cli(map { my $s = $_; utf8::encode($s); $s } @_);

	return $got->{status} ? "status $got->{status}: $got->{err}" : $got->{out};
}
sub told { return json(user(@_, '--json')) }
sub exact { is $r->cli('check')->{status}, 0, "every index is exact $_[0]" }

my $u = told('user', 'show', 'ana');
is_deeply [@{ $u->{attributes}{default_city} }{qw(value source at)}],
    ['Porto', 'import', '2026-01-02T10:00:00.000Z'], 'shown';
like user('user', 'show', 'ana'), qr/^default_city: Porto \(import 2026-01-02T10:00:00.000Z\)$/m, 'a line a value';
like user('user', 'show', 'ana'), qr/^in segment VIP$/m, 'and a segment';
unlike user('user', 'show', 'bo'), qr/\e/, 'no value colours a terminal';

$u = told('user', 'set', 'ana', 'city=Évora', 'score=9.5', 'zip=0123', 'vip=false', 'name=');
is_deeply [map { $u->{attributes}{$_}{value} } qw(default_city score zip vip default_name)],
    ['Évora', 9.5, '0123', JSON::PP::false, undef], 'set, each by its type, and cleared';
is $u->{attributes}{default_city}{source}, 'manager', 'by hand';
is $u->{attributes}{default_city}{shadow}{value}, 'Porto', 'above what events say';
is user('user', 'history', 'ana', 'default_city'), "Lisboa (import 2026-01-01T10:00:00.000Z)\n",
    'and what was there before that';
is told('user', 'ban', 'ana')->{attributes}{banned}{value}, JSON::PP::true, 'banned';
is told('user', 'unban', 'ana')->{attributes}{banned}{value}, JSON::PP::false, 'and not';
my @kinds = map { $_->{kind} } @{ told('user', 'timeline', 'ana')->{timeline} };
is_deeply [grep { $_ ne 'change' } @kinds], [qw(consent message segment)], 'what happened, first the segment that the event named';
like user('user', 'timeline', '--limit', '1', 'ana'), qr/\A\S+ change .*\n\z/, 'the latest of it';
exact('after edits');

my $m = told('user', 'merge', 'bo', 'ana');
is $m->{undoneAt}, undef, 'merged';
is user('users', '--count'), "1\n", 'one is left';
exact('after a merge');
is user('user', 'undo', $m->{id}), "merge $m->{id} undone\n", 'undone';
is user('users', '--count'), "2\n", 'two again';
exact('after it was undone');

for (
	[66, 'user', ['user', 'show', 'nobody'], qr/nobody/],
	[65, 'attribute', ['user', 'set', 'ana', 'city=X', 'nope=1'], qr/nope/],
	[65, 'value', ['user', 'set', 'ana', 'city=X', 'score=many'], qr/score/],
	[65, 'attribute that is kept by us', ['user', 'set', 'ana', 'chats=7'], qr/chats/],
	[64, 'assignment', ['user', 'set', 'ana', 'city'], qr/NAME=VALUE/],
	[65, 'merge into oneself', ['user', 'merge', 'ana', 'ana'], qr/different/],
	[66, 'merge to undo', ['user', 'undo', '77'], qr/77/],
	[66, 'merge undone twice', ['user', 'undo', $m->{id}], qr/already/],
	[64, 'mode', ['erase', '--mode', 'all', 'ana'], qr/keepTotals/],
	[66, 'one to erase', ['erase', 'nobody'], qr/nobody/],
	[66, 'attribute of history', ['user', 'history', 'ana', 'nope'], qr/attribute/],
) {
	my ($status, $what, $args, $says) = @$_;
	my $got = $r->cli(@$args);

	is $got->{status}, $status, "a wrong $what is an error" or diag $got->{err};
	like $got->{err}, $says, '... that names it';
}
is told('user', 'show', 'ana')->{attributes}{default_city}{value}, 'Évora', 'and nothing was done';

my $e = json(user('erase', '--mode', 'forget', 'ana'));
is_deeply [$e->{mode}, @{ $e->{erased} }{qw(chats messages segments)}], ['forget', 1, 1, 1], 'erased';
is user('users', '--count'), "1\n", 'one is left';
like user('user', 'show', 'ana'), qr/^status 66/, 'and the other is not there';
exact('after an erasure');
done_testing;
