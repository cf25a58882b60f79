# SPDX-License-Identifier: AGPL-3.0-or-later
# Files that are no workbook, or one that wants harm: each is refused in words,
# quickly and in little memory, and what is merely large is read in little, too.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;
use Time::HiRes qw(time);

my $dir = tempdir();
my $python = -x '/usr/bin/python3' ? '/usr/bin/python3' : 'python3';
my $gridbox = build_dir() . '/t/lib/gridbox';
my $main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
my $sanitized = ($ENV{RAPPORT_STAGE} // '') eq 'sanitizers';

# What is said of a file, and the most memory that took, in KiB.
my $measure = 'import resource, subprocess, sys
p = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE)
sys.stdout.buffer.write(p.stdout)
print("status", p.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)';
sub
said
{
	my @args = @_;

	open my $pipe, '-|', $python, '-c', $measure, $gridbox, @args or die;
	my $text = do { local $/; <$pipe> };
	close $pipe;
	$text =~ s/^status (-?\d+) (\d+)\n\z//m or die $text;
	return ($text, $1, $2);
}

sub
pack_book
{
	my ($parts) = @_;

	open my $pipe, '|-', $python, tree('t/lib/pack_book.py'), "$dir/h.xlsx" or die;
	print $pipe JSON::PP->new->ascii->encode($parts);
	close $pipe or die;
	return "$dir/h.xlsx";
}

sub
refused
{
	my ($file, $words, $name) = @_;
	my $began = time;
	my ($text, $status, $memory) = said('-q', $file);

	is $status, 1, "$name: refused" or diag $text;
	like $text, $words, '... in words';
	cmp_ok time - $began, '<', 20, '... soon';
	cmp_ok $memory, '<', 60_000, '... in little memory' if !$sanitized;
}
sub sheet { return "<worksheet xmlns=\"$main\"><sheetData>$_[0]</sheetData></worksheet>" }
sub part { my ($name, $text, $words, $about) = @_; refused(pack_book({ 'xl/worksheets/sheet1.xml' => sheet(''), $name => $text }), $words, $about) }
my $sheet1 = 'xl/worksheets/sheet1.xml';

# What people take for a workbook.
my %files = (
	'xls' => ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" . "\0" x 4000, qr/before 2007 \(\.xls\).*save it as \.xlsx/],
	'a locked workbook' => ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" . "\0" x 2000 . join("\0", split //, 'EncryptedPackage') . "\0" x 2000, qr/locked with a password: save it without one/],
	'half an archive' => ["PK\3\4" . 'x' x 500, qr/cut or damaged/],
	'an empty archive' => ["PK\5\6" . "\0" x 18, qr/archive \(ZIP\) and no workbook/],
	'text' => ["userId\nx\n", qr/cut or damaged/],
	'nothing' => ['', qr/cut or damaged/],
);
for my $name (sort keys %files) {
	spew("$dir/f", $files{$name}[0]);
	refused("$dir/f", $files{$name}[1], $name);
}
my %none = map { $_ => undef } '_rels/.rels', 'xl/workbook.xml', 'xl/_rels/workbook.xml.rels';
for (['content.xml', qr/\.ods/], ['xl/workbook.bin', qr/\.xlsb/], ['word/document.xml', qr/Word/], ['UserChat data.csv', qr/worksheets of chats.*JSON/],
    ['ppt/presentation.xml', qr/presentation/], ['Index/Document.iwa', qr/Numbers/], ['photo.jpg', qr/no workbook/]) {
	refused(pack_book({ %none, $_->[0] => 'x' }), $_->[1], "an archive with $_->[0]");
}

