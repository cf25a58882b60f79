# SPDX-License-Identifier: AGPL-3.0-or-later
# rapport import and rapport segment import of workbooks: the first sheet with
# anything in it, or the one that is asked for, with those that go on with it;
# every row has one outcome, told by sheet, row and column; what was refused is
# mended as CSV; what is no list of people is told as what it is.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $dir = tempdir();
my $python = -x '/usr/bin/python3' ? '/usr/bin/python3' : 'python3';
my $r = bless { dir => $dir, env => {}, store => "$dir/store" }, 'Rapport::Test';
$r->cli(qw(init --name A --email a@shop.example));
my $gone = $r->cli(qw(setting set workspace.timezone=Asia/Tokyo));
is $gone->{status}, 0, 'a workspace in Tokyo';

sub
book
{
	open my $pipe, '|-', $python, tree('t/lib/sheets_book.py'), "$dir/b.xlsx" or die;
	print $pipe JSON::PP->new->ascii->encode([@_]);
	close $pipe or die;
	return "$dir/b.xlsx";
}
sub
import
{
	my ($file, @more) = @_;
	my $got = $r->cli('import', '--json', $file, @more);
	my ($first) = split /\n/, $got->{out};

	return { status => $got->{status}, err => $got->{err} =~ s/\\"/"/gr, json => $first && $first =~ /^\{/ ? json($first) : {} };
}
sub outcomes { my ($j) = @_; return [map { $j->{json}{$_} } qw(rows created updated unchanged refusedCount)] }
sub value { my ($id, $name) = @_; return json($r->cli('user', 'show', '--json', $id)->{out})->{attributes}{$name}{value} }

# The table and what its columns are.
my @people = (['userId', 'Name', 'Phone', 'Joined', 'Seen', 'VIP', 'Share', 'Note'],
	['a', 'Ana', 821012345678901, { day => '2026-01-05' }, { at => '2026-03-01T10:00:00' }, JSON::PP::true, 0.25, '=1+1'],
	[17, undef, '+49 30 1', undef, { at => '2026-03-01T10:00:00' }, JSON::PP::false, 1, "two\nlines"],
	[], [undef, undef, 'x'],
	['c', { error => '#N/A' }, 1], ['d', 'Di', { formula => '=1+1' }], ['e', 'Eve', 5, undef, undef, undef, undef, undef, 'beyond'], ['a', 'Ana again']);
my $said = import(book(['Empty', []], ['Hidden', [['userId'], ['no']], 1], ['People', \@people], ['Other', [['userId', 'x'], ['o1', 1]]]));
is $said->{status}, 65, 'a workbook of which rows are refused';
is_deeply outcomes($said), [7, 2, 0, 0, 5], 'every row has its outcome';
is_deeply [map { "$_->{sheet} $_->{row} $_->{column}: $_->{detail}" } @{ $said->{json}{refused} }],
    ['People 5 userId: it says nobody: it is empty', 'People 6 Name: an error of the spreadsheet: #N/A',
     'People 7 Phone: a formula that was not worked out: save the workbook in a spreadsheet program',
     'People 8 : expected 8 cells, as the first row has, found 9', 'People 9 userId: row 2 is about the same user'], '... and refusals their sheet, row and column';
is_deeply [map { "$_->{column}>$_->{target}" } @{ $said->{json}{columns} }], ['userId>userId', 'Name>default_name', 'Phone>default_phone', 'Joined>Joined:date',
    'Seen>Seen:instant', 'VIP>VIP:boolean', 'Share>Share:number', 'Note>Note:text'], 'columns go by name and by what they hold';
is_deeply [map { "$_->{name} " . ($_->{read} ? 'read' : 'left') } @{ $said->{json}{sheets} }], ['Empty left', 'Hidden left', 'People read', 'Other left'], 'the first sheet that is shown and has anything';
is_deeply [map { value('a', $_) } qw(default_name default_phone Joined Seen VIP Share Note)],
    ['Ana', '821012345678901', '2026-01-05', '2026-03-01T01:00:00.000Z', JSON::PP::true, 0.25, '=1+1'], 'values as they were meant, moments by the clock of the workspace';
is value('17', 'Note'), "two\nlines", 'a number may say who';
like $r->cli('import', "$dir/b.xlsx")->{err}, qr/b\.xlsx: People: row 6: Name: an error of the spreadsheet/, 'people are told sheet, row and column, too';
is_deeply outcomes(import("$dir/b.xlsx")), [7, 0, 0, 2, 5], 'again: nothing to do';
is import("$dir/b.xlsx", '--sheet', 'Other')->{json}{created}, 1, 'a sheet that is asked for';
is import("$dir/b.xlsx", '--sheet', 'Hidden')->{json}{created}, 1, 'also a hidden one';
my $no = import("$dir/b.xlsx", '--sheet', 'People ');
is $no->{status}, 65, 'one that is not there';
like $no->{err}, qr/the workbook has "Empty", "Hidden", "People", "Other"/, '... is told with those that are';
import(book(['S', [['userId', 'met'], ['t', { at => '2026-07-01T00:00:00' }]]]), '--tz', 'Europe/Berlin');
is value('t', 'met'), '2026-06-30T22:00:00.000Z', 'moments by another clock';
is import("$dir/b.xlsx", '--tz', 'Nowhere/Land')->{status}, 65, 'a zone that is not there';
spew("$dir/t.csv", "userId\nx\n");
is $r->cli('import', '--format', 'csv', "$dir/t.csv", '--sheet', 'A')->{status}, 64, 'a CSV has no sheets';

like import(book(['Notes', [['what'], ['x']]], ['P', [['userId'], ['p1']]]))->{err}, qr/no column says who.*another sheet than "Notes"/, 'where nobody is named, other sheets are thought of';

# Sheets that go on, and those that do not.
my $head = ['userId', 'n'];
$said = import(book(['L', [$head, ['l1', 1], ['l2', 2]]], ['L (2)', [$head, ['l3', 3], ['l1', 9]]], ['L (3)', [$head, ['l4', { error => '#REF!' }], ['l5', 5]]],
    ['L (4)', [['userId', 'm'], ['l9', 1]]], ['L (5)', [$head, ['l8', 1]]]));
is_deeply outcomes($said), [6, 4, 0, 0, 2], 'a table goes on in "(2)" and "(3)"';
is_deeply [map { "$_->{sheet} $_->{row} $_->{detail}" } @{ $said->{json}{refused} }],
    ['L (2) 3 row 2 of sheet "L" is about the same user', 'L (3) 2 an error of the spreadsheet: #REF!'], '... with rows told by their sheets';
is_deeply [map { $_->{read} ? 1 : 0 } @{ $said->{json}{sheets} }], [1, 1, 1, 0, 0], '... until one begins otherwise';

# Into a segment; refused rows are mended as CSV.
$r->cli(qw(segment create --name Guests));
my $guests = book(['S', [['userId', 'age', 'when'], ['g1', 'old', { day => '2026-01-01' }], ['g2', 40, undef], ['g3', 'x"y', undef]]]);
my $into = $r->cli('segment', 'import', $guests, '--segment', 'Guests', '--map', 'age=age:number', '--rejects', "$dir/rejects.csv");
is $into->{status}, 65, 'two are refused';
is slurp("$dir/rejects.csv"), qq{"userId","age","when"\r\n"g1","old","2026-01-01"\r\n"g3","x""y",""\r\n}, '... and written as CSV, below the first row';
spew("$dir/mended.csv", slurp("$dir/rejects.csv") =~ s/"old"/77/r =~ s/"x""y"/5/r);
is $r->cli('segment', 'import', "$dir/mended.csv", '--segment', 'Guests', '--map', 'age=age:number')->{status}, 0, '... which is mended and taken';
is json($r->cli('segment', 'show', '--json', 'Guests')->{out})->{size}, 3, 'all are in it';
my $dry = $r->cli('segment', 'import', book(['S', [['userId'], ['new']]]), '--segment', 'Guests', '--dry-run', '--json');
is json($dry->{out})->{created}, 1, 'a trial says what would be';
is json($r->cli('segment', 'show', '--json', 'Guests')->{out})->{size}, 3, '... and keeps nothing';

# What is no list of people.
like import(book(['UserChat data', [['id'], ['c']]], ['User data', [['userId'], ['x']]]))->{err}, qr/worksheets of chats: take them out as JSON/, 'worksheets of chats name the format that comes back';
my @bad = ([['S', [[{ error => '#N/A' }, 'userId']]], qr/first row, column 1: an error/], [['S', [['a', 'a'], [1, 2]]], qr/two columns are called "a"/],
    [['S', []], qr/no sheet that is shown has anything/], [['S', [['name'], ['x']]], qr/no column says who/]);
like import(book($_->[0]))->{err}, $_->[1], "refused: $_->[1]" for @bad;
is import($_)->{status}, 65, "$_ is refused" for map { spew("$dir/$_->[0]", $_->[1]); "$dir/$_->[0]" } ['x.xls', "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" . "\0" x 999], ['x.zip', "PK\3\4x"], ['x.pgp', "\xc3\x3d\6"];
like import("$dir/x.pgp")->{err}, qr/locked/, 'a locked one is to be opened first';
is $r->cli('import', "$dir/b.xlsx", "$dir/b.xlsx")->{status}, 65, 'a workbook is given alone';

# Of our own: a table that Excel's rows do not hold goes on in the next sheet.
my $rows = $ENV{RAPPORT_QUICK} ? 0 : 1_048_577;
SKIP: {
	skip 'a million rows, when there is time', 2 if !$rows;
	system build_dir() . "/t/lib/bookbox $rows > $dir/many.xlsx";
	my $many = import("$dir/many.xlsx", '--dry-run', '--map', 'n=userId');
	is_deeply outcomes($many), [$rows, $rows - 1, 0, 1, 0], 'a row more than a sheet has: all are there, 17 of old';
	is_deeply [map { $_->{read} ? 1 : 0 } @{ $many->{json}{sheets} }], [1, 1, 0], '... of two sheets';
}
is $r->cli('check')->{status}, 0, 'the store is sound';
done_testing;
