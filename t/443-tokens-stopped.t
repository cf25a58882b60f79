# SPDX-License-Identifier: AGPL-3.0-or-later
# A manager who is disabled opens nothing any more: neither they nor their
# tokens, nor tokens made with those, nor links that either shared, in any
# worker, from the answer on.  Let in again, all of it that was not revoked
# opens what it opened.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start(threads => 2);
my $api = '/api/v1';
$r->worker_start('api');	# a second process on the same socket

# Another Owner, by their own log-in.
my $made = $r->post("$api/managers", { name => 'Ora', email => 'ora@example.org', role => 'Owner' })->{json};
sub
login
{
	return $r->post("$api/login", { login => 'ora@example.org', password => $made->{password} }, token => 0);
}
my $in = login();
my ($cookie) = $in->{headers}{'set-cookie'} =~ /^(rapport=[^;]+)/;
my %ora = (token => 0, headers => { Cookie => $cookie, 'X-Rapport-CSRF' => $in->{json}{csrf} });
my %new = (name => 't', role => 'Owner');
my $first = $r->request('POST', "$api/tokens", %ora, json => { %new, name => 'first' })->{json};
my $second = $r->post("$api/tokens", { %new, name => 'second' }, token => $first->{token})->{json};
my $member = $r->post("$api/tokens", { name => 'events', scopes => ['users.edit', 'chats.edit'] }, token => $second->{token})->{json};
my $revoked = $r->post("$api/tokens", { %new, name => 'revoked' }, token => $second->{token})->{json};
my $others = $r->post("$api/tokens", { %new, name => 'another' })->{json};
is $r->request('DELETE', "$api/tokens/$revoked->{id}")->{status}, 204, 'one is revoked';
my $view = $r->post("$api/views", { name => 'V', columns => ['userId'], visibility => 'team' }, token => $second->{token})->{json};
my $link = $r->post("$api/views/$view->{id}/links", {}, token => $second->{token})->{json};

# What each is answered, by every thread of both workers.
sub
answers
{
	my ($times) = @_;
	my %seen;

	for (1 .. $times) {
		$seen{"session $_"}++ for $r->request('GET', "$api/users", %ora)->{status};
		for my $t ($first, $second, $revoked, $others) {
			$seen{ ($t == $others ? 'other ' : $t == $revoked ? 'revoked ' : 'token ') . $r->get("$api/users", token => $t->{token})->{status} }++;
		}
		$seen{ 'events ' . $r->post("$api/events", { type => 'user', userId => 'u1', at => '2026-01-01T00:00:00Z' },
			token => $member->{token})->{status} }++;
		$seen{ 'link ' . $r->get("$api/shared/$link->{token}/users", token => 0)->{status} }++;
	}
	return join ', ', sort keys %seen;
}
sub listed { return { map { $_->{name} => $_ } @{ $r->get("$api/tokens")->{json}{tokens} } } }
my $open = 'events 200, link 200, other 200, revoked 401, session 200, token 200';
my $shut = 'events 401, link 404, other 200, revoked 401, session 401, token 401';
is answers(4), $open, 'all but the revoked one open something';
is $r->request('PATCH', "$api/managers/$made->{id}", json => { disabled => \1 })->{status}, 204, 'Ora is disabled';
is answers(12), $shut, 'and nothing of theirs opens anything, what others made does';
is login()->{status}, 401, 'nor does their password';
is_deeply { map { $_ => listed()->{$_}{stopped} ? 1 : 0 } qw(first second events another) },
    { first => 1, second => 1, events => 1, another => 0 }, 'which the list says';
my $text = $r->cli('token', 'list')->{out};
like $text, qr/^\d+ +Owner +stopped +\S+Z +second +everything$/m, 'in text with when it was used and what it may';
like $text, qr/^\d+ +Member +stopped +\S+Z +events +users\.edit,chats\.edit$/m, 'scope by scope';
is_deeply [map { @$_{qw(stopped by)} } grep { $_->{name} eq 'events' } @{ json($r->cli('token', 'list', '--json')->{out}) }],
    [JSON::PP::true, { id => $made->{id}, name => 'Ora' }], 'and in JSON whose it is';
is $r->request('PATCH', "$api/managers/$made->{id}", json => { disabled => \0 })->{status}, 204, 'let in again';
$in = login();
($cookie) = $in->{headers}{'set-cookie'} =~ /^(rapport=[^;]+)/;
is $r->request('GET', "$api/users", %ora)->{status}, 401, 'the old session stays ended';
$ora{headers} = { Cookie => $cookie, 'X-Rapport-CSRF' => $in->{json}{csrf} };
is answers(4), $open, 'what was not revoked opens what it opened';
is $r->cli('manager', 'disable', 'ora@example.org')->{status}, 0, 'disabled by the command line';
is answers(12), $shut, 'it holds in workers that run, at once';
is $r->cli('manager', 'enable', 'ora@example.org')->{status}, 0, 'and back';
is $r->get("$api/users", token => $second->{token})->{status}, 200, 'likewise';
done_testing;
