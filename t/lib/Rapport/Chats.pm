# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Stores with random conversations, and what two of them are compared by: the
# worksheets in three formats, and what archives and analytics answer.
package Rapport::Chats;
use strict;
use warnings;
use utf8;
use Exporter 'import';
use Test::More;
use Rapport::Test;

our @EXPORT = qw(chat_store fill taken kept sheets same_sheets same_answers random_events other_events late_events);

my @sheets = ('UserChat data', 'User data', 'SupportBot data', 'Marketing data', 'Manager data', 'Bot data', 'UserChatTag data', 'Message data');
my $dir = tempdir();
spew("$dir/pass", "four words nobody guesses\n");

sub sheets { return @sheets }

# A store of its own, with an Owner.
sub chat_store
{
	my $own = tempdir();
	my $r = bless { dir => $own, env => {}, store => "$own/store" }, 'Rapport::Test';

	$r->cli(qw(init --name A --email a@shop.example));
	return $r;
}

sub fill
{
	my ($r, @events) = @_;
	my $got = $r->cli({ in => join('', map { json($_) . "\n" } @events) }, 'import', '-');

	die $got->{err} if $got->{status};
}

# The plain bytes of an export.
sub taken
{
	my ($r, $format, @more) = @_;
	my $got = $r->cli('export', 'chats', '--format', $format, '--purpose', 'to see that it comes back',
	    '--password-file', "$dir/pass", '--out', "$dir/out.pgp", '--force', @more);

	die $got->{err} if $got->{status};
	$r->cli('unlock', "$dir/out.pgp", '-o', "$dir/out", '--force', '--password-file', "$dir/pass")->{status} == 0 or die;
	return slurp("$dir/out");
}

sub kept
{
	my ($bytes, $name) = @_;

	spew("$dir/$name", $bytes);
	return "$dir/$name";
}

