#!/usr/bin/perl
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# rapport attribute: listed, named, hidden, and read anew as another type.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = bless { dir => tempdir(), env => {} }, 'Rapport::Test';

$r->{store} = "$r->{dir}/store";
$r->cli(qw(init --name Ann --email ann@shop.example));
is $r->cli({ in => join '', map { json({ type => 'user', userId => "u$_",
	attributes => { grade => $_ % 4 ? "$_" : 'none' } }) . "\n" } 1 .. 20 },
    'import', '-')->{status}, 0, '20 people';

sub change { return $r->cli('attribute', 'change', @_) }
sub listed { my %l = map { $_->{name} => $_ } @{ json($r->cli(qw(attribute list --json), @_)->{out}) }; return \%l }

is_deeply [@{ listed()->{grade} }{qw(type count label)}], ['text', 20, 'grade'], 'as it came';
like $r->cli(qw(attribute list))->{out}, qr/^grade +text +20  grade$/m, 'as people read it';
is change(qw(grade --label Grade --hide))->{status}, 0, 'named and hidden';
is listed()->{grade}, undef, 'it is not listed';
is listed('--hidden')->{grade}{label}, 'Grade', 'but where it is asked for';
is change(qw(grade --show))->{status}, 0, 'shown';
my $taken = change('grade', '--label', ' cOUNTRY');
is $taken->{status}, 73, 'not as another is called';
like $taken->{err}, qr/default_country/, 'which is named';
my $p = json(change(qw(grade --type number --preview --json))->{out});
is_deeply [@$p{qw(fits misfits)}, $p->{examples}[0]{text}], [15, 5, 'none'], 'a preview';
is listed()->{grade}{type}, 'text', 'changes nothing';
is change(qw(grade --type number))->{status}, 0, 'a change';
is_deeply [@{ listed()->{grade} }{qw(type count label)}], ['number', 15, 'Grade'], 'does';
is change(qw(grade --type colour))->{status}, 64, 'no type';
is change(qw(grade --type text --label x))->{status}, 64, 'a type goes alone';
is change(qw(grade))->{status}, 64, 'nothing to do';
is change(qw(nope --label x))->{status}, 66, 'no such attribute';
isnt change(qw(default_name --type number))->{status}, 0, 'a built-in one keeps its type';
is $r->cli('check')->{status}, 0, 'the index is whole';
is $r->cli('check', '--repair')->{status}, 0, 'and can be made anew';
is listed()->{grade}{count}, 15, 'to the same';
done_testing;
