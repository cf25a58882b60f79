# SPDX-License-Identifier: AGPL-3.0-or-later
# CSV into a segment through nginx: what the columns are taken for, what each
# row becomes, refusals by row and column, a dry run that says what then
# happens, and a random file whose outcomes are worked out here.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my $base = '/api/v1/segments';
is $r->post('/api/v1/events', [
	{ type => 'user', userId => 'u1', at => '2026-01-01T00:00:00Z', attributes =>
	    { name => 'Ana', email => 'Ana@Example.org', score => 5, country => 'Peru' } },
	{ type => 'user', userId => 'u2', attributes => { name => 'Bo', email => 'two@example.org' } },
	{ type => 'user', userId => 'u3', attributes => { name => 'Cy', email => 'TWO@example.org' } },
])->{json}{accepted}, 3, 'three people';
my $seg = $r->post($base, { name => 'Imported' })->{json}{id};

sub escaped { my ($s) = @_; utf8::encode($s) if utf8::is_utf8($s); $s =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ge; return $s }
sub
import
{
	my ($csv, %o) = @_;
	my $bytes = $csv;
	my $to = delete $o{segment} // $seg;

	utf8::encode($bytes) if utf8::is_utf8($bytes);
	$o{map} = json($o{map}) if ref $o{map};
	my $q = join '&', map { "$_=" . escaped($o{$_}) } sort keys %o;
	return $r->request('POST', "$base/$to/import?$q", body => $bytes,
	    headers => { 'Content-Type' => 'text/csv; charset=utf-8' });
}
sub outcomes { my ($a) = @_; return { map { $_ => $a->{json}{$_} } qw(rows created updated unchanged refusedCount added already) } }
sub
adds_up
{
	my ($a, $name) = @_;
	my $j = $a->{json};

	is $j->{created} + $j->{updated} + $j->{unchanged} + $j->{refusedCount}, $j->{rows}, "$name: every row has an outcome";
	is $j->{added} + $j->{already} + $j->{refusedCount}, $j->{rows}, "$name: and one about the segment";
}
sub
user
{
	my ($id) = @_;
	my $f = escaped(json(['userId', 'is', $id]));
	my $row = $r->get("/api/v1/users?f=$f&columns=userId")->{json}{users}[0] or return;
	my $u = $r->get("/api/v1/users/$row->{id}")->{json};
	return { map { $_ => $u->{attributes}{$_}{value} } keys %{ $u->{attributes} } };
}
sub total { return $r->get('/api/v1/users')->{json}{total} }

# what the columns are
my $csv = "\x{feff}userId,Name,Country,Points,Joined,VIP,Note,Last seen\r\n"
    . "u1,Ana,Peru,5,2026-01-02,TRUE,\"a, \"\"b\"\"\nc\",2026-03-01T10:00:00Z\r\n"
    . "u9,Zoë,Japan,7.5,2026-02-03,FALSE,'=1+1,\r\n"
    . "\r\n"
    . "u8,,Peru,1e3,,,,\r\n";
my $a = import($csv, preview => 'true');
is $a->{status}, 200, 'a look';
is_deeply [map { "$_->{column}>$_->{target}" } @{ $a->{json}{columns} }],
    ['userId>userId', 'Name>default_name', 'Country>default_country', 'Points>Points:number',
     'Joined>Joined:date', 'VIP>VIP:boolean', 'Note>Note:text', 'Last seen>lastSeen'],
    'columns go by name, label or to a new attribute of the type they hold';
is_deeply [@{ $a->{json} }{qw(rows delimiter kept)}], [3, ',', JSON::PP::false], 'rows are counted';
is_deeply $a->{json}{columns}[6]{samples}, ["a, \"b\"\nc", '=1+1'], 'with samples, unguarded';
is total(), 3, 'nothing was kept';
my $dry = import($csv, dryRun => 'true');
is_deeply outcomes($dry), { rows => 3, created => 2, updated => 1, unchanged => 0, refusedCount => 0,
	added => 3, already => 0 }, 'a dry run';
is total(), 3, 'keeps nothing';
ok !(grep { $_->{name} eq 'Points' } @{ $r->get('/api/v1/attributes')->{json}{attributes} }),
    'no attribute, either';
