# SPDX-License-Identifier: AGPL-3.0-or-later
# Hostile texts everywhere a chat has one, through every format of chat data and
# other people's programs; sheets that are full go on; what is too long for a
# cell is cut there alone, and counted; OpenPGP.js opens what leaves.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my $dir = tempdir();
my $password = "p\x{e4}sswort \x{1F511} of four words";
my $python = -x '/usr/bin/python3' ? '/usr/bin/python3' : 'python3';
my $n = 0;
my @texts = ('plain', '=1+1', '=HYPERLINK("http://x.example")', '+1', '-2+3', '@sum(1)', "\ttab", 'http://link.example/', '_x0041_',
	'__x00e4__', '_x0041_x0042_', "\x01\x02\x1f", "cr\rlf\ncrlf\r\n", "\x{7f}\x{85}", "\x{fffe}\x{ffff}", ' edges ', "\n", '<b>&amp;</b>',
	']]>', '"', "'", "'=1", ',', ';', "\x{202e}rtl\x{202c}", "\x{5e9}\x{5dc}\x{5d5}\x{5dd}", "\x{1F469}\x{200D}\x{1F469}\x{200D}\x{1F467}",
	"e\x{301}", "\x{feff}bom", 'z' x 40_000, ("\x{1F469}\x{200D}\x{1F469}\x{200D}\x{1F467}" x 2_500), '00123', '1e5', 'TRUE', '2026-01-02', 'null');
my $long = 1; # of them is too long for a cell of a workbook
# ids and tags are shorter; a tag holds no comma only because a search could not name it
my @short = map { substr $_, 0, 40 } grep { !/^\s*$/ } @texts;

my @events;
for my $i (0 .. $#texts) {
	my $tag = $short[$i % @short];
	push @events,
	    { type => 'user', userId => "u$i", at => '2026-01-01T00:00:00Z', attributes => { name => substr($texts[$i], 0, 3000), note => substr $texts[-$i], 0, 3000 } },
	    { type => 'chat', chatId => "c$i", userId => "u$i", openedAt => sprintf('2026-01-02T00:%02d:00.%03dZ', $i, 7 * $i), name => substr($texts[$i], 0, 900),
		description => substr($texts[-$i], 0, 3000), tags => [$tag, "t$i"], managerIds => [substr $tag, 0, 30], assigneeId => $short[-($i % @short)],
		supportBotId => $tag, marketingId => $tag, marketingType => 'oneTimeMsg', contactMediumType => substr($tag, 0, 20),
		attributes => { page => substr($texts[$i], 0, 500), deep => "{\"a\":$i}", n => $i / 7 } },
	    { type => 'message', chatId => "c$i", messageId => 'm' . ++$n, personType => 'user', personId => "u$i", at => '2026-01-02T01:00:00.123456Z', text => $texts[$i] },
	    { type => 'message', chatId => "c$i", messageId => 'm' . ++$n, personType => 'bot', personId => $tag, at => '2026-01-02T01:00:01Z', text => $texts[-$i] },
	    map { { type => $_, id => $tag, at => '2026-01-01T00:00:00Z', $_ eq 'supportBot' ? (revisionId => substr $texts[$i], 0, 60)
		: (name => substr($texts[$i], 0, 200)), $_ eq 'tag' ? (followerIds => [grep { $_ ne '' } substr($tag, 0, 20), 'x|y']) : () } } qw(bot supportBot marketing tag);
}
my $sent = $r->post('/api/v1/events', \@events)->{json};
is_deeply $sent->{refused} // [], [], 'hostile chats';
for my $bad ("a\0b", '\ud800') {
	my $body = '{"type":"message","chatId":"c1","messageId":"bad","personType":"user","personId":"u1","at":"2026-01-02T02:00:00Z","text":"' . ($bad eq "a\0b" ? 'a\u0000b' : $bad) . '"}';
	is $r->request('POST', '/api/v1/events', body => $body, headers => { 'Content-Type' => 'application/json' })->{json}{refusedCount} // 1, 1, 'NUL and lone surrogates are refused';
}

# The locked file of a format, opened by OpenPGP.js, which is not ours.
sub
taken
{
	my ($format) = @_;
	my $res = $r->post('/api/v1/exports', { what => 'chats', password => $password, purpose => "a test of <hostile> & \"texts\"", format => $format, tz => 'Asia/Kathmandu' });

	is $res->{status}, 200, "$format leaves" or diag $res->{body};
	spew("$dir/x.pgp", $res->{body});
	spew("$dir/jobs", json([{ do => 'unlock', in => "$dir/x.pgp", out => "$dir/x.$format", passwords => [$password] }]));
	my $said = `node ${\tree('t/node')}/lock.mjs < $dir/jobs`;
	like $said, qr/"ok":true/, 'and OpenPGP.js opens it';
	return "$dir/x.$format";
}

