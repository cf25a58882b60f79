# SPDX-License-Identifier: AGPL-3.0-or-later
# What managers did is in the chat data that comes back: values set by hand stay
# above what events say, the erased are not made again by what they said
# elsewhere, those who were made one are one and those who were parted are two,
# types that were changed, attributes that are hidden.  Settings are not taken,
# and where they are others that is said.  RAPPORT_SEED=N plays a run again.
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
sub did { my ($r, @what) = @_; my $got = $r->cli(@what); die "@what: $got->{err}" if $got->{status}; return $got->{out} }
sub merged { my ($r, $x, $y) = @_; return json(did($r, 'user', 'merge', '--json', $x, $y)) }

fill($from, random_events(80, 40));
my %id = map { $_->{userId} => 1 } @{ json(taken($from, 'json'))->{'User data'} };
my @who = sort keys %id;
my $hours = kept(json({ from => undef, timezone => 'Europe/Berlin', week => { monday => [['09:00', '17:30']], friday => [['10:00', '12:00']] },
    holidays => [{ date => '2026-01-05', name => 'Closed', open => [] }] }), 'hours.json');
did($from, 'hours', 'set', $hours);
did($from, 'user', 'set', $_, 'default_source=Desk', 'score=12') for @who[0 .. 6];
did($from, 'user', 'set', $_, 'note=') for @who[3 .. 8];
did($from, 'user', 'ban', $_) for @who[2, 9];
did($from, 'erase', $who[$_], '--mode', 'forget') for 10 .. 13;	# totals that are kept are in no chat
did($from, 'user', 'merge', @who[14, 15]);
did($from, 'user', 'merge', @who[15, 16]);
did($from, 'user', 'merge', @who[17, 18]);
my ($merge) = did($from, 'user', 'timeline', '--json', $who[18]) =~ /"merge":(?:"?)(\d+)/;
SKIP: { skip 'no number of the merge', 1 if !defined $merge; is $from->cli('user', 'undo', $merge)->{status}, 0, 'two are two again' }
did($from, 'attribute', 'change', 'vip', '--hide');
did($from, 'attribute', 'change', 'born', '--type', 'text');
did($from, 'attribute', 'change', 'session.n', '--hide');
did($from, 'attribute', 'change', 'likes', '--label', 'Likes much');
fill($from, { type => 'chat', chatId => 'bare', userId => $who[0], at => '2026-02-01T00:00:00Z' },
    (map { { type => 'message', chatId => 'bare', messageId => "e$_", personType => 'user', personId => $who[$_], at => '2026-02-01T00:00:00Z', text => 'from one who goes' } } 19, 20));
did($from, 'erase', $who[$_], '--mode', 'forget') for 19, 20;

my $plain = taken($from, 'json');
my $all = json($plain);
my %speaks = map { $_->{personId} => 1 } grep { defined $_->{personId} } @{ $all->{'Message data'} };
ok $speaks{ $who[19] }, 'one who is erased is named by what was said elsewhere';
cmp_ok scalar(grep { $_->{gone} } @{ $all->{'Import data'} }), '>=', 2, '... as one who is gone';

# ---- into an empty store
my $file = kept($plain, 'desk.json');
my $into = chat_store();
my $got = $into->cli('import', $file);
is $got->{status}, 0, 'it is taken' or diag $got->{err};
like $got->{out}, qr/operating hours here are not those of the file/, '... and that operating hours are others is said';
did($into, 'hours', 'set', $hours);
unlike $into->cli('import', $file)->{out}, qr/operating hours here/, 'no more where they are the same';
same_sheets($from, $into, 'the same worksheets');
same_answers($from, $into, 'the same answers');
is $into->cli('user', 'show', $who[19])->{status}, 66, 'the erased are not made again' or diag $into->cli('user', 'show', $who[19])->{out};
is $into->cli('check')->{status}, 0, 'every index agrees' or diag $into->cli('check')->{out};
my ($was, $is) = map { my $r = $_; [map { "$_->{name} $_->{type} " . ($_->{label} // '') . ($_->{hidden} ? ' hidden' : '') }
    grep { $_->{name} =~ /^(?:vip|born|likes|score|session\..*)$/ } map { ref $_ eq 'ARRAY' ? @$_ : @{ $_->{attributes} } } json(did($r, 'attribute', 'list', '--json'))] } $from, $into;
is_deeply $is, $was, 'attributes have their types, labels and are hidden as there' or diag json([$was, $is]);
my $again = json($into->cli('import', '--json', $file)->{out});
is_deeply [@$again{qw(new changed refused)}], [0, 0, 0], 'once more changes nothing' or diag json($again);
$again = json($from->cli('import', '--json', $file)->{out});
is_deeply [@$again{qw(new changed refused)}], [0, 0, 0], 'nor where it came from' or diag json($again);
ok taken($from, 'json') eq $plain, '... to the byte';

# ---- what was set by hand stays above what events say later, in both
my @late = ((map { { type => 'user', userId => $_, at => '2026-11-30T00:00:00Z', attributes => { default_source => 'Late', score => 99, note => 'late' } } } @who[0 .. 9]),
    (map { { type => 'chat', chatId => $_->{id}, at => '2026-11-30T01:00:00Z', source => 'Later' } } @{ $all->{'UserChat data'} }[0 .. 30]),
    (map { { type => 'message', chatId => 'new', messageId => "late$_", personType => 'user', personId => $who[$_], at => '2026-11-30T02:00:00Z', text => 'still here' } } 14, 15, 17, 18));
fill($_, @late) for $from, $into;
same_sheets($from, $into, 'after the same late events');
my %score = map { $_->{userId} => $_->{score} } @{ json(taken($into, 'json'))->{'User data'} };
is $score{ $who[4] }, 12, 'a value set by hand stays' if exists $score{ $who[4] };

# ---- and in a store where a manager set another
my $other = chat_store();
fill($other, { type => 'user', userId => $who[0], at => '2020-01-01T00:00:00Z', attributes => { score => 1, note => 'there' } });
did($other, 'user', 'set', $who[0], 'score=77');
did($other, 'attribute', 'change', 'default_ip', '--hide');
$got = $other->cli('import', $file);
is $got->{status}, 0, 'a store where somebody is known takes it' or diag $got->{err};
like $got->{out}, qr/hidden there or here/, '... and tells what is hidden in one of them';
my ($shown) = grep { $_->{userId} eq $who[0] } @{ json(taken($other, 'json'))->{'User data'} };
is $shown->{score}, 77, 'what a manager set there later stays';
is $other->cli('check')->{status}, 0, 'every index agrees';
done_testing;
