# SPDX-License-Identifier: AGPL-3.0-or-later
# rapport export chats: chosen as `rapport chats` finds them, the worksheets one
# asks for, always locked, told and recorded; memory stays what it is however
# many chats there are.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = bless { dir => tempdir(), env => {} }, 'Rapport::Test';
$ENV{RAPPORT_BUILD} = build_dir(); # by its whole name: we go elsewhere
my ($out, $pass) = map { "$r->{dir}/$_" } qw(chats.pgp pass);
$r->{store} = "$r->{dir}/store";
$r->cli(qw(init --name A --email a@shop.example));
spew($pass, "four words nobody guesses\n");
my @why = ('--purpose', 'a test of the command', '--password-file', $pass);

sub
events
{
	my ($chats) = @_;
	return join '', map { my $i = $_; map { json($_) . "\n" }
		{ type => 'chat', chatId => "c$i", userId => 'u' . $i % 50, openedAt => sprintf('2026-01-%02dT10:00:00Z', 1 + $i % 28), tags => ["t" . $i % 7],
		    state => $i % 2 ? 'opened' : 'closed', assigneeId => $i % 3 ? 'kim' : 'lee', source => $i % 5 ? 'Slack' : 'Web' },
		map { { type => 'message', chatId => "c$i", messageId => "m$i-$_", personType => $_ % 2 ? 'user' : 'bot', personId => $_ % 2 ? 'u' . $i % 50 : 'b1',
		    at => sprintf('2026-01-%02dT10:0%d:00Z', 1 + $i % 28, $_), text => $i % 11 ? "hello $i" : 'my refund' } } 1 .. 4 } 1 .. $chats;
}
is $r->cli({ in => events(300) }, 'import', '-')->{status}, 0, 'chats';

sub
taken
{
	my $done = $r->cli('export', 'chats', '--out', $out, '--force', '--json', @why, @_);

	is $done->{status}, 0, "export chats @_" or diag $done->{err};
	$r->cli('unlock', $out, '--force', '-o', "$r->{dir}/plain", '--password-file', $pass);
	return json($done->{out});
}
sub data { taken('--format', 'json', @_); return json(slurp("$r->{dir}/plain")) }
sub found { my ($q, @args) = @_; return join ' ', sort map { $_->{chatId} } @{ json($r->cli('chats', '--json', '--limit', 500, @args, $q ? $q : ())->{out})->{chats} } }
sub exported { my ($q, @args) = @_; return join ' ', sort map { $_->{id} } @{ data(@args, $q ? ('--query', $q) : ())->{'UserChat data'} } }

for (['refund'], ['', '--tags', 't1,t2'], ['', qw(--tags t1 --tags-match none --state closed)], ['', qw(--assignee lee --source Web)],
    ['', qw(--from 2026-01-05 --to 2026-01-09 --tz Asia/Tokyo)], ['hello', '--filter', '["userId","is","u7"]']) {
	my $want = found(@$_);
	ok length $want, "@$_: some are found";
	is exported(@$_), $want, '... and those are taken out';
}
is_deeply [sort keys %{ data(qw(--sheets), 'UserChat,Message data', '--without-messages') }], ['UserChat data'], 'sheets one asks for';
my $told = taken('--format', 'csv');
is_deeply [@$told{qw(chats rows)}, $told->{locked} ? 1 : 0], [300, 300 + 50 + 2 + 1 + 7 + 1200, 1], 'what went out is told';
is substr(slurp("$r->{dir}/plain"), 0, 4), "PK\3\4", 'CSV is a ZIP';
chdir $r->{dir} or die;
like $r->cli('export', 'chats', '--format', 'xlsx', @why)->{out}, qr/^chats-\d{4}-\d\d-\d\d\.xlsx\.pgp: 300 chats, 1560 rows, \d+ bytes$/, 'with a name of its own';

for (['--columns', 'userId'], ['--sort', 'userId'], ['--format', 'ndjson'], ['--format', 'doc']) {
	is $r->cli('export', 'chats', '--out', $out, '--force', @why, @$_)->{status}, 64, "@$_ is not for chats";
}
is $r->cli('export', 'users', '--out', $out, '--force', @why, '--query', 'x')->{status}, 64, 'nor words for users';
is $r->cli('export', 'messages', @why)->{status}, 64, 'nor anything else';
for (['--sheets', 'Nothing'], ['--state', 'gone'], ['--from', 'yesterday'], ['--query', '!!'], ['--tz', 'Nowhere'], ['--filter', '["x","is",1]']) {
	my $got = $r->cli('export', 'chats', '--out', "$out.no", @why, @$_);
	is $got->{status}, 65, "@$_ is refused";
	ok !-e "$out.no", '... without a file';
}
spew("$r->{dir}/none", "\n");
isnt $r->cli('export', 'chats', '--out', "$out.no", '--purpose', 'without a password', '--password-file', "$r->{dir}/none")->{status}, 0, 'never without a password';
like $r->cli('export', '--help')->{out}, qr/--without-messages/, 'the help has it';
like $r->cli('completion', 'bash')->{out}, qr/'export'\*\) words='[^']*--tags-match/, 'and the completion';

# ten times the chats in the same memory
my $kib = sub { my ($format) = @_; my $said = `${\build_dir()}/t/lib/chatbox $r->{store} $format 2>&1 >/dev/null`; return (split ' ', $said)[2] };
my %few = map { $_ => $kib->($_) } qw(csv xlsx json);
is $r->cli({ in => events(6000) }, 'import', '-')->{status}, 0, 'many more chats';
for (sort keys %few) {
	my $many = $kib->($_);
	cmp_ok $many, '<', $few{$_} + 12 * 1024, "$_: $many KiB of its own for 6,000 chats, $few{$_} for 300";
}
done_testing;
