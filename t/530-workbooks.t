# SPDX-License-Identifier: AGPL-3.0-or-later
# Workbooks of other programs: openpyxl writes random ones, LibreOffice saves
# them once more in its own way, and every cell that we read is what openpyxl
# reads.  Then shapes that those two do not write, with what must come of them
# by hand.  RAPPORT_SEED=N plays a run again.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $dir = tempdir();
my $python = -x '/usr/bin/python3' ? '/usr/bin/python3' : 'python3';
my $gridbox = build_dir() . '/t/lib/gridbox';
my $seed = $ENV{RAPPORT_SEED} // int rand 1 << 30;
diag "seed $seed";

sub output
{
	open my $pipe, '-|', @_ or die "$_[0]: $!";
	my $text = do { local $/; <$pipe> };
	close $pipe;
	return $text // '';
}

sub judged
{
	my ($book, $zone, $name, $least, $change) = @_;
	my $lines = output($gridbox, $book, $zone);

	$lines =~ s/\["boolean","true"/["boolean","false"/ if $change;
	spew("$dir/lines", $lines);
	my $said = json(output($python, tree('t/lib/judge_grid.py'), $book, "$dir/lines", $zone));
	cmp_ok $said->{compared}, '>', $least, "$name: cells are compared";
	return is $said->{n}, 1, "$name: a changed cell is found" if $change;
	is $said->{n}, 0, "$name: each is what openpyxl reads" or diag json($said->{wrong});
}

my $rows = $ENV{RAPPORT_QUICK} ? 300 : 2000;
for (['1900', 'Europe/Berlin', []], ['1904', 'Asia/Kathmandu', ['1904']]) {
	my ($system, $zone, $more) = @$_;
	my $book = "$dir/b$system.xlsx";

	is system($python, tree('t/lib/make_book.py'), $book, $seed, $rows, @$more), 0, "openpyxl writes one, days from $system";
	judged($book, $zone, "openpyxl, $system", $rows * 12);
	judged($book, $zone, "control, $system", $rows * 12, 1);
	SKIP: {
		skip 'no LibreOffice here (apt-get install libreoffice-calc-nogui)', 2 unless grep { -x "$_/soffice" } split /:/, $ENV{PATH};
		system("soffice -env:UserInstallation=file://$dir/office --headless --convert-to xlsx --outdir $dir/lo $book >/dev/null 2>&1");
		judged("$dir/lo/b$system.xlsx", $zone, "LibreOffice, $system", $rows * 12);
	}
}

# Shapes ------------------------------------------------------------------

my $main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
sub sheet { my ($rows, %o) = @_; return "<worksheet xmlns=\"" . ($o{ns} // $main) . "\"><sheetData>$rows</sheetData></worksheet>" }
# The cells of a book of these parts, a row a line: "3: text=a number=1".
sub
cells
{
	my ($parts, $zone) = @_;

	open my $pipe, '|-', $python, tree('t/lib/pack_book.py'), "$dir/s.xlsx" or die;
	print $pipe JSON::PP->new->ascii->encode($parts);
	close $pipe or die;
	my $said = output($gridbox, "$dir/s.xlsx", $zone // 'UTC');
	return $said if $said !~ /^\d+ rows$/m;
	return join "\n", map { my $r = json($_); "$r->{row}: " . join(' ', map { $_->[0] eq 'nothing' ? '-' : "$_->[0]=$_->[1]" } @{ $r->{cells} })
	    . ($r->{wrong} ? " ($r->{wrong})" : '') } grep { /^\{/ } split /\n/, $said;
}
sub one { my ($cell, %parts) = @_; return cells({ 'xl/worksheets/sheet1.xml' => sheet("<row>$cell</row>"), %parts }) =~ s/^1: //r }

is cells({ 'xl/worksheets/sheet1.xml' => sheet('<row r="2"><c r="B2"><v>1</v></c><c r="D2"><v>2</v></c></row><row r="5"/><row r="7"><c r="A7"><v>3</v></c></row>') }),
    "2: - number=1 - number=2\n7: number=3", 'cells and rows stand where they say, with gaps';
is cells({ 'xl/worksheets/sheet1.xml' => sheet('<row><c><v>1</v></c><c/><c><v>2</v></c></row><row><c r="C2"><v>3</v></c><c><v>4</v></c></row>') }),
    "1: number=1 - number=2\n2: - - number=3 number=4", 'or in their order where they say nothing';
is cells({ 'xl/worksheets/sheet1.xml' => sheet('<row r="1"><c r="C1"><v>3</v></c><c r="A1"><v>1</v></c></row>') }), '1: number=1 - number=3', 'in any order';
like cells({ 'xl/worksheets/sheet1.xml' => sheet('<row r="1"><c r="A1"><v>3</v></c><c r="A1"><v>1</v></c></row>') }), qr/two cells stand in the same place/, 'two in one place are told';
my $texts = { 'xl/sharedStrings.xml' => "<sst xmlns=\"$main\"><si><t>one</t></si><si><r><rPr><b/></rPr><t>bo</t></r><r><t xml:space=\"preserve\">ld </t></r>"
    . '<rPh sb="0" eb="1"><t>reading</t></rPh></si><si><t xml:space="preserve"> a </t></si><si/><si><t>_x0041__x005F_x0042_&#10;_xD83D__xDE00__xD83D_._x0000_</t></si></sst>' };
is cells({ %$texts, 'xl/worksheets/sheet1.xml' => sheet('<row>' . join('', map { "<c t=\"s\"><v>$_</v></c>" } 0 .. 5) . '</row>') }),
    "1: text=one text=bold  text= a  - text=A_x0042_\n\x{1F600}_xD83D_._x0000_ bad=no text has the number 5", 'shared texts: runs, spaces, no readings, escapes';
is one('<c t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r><rPh><t>x</t></rPh></is></c>'), 'text=ab', 'a text of the cell itself';
is one('<c t="str"><f>A1&amp;"x"</f><v>x</v></c><c t="str"><f>""</f><v></v></c><c><f>1+1</f><v>2</v></c><c><f>1+1</f><v/></c><c><f>1</f></c>'),
    'text=x - number=2 bad=a formula that was not worked out: save the workbook in a spreadsheet program bad=a formula that was not worked out: save the workbook in a spreadsheet program',
    'formulas are the values they had';
is one('<c t="b"><v>1</v></c><c t="b"><v>0</v></c><c t="b"><v>2</v></c><c t="e"><v>#N/A</v></c><c t="x"><v>1</v></c><c t="n"><v>abc</v></c>'),
    'boolean=true boolean=false bad=neither true nor false: 2 bad=an error of the spreadsheet: #N/A bad=a cell of a type that is not known: x bad=the cell says it is a number and is none: abc',
    'booleans, errors, what is no value';
is one(join '', map { "<c><v>$_</v></c>" } qw(821012345678901234567 1.23456789012346E+17 -1.5E+16 1E+20 1E21 1.1000000000000001 5.0 .5 +7 1.5e-3 007 -0 1e400)),
    'number=821012345678901234567 number=123456789012346000 number=-15000000000000000 number=100000000000000000000 number=1e21 number=1.1 number=5 number=0.5 number=7 number=0.0015 number=7 number=0 bad=the cell says it is a number and is none: 1e400',
    'whole numbers keep their digits, others are the shortest';
my @formats = ('yyyy\-mm\-dd', 'h:mm', '[h]:mm', '0.00', 'd "days"', '"day"0', '[Red]0', '\d0', 'General', 'mm', 'mm:ss', '0;yyyy', '@', '[mm]:ss', '_d0', 'General "mmm"', 'yy"y"');
my $styles = { 'xl/styles.xml' => "<styleSheet xmlns=\"$main\"><numFmts>" . join('', map { my $c = $formats[$_] =~ s/"/&quot;/gr; "<numFmt numFmtId=\"@{[200 + $_]}\" formatCode=\"$c\"/>" } 0 .. $#formats)
    . '</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>' . join('', map { "<xf numFmtId=\"$_\"/>" } 14, 22, 46, 10, 999999, 200 .. 200 + $#formats) . '</cellXfs></styleSheet>' };
is one(join('', map { "<c s=\"$_\"><v>45000.5</v></c>" } 1, 3, 4, 5, 6 .. 6 + $#formats, 99), %$styles),
    join(' ', 'instant=2023-03-15T12:00:00.000Z', 'text=1080012:00:00', ('number=45000.5') x 2,
	map({ $_ eq 'D' ? 'instant=2023-03-15T12:00:00.000Z' : $_ eq 'S' ? 'text=1080012:00:00' : 'number=45000.5' } split //, 'DDSNDNNNNDDNNSNND'), 'number=45000.5'),
    'which numbers are days, by what their format says';
is one(join('', map { "<c s=\"1\"><v>$_</v></c>" } 0, 0.25, 1, 59, 60, 61, 2958465, 2958466, -1, 45000, 45000.9999999999), %$styles),
    'text=00:00:00 text=06:00:00 date=1900-01-01 date=1900-02-28 bad=29 February 1900, a day that was not: 60 date=1900-03-01 date=9999-12-31 '
    . 'bad=no day a spreadsheet can show: 2958466 bad=no day a spreadsheet can show: -1 date=2023-03-15 date=2023-03-16', 'days from 1900, with the leap day that was none';
my $office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
my $mac = { 'xl/workbook.xml' => "<workbook xmlns=\"$main\" xmlns:r=\"$office\"><workbookPr date1904=\"1\"/><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>" };
is one(join('', map { "<c s=\"1\"><v>$_</v></c>" } 0, 1, 60, 43538), %$styles, %$mac), 'date=1904-01-01 date=1904-01-02 date=1904-03-01 date=2023-03-15', 'days from 1904';
is one('<c t="d"><v>2026-03-29</v></c><c t="d"><v>2026-01-05T10:00:00</v></c><c t="d"><v>2026-01-05T10:00:00.5Z</v></c><c t="d"><v>noon</v></c>'),
    'date=2026-03-29 instant=2026-01-05T10:00:00.000Z instant=2026-01-05T10:00:00.500Z bad=the cell says it is a day and is none: noon', 'days in ISO 8601';
is cells({ %$styles, 'xl/worksheets/sheet1.xml' => sheet('<row><c s="2"><v>46110.104166666664</v></c><c s="2"><v>46320.104166666664</v></c></row>') }, 'Europe/Berlin'),
    '1: instant=2026-03-29T01:00:00.000Z instant=2026-10-25T00:30:00.000Z', 'a clock that skips an hour, and one that tells it twice';
my $strict = 'http://purl.oclc.org/ooxml/spreadsheetml/main';
my $rel = 'http://purl.oclc.org/ooxml/officeDocument/relationships';
is cells({ '_rels/.rels' => "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"a\" Type=\"$rel/officeDocument\" Target=\"/book/w.xml\"/></Relationships>",
	'book/w.xml' => "<x:workbook xmlns:x=\"$strict\" xmlns:q=\"$rel\" conformance=\"strict\"><x:sheets><x:sheet name=\"S\" sheetId=\"1\" q:id=\"z\"/></x:sheets></x:workbook>",
	'book/_rels/w.xml.rels' => "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"z\" Type=\"$rel/worksheet\" Target=\"../Sheets/One.xml\"/></Relationships>",
	'sheets/one.xml' => "<x:worksheet xmlns:x=\"$strict\" xmlns:y=\"urn:other\"><x:sheetData><y:row><x:row><x:c><x:v>9</x:v></x:c></x:row></y:row><x:row><y:c/><x:c t=\"str\"><x:v>a<y:v>no</y:v></x:v></x:c></x:row></x:sheetData></x:worksheet>" }),
    '1: text=a', 'strict ones, prefixes, odd places, what other programs put in between';
is cells({ 'xl/worksheets/sheet1.xml' => "\x{feff}" . sheet('<row><c t="str"><v><![CDATA[<é>]]></v></c></row>') }), '1: text=<é>', 'a mark of byte order, marked sections';
my $long = 'é' x 200_000;
is length one("<c t=\"str\"><v>$long</v></c>"), length($long) + 5, 'a text of 400,000 bytes is taken whole';
done_testing;
