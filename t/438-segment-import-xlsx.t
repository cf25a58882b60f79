# SPDX-License-Identifier: AGPL-3.0-or-later
# A workbook into a segment through nginx: the same mapping, trial and outcomes
# as of a CSV of the same table, for random tables too; refusals by sheet, row
# and column; what is no workbook is told; a Member sees no more than with CSV.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my $dir = tempdir();
my $python = -x '/usr/bin/python3' ? '/usr/bin/python3' : 'python3';
my $xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
my $base = '/api/v1/segments';
my $seg = $r->post($base, { name => 'Imported' })->{json}{id};
my $seed = $ENV{RAPPORT_SEED} // int rand 1 << 30;
srand $seed;
diag "seed $seed";

sub
book
{
	open my $pipe, '|-', $python, tree('t/lib/sheets_book.py'), "$dir/b.xlsx" or die;
	print $pipe JSON::PP->new->ascii->encode([@_]);
	close $pipe or die;
	return slurp("$dir/b.xlsx");
}
sub escaped { my ($s) = @_; utf8::encode($s) if utf8::is_utf8($s); $s =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ge; return $s }
sub
import
{
	my ($bytes, %o) = @_;
	my $type = delete $o{type} // $xlsx;
	my $to = delete $o{segment} // $seg;

	$o{map} = json($o{map}) if ref $o{map};
	my $q = join '&', map { "$_=" . escaped($o{$_}) } sort keys %o;
	return $r->request('POST', "$base/$to/import?$q", body => $bytes, headers => { 'Content-Type' => $type });
}
sub outcomes { my ($a) = @_; return { map { $_ => $a->{json}{$_} } qw(rows created updated unchanged refusedCount added already overruled) } }
sub total { return $r->get('/api/v1/users')->{json}{total} }

# A look, a trial, the import.
my @table = (['userId', 'Name', 'Joined', 'Points'], ['x1', 'Ana', { day => '2026-01-05' }, 5], ['x2', '=1+1', undef, 7.5], ['x3', { error => '#N/A' }], ['x1']);
my $book = book(['Sheet <1>', \@table], ['More', [['userId'], ['m1']]]);
my $look = import($book, preview => 'true');
is $look->{status}, 200, 'a look' or diag json($look->{json});
is_deeply [map { "$_->{column}>$_->{target}" } @{ $look->{json}{columns} }], ['userId>userId', 'Name>default_name', 'Joined>Joined:date', 'Points>Points:number'], 'what the columns are';
is_deeply $look->{json}{sheets}, [{ name => 'Sheet <1>', read => JSON::PP::true }, { name => 'More', read => JSON::PP::false }], 'which sheets there are';
ok !exists $look->{json}{delimiter}, 'nothing parts the cells';
is total(), 0, 'nothing is kept';
my $dry = import($book, dryRun => 'true');
my $done = import($book);
is_deeply outcomes($done), { rows => 4, created => 2, updated => 0, unchanged => 0, refusedCount => 2, added => 2, already => 0, overruled => 0 }, 'outcomes';
is_deeply outcomes($dry), outcomes($done), '... are those of the trial';
is_deeply $done->{json}{refused}, [{ sheet => 'Sheet <1>', row => 4, column => 'Name', code => 'invalid', detail => 'an error of the spreadsheet: #N/A' },
	{ sheet => 'Sheet <1>', row => 5, column => 'userId', code => 'conflict', detail => 'row 2 is about the same user' }], 'refusals have sheet, row and column';
is import($book)->{json}{unchanged}, 2, 'again: nothing to do';
is import($book, map => { Name => '' })->{json}{created}, 1, 'an error in a column that is left out harms nothing';
is import($book, sheet => 'More')->{json}{created}, 1, 'another sheet';
is import($book, type => 'text/csv')->{json}{rows}, 4, 'its bytes say what it is';
is import("userId\ny1\n", type => $xlsx)->{json}{created}, 1, '... as those of a CSV do';
my $when = book(['S', [['userId', 'met'], ['z1', { at => '2026-07-01T12:00:00' }]]]);
is import($when, preview => 'true', tz => 'America/New_York')->{json}{columns}[1]{samples}[0], '2026-07-01T16:00:00.000Z', 'moments by the clock that is named';
is import($when, preview => 'true')->{json}{columns}[1]{samples}[0], '2026-07-01T12:00:00.000Z', 'or of the workspace';