# Markup.
my $lol = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' . join('', map { "<!ENTITY " . chr(98 + $_) . ' "' . ('&' . chr(97 + $_) . ';') x 10 . '">' } 0 .. 8) . ']>';
for my $name ($sheet1, 'xl/sharedStrings.xml', 'xl/styles.xml', 'xl/workbook.xml', '_rels/.rels', 'xl/_rels/workbook.xml.rels') {
	part($name, "$lol<x>&j;</x>", qr/document type/, "a billion laughs in $name");
}
part($sheet1, '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', qr/document type/, 'a document type from outside');
part($sheet1, sheet('<row><c><v>&who;</v></c></row>'), qr/sheet1\.xml, line 1: undefined entity/, 'an entity that is not there');
part($sheet1, "<worksheet xmlns=\"$main\">\n<sheetData></worksheet>", qr/sheet1\.xml, line 2: mismatched tag/, 'markup that is not well formed');
part($sheet1, '', qr/no element found/, 'an empty part');
part($sheet1, sheet('<a>' x 200_000), qr/100 deep/, 'elements 200,000 deep');
part($sheet1, sheet('<row r="' . '1' x 3_000_000 . '"/>'), qr/a tag of more than/, 'a tag of 3 MB');
part($sheet1, sheet('<row><c t="str"><v>' . 'x' x 3_000_000 . '</v></c></row>'), qr/row 1 of sheet "S" is longer/, 'a cell of 3 MB');
refused(pack_book({ 'xl/sharedStrings.xml' => "<sst xmlns=\"$main\"><si><t>" . 'x' x 32_000 . '</t></si></sst>',
	$sheet1 => sheet('<row>' . ('<c t="s"><v>0</v></c>' x 900) . '</row>') }), qr/row 1 of sheet "S" is longer/, 'a row of 29 MB by one shared text');
