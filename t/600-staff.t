#!/usr/bin/perl
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# rapport init, manager, token: the first hour of a house.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = bless { dir => tempdir(), env => {} }, 'Rapport::Test';
my $got;

$r->{store} = "$r->{dir}/store";

sub
run_ok
{
	my ($what, @args) = @_;

	$got = $r->cli(@args);
	is $got->{status}, 0, $what or diag $got->{err};
	return $got->{out};
}

sub
refused
{
	my ($status, $says, $what, @args) = @_;

	$got = $r->cli(@args);
	is $got->{status}, $status, $what;
	like $got->{err}, $says, '... and says why';
}

refused 66, qr/store/, 'nothing works without a store', 'manager', 'list';
refused 64, qr/--name/, 'init wants a name', 'init', '--email', 'a@shop.example';
refused 64, qr/--email/, 'and something to log in with', qw(init --name A);
refused 65, qr/email/, 'that is an address', qw(init --name A --email nonsense);

my $made = json(run_ok('init makes a store', qw(init --name Ann --email
    Ann@Shop.Example --json)));
is $made->{login}, 'Ann@Shop.Example', 'and says how to log in';
like $made->{password}, qr/^(\w{5}-){4}\w{5}$/, 'with a one-time password';
is -e "$r->{store}/audit.key" ? sprintf('%o', (stat _)[2] & 0777) : 'none', '600',
    'the key of the audit chain is its owner\'s alone';
ok !grep({ index(slurp($_), $made->{password}) >= 0 } glob("$r->{store}/*")),
    'the password is nowhere in the store';
refused 73, qr/Owner/, 'a second init is refused', qw(init --name B --email
    b@shop.example);

my $bob = json(run_ok('manager add', qw(manager add --name Bob --email
    bob@shop.example --json --permissions), 'users.read,download'));
isnt $bob->{password}, $made->{password}, 'everybody has another password';
refused 65, qr/users\.fly/, 'a permission there is not', qw(manager add --name C
    --email c@shop.example --permissions users.fly);
refused 73, qr/./, 'an address that is taken', qw(manager add --name Bob2
    --email BOB@shop.example);
my $list = json(run_ok('manager list', qw(manager list --json)));
is join(' ', map { "$_->{name}:$_->{role}" } @$list), 'Ann:Owner Bob:Member',
    'both are there';
is_deeply $list->[1]{permissions}, ['users.read', 'download'],
    'with what they may';
run_ok 'manager disable', qw(manager disable bob@shop.example);
ok json(run_ok('list again', qw(manager list --json)))->[1]{disabled},
    'he is disabled';
run_ok 'manager enable, by id', 'manager', 'enable', $bob->{id};
ok !json(run_ok('list again', qw(manager list --json)))->[1]{disabled},
    'he is not';
run_ok 'a limit on attributes', qw(manager change bob@shop.example --masked),
    'default_email, default_phone';
is_deeply json(run_ok('list again', qw(manager list --json)))->[1]{limits},
    { segments => undef, masked => ['default_email', 'default_phone'] }, 'is kept';
refused 65, qr/West/, 'a segment there is not', qw(manager change
    bob@shop.example --segments West);
run_ok 'nobody at all', qw(manager change bob@shop.example --segments), '',
    '--name', 'Bob 2';
is_deeply json(run_ok('list again', qw(manager list --json)))->[1]{limits},
    { segments => [], masked => ['default_email', 'default_phone'] },
    'is added to what was masked';
is json($got->{out})->[1]{name}, 'Bob 2', 'and the name is changed with it';
run_ok 'limits are lifted', qw(manager change bob@shop.example --no-limits
    --name Bob);
is json(run_ok('list again', qw(manager list --json)))->[1]{limits}, undef,
    'and gone';
refused 65, qr/Owner/, 'an Owner has none', qw(manager change
    ann@shop.example --masked default_email);
my $new = json(run_ok('manager passwd', qw(manager passwd bob@shop.example
    --json)));
isnt $new->{password}, $bob->{password}, 'makes another password';
refused 66, qr/no manager/, 'of nobody it does not', qw(manager passwd
    nobody@shop.example);
refused 73, qr/Owner/, 'the last Owner is not disabled', qw(manager disable
    ann@shop.example);

my $token = json(run_ok('token add', qw(token add --name till --scopes
    users.read --expires 30d --json)));
like $token->{token}, qr/^rpt_[\w-]{43}$/, 'shows a secret';
ok !grep({ index(slurp($_), $token->{token}) >= 0 } glob("$r->{store}/*")),
    'which is nowhere in the store';
my ($kept) = @{ json(run_ok('token list', qw(token list --json))) };
is_deeply $kept->{scopes}, ['users.read'], 'it may what it was given';
ok $kept->{expiresAt} gt $kept->{createdAt}, 'and ends';
is_deeply [@$kept{qw(by stopped usedAt)}], [undef, JSON::PP::false, undef], 'it is the command line\'s, and nobody used it';
like run_ok('token list in text', qw(token list)), qr/^\d+ +Member +never used +till +users\.read$/m,
    'in text, too, with scopes and last use';
run_ok 'token revoke', 'token', 'revoke', $token->{id};
ok defined json(run_ok('list again', qw(token list --json)))->[0]{revokedAt},
    'it is ended';
refused 64, qr/--owner/, 'a token wants scopes', qw(token add --name x);
refused 64, qr/--owner/, 'or everything, not both', qw(token add --name x
    --owner --scopes users.read);
refused 66, qr/./, 'a token there is not', qw(token revoke 99);

done_testing;
