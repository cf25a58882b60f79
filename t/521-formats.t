# SPDX-License-Identifier: AGPL-3.0-or-later
# The same people as XLSX, JSON and NDJSON, judged by other people's programs:
# openpyxl and LibreOffice read the workbook, Python the JSON, and every cell
# is what was sent in, hostile texts among them.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my $dir = tempdir();
my $password = 'four words nobody guesses';
my $python = -x '/usr/bin/python3' ? '/usr/bin/python3' : 'python3';
spew("$dir/password", "$password\n");

my @texts = ('plain', '=1+1', '=HYPERLINK("http://x.example")', '+1', '-2+3', '@sum(1)', "\ttab", 'http://link.example/',
	'_x0041_', '__x00e4__', '_x0041_x0042_', "\x01\x02\x1f", "cr\rlf\ncrlf\r\n", "\x{7f}\x{85}", "\x{fffe}\x{ffff}",
	' edges ', "\n", '<b>&amp;</b>', ']]>', '"', "'", ',', ';', "\x{202e}rtl\x{202c}", "\x{5e9}\x{5dc}\x{5d5}\x{5dd}",
	"\x{1F469}\x{200D}\x{1F469}\x{200D}\x{1F467}", "e\x{301}", "\x{feff}bom", 'z' x 16000, '00123', '1e5', 'TRUE', '2026-01-02');
my @instants = qw(2026-01-31T23:59:59.999Z 2026-03-29T00:59:59.500Z 2026-03-29T01:00:00.000Z 2026-10-25T00:30:00.000Z
	2026-10-25T01:30:00.000Z 1999-12-31T23:59:59.001Z 1970-01-01T00:00:00.000Z 9999-12-30T00:00:00.000Z 1899-12-31T12:00:00.000Z);
my @dates = qw(2026-02-28 2024-02-29 1900-03-01 1900-02-28 1600-01-01 9999-12-31);
my @numbers = (0, 1, -1, 0.1, 1e-7, 123456789.25, 9007199254740991, -1.5e300, 2.5e-300);
# Too long when joined; the second is cut within a family, which is one
# character to whoever looks.
my $family = "\x{1F469}\x{200D}\x{1F469}\x{200D}\x{1F467}";
my %joined = (1 => [map { sprintf('%02d', $_) . 'x' x 990 } 1 .. 50], 2 => [(map { sprintf('%02d', $_) . 'x' x 998 } 1 .. 32), map { $_ . $family x 50 } 33 .. 37]);