# What differs between a JSON file, a workbook and a ZIP.
sub
judged
{
	my ($all, $book, $zip) = @_;
	my @office;

	if (grep { -x "$_/soffice" } split /:/, $ENV{PATH}) {
		system("rm -rf $dir/office-out; soffice -env:UserInstallation=file://$dir/office --headless --convert-to 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1' --outdir $dir/office-out $book >/dev/null 2>&1");
		@office = "$dir/office-out";
	}
	open my $judge, '-|', $python, tree('t/lib/judge_chats.py'), $all, $book, 'Asia/Kathmandu', $zip, @office or die "judge: $!";
	return json(do { local $/; <$judge> });
}
my ($all, $book, $zip) = map { taken($_) } qw(json xlsx csv);
my $j = judged($all, $book, $zip);
is_deeply $j->{wrong}, [], 'every cell is the text that came' or diag json([@{ $j->{wrong} }[0 .. 9]]);
cmp_ok $j->{cells}, '>', 10_000, "$j->{cells} cells were compared";
my %manifest = map { @$_ } @{ $j->{manifest} };
is $manifest{'Texts cut at 32,767 characters'}, 2 * $long, 'cut texts are counted';
my $data = json(slurp($all));
is_deeply [map { $_->{plainText} } grep { $_->{personType} eq 'User' } @{ $data->{'Message data'} }], \@texts, 'JSON has every message whole, as it was sent';
is $data->{'Message data'}[0]{createdAt}, '2026-01-02T01:00:00.123456Z', 'to the microsecond';

# The control: one cell changed is one cell found, by each program.
my $changed = slurp($all);
$changed =~ s/"plainText":"plain"/"plainText":"plain!"/ or die;
spew("$dir/changed.json", $changed);
my $wrong = judged("$dir/changed.json", $book, $zip)->{wrong};
is_deeply [map { @$_[1, 2, 3] } @$wrong], [map { ('Message data', 0, 'plainText') } 1 .. @$wrong], 'control: the changed cell is found';
cmp_ok @$wrong, '>=', 2, 'by each';

# Full sheets go on, also of the store itself, whose limits are made small.
sub box { my ($out, @args) = @_; my $said = `${\build_dir()}/t/lib/chatbox $r->{store} @args 2>&1 > $out`; is $?, 0, "@args: made" or diag $said }
box("$dir/small.xlsx", 'xlsx', 21);
box("$dir/small.zip", 'csv', 0, 100_000);
my $parts = <<'PY';
import csv, io, json, re, sys, zipfile
import openpyxl
data = json.load(open(sys.argv[1], encoding="utf-8"))
data.pop("Import data")
book = openpyxl.load_workbook(sys.argv[2])
z = zipfile.ZipFile(sys.argv[3])
assert z.testzip() is None
tables = {n: [[c.value for c in r] for r in book[n].iter_rows()] for n in book.sheetnames[:-1]}
files = {n[:-4]: list(csv.reader(io.StringIO(z.read(n).decode(), newline=""), strict=True)) for n in z.namelist()}
wrong = []
for who, parts in (("xlsx", tables), ("csv", files)):
    for name, rows in data.items():
        mine = [n for n in parts if n == name or n.startswith(name + " (")]
        if mine != [name] + [f"{name} ({i})" for i in range(2, len(mine) + 1)]:
            wrong.append([who, "names", mine])
        if len({tuple(parts[n][0]) for n in mine}) != 1:
            wrong.append([who, name, "headers differ"])
        got = [r for n in mine for r in parts[n][1:]]
        key = {"Message data": "plainText"}.get(name, "id" if "id" in parts[name][0] else "userId")
        at = parts[name][0].index(key)
        want = [r.get(key) for r in rows]
        unguard = lambda t: t[1:] if who == "csv" and t[:1] == "'" else t
        escape = re.compile("_x([0-9A-F]{4})_")
        show = lambda t: escape.sub(lambda m: chr(int(m[1], 16)), t) if who == "xlsx" else unguard(t)
        bad = [(g, w) for g, w in zip(got, want) if show(g[at] or "") != w and len(w) < 30000 and g[at] != w]
        if len(got) != len(want) or bad:
            wrong.append([who, name, len(got), len(want), repr(bad[:1])[:200]])
    if who == "xlsx":
        wrong += [[who, n, len(t)] for n, t in parts.items() if len(t) > 21]
print(json.dumps({"wrong": wrong, "xlsx": len(tables), "csv": len(files)}))
PY
spew("$dir/parts.py", $parts);
my $found = json(scalar `$python $dir/parts.py $all $dir/small.xlsx $dir/small.zip`);
is_deeply $found->{wrong}, [], 'a full sheet goes on under the same header, no row lost';
cmp_ok $found->{xlsx}, '>=', 8 + 3, "in $found->{xlsx} sheets";
cmp_ok $found->{csv}, '>', 8, "and $found->{csv} files";
done_testing;
