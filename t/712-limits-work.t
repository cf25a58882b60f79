# SPDX-License-Identifier: AGPL-3.0-or-later
# How long an answer takes tells a limited Member nothing either.  People and
# attributes out of bounds cost as many reads of the store as those that do not
# exist; where a record has to be read to know whose it is, it costs that record
# and no more, however much is beyond it.  Reads are counted, because a clock on
# a busy machine proves nothing.  A Member without limits is the control: there
# the same pairs cost different work.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;
use Rapport::Bounds;

sub
reads
{
	my ($n) = $r->get('/metrics')->{content} =~ /^rapport_store_reads_total (\d+)$/m;
	return $n // die "no count of reads\n";
}

# The least of several: jobs and sweeps read beside it.  Each is another
# question, so that none is answered from memory.
my $turn = 0;
sub
work
{
	my ($who, $method, $path, $body) = @_;
	my ($least, $status);

	for (1 .. 4) {
		my $one = $path =~ s/TURN/++$turn/er;
		my $before = reads();

		$status = question($who, "$method $one", $one, $body)->{status};
		my $n = reads() - $before;
		$least = $n if !defined $least || $n < $least;
	}
	return [$status, $least];
}

my ($chat) = map { $_->{id} } @{ $r->get("$api/chats?chatId=beyond-1-1")->{json}{chats} };
my ($link) = map { $_->{id} } @{ $r->get("$api/views/$view{Beyond}/links")->{json}{links} };
my $no = 999_999;
sub users { return ['get', "$api/users?limit=TURN&" . f($_[0])] }
my @pairs = (
	(map { my $what = $_; ["a person$what", ['get', "$api/users/$first_out$what"], ['get', "$api/users/$no$what"]] }
	    '', '/timeline', '/chats', '/history/score'),
	['an edit', map { ['patch', "$api/users/$_", { banned => \1 }] } $first_out, $no],
	['a merge', map { ['post', "$api/users/$first_in/merge", { into => $_ }] } $first_out, $no],
	['a merge from', map { ['post', "$api/users/$_/merge", { into => $first_in }] } $first_out, $no],
	['an erasure', map { ['delete', "$api/users/$_"] } $first_out, $no],
	(map { my $what = $_; ["a chat$what", map { ['get', "$api/chats/$_$what"] } $chat, $no] } '', '/messages', '/messages?q=beyond'),
	['a change of a chat', map { ['patch', "$api/chats/$_", { tags => ['x'] }] } $chat, $no],
	['a segment', map { ['get', "$api/segments/$_"] } $seg{Beyond}, $no],
	['a name for a segment', map { ['patch', "$api/segments/$_", { description => 'x' }] } $seg{Beyond}, $no],
	['into a segment', map { ['post', "$api/segments/$_/members", { add => [$first_in] }] } $seg{Beyond}, $no],
	['a filter by a segment', map { users(['segment', 'hasAny', "$_"]) } $seg{Beyond}, $no],
	['a filter by what is masked', map { users([$_, 'isSet']) } 'maskplan', 'nosuchxx'],
	['an order by what is masked', map { ['get', "$api/users?limit=TURN&sort=$_"] } 'maskplan', 'nosuchxx'],
	['a column that is masked', map { ['get', "$api/users?limit=TURN&columns=$_"] } 'maskplan', 'nosuchxx'],
	['values of what is masked', map { ['get', "$api/attributes/$_/values"] } 'maskplan', 'nosuchxx'],
	['a name for what is masked', map { ['post', "$api/bulk", { dryRun => \1, action => 'setAttribute',
	    attribute => $_, value => 'x', f => {} }] } 'maskplan', 'nosuchxx'],
	['a userId', map { users(['userId', 'is', $_]) } 'beyond-1-1', 'nobody-1-1'],
	['a view', map { ['get', "$api/views/$_"] } $view{Beyond}, $no],
	['links of a view', map { ['get', "$api/views/$_/links"] } $view{Beyond}, $no],
	['an end of a link', map { ['delete', "$api/views/$_/links/$link"] } $view{Beyond}, $no],
	['a job', map { ['get', "$api/jobs/$_"] } 1, $no],
	['an export', map { ['get', "$api/exports/$_"] } 1, $no],
	['a merge undone', map { ['post', "$api/merges/$_/undo", {}] } 1, $no],
);
my $record = 6;	# reads, less than a microsecond each
my (%more, $told);
for my $round (1, 2) {
	for my $p (@pairs) {
		my ($what, @two) = @$p;
		my ($beyond, $none) = map { work($limited, @$_) } @two;
		my $more = $beyond->[1] - $none->[1];
		my $person = $what =~ /person|edit|merge (?!undone)|a merge$|erasure|masked/;

		is $beyond->[0], $none->[0], "$what: the same status" if $round == 1;
		$person ? is $more, 0, "$what: what is out of bounds costs what nothing costs"
		    : cmp_ok $more, '<=', $record, "$what: out of bounds, a record more ($more reads)";
		is $more, $more{$what}, "$what: the same when much more is beyond" if $round == 2;
		$more{$what} = $more;
		next if $round == 2 || $two[0][0] ne 'get';
		my ($a, $b) = map { work($free, @$_) } @two;
		$told += abs($a->[1] - $b->[1]) > $record || $a->[0] != $b->[0];
	}
	beyond() for 1 .. 3;
}
cmp_ok $told, '>', 9, 'control: without limits the work differs';
done_testing;
