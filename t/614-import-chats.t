# SPDX-License-Identifier: AGPL-3.0-or-later
# Chat data comes back: taken out as JSON, put into an empty store and taken out
# of that again it is the same eight worksheets, in every format to the byte or
# the cell, and archives and analytics answer the same.  Conversations are
# random: reopened, snoozed, told late and twice, merged and erased people,
# hostile texts.  RAPPORT_SEED=N plays a run again.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Chats;
use Rapport::Test;

my $seed = $ENV{RAPPORT_SEED} // int rand 1 << 30;
srand $seed;
diag "seed $seed";

my $from = chat_store();
fill($from, random_events(120, 60));
my $plain = taken($from, 'json');
my $file = kept($plain, 'chats.json');
my $all = json($plain);
my @sheets = sheets();
is_deeply [$plain =~ /^"([^"]+)":\[$/mg], [@sheets, 'Import data'], 'the worksheets, and behind them what makes them again';
my %rows = map { $_ => scalar @{ $all->{$_} } } keys %$all;
cmp_ok $rows{'Message data'}, '>', 300, "there is something: @{[map { qq($_ $rows{$_}) } @sheets]}";

# ---- into an empty store
my $into = chat_store();
my $done = $into->cli('import', '--json', $file);
is $done->{status}, 0, 'an empty store takes it' or diag $done->{err}, $done->{out};
my $count = json($done->{out});
my %told = map { $_->{name} => $_ } @{ $count->{sheets} };
for my $sheet (@sheets) {
	is $told{$sheet}{rows}, $rows{$sheet}, "$sheet: each row has an outcome";
	my $sum = 0;
	$sum += $told{$sheet}{$_} for qw(new changed known refused);
	is $sum, $rows{$sheet}, '... and just one';
	is $told{$sheet}{refused}, 0, '... none refused';
}
same_sheets($from, $into, 'the same worksheets');
same_answers($from, $into, 'the same answers');
is $into->cli('check')->{status}, 0, 'every index agrees' or diag $into->cli('check')->{out};

# ---- once more, and into the store it came from
for ([$into, 'the same file once more'], [$from, 'into the store it came from']) {
	my ($store, $what) = @$_;
	my $before = taken($store, 'json');
	my $again = json($store->cli('import', '--json', $file)->{out});

	is_deeply [@$again{qw(new changed refused)}], [0, 0, 0], "$what changes nothing" or diag json($again);
	is $again->{known}, $again->{rows}, '... all of it is known';
	ok taken($store, 'json') eq $before, '... and it is as it was';
	is $store->cli('check')->{status}, 0, '... every index agrees';
}

# ---- into one that has others
my $full = chat_store();
fill($full, other_events(40));
my $others = taken($full, 'json');
my $got = $full->cli('import', $file);
is $got->{status}, 0, 'a store with other chats takes it' or diag $got->{err};
my ($x, $y) = map { json($_) } $others, taken($full, 'json');
my %other = map { $_->{id} => 1 } @{ $x->{'UserChat data'} };
is_deeply [grep { $other{ $_->{id} } } @{ $y->{'UserChat data'} }], $x->{'UserChat data'}, '... those are as they were';
is_deeply [grep { !$other{ $_->{id} } } @{ $y->{'UserChat data'} }], $all->{'UserChat data'}, '... and those that came as they were there';
is_deeply [grep { !$other{ $_->{chatId} } } @{ $y->{'Message data'} }], $all->{'Message data'}, '... with all that was said';
is $full->cli('check')->{status}, 0, '... every index agrees';

# ---- a dry run
my $dry = chat_store();
my $would = json($dry->cli('import', '--dry-run', '--json', $file)->{out});
ok !$would->{kept}, 'a dry run keeps nothing';
is_deeply [@$would{qw(rows new refused)}], [@$count{qw(rows new refused)}], '... and says what the import does then';
is_deeply json(taken($dry, 'json'))->{'UserChat data'}, [], '... there are no chats';

# ---- later events find it as it was
my @late = late_events($all);
fill($_, @late) for $from, $into;
same_sheets($from, $into, 'after the same late events the same worksheets');

# ---- with notes
my $notes = taken($from, 'json', '--notes');
unlike taken($from, 'json'), qr/only in house/, 'notes are in no file';
like $notes, qr/only in house/, 'but where they are asked for';
my $noted = chat_store();
is $noted->cli('import', kept($notes, 'notes.json'))->{status}, 0, 'they are taken, too';
ok taken($noted, 'json', '--notes') eq $notes, '... and come out as they were';
is $noted->cli('check')->{status}, 0, '... every index agrees';
done_testing;