$a = import($csv);
is_deeply outcomes($a), outcomes($dry), 'the import does what it said';
adds_up($a, 'three rows');
is total(), 5, 'two are new';
is $r->get("$base/$seg")->{json}{size}, 3, 'all are in the segment';
is_deeply { map { $_ => user('u1')->{$_} } qw(default_name Points Joined VIP Note lastSeen) },
    { default_name => 'Ana', Points => 5, Joined => '2026-01-02', VIP => JSON::PP::true,
      Note => "a, \"b\"\nc", lastSeen => '2026-03-01T10:00:00.000Z' }, 'values as they were meant';
is_deeply [@{ user('u9') }{qw(default_name Points VIP Note)}],
    ['Zoë', 7.5, JSON::PP::false, '=1+1'], 'the formula guard is taken off';
$a = import($csv);
is_deeply outcomes($a), { rows => 3, created => 0, updated => 0, unchanged => 3, refusedCount => 0,
	added => 0, already => 3 }, 'again: nothing to do';

# refusals
$a = import("userId;Points;email\nu1;many;a\@b.c\nu10;3;x\@y.z;more\nu11;4\n;5;\nu12;6;\nu12;7;\n"
    . "u13;\"8;x\nu14;9;z\n");
is_deeply [map { "$_->{row} $_->{column} $_->{detail}" } @{ $a->{json}{refused} }],
    ['2 Points expected a value of type number', '3  expected 3 cells, as the first row has, found 4',
     '4  expected 3 cells, as the first row has, found 2', '5 userId it says nobody: it is empty',
     '7 userId row 6 is about the same user', '8 Points a quote is opened and not closed'],
    'each refusal has its row, its column and why';
is_deeply outcomes($a), { rows => 7, created => 1, updated => 0, unchanged => 0, refusedCount => 6,
	added => 1, already => 0 }, 'and the rest is taken';
adds_up($a, 'refusals');
is user('u1')->{Points}, 5, 'a refused row changes nothing';
ok !user('u10'), 'nor makes anybody';
$a = import("userId,Points\nu1,many\n", keepMisfits => 'true');
is outcomes($a)->{updated}, 1, 'unless misfits are to be kept';
$a = import("userId,banned\nu1,perhaps\nu2,TRUE\n", keepMisfits => 'true');
is_deeply [outcomes($a)->{updated}, map { "$_->{row} $_->{column} $_->{detail}" } @{ $a->{json}{refused} }],
    [1, '2 banned true or false was expected.'], 'but nobody is half banned';
is import("userId,banned\nu2,FALSE\n")->{json}{updated}, 1, 'nor banned for good';
is import("userId,name\nu1,\xff\nu1\xc3\x28,x\nu2,ok\n")->{json}{refusedCount}, 2, 'bytes that are not UTF-8';
for my $bad (
	["", 400, undef], ["\xff\xfeu\0", 400, undef], ["PK\3\4", 400, undef],
	["a,a\n1,2\n", 400, undef], ["\n\n", 400, undef],
	["name\nAna\n", 422, 'match'], ["userId\nx\n", 422, 'map', map => '[]'],
	["userId\nx\n", 422, 'map/nope', map => { nope => 'email' }],
	["userId,x\nx,1\n", 422, 'map/x', map => { x => 'segment' }],
	["userId,x\nx,1\n", 422, 'map/x', map => { x => 'identity:web' }],
	["userId,x\nx,1\n", 422, 'map/x', map => { x => 'Points:text' }],
	["userId,x\nx,1\n", 422, 'map/x', map => { x => 'said' }],
	["userId,x,y\nx,1,2\n", 422, 'map/y', map => { x => 'email', y => 'email' }],
	["userId,x\nx,1\n", 422, 'match', match => 'email'],
	["userId,x\nx,1\n", 422, 'match', match => 'Points'],
	["userId,x\nx,1\n", 422, 'row', row => 1],
) {
	my ($body, $status, $path, %o) = @$bad;
	my $before = total();
	my $a = import($body, %o);

	(my $shown = $body) =~ s/[^ -~]/./g;
	is_deeply [$a->{status}, $a->{json}{path}], [$status, $path],
	    "refused: $shown " . (%o ? json(\%o) : '');
	is total(), $before, 'and nothing is kept';
}
is $r->request('POST', "$base/$seg/import", body => '{}', headers => { 'Content-Type' => 'application/json' })
    ->{status}, 415, 'JSON is not CSV';
is import("userId\nx\n", segment => 999)->{status}, 404, 'no such segment';
my $dynamic = $r->post($base, { name => 'Dynamic', filter => {} })->{json}{id};
is import("userId\nx\n", segment => $dynamic)->{status}, 409, 'a dynamic one takes nobody';

