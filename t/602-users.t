#!/usr/bin/perl
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# rapport users: filters, columns, sorts, pages, CSV and JSON; errors name what
# is wrong and never answer everybody.

use strict;
use utf8;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = bless { dir => tempdir(), env => {} }, 'Rapport::Test';
my @people = map { {
	type => 'user', userId => sprintf('u%04d', $_), at => 1700000000 + $_,
	attributes => { name => "Person $_", score => $_ % 7,
	    $_ % 3 ? (city => $_ % 2 ? 'Łódź' : 'A "quoted", city') : () },
} } 1 .. 1203;

$r->{store} = "$r->{dir}/store";
$r->cli(qw(init --name A --email a@shop.example));
is $r->cli({ in => join("\n", map { json($_) } @people) }, 'import', '-')->{status},
    0, 'people';

sub
users
{
	my $got = $r->cli('users', map { my $s = $_; utf8::encode($s); $s } @_);

	return $got->{status} ? "status $got->{status}: $got->{err}" : $got->{out};
}

sub
rows
{
	my $got = json(users('--json', @_));

	return ($got->{total}, @{ $got->{users} });
}

my ($total, @rows) = rows('--columns', 'userId,score', '--sort', 'userId');
is $total, 1203, 'the total';
is @rows, 1203, 'and all of them, over pages';
is join(' ', map { $_->{userId} } @rows), join(' ', map { $_->{userId} } @people),
    'in order';
($total, @rows) = rows('--limit', '7', '--sort', '-userId', '--columns', 'userId');
is $total, 1203, 'a limit leaves the total';
is join(' ', map { $_->{userId} } @rows), join(' ', map { sprintf 'u%04d', $_ }
    reverse 1197 .. 1203), 'and cuts the list, here backwards';

my $f = '{"all":[["score",">=",5],["default_city","is","łódź"]]}';
my $want = grep { $_->{attributes}{score} >= 5 && ($_->{attributes}{city} // '') eq 'Łódź' } @people;
is users('--count', '--filter', $f), "$want\n", 'a filter, counted';
($total, @rows) = rows('--filter', $f);
is @rows, $want, 'and listed';
is users('--count', '--json', '--filter', $f), qq({"total":$want}\n), 'counted in JSON';

my $csv = qq(userId,default_city\r\nu0001,Łódź\r\nu0002,"A ""quoted"", city"\r\nu0003,\r\n);
utf8::encode($csv);
is users('--columns', 'userId,default_city', '--sort', 'userId', '--limit', '3'),
    $csv, 'CSV by RFC 4180, into a pipe';

# a spreadsheet runs none of it, and the importer has it as it was
my @odd = ('=1+1', '@x', "'=1", '+49 30 123', '-3', "'x", "=\"a\",b");
$r->cli({ in => join("\n", map { json({ type => 'user', userId => "odd$_", at => 1700000000,
    attributes => { odd => $odd[$_] } }) } 0 .. $#odd) }, 'import', '-');
my @list = ('--columns', 'userId,odd', '--filter', '["odd","isSet"]', '--sort', 'userId');
$csv = users(@list);
is $csv, join("\r\n", 'userId,odd', "odd0,'=1+1", "odd1,'\@x", "odd2,''=1", 'odd3,+49 30 123', 'odd4,-3', "odd5,'x",
    qq(odd6,"'=""a"",b"), ''), 'formulas are guarded, numbers and phones are not';
my $before = users(@list, '--json');
spew("$r->{dir}/odd.csv", $csv);
my $back = $r->cli('import', "$r->{dir}/odd.csv");
like "$back->{out}$back->{err}", qr/0 updated, 7 unchanged, 0 refused/, 'back it is what it was';
is users(@list, '--json'), $before, 'to the byte';

for (
	[65, 'filter', ['--filter', '["nope","is","x"]'], qr/nope/],
	[65, 'operator', ['--filter', '["score","contains","x"]'], qr/./],
	[65, 'JSON', ['--filter', '{'], qr/./],
	[65, 'column', ['--columns', 'userId,nope'], qr/nope/],
	[65, 'sort', ['--sort', '-nope'], qr/nope/],
	[65, 'zone', ['--tz', 'Mars/Olympus'], qr/Mars/],
	[64, 'limit', ['--limit', '0'], qr/limit/],
	[64, 'option', ['--nope'], qr/nope/],
) {
	my ($status, $what, $args, $says) = @$_;
	my $got = $r->cli('users', @$args);

	is $got->{status}, $status, "a wrong $what is an error";
	like $got->{err}, $says, '... that names it';
	is $got->{out}, '', '... and lists nobody';
}

done_testing;
