# SPDX-License-Identifier: AGPL-3.0-or-later
# Real conversations taken out by `rapport export chats` hold what somebody else
# counted in them (expected.json) and, message by message and time by time, what
# plain loops over the events find; workbook and CSV say the same.  The sets are
# not part of the tree: RAPPORT_DATA names their folder.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $data = $ENV{RAPPORT_DATA} // tree('../shared/data');
plan skip_all => "the real conversations are not here ($data)" if !-d $data;
my $python = -x '/usr/bin/python3' ? '/usr/bin/python3' : 'python3';

for my $set (qw(tau star multidogo)) {
	my $r = bless { dir => tempdir(), env => {} }, 'Rapport::Test';
	my ($events) = glob "$data/$set/*.ndjson.gz";
	my $dir = $r->{dir};

	$r->{store} = "$dir/store";
	$r->cli(qw(init --name A --email a@shop.example));
	spew("$dir/password", "four words nobody guesses\n");
	open my $pipe, '-|', 'gzip', '-dc', $events or die "gzip: $!";
	my $lines = do { local $/; <$pipe> };
	is $r->cli({ in => $lines }, qw(import --bulk -))->{status}, 0, "$set: imported";
	my $taken = sub {
		my ($format) = @_;
		my $done = $r->cli(qw(export chats --purpose), 'a test of real chats', '--format', $format, '--json', '--out', "$dir/x.pgp", '--force',
		    '--password-file', "$dir/password");

		is $done->{status}, 0, "$format: taken out" or diag $done->{err};
		is $r->cli('unlock', '--password-file', "$dir/password", '--out', "$dir/x.$format", "$dir/x.pgp")->{status}, 0, 'and opened';
		return "$dir/x.$format";
	};
	my $all = $taken->('json');
	is `$python ${\tree('t/lib/chat_data_facts.py')} $all $events $data/$set/expected.json 2>&1`, "[]\n", 'everything is as it was counted';
	if ($set eq 'tau') {
		my $j = json(scalar `$python ${\tree('t/lib/judge_chats.py')} $all ${\$taken->('xlsx')} UTC ${\$taken->('csv')}`);
		is_deeply $j->{wrong}, [], "$j->{cells} cells of workbook and CSV are the same" or diag json([@{ $j->{wrong} }[0 .. 5]]);
		# the control: one message less, one time changed
		my $text = slurp($all);
		$text =~ s/"waitingTime":null/"waitingTime":5/ or die;
		$text =~ s/^\{"chatId":[^\n]*,\n//m or die;
		spew("$dir/changed", $text);
		cmp_ok scalar @{ json(scalar `$python ${\tree('t/lib/chat_data_facts.py')} $dir/changed $events $data/$set/expected.json`) }, '>=', 3, 'control: what is changed is found';
	}
}
done_testing;