part('xl/sharedStrings.xml', "<sst xmlns=\"$main\"><si><t>" . 'x' x 2_000_000 . '</t></si></sst>', qr/text 1 that cells share has more/, 'a shared text of 2 MB');
part($sheet1, sheet('<row r="5"/><row r="5"/>'), qr/row that is called "5" stands behind row 5/, 'the same row twice');
part($sheet1, sheet("<row r=\"$_\"/>"), qr/row that is called/, "row $_") for 0, 1048577, 'x', '99999999999999999999';
part($sheet1, sheet("<row r=\"1\"><c r=\"$_\"><v>1</v></c></row>"), qr/cell that is called/, "cell $_") for 'A2', 'XFE1', '1', 'A', 'AAAAAAAAAAAAAAAAAAAAAAA1', 'a1';
part('xl/workbook.xml', "<workbook xmlns=\"$main\"><sheets/></workbook>", qr/has no sheet/, 'no sheet');
part('xl/_rels/workbook.xml.rels', '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    . "Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"$_\"/></Relationships>", qr/is missing/, "a sheet at $_")
    for '../../../../../etc/passwd', '/etc/passwd', 'file:///etc/passwd', 'x' x 100;
part('xl/_rels/workbook.xml.rels', '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" TargetMode="External" '
    . 'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="http://127.0.0.1:1/"/></Relationships>', qr/has no sheet/, 'a sheet on another machine');

# Archives that lie: the bytes of a good one, changed by Python.
my $lie = <<'PY';
import struct, sys, zipfile
how, out = sys.argv[1:]
good = open(sys.argv[2] + '.good', 'rb').read()
at = good.index(b'PK\1\2')
while b'sheet1' not in good[at + 46:at + 46 + struct.unpack('<H', good[at + 28:at + 30])[0]]:
    at = good.index(b'PK\1\2', at + 4)
local = struct.unpack('<I', good[at + 42:at + 46])[0]
b = bytearray(good)
if how == 'small':
    b[at + 24:at + 28] = struct.pack('<I', 100)
elif how == 'large':
    b[at + 24:at + 28] = struct.pack('<I', struct.unpack('<I', good[at + 24:at + 28])[0] + 9)
elif how == 'crc':
    b[at + 16] ^= 1
elif how == 'locked':
    b[at + 8] |= 1; b[local + 6] |= 1
elif how == 'method':
    b[at + 10] = 12; b[local + 8] = 12
elif how == 'bytes':
    b[local + 80] ^= 255
open(out, 'wb').write(b)
PY
rename pack_book({ $sheet1 => sheet(join '', map { "<row><c><v>$_</v></c></row>" } 1 .. 5000) }), "$dir/l.xlsx.good";
is((said('-q', "$dir/l.xlsx.good"))[0], "5000 rows\n", 'a good one, which is changed now');
for (['small', qr/has not the size|Zip archive inconsistent|damaged/], ['large', qr/damaged/], ['crc', qr/CRC/], ['locked', qr/locked with a password/],
    ['method', qr/packed in a way/], ['bytes', qr/damaged/]) {
	system $python, '-c', $lie, $_->[0], "$dir/l.xlsx";
	refused("$dir/l.xlsx", $_->[1], "an archive that lies: $_->[0]");
}
my $whole = slurp("$dir/l.xlsx.good");
for my $n (map { int(length($whole) * $_ / 20) } 1 .. 19) {
	spew("$dir/cut", substr $whole, 0, $n);
	is((said('-q', "$dir/cut"))[1], 1, "cut after $n bytes: refused");
}

# A part that unpacks to a gigabyte, and many small ones.
my $bomb = <<'PY';
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z:
    for name, text in zipfile.ZipFile(sys.argv[1] + '.base').NameToInfo.items():
        if name != sys.argv[2]:
            z.writestr(name, zipfile.ZipFile(sys.argv[1] + '.base').read(name))
    with z.open(sys.argv[2], 'w') as part:
        part.write(b'<x>')
        for i in range(300):
            part.write(b' ' * (1 << 20))
PY
for my $name ($sheet1, 'xl/sharedStrings.xml') {
	rename pack_book({ $sheet1 => sheet(''), 'xl/sharedStrings.xml' => '<sst/>' }), "$dir/b.xlsx.base";
	system $python, '-c', $bomb, "$dir/b.xlsx", $name;
	cmp_ok -s "$dir/b.xlsx", '<', 1_000_000, 'a bomb is small';
	refused("$dir/b.xlsx", qr/unpacks to more than 200 times/, "a bomb in $name");
}
system $python, '-c', 'import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as z:
    for i in range(30000):
        z.writestr("%d" % i, "")', "$dir/many";
refused("$dir/many", qr/at most 20000 parts/, '30,000 parts');

# Large and honest: rows by the hundred thousand, two million texts that cells share.
my $rows = $ENV{RAPPORT_QUICK} || $sanitized ? 20_000 : 200_000;
my $large = <<'PY';
import sys, zipfile
out, rows = sys.argv[1], int(sys.argv[2])
M = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
base = zipfile.ZipFile(out + '.base')
with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED, compresslevel=1) as z:
    for name in base.namelist():
        if name not in ('xl/worksheets/sheet1.xml', 'xl/sharedStrings.xml'):
            z.writestr(name, base.read(name))
    with z.open('xl/sharedStrings.xml', 'w') as p:
        p.write(f'<sst {M}>'.encode())
        for i in range(rows):
            p.write(''.join(f'<si><t>text {i * 10 + k} of a table that is larger than its memory</t></si>' for k in range(10)).encode())
        p.write(b'</sst>')
    with z.open('xl/worksheets/sheet1.xml', 'w') as p:
        p.write(f'<worksheet {M}><sheetData>'.encode())
        for i in range(rows):
            p.write(('<row>' + ''.join(f'<c t="s"><v>{(i * 7919 + k) % (rows * 10)}</v></c>' for k in range(10)) + '</row>').encode())
        p.write(b'</sheetData></worksheet>')
PY
rename pack_book({ $sheet1 => '', 'xl/sharedStrings.xml' => '' }), "$dir/large.xlsx.base";
system $python, '-c', $large, "$dir/large.xlsx", $rows;
my ($text, $status, $memory) = said('-q', "$dir/large.xlsx");
is $text, "$rows rows\n", "$rows rows of ten shared texts are read";
SKIP: {
	skip 'memory is not told under sanitizers', 1 if $sanitized;
	cmp_ok $memory, '<', 24_000, '... in less than 24 MB';
	diag "$memory KiB, " . (-s "$dir/large.xlsx") . ' bytes';
}
my ($out) = said("$dir/large.xlsx");
my @bad;
my $i = 0;
for my $line (grep { /^\{/ } split /\n/, $out) {
	my $n = ($i * 7919) % ($rows * 10);
	push @bad, $line if index($line, "[\"text\",\"text $n of a table that is larger than its memory\"]") < 0;
	$i++;
}
is_deeply [$i, scalar @bad], [$rows, 0], 'each with its own texts' or diag $bad[0];
done_testing;
