#!/usr/bin/perl
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# What was taken out comes back: people as CSV, JSON, NDJSON and a workbook into
# an empty store, and taken out of that once more, are the same bytes (of a
# workbook: cells, and the same bytes as CSV); twice in is as good as once; what is damaged is refused by row and column, and the rest of
# it is there.  RAPPORT_SEED=N plays a run again.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Copy qw(copy);
use Rapport::Test;

my $seed = $ENV{RAPPORT_SEED} // int rand 1 << 30;
srand $seed;
diag "seed $seed";

my $dir = tempdir();
my $pass = "$dir/pass";
spew($pass, "correct horse battery\n");

# A store of its own, with an Owner.
sub made
{
	my $own = tempdir();
	my $r = bless { dir => $own, env => {}, store => "$own/store" }, 'Rapport::Test';

	$r->cli(qw(init --name A --email a@shop.example));
	return $r;
}

# The plain bytes of an export.
sub taken
{
	my ($r, $format, @more) = @_;

	unlink "$dir/out.pgp", "$dir/out";
	my $got = $r->cli('export', 'users', '--format', $format, '--purpose', 'to see that it comes back',
	    '--password-file', $pass, '--out', "$dir/out.pgp", @more);
	die $got->{err} if $got->{status};
	$r->cli('unlock', "$dir/out.pgp", '-o', "$dir/out", '--password-file', $pass)->{status} == 0 or die;
	return $format eq 'xlsx' ? cells("$dir/out") : slurp("$dir/out");
}