# by an attribute
my $by = $r->post($base, { name => 'By mail' })->{json}{id};
$a = import("E-mail,City\nana\@example.ORG,Lima\ntwo\@example.org,x\nnobody\@example.org,y\n,z\n",
    segment => $by, map => { 'E-mail' => 'email' }, match => 'email');
is_deeply [map { "$_->{row} $_->{detail}" } @{ $a->{json}{refused} }],
    ['3 2 users have this value, so it does not say which', '4 nobody has this value',
     '5 it says nobody: it is empty'], 'exactly one, or refused';
is_deeply outcomes($a), { rows => 4, created => 0, updated => 1, unchanged => 0, refusedCount => 3,
	added => 1, already => 0 }, 'who is found is changed';
is_deeply [@{ user('u1') }{qw(default_city default_email)}], ['Lima', 'Ana@Example.org'], 'but for the e-mail';

# by an identity
$a = import("phone number,Points\n+49 1,5\n+49 2,6\n+49 1,7\n", segment => $by,
    map => { 'phone number' => 'identity:whatsapp:phone' });
is_deeply outcomes($a), { rows => 3, created => 2, updated => 0, unchanged => 0, refusedCount => 1,
	added => 2, already => 0 }, 'people known by an identity';
$a = import("userId,wa\nu1,+49 1\nu20,+49 9\n", map => { wa => 'identity:whatsapp:phone' });
is_deeply [map { "$_->{row} $_->{column} $_->{code}" } @{ $a->{json}{refused} }], ['2 wa conflict'],
    'an identity of somebody else is a conflict';
is outcomes($a)->{created}, 1, 'a new one comes with the user';

# what is known as of later stays
my $edited = import("userId,Country\nu1,Chile\n", at => '2020-01-01T00:00:00Z');
is_deeply [@{ $edited->{json} }{qw(unchanged overruled)}], [1, 1], 'older than what is known: said so';

# a random file against a model
srand(my $seed = $ENV{SEED} // time);
note "SEED=$seed";
my (%model, %in, @rows);
my @values = ('plain', 'with, comma', "two\nlines", 'say "hi"', ' blank ', "=cmd|' /C calc'!A0", '+1', "tab\there",
	'العربية', '🙂', '<script>alert(1)</script>', "O'Brien", "'quoted", '-1+1', '@x', "\x{202e}rtl");
for my $n (1 .. 1000) {
	my $id = 'r' . int rand 1200;
	my $v = $values[rand @values];

	push @rows, [$id, $v];
}
my %want = (created => 0, refusedCount => 0);
for my $row (@rows) {
	if ($model{$row->[0]}) { $want{refusedCount}++; next }
	$want{created}++;
	$model{$row->[0]} = $row->[1];
}
sub cell { my ($s) = @_; $s =~ s/"/""/g; return "\"$s\"" }
sub guarded { my ($s) = @_; return $s =~ /^'*[=+\-@\t\r]/ && $s !~ /^[+-]\d+$/ ? "'$s" : $s }
my $file = join '', "userId\ttext\n", map { "$_->[0]\t" . cell(guarded($_->[1])) . "\n" } @rows;
my $many = $r->post($base, { name => 'Many' })->{json}{id};
$a = import($file, segment => $many, map => { text => 'hostile:text' });
is_deeply { map { $_ => $a->{json}{$_} } qw(created refusedCount updated) }, { %want, updated => 0 },
    '1,000 random rows: outcomes as worked out here';
adds_up($a, 'random');
is $r->get("$base/$many")->{json}{size}, scalar(keys %model), 'the size is that of the set';
my (%got, $after);
do {
	my $p = $r->get('/api/v1/users?limit=500&columns=userId,hostile&f=' . escaped(json(['segment', 'hasAny', $many]))
	    . ($after ? '&after=' . escaped($after) : ''))->{json};
	$got{ $_->{userId} } = $_->{hostile} for @{ $p->{users} };
	$after = $p->{next};
} while (defined $after);
is_deeply \%got, \%model, 'and every value is what it was';
is $r->cli('check')->{status}, 0, 'the store is sound';

# the record
my @acts = map { "$_->{act} $_->{object} $_->{result}" } @{ $r->get('/api/v1/audit?limit=500')->{json}{audit} };
ok scalar(grep { $_ eq "segment.import segment $many begun, 1000 rows" } @acts), 'an import is in the audit log when it begins';
ok scalar(grep { /^segment.import segment $many $want{created} created, 0 updated, 0 unchanged, $want{refusedCount} refused, / } @acts),
    'and when it ends';
done_testing;