my @events = map { { type => 'user', userId => sprintf('u%03d', $_), at => '2026-01-01T00:00:00Z', attributes => {
	name => $texts[$_ % @texts], note => $texts[($_ * 7) % @texts], score => $numbers[$_ % @numbers],
	met => $instants[$_ % @instants], joined => $dates[$_ % @dates], vip => $_ % 2 ? \1 : \0,
	likes => $joined{$_} // ["t$_", 'b|c', '=1'], phone => '+49301000' . (100 + $_), ($_ % 5 ? (rare => "r$_") : ()) } } } 0 .. 199;
is $r->post('/api/v1/events', [{ type => 'user', userId => 'u000', at => '2026-01-01T00:00:00Z', attributes => { met => $instants[0], joined => $dates[0] } }])->{json}{accepted},
    1, 'types are seen';
is $r->post('/api/v1/events', \@events)->{json}{accepted}, 200, 'people with hostile texts';

my %kinds = (userId => 'text', default_name => 'text', note => 'text', score => 'number', met => 'instant', joined => 'date', vip => 'boolean',
	likes => 'set', default_phone => 'text', rare => 'text', banned => 'boolean', createdAt => 'instant');
my @columns = qw(userId default_name note score met joined vip likes default_phone rare banned);

# The file of a format, opened; its headers are looked at.
sub
export
{
	my ($format, $media) = @_;
	my $res = $r->post('/api/v1/exports', { what => 'users', password => $password, tz => 'Europe/Berlin', format => $format,
		purpose => "a test of the file & <it>", columns => \@columns, sort => 'userId', f => ['score', 'isSet'] });

	is $res->{status}, 200, "$format leaves";
	like $res->{headers}{'content-disposition'}, qr/filename="users-\d{4}-\d\d-\d\d\.$format\.pgp"/, '... under its name';
	spew("$dir/x.$format.pgp", $res->{body});
	$r->cli('unlock', '--password-file', "$dir/password", '--out', "$dir/x.$format", "$dir/x.$format.pgp");
	return "$dir/x.$format";
}

# Run a program; its output.
sub
output
{
	open my $pipe, '-|', @_ or die "$_[0]: $!";
	my $text = do { local $/; <$pipe> };
	close $pipe;
	is $?, 0, "$_[0] is content" or diag $text;
	return $text;
}

# What each row must hold, from what was sent in.
my @want = map { my $a = $_->{attributes}; {
	userId => $_->{userId}, default_name => $a->{name}, note => $a->{note}, score => $a->{score}, met => $a->{met},
	joined => $a->{joined}, vip => $a->{vip}, likes => [sort @{ $a->{likes} }], default_phone => $a->{phone}, banned => \0,
	($a->{rare} ? (rare => $a->{rare}) : ()) } } @events;
my $reread = json(json(\@want)); # booleans and numbers as JSON has them

my $rows = json(slurp(export('json')));
is_deeply $rows, $reread, 'JSON: everybody, in order, as they came';
my @lines = split /\n/, slurp(export('ndjson'));
is_deeply [map { json($_) } @lines], $reread, 'NDJSON: the same, a line each';
my $read_back = output($python, '-c', 'import json,sys; print(len(json.load(open(sys.argv[1], encoding="utf-8"))))', "$dir/x.json");
is $read_back + 0, 200, "Python's json reads it";

my $book = export('xlsx');
spew("$dir/want.json", json({ rows => $reread, kinds => \%kinds }));
my @sheet;
SKIP: {
	skip 'no LibreOffice here (apt-get install libreoffice-calc-nogui)', 1 unless grep { -x "$_/soffice" } split /:/, $ENV{PATH};
	output('soffice', "-env:UserInstallation=file://$dir/office", '--headless', '--convert-to',
		'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,1', '--outdir', $dir, $book);
	@sheet = grep { -e } "$dir/x-Users.csv", "$dir/x.csv";
}
my $judged = json(output($python, tree('t/lib/judge_book.py'), $book, "$dir/want.json", 'Europe/Berlin', @sheet[0 .. $#sheet]));
is_deeply $judged->{wrong}, [], 'every cell of the workbook is the value, as its type' or diag json([@{ $judged->{wrong} }[0 .. 5]]);
is_deeply $judged->{names}, \@columns, 'a column each';
is $judged->{rows}, 200, 'a row each';
is_deeply $judged->{sheets}, ['Users', 'Manifest'], 'and a manifest';
is $judged->{frozen}, 'A2', 'the header stays';
is $judged->{filter}, 'A1:K201', 'with a filter over all of it';
cmp_ok $judged->{wide}, '>', 10, 'columns are wide enough';
my %manifest = map { @$_ } @{ $judged->{manifest} };
is $manifest{Rows}, '200', 'the manifest counts rows';
is $manifest{'Texts cut at 32,767 characters'}, '2', 'and texts that were cut';
is $manifest{Purpose}, 'a test of the file & <it>', 'names the purpose';
is $manifest{'Time zone of dates'}, 'Europe/Berlin', 'the zone';
is $manifest{Who}, 'score is set', 'who is in it';
like $manifest{'At (UTC)'}, qr/^20\d\d-/, 'when';
ok $manifest{'Taken out by'}, 'and by whom';

# The control: a judge that finds nothing wrong must find what is.
$reread->[7]{note} .= '!';
$reread->[9]{score} += 1;
spew("$dir/want.json", json({ rows => $reread, kinds => \%kinds }));
is scalar @{ json(output($python, tree('t/lib/judge_book.py'), $book, "$dir/want.json", 'Europe/Berlin', @sheet[0 .. $#sheet]))->{wrong} },
    @sheet ? 4 : 2, 'changed cells are found, by each reader';

# A sheet that is full goes on.
my $rows_many = 1_048_577;
open my $box, '-|', build_dir() . '/t/lib/bookbox', $rows_many or die "bookbox: $!";
spew("$dir/many.xlsx", do { local $/; binmode $box; <$box> });
ok close $box, 'a workbook of more rows than a sheet has';
my $count = <<'PY';
import re, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
names = re.findall('<sheet name="([^"]*)"', z.read('xl/workbook.xml').decode())
sheets = [z.read(f'xl/worksheets/sheet{i}.xml').decode() for i in (1, 2)]
print(names, [len(re.findall('<row ', s)) for s in sheets], [re.findall('<v>([0-9]+)</v>', s)[-1] for s in sheets])
PY
is output($python, '-c', $count, "$dir/many.xlsx"), "['Rows', 'Rows (2)', 'Manifest'] [1048576, 3] ['1048575', '1048577']\n",
    'goes on in a second one, under the same header';
done_testing;