# A workbook's people, a row a line: of its bytes, some say when it was made.
sub cells
{
	my ($file) = @_;

	copy($file, "$dir/users.xlsx");
	open my $pipe, '-|', build_dir() . '/t/lib/gridbox', $file or die;
	return join '', grep { /^\{"sheet":"Users"/ } <$pipe>;
}

my @hostile = ('  ', "\n", '=1+1', '+49 30 123456', '-3', '@SUM(A1)', "'=x", "''x", "\ttab", 'a,b;c', "two\nlines", "cr\r\nlf", 'quote " in',
    ' padded ', '00123', '1.50', '1e5', 'true', 'TRUE', '2026-01-05', '2026-01-05T09:00:00Z', 'x|y', 'Ünïcödé', "\x{202e}rtl",
    "\x{1f468}\x{200d}\x{1f469}", '名前', '-', '0', 'none', 'null', '_x0041_', '9007199254740993', '1/2/2026', '{}', '"', "'", 'userId');
sub any { return $_[rand @_] }
sub words { my ($n) = @_; my %w = map { any(@hostile, 'a' .. 'z') => 1 } 1 .. $n; return [sort grep { !/\|/ && !/^\s*$/ } keys %w] }

my @people;
for my $i (1 .. 300) {
	my $at = 1_700_000_000_000 + $i * 61_007;
	my %a;
	$a{name} = any(@hostile) if rand() < .8;
	$a{phone} = any('+49 30 901820', '030/901820', '+1 (415) 555-2671', '=1', 'none') if rand() < .5;
	$a{ip} = any('10.0.0.1', '2001:db8::1', 'no address', '=cmd') if rand() < .5;
	$a{note} = any(@hostile) if rand() < .8;
	$a{zip} = any('00123', '01067', '99999') if rand() < .6;
	$a{score} = any(0, -1, 1.5, 1e21, 123456789, 0.1) if rand() < .6;
	$a{score} = 'not a number' if $i % 41 == 0;		# a misfit
	$a{vip} = any(\1, \0) if rand() < .5;
	$a{born} = any('1999-12-31', '2000-02-29') if rand() < .5;
	$a{renewed} = any('2026-01-05T09:00:00Z', '2026-03-29T01:30:00.123Z') if rand() < .5;
	$a{likes} = words(3) if rand() < .5;
	$a{'=1+1'} = any(@hostile) if rand() < .3;
	push @people, { type => 'user', userId => any('', '=', "'") . "u$i" . any('', ' x', '|y'), at => $at,
	    lastSeen => $at + int(rand 1e9), attributes => \%a, segments => [grep { rand() < .3 } 'VIP', '=Early', 'März, 2026'],
	    (rand() < .2 ? (banned => any(\1, \0)) : ()) };
	push @people, { type => 'consent', userId => $people[-1]{userId}, state => any('in', 'out'), at => $at + 5000 } if rand() < .3;
	push @people, { type => 'validity', userId => $people[-1]{userId}, valid => any(\1, \0), at => $at + 6000 }
	    if $people[-1]{type} eq 'user' && rand() < .3;
}
# Who comes first in a file says nothing of the types there.
push @people, { type => 'user', userId => '!', at => 1_700_000_000_000, lastSeen => 1_700_000_000_000, attributes => {
    note => '2026-01-05T09:00:00Z', score => 'not a number', zip => '2026-01-05', born => 'unknown', '=1+1' => '2026-01-05', vip => 'maybe' } };
# What is told of some of them.
sub kinds
{
	my ($r) = @_;

	return join ' ', map { my $u = $_; map { "$u $_->{kind}" } @{ json($r->cli('user', 'timeline', '--json', $u)->{out})->{timeline} } }
	    'first', map { $_->{userId} } (grep { $_->{type} eq 'consent' } @people)[0 .. 2];
}
# A store as it was filled, with a type first seen as that.
my $from = made();
my $first = { type => 'user', userId => 'first', at => 1_600_000_000_000, lastSeen => 1_600_000_000_001, attributes => { score => 7,
    vip => \1, born => '2001-01-01', renewed => '2020-01-01T00:00:00Z', likes => ['x'], note => 'text', zip => 'text first' } };
my $got = $from->cli({ in => join("\n", map { json($_) } $first, @people) . "\n" }, 'import', '-');
is $got->{status}, 0, 'a store is filled' or diag $got->{err};

for my $format (qw(csv json ndjson xlsx)) {
	my @zone = $format eq 'xlsx' ? ('--tz', 'Asia/Kathmandu') : ();
	my $before = taken($from, $format, '--sort', 'userId', @zone);
	my $file = "$dir/users.$format";

	ok length $before > 20_000, "$format: people are taken out";
	spew($file, $before) if $format ne 'xlsx';
	my $into = made();
	my $done = $into->cli('import', '--json', $file);
	is $done->{status}, 0, '... and put into an empty store' or diag $done->{err};
	my $count = json($done->{out});
	is $count->{accepted} // $count->{created}, 1 + grep({ $_->{type} eq 'user' } @people), '... each of them';
	copy($file, "$dir/again.$format");
	ok taken($into, $format, '--sort', 'userId', @zone) eq $before, '... which gives the same bytes' or do {
		my @a = split /\n/, $before;
		my @b = split /\n/, taken($into, $format, '--sort', 'userId', @zone);
		for (grep { ($a[$_] // '') ne ($b[$_] // '') } 0 .. $#a) { diag "was $a[$_]\nnow " . ($b[$_] // ''); last if $_ > 40 }
	};
	ok taken($into, $format) eq taken($from, $format), '... in the order of the list, too';
	my $timeline = kinds($into);

	ok taken($into, 'csv') eq taken($from, 'csv'), '... and as CSV' if $format eq 'xlsx';
	is $into->cli('import', "$dir/again.$format")->{status}, 0, '... put in once more';
	ok taken($into, $format, '--sort', 'userId', @zone) eq $before, '... it changes nothing';
	is kinds($into), $timeline, '... nor tells anything twice';
	my $check = $into->cli('check');
	is $check->{status}, 0, '... and every index agrees' or diag $check->{out}, $check->{err};
	next if $format eq 'csv';
	for my $name (qw(score vip born renewed note zip), $format eq 'xlsx' ? () : 'likes') { # a cell has no sets
		my ($was, $is) = map { json($_->cli('attribute', 'list', '--json')->{out}) } $from, $into;
		my ($x, $y) = map { (grep { $_->{name} eq $name } @{ ref $_ eq 'ARRAY' ? $_ : $_->{attributes} })[0]{type} } $was, $is;
		is $y, $x, "... $name has its type again";
	}
}

# Chats tell what they tell: a list of people with the rest of it comes back.
my $talk = made();
$talk->cli({ in => join("\n", map { json($_) } @people[0 .. 20], { type => 'chat', chatId => 'c1', userId => $people[0]{userId},
    openedAt => 1_750_000_000_000, attributes => { step => 'one' } }, { type => 'message', chatId => 'c1', messageId => 'm1',
    personType => 'user', at => 1_750_000_001_000, text => 'hello' }) . "\n" }, 'import', '-');
my @own = ('--sort', 'userId', '--columns', 'userId,default_name,createdAt,lastSeen,segment,consent,valid,banned,note,score');
my $with = taken($talk, 'csv', @own);
spew("$dir/talk.csv", taken($talk, 'csv'));
my $quiet = made();
is $quiet->cli('import', "$dir/talk.csv")->{status}, 0, 'people who talked are taken in';
ok taken($quiet, 'csv', @own) eq $with, 'all that is not said by chats is as it was';

# Refused ones are named, the rest is there, and the counts add up.
my $bad = made();
spew("$dir/bad.csv", "userId,createdAt,lastSeen,consent,valid\r\na,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,in,true\r\n"
    . "b,2026-01-01T00:00:00Z,,perhaps,\r\nc,,,out,\r\nd,yesterday,,none,\r\ne,2026-01-01T00:00:00Z,,,maybe\r\nf,,,none,\r\n");
my $said = $bad->cli('import', '--json', "$dir/bad.csv");
is $said->{status}, 65, 'damaged rows are refused';
my $r = json($said->{out});
is_deeply [@$r{qw(rows created refusedCount)}], [6, 2, 4], '... and counted';
is_deeply [map { "$_->{row} " . ($_->{path} // $_->{field} // $_->{column}) } @{ $r->{refused} }],
    ['3 consent', '4 createdAt', '5 createdAt', '6 valid'], '... by row and column' or diag $said->{out};
spew("$dir/bad.ndjson", join "\n", '{"userId":"a","createdAt":"2026-01-01T00:00:00Z","consent":"in"}', '{"userId":"b","createdAt":7,"consent":"perhaps"}',
    '{"userId":"c","consent":"out"}', '["d"]', '{"userId":', '{"createdAt":"2026-01-01T00:00:00Z"}', '{"userId":"g","createdAt":null}');
$said = $bad->cli('import', '--json', '--format', 'users', "$dir/bad.ndjson");
$r = json($said->{out});
is_deeply [$said->{status}, @$r{qw(accepted refused)}], [65, 2, 5], 'the same of NDJSON';

# Rows without createdAt are not taken for users, nor left without a word.
spew("$dir/few.ndjson", '{"userId":"few","default_name":"A"}');
$said = $bad->cli('import', "$dir/few.ndjson");
is $said->{status}, 65, 'rows that say neither a type nor when are refused';
like $said->{err}, qr/--format users/, '... with what would take them';
is $bad->cli('import', '--format', 'users', "$dir/few.ndjson")->{status}, 0, '... and it does';
spew("$dir/few.ndjson", '{"type":"user","userId":7}');
unlike $bad->cli('import', "$dir/few.ndjson")->{err}, qr/--format users/, 'of events nothing of the kind is said';

# What is no such file is told as what it is.
for (['a ZIP', "PK\3\4xxxx", qr/cut or damaged/], ['a locked file', "\xc3\x3d\6", qr/rapport unlock/],
    ['worksheets alone', '{"UserChat data":[]}', qr/Import data: It is missing/]) {
	my ($what, $bytes, $words) = @$_;

	spew("$dir/x", $bytes);
	my $no = $bad->cli('import', "$dir/x");
	is $no->{status}, 65, "$what is refused";
	like $no->{err}, $words, '... by name';
}
done_testing;
