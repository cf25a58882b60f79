# SPDX-License-Identifier: AGPL-3.0-or-later
# An import of chat data that is killed in the middle is run again and is
# complete then; memory is that of a few rows however large the file is; and
# real conversations come back whole, where they are (RAPPORT_DATA names them).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Chats;
use Rapport::Test;

sub talk
{
	my ($chats) = @_;
	return map { my $i = $_; ({ type => 'chat', chatId => "c$i", userId => 'u' . $i % 300, openedAt => sprintf('2026-01-%02dT10:00:00Z', 1 + $i % 28), tags => ['t' . $i % 7] },
	    map { { type => 'message', chatId => "c$i", ($_ % 2 ? (messageId => "m$i-$_") : ()), personType => $_ % 2 ? 'user' : 'manager', personId => $_ % 2 ? 'u' . $i % 300 : 'kim',
		at => sprintf('2026-01-%02dT10:0%d:00Z', 1 + $i % 28, $_ / 2), text => "hello $i" . ' and more' x 20 } } 1 .. 6) } 1 .. $chats;
}

# The import as a process of its own: [its number].
sub begun
{
	my ($r, $file) = @_;
	my $pid = fork // die "fork: $!";

	if ($pid == 0) {
		open STDOUT, '>', '/dev/null';
		open STDERR, '>', '/dev/null';
		exec build_dir() . '/rapport', '--store', $r->{store}, 'import', $file or die "exec: $!";
	}
	return $pid;
}
sub chats_in { my ($r) = @_; return json($r->cli('chats', '--json', '--limit', 1)->{out})->{total} }

my $from = chat_store();
fill($from, talk(4000));
my $plain = taken($from, 'json');
my $file = kept($plain, 'many.json');
my ($cut, $killed, $into) = (0, 0);
for (1 .. 12) {
	$into = chat_store();
	my $pid = begun($into, $file);
	my $there = 0;

	$there = chats_in($into) while !$there && kill 0, $pid and waitpid($pid, 1) == 0;	# WNOHANG
	$killed++ if kill 'KILL', $pid;
	waitpid $pid, 0;
	$there = chats_in($into);
	$cut = $there > 0 && $there < 4000;
	last if $cut;
}
ok $cut, 'an import is killed in the middle: ' . chats_in($into) . ' of 4,000 chats are there';
is $into->cli('check')->{status}, 0, '... and every index agrees';
my $again = json($into->cli('import', '--json', $file)->{out});
is $again->{refused}, 0, '... run again it takes the rest';
cmp_ok $again->{known}, '>', 0, "... $again->{known} rows were known";
is $again->{new} + $again->{known}, $again->{rows}, '... none of them changed';
ok taken($into, 'json') eq $plain, '... and what is taken out is the same';
is $into->cli('check')->{status}, 0, '... every index agrees';

# ---- memory of its own, at most, while it works
sub most
{
	my ($path) = @_;
	my ($r, $most) = (chat_store(), 0);
	my $pid = begun($r, $path);

	while (waitpid($pid, 1) == 0) {
		my ($kib) = (readlink("/proc/$pid/exe") // '') =~ m{/rapport$} ? slurp("/proc/$pid/status") =~ /^RssAnon:\s+(\d+) kB/m : ();
		$most = $kib if ($kib // 0) > $most;
		select undef, undef, undef, .002;
	}
	is $? >> 8, 0, 'an import ends';
	return $most;
}
my $few = chat_store();
fill($few, talk(400));
my $small = most(kept(taken($few, 'json'), 'few.json'));
my $large = most($file);
cmp_ok $small, '>', 0, 'it is measured';
cmp_ok $large, '<', $small + 40 * 1024, "$large KiB for 4,000 chats, $small for 400";

# ---- real ones
my $data = $ENV{RAPPORT_DATA} // tree('../shared/data');
SKIP: {
	skip "the real conversations are not here ($data)", 1 if !-d $data;
	for my $set (qw(tau star multidogo)) {
		my ($r, $second) = (chat_store(), chat_store());
		my ($events) = glob "$data/$set/*.ndjson.gz";

		open my $pipe, '-|', 'gzip', '-dc', $events or die "gzip: $!";
		my $lines = do { local $/; <$pipe> };
		is $r->cli({ in => $lines }, qw(import --bulk -))->{status}, 0, "$set: real conversations";
		my $was = taken($r, 'json');
		my $count = json($second->cli('import', '--json', kept($was, 'real.json'))->{out});
		is_deeply [@$count{qw(refused changed known)}], [0, 0, $count->{rows} - $count->{new}], "... $count->{rows} rows are taken";
		if ($set eq 'tau') {
			same_sheets($r, $second, '... the same worksheets');
			same_answers($r, $second, '... the same answers');
		}
		ok taken($second, 'json') eq $was, '... and come out the same, to the byte';
		is $second->cli('check')->{status}, 0, '... every index agrees';
	}
}
done_testing;
