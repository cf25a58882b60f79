# SPDX-License-Identifier: AGPL-3.0-or-later
# A locked CSV judged by other people's programs: OpenPGP.js opens it, Python's
# csv reads it strictly, and every cell is what the interface says of the same
# people, hostile texts among them.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my $password = 'pässword of thirty-two 字';
my @texts = ('plain', 'with, comma', 'say "hi"', "two\nlines", "cr\r\nlf", ' edges ', '=1+1', '=cmd|x',
	"+1+cmd|' /C calc'!A0", '-2+3', '@sum(1)', "\ttab", "'=guarded", "''", '"', '""', ',', "\x{feff}bom",
	"\x{202e}rtl", 'ΣΊΣΥΦΟΣ', '👩‍👩‍👧‍👦', '<script>alert(1)</script>', '_x0041_', 'z' x 12000, "a\x{0301}\x{0301}");
my @events = map { { type => 'user', userId => "u$_", at => '2026-01-01T00:00:00Z', attributes => {
	name => $texts[$_ % @texts], note => $texts[($_ * 7) % @texts] . $_, score => $_ / 8,
	likes => ["t$_", 'b|c'], joined => '2026-02-03', vip => $_ % 2 ? \1 : \0,
	phone => '+49 30 ' . (1000000 + $_) } } } 1 .. 200;
is $r->post('/api/v1/events', \@events)->{json}{accepted}, 200, 'people with hostile names';

my @columns = qw(userId default_name note score likes joined vip default_phone default_email createdAt);
my $file = $r->post('/api/v1/exports', { what => 'users', password => $password, tz => 'UTC',
	purpose => 'a test of the file', columns => \@columns, sort => '-userId' })->{body};
my $dir = tempdir();
spew("$dir/x.csv.pgp", $file);

my $node = <<'JS';
import { createRequire } from 'module';
import { readFileSync, writeFileSync } from 'fs';
const require = createRequire(process.argv[2] + '/package.json');
const openpgp = require('openpgp');
const message = await openpgp.readMessage({ binaryMessage: readFileSync(process.argv[3]) });
const { data, filename } = await openpgp.decrypt({ message, passwords: [process.argv[4]], format: 'binary' });
writeFileSync(process.argv[5], data);
process.stdout.write(filename);
JS
spew("$dir/open.mjs", $node);
my @open = ('node', "$dir/open.mjs", tree('t/node'), "$dir/x.csv.pgp");
my $secret = $password;
utf8::encode($secret);
open my $pipe, '-|', @open, $secret, "$dir/x.csv" or die "node: $!";
my $name = do { local $/; <$pipe> };
close $pipe;
is $?, 0, 'OpenPGP.js opens it';
like $name, qr/^users-\d{4}-\d\d-\d\d\.csv$/, 'under its name';

my $python = <<'PY';
import csv, json, sys
rows = list(csv.reader(open(sys.argv[1], newline='', encoding='utf-8'), strict=True))
json.dump(rows, sys.stdout)
PY
open $pipe, '-|', 'python3', '-c', $python, "$dir/x.csv" or die "python3: $!";
my $rows = json(do { local $/; <$pipe> });
close $pipe;
is $?, 0, "Python's csv reads it strictly";
is_deeply shift @$rows, \@columns, 'the header names the columns asked for';
is scalar @$rows, 200, 'a row each';

# What a cell must be, from the value of the interface: by RFC 4180 after the
# guard of exports.md.
sub
cell
{
	my ($v) = @_;
	return '' unless defined $v;
	return $v ? 'true' : 'false' if ref $v eq 'JSON::PP::Boolean';
	$v = join '|', @$v if ref $v eq 'ARRAY';
	return $v if $v =~ /^-?[0-9]+(\.[0-9]+)?$/ || $v =~ /^\+[0-9]{7,15}$/;
	return $v =~ /^'*[=+\-@\t\r]/ ? "'$v" : $v;
}

my $list = $r->get('/api/v1/users?limit=500&sort=-userId&columns=' . join ',', @columns)->{json};
is $list->{total}, 200, 'the list has the same people';
my $bad = 0;
for my $i (0 .. 199) {
	my $user = $list->{users}[$i];
	for my $k (0 .. $#columns) {
		my $want = cell($user->{ $columns[$k] });
		next if $rows->[$i][$k] eq $want;
		$bad++ < 5 and diag "$columns[$k] of row $i: got $rows->[$i][$k], expected $want";
	}
}
is $bad, 0, 'every cell is the value of the list, in the same order';
done_testing;