# Of JSON the text before "Import data"; of a ZIP its files; of a book its cells.
sub worksheets
{
	my ($bytes) = @_;

	return $bytes =~ s/,\n"Import data":\[.*\z//sr;
}

sub same_sheets
{
	my ($from, $into, $what) = @_;
	my ($x, $y) = map { worksheets(taken($_, 'json')) } $from, $into;

	ok $x eq $y, "$what, as JSON" or do {
		my @a = split /\n/, $x;
		my @b = split /\n/, $y;
		my $n = 0;
		for (0 .. $#a) { next if $a[$_] eq ($b[$_] // ''); diag "was $a[$_]\nnow " . ($b[$_] // ''); last if ++$n > 3 }
	};
	my $python = -x '/usr/bin/python3' ? '/usr/bin/python3' : 'python3';
	my @files = map { my $r = $_; map { kept(taken($r, $_), "same-" . ($r == $from ? 'from' : 'into') . ".$_") } 'csv', 'xlsx' } $from, $into;
	my $said = `$python ${\tree('t/lib/judge_same.py')} @files 2>&1`;
	is $said, "same\n", "$what, as CSV and in workbooks";
}

sub same_answers
{
	my ($from, $into, $what) = @_;
	my $words = 0;
	my @asked = ('refund', 'hello', 'dom*', '"of the"', '名前', 'zzz', '');
	for my $q (@asked) {
		my ($x, $y) = map { my $d = json($_->cli('chats', '--json', '--limit', 200, $q eq '' ? () : $q)->{out});
			[$d->{total}, map { $_->{chatId} } @{ $d->{chats} }] } $from, $into;
		is_deeply $y, $x, "$what: chats with words " . ++$words;
	}
	for my $metric (qw(conversations response messages templates errors consent validity activity)) {
		my ($x, $y) = map { $_->cli('stats', $metric, '--json', '--from', '2026-01-01', '--to', '2026-04-01', '--tz', 'UTC') } $from, $into;
		is $x->{status}, 0, "$metric is told" or diag $x->{err};
		s/"asOf":"[^"]*",// for $x->{out}, $y->{out};
		is $y->{out}, $x->{out}, "$what: $metric" if $metric !~ /activity|consent|validity/;
	}
	my @ids = map { $_->{chatId} } @{ json($from->cli('chats', '--json', '--limit', 15)->{out})->{chats} };
	for my $id (@ids) {
		my ($x, $y) = map { transcript($_, $id) } $from, $into;
		is_deeply $y, $x, "$what: transcript of $id";
	}
}

# All but our own numbers and notes, which are in no worksheet.
sub transcript
{
	my ($r, $id) = @_;
	my @all = map { delete @$_{qw(id key)}; $_ } grep { !$_->{note} } @{ json($r->cli('transcript', '--json', $id)->{out})->{messages} };

	return \@all;
}

# Random conversations -------------------------------------------------------

my @texts = ('hello', 'my refund please', '=1+1', '@SUM(A1)', "two\nlines", "tab\there", 'quote " in', "it's", 'a,b;c', 'x|y', ' padded ', '',
    '名前は何ですか', 'สวัสดีครับ', "\x{202e}rtl", "\x{1f468}\x{200d}\x{1f469}", '_x0041_', 'domino of the day', '{"a":1}', ']}', '\\', '\\"', 'null',
    "\x{7f}\x{85}", '2026-01-05', '00123', 'a' x 3000);
my @names = ('Ana', '=Bo', 'Café', '李', 'O\'Hara', '"q"', 'x,y');
sub any { return $_[rand @_] }
sub chance { return rand() < $_[0] }
my $start = 1_768_000_000_000_000;	# microseconds, January 2026
sub at { return $start + int(rand 60 * 86400) * 1_000_000 + (chance(.3) ? int rand 1_000_000 : 0) }
my $n = 0;

sub chat_of
{
	my ($c, $u) = @_;
	my ($at, @e) = (at());
	my %o = (chatId => $c, type => 'chat');

	push @e, { %o, at => $at, (chance(.8) ? (userId => $u) : ()), (chance(.8) ? (openedAt => $at) : ()), (chance(.5) ? (state => 'opened') : ()),
	    (chance(.6) ? (source => any('Web', 'Slack', '=Line')) : ()), (chance(.3) ? (name => any(@names)) : ()), (chance(.3) ? (description => any(@texts)) : ()),
	    (chance(.3) ? (contactMediumType => 'appLine') : ()), (chance(.3) ? (marketingId => any('k1', 'k2'), marketingType => any('campaign', 'oneTimeMsg')) : ()),
	    (chance(.3) ? (supportBotId => any('sb1', 'sb2')) : ()), (chance(.6) ? (assigneeId => any('kim', 'lee', 'away')) : ()),
	    (chance(.4) ? (managerIds => [any('kim', 'lee'), any('sam', 'lee')]) : ()), (chance(.5) ? (tags => [any('t1', 'Refund', 'vip'), any('x,y', '名')]) : ()),
	    (chance(.5) ? (attributes => { page => any(@texts), n => any(1, 2.5, '7', undef), list => ['a', 'b'], deep => any('x', undef) }) : ()) } if chance(.9);
	for (1 .. rand 5) {	# reopened, snoozed, told late
		$at = at();
		push @e, { %o, at => $at, any([state => any('opened', 'snoozed', 'closed')], [closedAt => $at], [openedAt => $at, closedAt => $at + 5e9],
		    [tags => [any('t1', 'late')]], [tags => undef], [assigneeId => any('kim', undef)], [name => undef], [description => any(@texts)],
		    [attributes => { page => any('home', undef), more => any(\1, \0) }], [userId => $u])->@* };
	}
	for (1 .. rand 9) {
		my $who = any('user', 'user', 'bot', 'manager');
		my $m = { type => 'message', chatId => $c, personType => $who, at => chance(.3) ? $at : at(), text => any(@texts),
		    (chance(.9) ? (personId => { user => chance(.9) ? $u : substr($u, 0, 1) . int rand 60, bot => 'b' . int rand 3, manager => any('kim', 'lee', 'new') }->{$who}) : ()),
		    (chance(.7) ? (messageId => 'm' . ++$n) : ()), (chance(.2) && $who ne 'user' ? (template => \1) : ()) };

		if (chance(.1)) { $m->{note} = \1; $m->{text} = "only in house $n"; $m->{personType} = 'manager'; $m->{personId} = 'kim' }
		push @e, $m, (chance(.1) && !$m->{messageId} ? {%$m} : ());
		push @e, map { { type => 'delivery', messageId => $m->{messageId}, status => $_, at => at(),
		    ($_ eq 'failed' ? (error => { code => any(131, 'x1'), title => any(@texts[0 .. 19]) }) : ()) } } grep { chance(.3) } qw(sent delivered read failed) if $m->{messageId};
	}
	return @e;
}

sub person_of
{
	my ($u) = @_;
	my ($at, @e) = (at());

	push @e, { type => 'user', userId => $u, at => $at, lastSeen => $at + int rand 1e12, attributes => { (chance(.7) ? (name => any(@names)) : ()),
	    (chance(.4) ? (phone => any('+49 30 901820', '030/901820', '=1')) : ()), (chance(.4) ? (ip => any('10.0.0.1', 'no address')) : ()),
	    (chance(.5) ? (note => any(@texts[0 .. 19])) : ()), (chance(.5) ? (score => any(0, -1, 1.5, 1e21, 'none')) : ()), (chance(.4) ? (vip => any(\1, \0)) : ()),
	    (chance(.4) ? (born => '1999-12-31') : ()), (chance(.4) ? (likes => [any('a', 'b'), 'c']) : ()) },
	    (chance(.3) ? (segments => [any('VIP', '=Early')]) : ()), (chance(.2) ? (banned => any(\1, \0)) : ()),
	    (chance(.3) ? (identity => { channel => 'line', kind => 'id', value => "L$u" }) : ()) } if chance(.8);
	push @e, { type => 'user', userId => $u, at => at(), attributes => { any('note', 'default_source', 'vip') => undef } } if chance(.3);
	push @e, { type => 'user', userId => $u, at => at(), attributes => { default_source => any('App', 'Web') } } if chance(.2);
	push @e, { type => 'consent', userId => $u, state => any('in', 'out'), at => at() } for 1 .. rand 2;
	push @e, { type => 'validity', userId => $u, valid => any(\1, \0), at => at() } if chance(.2);
	push @e, { type => 'flow', userId => $u, flow => any('welcome', 'Café'), event => any('started', 'Started', 'completed', 'COMPLETED'), at => at(),
	    (chance(.5) ? (runId => "r$u") : ()), cause => 'api' } if chance(.3);
	return @e;
}

sub references
{
	return ({ type => 'manager', id => 'kim', at => at(), name => 'Kim', removed => \0, operator => \1, createdAt => at(), role => any(@texts[0 .. 5]) },
	    { type => 'manager', id => 'kim', at => at(), name => 'Kim K.', username => undef }, { type => 'manager', id => 'lee', at => at(), operator => any('yes', 1) },
	    { type => 'bot', id => 'b1', at => at(), name => '=Bot' }, { type => 'supportBot', id => 'sb1', at => at(), sectionPath => any('start/x', ['start', 'x']) },
	    { type => 'marketing', id => 'k1', at => at(), name => 'Autumn', marketingType => 'campaign' }, { type => 'marketing', id => 'k2', at => at() },
	    { type => 'tag', id => 't1', at => at(), name => 'Refund', followerIds => ['lee', 'kim'], createdAt => at() }, { type => 'tag', id => '名', at => at() });
}

# Of every attribute a value that is plainly of its type first,
my $types = { type => 'user', at => $start, attributes => { note => 'text', score => 7, vip => \1, born => '2001-01-01', likes => ['x'] } };

# and the same of session data.
sub types
{
	my ($u, $c) = @_;
	return ({ %$types, userId => $u }, { type => 'chat', chatId => $c, userId => $u, at => $start, attributes => { page => 'text', n => 1, more => \1 } });
}

sub random_events
{
	my ($chats, $people) = @_;
	my @e = ((map { person_of("p$_") } 0 .. $people - 1), (map { chat_of("c$_", 'p' . int rand $people) } 1 .. $chats), references());

	for (reverse 1 .. $#e) { my $k = rand 1 + $_; @e[$_, $k] = @e[$k, $_] }
	return (types('p0', 'c0'), @e, map { { type => 'merge', from => "p$_", into => 'p' . ($_ + 20), at => at() } } 1 .. 5);
}

sub other_events { return (types('q0', 'other0'), map { chat_of("other$_", "q$_"), person_of("q$_") } 1 .. $_[0]) }

# What comes later is about who and what is in the file.
sub late_events
{
	my ($all) = @_;
	my @ids = map { $_->{id} } @{ $all->{'UserChat data'} };
	my @who = grep { defined } map { $_->{userId} } @{ $all->{'UserChat data'} };

	return ((map { my $c = $_; { type => 'chat', chatId => $c, at => at(), any([state => 'closed'], [tags => ['t1', 'again']], [assigneeId => 'sam'],
	    [source => 'Mail'], [name => 'Late'], [attributes => { page => 'late', deep => 'y' }])->@* } } @ids),
	    (map { { type => 'delivery', messageId => "m$_", status => any('sent', 'read', 'failed'), at => at() } } 1 .. $n / 4),
	    (map { { type => 'user', userId => $_, at => at(), attributes => { note => 'later', default_source => 'Late' } } } @who[0 .. 20]),
	    (map { { type => 'message', chatId => $_, messageId => "late-$_", personType => 'user', personId => $who[0], at => at(), text => 'late' } } @ids[0 .. 10]),
	    (map { { type => 'user', identity => { channel => 'line', kind => 'id', value => "L$_" }, at => at(), attributes => { vip => \1 } } } grep { /^p/ } @who[0 .. 9]),
	    { type => 'tag', id => 't1', at => at(), name => 'Money' });
}
1;