# Refused whole.
for ([$book, 422, 'sheet', sheet => 'Nope'], [$book, 422, 'tz', tz => 'Nope/Nope'], ["PK\3\4", 400, undef], ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" . "\0" x 999, 400, undef],
    [substr($book, 0, length($book) - 30), 400, undef], [book(['S', []]), 400, undef], [book(['UserChat data', [['id']]]), 400, undef],
    [$book, 422, 'map/nope', map => { nope => 'email' }], [$book, 422, 'match', match => 'nope'], ["\xc3\x3d\6", 400, undef]) {
	my ($bytes, $status, $path, %o) = @$_;
	my $before = total();
	my $a = import($bytes, %o);

	is_deeply [$a->{status}, $a->{json}{path}], [$status, $path], "refused: " . ($a->{json}{detail} // '');
	is total(), $before, '... and nothing is kept';
}
is $r->request('POST', "$base/$seg/import", body => $book, headers => { 'Content-Type' => 'application/zip' })->{status}, 415, 'another type is not taken';
ok $r->get('/api/v1/openapi.json')->{json}{paths}{'/api/v1/segments/{id}/import'}{post}{requestBody}{content}{$xlsx}, 'it is in the description of the API';

# What is small only when packed: a text of 32,000 characters that 40,000 cells
# share, and a sheet that unpacks to more than a gigabyte.
my $main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
sub
packed
{
	my ($rows, %parts) = @_;

	open my $pipe, '|-', $python, tree('t/lib/pack_book.py'), "$dir/p.xlsx" or die;
	print $pipe JSON::PP->new->ascii->encode({ 'xl/worksheets/sheet1.xml' => "<worksheet xmlns=\"$main\"><sheetData>$rows</sheetData></worksheet>", %parts });
	close $pipe or die;
	return slurp("$dir/p.xlsx");
}
my $row = '<row>' . '<c t="s"><v>0</v></c>' x 30 . '</row>';
my $wide = '<row>' . join('', map { "<c t=\"str\"><v>c$_</v></c>" } 1 .. 30) . '</row>';
my $shared = packed($wide . $row x 1300, 'xl/sharedStrings.xml' => "<sst xmlns=\"$main\"><si><t>" . 'x' x 32000 . '</t></si></sst>');
cmp_ok length $shared, '<', 20_000, 'a small body';
my $much = import($shared, preview => 'true');
is $much->{status}, 413, '... of more than a gigabyte of text is refused';
like $much->{json}{detail}, qr/rapport segment import/, '... with where to go';
is import(packed($wide . $row x 300, 'xl/sharedStrings.xml' => "<sst xmlns=\"$main\"><si><t>" . 'x' x 32000 . '</t></si></sst>'), preview => 'true')->{json}{rows}, 300, 'less of it is read';

# Random tables: the same outcomes and the same people as CSV of them.
my @values = ('plain', 'a,b', "two\nlines", '"q"', '', undef, 5, 1.25, '007', '2026-01-02', 'x|y', 'Ünïcödé', '=1+1', '-3', '+49 30 1', 'true', '1e3', "'x");
sub csv_cell { my ($v) = @_; $v //= ''; $v = "'$v" if $v =~ /^'*[=+\-@\t\r]/ && $v !~ /^[+-][\d ]+$/; $v =~ s/"/""/g; return "\"$v\"" }
for my $round (1 .. 4) {
	my @rows = map { [(rand() < .1 ? undef : 'r' . int rand 150), map { $values[rand @values] } 1 .. 4] } 1 .. 200;
	$_->[0] //= length join('', map { $_ // '' } @$_) ? undef : 'r0' for @rows;	# one with nothing is a blank line
	my @head = map { "userId a$_ b$_ c$_ d$_" } $round;
	my @names = split / /, $head[0];
	my $csv = join '', map { join(',', map { csv_cell($_) } @$_) . "\r\n" } \@names, @rows;
	my ($one, $two) = map { $r->post($base, { name => "$_ $round" })->{json}{id} } 'as CSV', 'as a workbook';
	my %text = map { $_ => "$_:text" } grep { !/userId/ } @names;

	utf8::encode($csv);
	my ($x, $y) = (import($csv, type => 'text/csv', segment => $one, map => \%text, dryRun => 'true'), import(book(['T', [\@names, @rows]]), segment => $two, map => \%text, dryRun => 'true'));
	is_deeply outcomes($y), outcomes($x), "round $round: a trial says the same of both" or diag json($y->{json});
	is_deeply [map { "$_->{row} $_->{column} $_->{detail}" } @{ $y->{json}{refused} }], [map { "$_->{row} $_->{column} $_->{detail}" } @{ $x->{json}{refused} }], '... also of each refused row';
	import(book(['T', [\@names, @rows]]), segment => $two, map => \%text);
	my $again = import($csv, type => 'text/csv', segment => $one, map => \%text);
	is $again->{json}{updated} + $again->{json}{created}, 0, '... and the CSV then changes nobody';
}

# A Member who may not.
my $token = $r->cli(qw(token add --name bot --scopes users.read))->{out};
my ($word) = $token =~ /(\S+)\s*\z/;
is $r->request('POST', "$base/$seg/import", body => $book, token => $word, headers => { 'Content-Type' => $xlsx, Authorization => "Bearer $word" })->{status}, 403, 'who may not edit may not import';
is $r->cli('check')->{status}, 0, 'the store is sound';
done_testing;
