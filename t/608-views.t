#!/usr/bin/perl
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# rapport view: views and share links from the command line are those of the
# interface, in words and in JSON; what is wrong is named and changes nothing.

use strict;
use utf8;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
$r->post('/api/v1/events', [map { { type => 'user', userId => "u$_",
	attributes => { name => "Name $_", score => $_ } } } 1 .. 20]);

# Words out, as bytes in.
sub
view
{
	return $r->cli('view', map { my $s = $_; utf8::encode($s) if !ref $s; $s } @_);
}
sub said { my $a = view(@_); return $a->{status} ? "status $a->{status}: $a->{err}" : $a->{out} }
sub told { return json(said(@_, '--json')) }
sub open_link { my ($url) = @_; my ($t) = $url =~ m{/s/(.*)};
	return $r->get("/api/v1/shared/$t/users", token => 0) }

is said('list'), '', 'no views yet';
is_deeply told('list'), { views => [], total => 0 }, 'in JSON, too';
my $v = told('create', '--name', 'Größte', '--filter', '["score",">",15]',
    '--columns', 'default_name,score', '--sort', '-score', '--team');
is_deeply [@$v{qw(name visibility version sort columns filter)}], ['Größte', 'team', 1, '-score',
    ['default_name', 'score'], ['score', '>', 15]], 'one is made';
is_deeply told('list'), { views => [$v], total => 1 }, 'and listed';
is_deeply $r->get("/api/v1/views/$v->{id}")->{json}, $v, 'as the interface tells it';
my $slug = $v->{slug};
my $name = 'Größte';
utf8::encode($name);
is said('list'), "1     team      1 $slug $name\n", 'in words';

is told('change', $slug, '--name', 'Kleinste', '--sort', 'score')->{version}, 2, 'changed, by its address';
is told('change', 1, '--columns', '', '--private')->{columns}, undef, 'by its id, to the default columns';
told('change', 1, '--columns', 'default_name,score');
my $all = told('show', $slug);
is_deeply [map { [@$_{qw(version changed)}] } @{ $all->{versions} }], [[4, ['columns']],
    [3, ['columns', 'visibility']], [2, ['name', 'sort']], [1, []]], 'shown with its versions';
is $all->{versions}[0]{by}{kind}, 'command', 'and by whom';

# links
my $l = told('link', $slug, '--columns', 'score', '--expires', '7d');
like $l->{token}, qr/^[\w-]{22}$/, 'a link';
is $l->{url}, "/s/$l->{token}", 'has an address';
is_deeply open_link($l->{url})->{json}{users}, [map { { score => $_ } } 16 .. 20], 'that opens it';
chomp(my $words = said('link', 1));
is open_link($words)->{json}{total}, 5, 'in words it is the address alone';
my $file = "$r->{dir}/password";
spew($file, "tulips from Lima\n");
my $locked = told('link', 1, '--password-file', $file);
is_deeply [$locked->{password}, open_link($locked->{url})->{status}], [JSON::PP::true, 401],
    'one with a password asks for it';
for my $empty ('', "\n") {
	spew("$file.none", $empty);
	my $got = view('link', 1, '--password-file', "$file.none");
	is $got->{status}, 65, 'an empty password is refused';
	like $got->{err}, qr/password is empty/, 'and never means none';
}
is_deeply [map { [@$_{qw(id state openings)}] } @{ told('show', 1)->{links} }],
    [[1, 'open', 1], [2, 'open', 1], [3, 'open', 0]], 'how often each was opened';
like said('show', 1), qr/^link 3 open until 20\d\d-\S+Z, opened 0 times, with a password$/m, 'in words, too';
is view('revoke', $slug, 1)->{status}, 0, 'ended';
is open_link($l->{url})->{status}, 404, 'it is shut at once';
is told('show', 1)->{links}[0]{state}, 'revoked', 'and said to be';

# what is wrong
for (
	[64, ['create'], qr/--name/], [65, ['create', '--name', ' '], qr/name/],
	[65, ['create', '--name', 'x', '--filter', '["nope","is",1]'], qr/nope/],
	[65, ['create', '--name', 'x', '--columns', 'nope'], qr/nope/],
	[64, ['create', '--name', 'x', '--team', '--private'], qr/--team or --private/],
	[64, ['create', '--name', 'x', '--nope'], qr/nope/],
	[66, ['show', '99'], qr/no such view/], [66, ['show', 'zzzzzzzzzz'], qr/no such view/],
	[66, ['change', '99', '--name', 'x'], qr/no such view/], [66, ['delete', '0'], qr/no such view/],
	[64, ['link', 1, '--columns', ''], qr/at least one/],
	[65, ['link', 1, '--columns', 'default_email'], qr/default_email/],
	[64, ['link', 1, '--expires', '2d1'], qr/expires/], [65, ['link', 1, '--expires', '2y'], qr/year/],
	[66, ['revoke', 1, 99], qr/no link/], [64, ['revoke', 1, 'x'], qr/id of a link/], [64, ['revoke', 1], qr/./],
) {
	my ($status, $args, $says) = @$_;
	my $got = view(@$args);

	is $got->{status}, $status, "refused: @$args";
	like $got->{err}, $says, '... and named';
	is $got->{out}, '', '... with nothing said';
}
is told('list')->{total}, 1, 'nothing came of that';
is view('delete', $slug)->{status}, 0, 'deleted';
is told('list')->{total}, 0, 'it is gone';
is open_link($words)->{status}, 404, 'with its links';
is $r->cli('check')->{status}, 0, 'the store is sound';
done_testing;
