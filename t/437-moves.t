# SPDX-License-Identifier: AGPL-3.0-or-later
# Moves into segments and out of them by events, bulk actions, CSV and hand are
# in each person's timeline, once, with who or what did it; a merge brings them
# along and its undo takes them back; of who is erased nothing is kept.  What
# each timeline must say is kept here, in lists.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my $api = '/api/v1';
my %told;		# userId => ["in Gold event 2026-01-01…", …]
my (%id, @people);

sub events { my $a = $r->post("$api/events", [@_]); is $a->{json}{accepted}, scalar(@_), scalar(@_) . ' events' or diag $a->{body} }
sub user { my ($u, $at, @segments) = @_; return { type => 'user', userId => $u, at => $at, segments => \@segments } }
sub must { my ($line, @who) = @_; push @{ $told{$_} }, $line for @who }

# Lines of a timeline, by pages of any length.
sub lines
{
	my ($u, $limit) = @_;
	my ($after, @lines) = ('');

	do {
		my $a = $r->get("$api/users/$id{$u}/timeline?kinds=segment&limit=$limit" . ($after ? "&after=$after" : ''));
		die $a->{body} if $a->{status} != 200;
		push @lines, map { join ' ', $_->{in} ? 'in' : 'out', $_->{name}, $_->{source} // 'manager',
		    ($_->{source} // '') eq 'event' ? substr $_->{at}, 0, 10 : () } @{ $a->{json}{timeline} };
		$after = $a->{json}{next} // '';
	} while ($after);
	return @lines;
}
sub agree
{
	my ($what, @who) = @_;
	my @wrong;

	for my $u (@who) {
		my $want = join "\n", sort @{ $told{$u} // [] };
		for my $limit (1, 2, 100) {
			my $got = join "\n", sort(lines($u, $limit));
			push @wrong, "$u by $limit:\n$got\nwanted:\n$want" if $got ne $want;
		}
	}
	is join("\n\n", @wrong), '', $what;
}
sub bulk
{
	my ($action, $segment, %who) = @_;
	my $job = $r->post("$api/bulk", { action => $action, segment => $segment, %who })->{json}{id};

	wait_for { ($r->get("$api/jobs/$job")->{json}{state} // '') eq 'done' } 60 or die 'the job does not end';
}

@people = map { "u$_" } 1 .. 60;
events(map { user($_, '2026-01-05T00:00:00Z', 'Gold') } @people);
%id = map { $_->{userId} => $_->{id} } @{ $r->get("$api/users?columns=userId&limit=500")->{json}{users} };
# An earlier word that comes late, a later one, and the same again.
events(user('u1', '2026-01-02T00:00:00Z', 'Gold'), user('u2', '2026-02-02T00:00:00Z', 'Gold'), user('u1', '2026-01-02T00:00:00Z', 'Gold'));
must('in Gold event 2026-01-02', 'u1');
must('in Gold event 2026-01-05', @people[1 .. 59]);
agree('what events say is told once, as of the earliest', @people[0 .. 5]);

my %segment = map { $_ => $r->post("$api/segments", { name => $_ })->{json}{id} } qw(Silver Table Hand);
bulk('addToSegment', 'Silver', ids => [map { $id{$_} } @people[0 .. 29]]);
must('in Silver bulk', @people[0 .. 29]);
bulk('addToSegment', 'Silver', ids => [map { $id{$_} } @people[20 .. 39]]);	# ten are in it
must('in Silver bulk', @people[30 .. 39]);
bulk('removeFromSegment', 'Silver', ids => [map { $id{$_} } @people[10 .. 49]]);
must('out Silver bulk', @people[10 .. 39]);
bulk('removeFromSegment', 'Gold', ids => [map { $id{$_} } @people[0, 1]]);
must('out Gold bulk', @people[0, 1]);
events(user('u1', '2026-03-01T00:00:00Z', 'Gold'));
must('in Gold event 2026-03-01', 'u1');
agree('bulk actions tell whom they moved, and nobody else', @people[0, 1, 9, 10, 19, 20, 29, 30, 39, 40, 50]);

my $csv = "userId\r\n" . join '', map { "$_\r\n" } @people[5 .. 15];
for (1, 2) {		# the second time all are in it
	my $a = $r->request('POST', "$api/segments/$segment{Table}/import", body => $csv, headers => { 'Content-Type' => 'text/csv' });
	is $a->{status}, 200, 'a CSV' or diag $a->{body};
}
must('in Table import', @people[5 .. 15]);
$r->post("$api/segments/$segment{Hand}/members", { add => [map { $id{$_} } @people[8, 9]] });
must('in Hand manager', @people[8, 9]);
agree('a CSV and a hand as well', @people[4, 5, 8, 9, 15, 16]);

# By whom: a manager, a token by its name, or the command line, which has none.
my $owner = $r->post("$api/login", { login => $r->{login}, password => $r->{password} }, token => 0);
my ($cookie) = ($owner->{headers}{'set-cookie'} // '') =~ /^(rapport=[^;]+)/;
my %hand = (token => 0, headers => { Cookie => $cookie, 'X-Rapport-CSRF' => $owner->{json}{csrf} });
my $till = $r->post("$api/tokens", { name => 'till', role => 'Owner' })->{json};
my %mine = map { $_ => $r->post("$api/segments", { name => $_ })->{json}{id} } qw(Manager Token Command);
sub
moved_by
{
	my ($segment, $u) = @_;
	my ($m) = grep { $_->{name} eq $segment } @{ $r->get("$api/users/$id{$u}/timeline?kinds=segment&limit=100")->{json}{timeline} };

	return $m && join ' ', $m->{source}, $m->{by} ? "by $m->{by}{id} $m->{by}{name}" : (), $m->{token} ? "token $m->{token}{id} $m->{token}{name}" : ();
}
is $r->request('POST', "$api/segments/$mine{Manager}/members", %hand, json => { add => [$id{u20}] })->{status}, 200, 'a manager adds one';
is $r->post("$api/segments/$mine{Token}/members", { add => [$id{u20}] }, token => $till->{token})->{status}, 200, 'a token adds one';
is moved_by('Manager', 'u20'), 'manager by 1 Owner', 'the manager is named';
is moved_by('Token', 'u20'), "manager token $till->{id} till", 'so is the token';
my @crowd = map { "m$_" } 1 .. 1001;	# more than are told one by one
events(map { { type => 'user', userId => $_, at => '2026-01-01T00:00:00Z', attributes => { city => 'Crowd' } } } @crowd);
($id{m7}) = map { $_->{id} } @{ $r->get("$api/users?" . 'f=%5B%22userId%22%2C%22is%22%2C%22m7%22%5D')->{json}{users} };
my $f = ['default_city', 'is', 'Crowd'];
is $r->request('POST', "$api/segments/$mine{Manager}/members", %hand, json => { add => { f => $f } })->{status}, 200, 'a manager adds many';
is $r->post("$api/segments/$mine{Token}/members", { add => { f => $f } }, token => $till->{token})->{status}, 200, 'a token adds many';
is moved_by('Manager', 'm7'), 'manager by 1 Owner', 'the manager of many is named';
is moved_by('Token', 'm7'), "manager token $till->{id} till", 'and the token';
is $r->cli('segment', 'add', 'Command', '--filter', json(['userId', 'is', 'u20']))->{status}, 0, 'the command line adds one';
is moved_by('Command', 'u20'), 'manager', 'it has no name';
sub gone { my ($u) = @_; return join ' ', sort map { $_->{gone} ? $_->{name} : () } @{ $r->get("$api/users/$id{$u}/timeline?kinds=segment&limit=100")->{json}{timeline} } }
is gone($_), '', "all of ${_}'s segments are there" for 'u20', 'm7';
$r->post("$api/segments/$mine{$_}/members", { add => [$id{u22}] })->{status} == 200 or die for qw(Manager Token);
must("in $_ manager", 'u22') for qw(Manager Token);
my %job = (action => 'removeFromSegment', f => ['userId', 'is', 'u22']);
for (['Manager', %hand], ['Token', token => $till->{token}]) {
	my ($segment, %who) = @$_;
	my $job = $r->request('POST', "$api/bulk", %who, json => { %job, segment => $segment })->{json}{id};

	wait_for { ($r->request('GET', "$api/jobs/$job", %who)->{json}{state} // '') eq 'done' } 60 or die 'the job does not end';
}
is moved_by('Manager', 'u22'), 'bulk by 1 Owner', 'a bulk action is told with who began it';
is moved_by('Token', 'u22'), "bulk token $till->{id} till", 'or the token';
for (['Manager', %hand], ['Token', token => $till->{token}]) {
	my ($segment, %who) = @$_;

	$who{headers}{'Content-Type'} = 'text/csv';
	is $r->request('POST', "$api/segments/$mine{$segment}/import", %who, body => "userId\r\nu22\r\n")->{status}, 200, "a CSV into $segment";
}
is moved_by('Manager', 'u22'), 'import by 1 Owner', 'so is an import';
is moved_by('Token', 'u22'), "import token $till->{id} till", 'by either';
$r->request('DELETE', "$api/segments/$_")->{status} == 204 or die $_ for values %mine;
is gone('u20'), 'Command Manager Token', 'one that is gone is told as gone';
is gone('m7'), 'Manager Token', 'whichever way it is kept';
must("in $_ manager", 'u20') for qw(Manager Token Command);
must($_, 'u22') for map { ("out $_ bulk", "in $_ import") } qw(Manager Token);
agree('and nobody else is told of it', @people[8, 9, 19, 20, 21]);

# Merged: u9's and u10's moves are of one person; an act that moved both is one.
my %before = %told;
my $merge = $r->post("$api/users/$id{u9}/merge", { into => $id{u10} })->{json}{id};
my %once = map { $_ => 1 } grep { !/^in Hand/ } @{ $told{u9} }, @{ $told{u10} };
$told{u10} = [keys %once, 'in Hand manager', 'in Hand manager'];	# by name, each for itself
agree('the survivor has them all, an act of both once', 'u10');
$told{u10} = $before{u10};
is $r->post("$api/merges/$merge/undo", {})->{status}, 200, 'undone';
agree('and each has their own again', 'u9', 'u10');
$r->post("$api/users/$id{u11}/merge", { into => $id{u12} });
is $r->cli('check')->{status}, 0, 'what is kept of who was merged is in order';

# Erased, and who became part of them with them.
is $r->request('DELETE', "$api/users/$id{u12}")->{status}, 200, 'somebody is erased';
is $r->request('DELETE', "$api/users/$id{u5}")->{status}, 200, 'and somebody else';
is $r->cli('check')->{status}, 0, 'and nothing is kept of them';
agree('the others keep theirs', @people[0, 8, 12, 13, 39]);

# A segment that is gone is told by the name it had.
is $r->request('DELETE', "$api/segments/$segment{Silver}")->{status}, 204, 'a segment is deleted';
agree('its moves are told by its name', @people[0, 12, 39]);

# Of a limited reader's segments alone.
my @archive = grep { /"in":/ } split /(?=\{"kind")/, $r->get("$api/users/$id{u1}/timeline?limit=100")->{body};
is scalar(@archive), scalar(@{ $told{u1} }), 'among all that happened they are there, too';
done_testing;
