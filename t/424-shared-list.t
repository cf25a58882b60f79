# SPDX-License-Identifier: AGPL-3.0-or-later
# A view opened by its link is the list: random people, filters, columns and
# orders; every row of every page is compared, by address and by link, while
# people come and change between the rounds.  SEED=… repeats a run.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

use constant { PEOPLE => 400, ROUNDS => 40 };

srand(my $seed = $ENV{SEED} // time);
note "SEED=$seed";
my $r = Rapport::Test->start;

sub pick { return $_[rand @_] }
my @names = ('Ana', 'ána', 'Łódź', '東京', 'שלום', "a\x{301}na", 'STRASSE', 'straße', 'O"Neil, <b>', '😀');
my @countries = ('Perú', 'France', '日本', undef);
my @columns = qw(default_name default_country default_email score vip lastSeen createdAt segment userId);

sub
person
{
	my ($i) = @_;
	my %a = (name => pick(@names) . ' ' . int rand 50, country => pick(@countries),
	    score => pick(undef, map { int(rand 40) - 20 } 1 .. 5), vip => pick(undef, JSON::PP::true, JSON::PP::false),
	    email => pick(undef, "p$i\@example.org"));

	return { type => 'user', userId => "u$i", at => 1_700_000_000 + int rand 1e7,
		lastSeen => 1_700_000_000 + int rand 1e7, segments => [pick([], ['A'], ['A', 'B'])->@*],
		attributes => { map { $_ => $a{$_} } grep { defined $a{$_} } keys %a } };
}

sub
leaf
{
	my $name = pick(@names);

	return pick(['default_name', 'startsWith', $name], ['default_name', 'contains', substr($name, 1, 1)],
	    ['default_country', 'is', 'perú'], ['default_country', pick(qw(isSet isNotSet))],
	    ['default_country', 'isNoneOf', 'France', '日本'], ['score', pick('<', '>=', '!='), int(rand 40) - 20],
	    ['score', 'between', -10, 10], ['vip', pick(qw(isTrue isFalse isNotSet))],
	    ['segment', pick(qw(hasAny hasNone)), pick(qw(A B))], ['default_email', 'isSet'],
	    ['lastSeen', pick(qw(before after)), '2024-01-15T00:00:00Z']);
}

sub
some_filter
{
	my ($depth) = @_;

	return leaf() if !$depth || rand() < 0.3;
	return { not => some_filter($depth - 1) } if rand() < 0.2;
	return { pick(qw(all any)) => [map { some_filter($depth - 1) } 1 .. 1 + int rand 3] };
}

sub
ask
{
	my ($path, $token, %q) = @_;
	my $query = join '&', map { my $v = ref $q{$_} ? json($q{$_}) : $q{$_};
		$v =~ s/([^\w.])/sprintf '%%%02X', ord $1/ge; "$_=$v" } grep { defined $q{$_} } sort keys %q;
	my $a = $r->get("$path?$query", token => $token);

	die "$path $a->{status} $a->{body}" if $a->{status} != 200;
	return $a->{json};
}

# All rows, page by page; and the total, which every page must agree on.
sub
rows
{
	my ($path, $token, %q) = @_;
	my (@rows, $page, %totals);

	do {
		$page = ask($path, $token, %q, limit => 1 + int rand 120, after => $page && $page->{next});
		push @rows, @{ $page->{users} };
		$totals{ $page->{total} }++;
	} while (defined $page->{next});
	delete $_->{id} for @rows;
	return { rows => \@rows, totals => [keys %totals] };
}

is $r->post('/api/v1/events', [map { person($_) } 1 .. PEOPLE])->{json}{accepted}, PEOPLE, 'people';
my $different = 0;
for my $round (1 .. ROUNDS) {
	my @shown = sort { rand() <=> 0.5 } @columns;
	my @linked = grep { rand() < 0.6 } @shown;
	@linked = ($shown[0]) if !@linked;
	my $f = some_filter(3);
	my $sort = pick('', '-') . pick(@linked);
	my $view = $r->post('/api/v1/views', { name => "Round $round", filter => $f, columns => \@shown,
		sort => pick(undef, '-lastSeen', pick(@shown)) // $sort })->{json};
	my $l = $r->post("/api/v1/views/$view->{id}/links", { columns => \@linked })->{json};
	my $within = rand() < 0.5 ? [$linked[0], pick(qw(isSet isNotSet))] : undef;

	$r->post('/api/v1/events', [map { person(1 + int rand PEOPLE * 1.2) } 1 .. 5]);
	my $list = rows('/api/v1/users', $r->{token}, f => $within ? { all => [$f, $within] } : $f,
	    columns => join(',', @linked), sort => $sort);
	my $link = rows("/api/v1/shared/$l->{token}/users", 0, sort => $sort, f => $within);
	my $same = json($list) eq json($link);

	$different++ if !$same;
	ok $same, sprintf '%d of %d people, %s: %s', scalar @{ $link->{rows} }, PEOPLE, $sort, json($f) =~ s/[^ -~]/?/gr;
	is_deeply $link, $list, "SEED=$seed" if !$same;
	is_deeply $link->{totals}, [scalar @{ $link->{rows} }], 'and the total is how many there are';
}
is $different, 0, ROUNDS . ' views by address and by link are the same';

# control: the comparison notices a view that is another one by then
my $view = $r->post('/api/v1/views', { name => 'Control', filter => ['score', '>', 0], columns => ['score'] })->{json};
my $l = $r->post("/api/v1/views/$view->{id}/links", {})->{json};
$r->request('PATCH', "/api/v1/views/$view->{id}", json => { filter => ['score', '<=', 0] });
isnt json(rows("/api/v1/shared/$l->{token}/users", 0, sort => 'score')),
    json(rows('/api/v1/users', $r->{token}, f => ['score', '>', 0], columns => 'score', sort => 'score')),
    'control: a view that changed is not the old list';
done_testing;
