# SPDX-License-Identifier: AGPL-3.0-or-later
# What the archives can be narrowed by: tags, integrations and assignees of the
# chats one may see, counted again by loops over random chats, as they are and
# after edits; those that begin with what is typed first; limits hold.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use List::Util qw(uniq);
use Rapport::Test;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $r = Rapport::Test->start;
my $seed = $ENV{RAPPORT_SEED} // time;
srand $seed;
diag "seed $seed";

my @words = ('refund', 'Refund late', 'prefunded', 'Ünïcode', '<b>bold</b>', '退款', "it's",
    "\x{FDFA}" x 80 . 'a', "\x{FDFA}" x 80 . 'b');	# folded, these are 2,640 bytes
my @desks = qw(kim lee Mo kimberley);
my @chats = map { {
	id => "c$_", user => 'u' . $_ % 5, source => (undef, 'Slack', 'WhatsApp', 'Live Chat')[rand 4],
	assignee => (undef, @desks)[rand 5], tags => [uniq map { $words[rand @words] } 1 .. rand 4],
} } 1 .. 120;

sub
send_all
{
	my $a = $r->post('/api/v1/events', [
	    (map { { type => 'user', userId => "u$_", at => '2026-11-01T00:00:00Z',
		segments => [$_ < 2 ? 'Ours' : 'Others'] } } 0 .. 4),
	    (map { { type => 'chat', chatId => $_->{id}, userId => $_->{user}, openedAt => '2026-11-02T00:00:00Z',
		tags => $_->{tags}, $_->{source} ? (source => $_->{source}) : (),
		$_->{assignee} ? (assigneeId => $_->{assignee}) : () } } @chats)]);
	is scalar @{ $a->{json}{refused} }, 0, 'chats are sent' or diag $a->{body};
}
sub
esc
{
	my ($s) = @_;
	utf8::encode($s);
	$s =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ge;
	return $s;
}
sub
asked
{
	my ($of, $prefix, %o) = @_;
	my $a = $r->get("/api/v1/chats/values?of=$of&prefix=" . esc($prefix) . '&limit=' . ($o{limit} // 50),
	    $o{cookie} ? (token => 0, headers => { Cookie => $o{cookie} }) : ());

	is $a->{status}, 200, "$of '$prefix'" or diag $a->{body};
	return $a->{json};
}
# The same by loops.
sub
counted
{
	my ($of, $prefix, $fits) = @_;
	my %n;

	for my $c (grep { !$fits || $fits->($_) } @chats) {
		my @all = $of eq 'tags' ? @{ $c->{tags} } : $of eq 'sources' ? $c->{source} : $c->{assignee};
		$n{$_}++ for grep { defined && index(lc, lc $prefix) >= 0 } @all;
	}
	return \%n;
}
sub
same
{
	my ($name, $of, $prefix, $fits, %o) = @_;
	my $got = asked($of, $prefix, %o);
	my $wanted = counted($of, $prefix, $fits);
	my @starts = map { index(lc $_->{value}, lc $prefix) == 0 ? 1 : 0 } @{ $got->{values} };
	my @counts = map { $_->{count} } @{ $got->{values} };

	is_deeply { map { $_->{value} => $_->{count} } @{ $got->{values} } }, $wanted, "$name: $of '$prefix', as written";
	is $got->{total}, scalar keys %$wanted, 'their number';
	is_deeply [map { "$starts[$_] " . sprintf '%05d', $counts[$_] } 0 .. $#counts],
	    [reverse sort map { "$starts[$_] " . sprintf '%05d', $counts[$_] } 0 .. $#counts],
	    'those that begin so first, then those of most chats';
}

is_deeply asked('tags', ''), { total => 0, values => [] }, 'an empty archive has none';
send_all();
for my $of (qw(tags sources assignees)) {
	same('all', $of, $_) for '', 'refund', 'ü', '退', 'KIM', 's', 'nothing';
}
is scalar @{ asked('tags', '', limit => 2)->{values} }, 2, 'no more than are wanted';

# what an edit takes away or brings is seen
my ($one) = grep { @{ $_->{tags} } } @chats;
my $id = $r->get("/api/v1/chats?chatId=$one->{id}")->{json}{chats}[0]{id};
is $r->request('PATCH', "/api/v1/chats/$id", json => { tags => ['Brand new'], assigneeId => undef })->{status}, 200, 'an edit';
@$one{qw(tags assignee)} = (['Brand new'], undef);
same('edited', $_, '') for qw(tags assignees);

# a limited manager sees what their people's chats have, and no more
my $segment = (grep { $_->{name} eq 'Ours' } @{ $r->get('/api/v1/segments')->{json}{segments} })[0];
my $made = $r->post('/api/v1/managers', { name => 'Member', email => 'm@example.com', role => 'Member',
    permissions => ['chats.read', 'users.read'], limits => { segments => [$segment->{id}], masked => ['default_source'] } });
is $made->{status}, 201, 'a limited manager' or diag $made->{body};
my $in = $r->post('/api/v1/login', { login => 'm@example.com', password => $made->{json}{password} }, token => 0);
my ($cookie) = ($in->{headers}{'set-cookie'} // '') =~ /^(rapport=[^;]+)/;

ok grep({ @{ $_->{tags} } && $_->{user} !~ /u[01]/ } @chats), 'chats of others have tags';
same('limited', $_, '', sub { $_[0]{user} =~ /u[01]/ }, cookie => $cookie) for qw(tags assignees);
is_deeply asked('sources', '', cookie => $cookie), { total => 0, values => [] }, 'a masked integration is not told';

for my $bad (['', 'of'], ['of=chats', 'of'], ['of=tags&limit=0', 'limit'], ['of=tags&x=1', 'x']) {
	my $a = $r->get("/api/v1/chats/values?$bad->[0]");

	is_deeply [$a->{status}, $a->{json}{path}], [422, $bad->[1]], "'$bad->[0]' is refused by name";
}
done_testing;
