# SPDX-License-Identifier: AGPL-3.0-or-later
# Who a chat is with has more than one name: the chat's own, the messenger it
# came by, what its session says, the ids of who spoke.  For a Member from whom
# name, integration and user id are kept none of them is on any page, in any
# file, or in what a search or a token of theirs answers.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my $api = '/api/v1';
my $dir = tempdir();
my $python = -x '/usr/bin/python3' ? '/usr/bin/python3' : 'python3';
spew("$dir/password", "four words nobody guesses\n");

# Every masked word has "veiled" in it, and nothing else has.
my @events = (
	{ type => 'user', userId => 'veiled-u1', at => '2026-01-01T00:00:00Z', attributes => { name => 'Veiled Ana', city => 'Porto' } },
	{ type => 'chat', chatId => 'c1', userId => 'veiled-u1', openedAt => '2026-01-02T00:00:00Z', name => 'Veiled Ana S.',
	    source => 'Veiled source', contactMediumType => 'appVeiled', description => 'On a refund', tags => ['known'],
	    attributes => { name => 'Veiled, as asked', default_name => 'Veiled, once more', source => 'Veiled page', page => 'home' } },
	{ type => 'message', chatId => 'c1', messageId => 'm1', personType => 'user', personId => 'veiled-u1',
	    at => '2026-01-02T01:00:00Z', text => 'hello there' },
	{ type => 'message', chatId => 'c1', messageId => 'm2', personType => 'manager', personId => 'kim',
	    at => '2026-01-02T02:00:00Z', text => 'hello to you' },
);
is $r->post("$api/events", \@events)->{json}{accepted}, scalar(@events), 'events';
my $chat = $r->get("$api/chats")->{json}{chats}[0];
my ($user, $id) = ($chat->{user}{id}, $chat->{id});

my @may = qw(users.read chats.read chats.edit analytics.read download);
sub
member
{
	my ($name, @masked) = @_;
	my $m = $r->post("$api/managers", { name => $name, email => lc "$name\@example.org", permissions => \@may,
		@masked ? (limits => { masked => \@masked }) : () })->{json};
	my $in = $r->post("$api/login", { login => lc "$name\@example.org", password => $m->{password} }, token => 0);
	my ($cookie) = $in->{headers}{'set-cookie'} =~ /^(rapport=[^;]+)/;

	return { Cookie => $cookie, 'X-Rapport-CSRF' => $in->{json}{csrf} };
}
my $limited = member('Lim', 'default_name', 'default_source', 'userId');
my $free = member('Fre');

sub ask { my ($who, $method, $path, @o) = @_; return $r->request($method, "$api$path", token => 0, headers => { %$who }, @o) }
my $zip = 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); sys.stdout.write("".join(z.read(n).decode() for n in z.namelist()))';
sub
file
{
	my ($who, $format, %o) = @_;
	my $a = ask($who, 'POST', '/exports', json => { what => 'chats', format => $format, purpose => 'a test of names',
		password => 'four words nobody guesses', %o });

	is $a->{status}, 200, "a file leaves as $format" or diag $a->{body};
	spew("$dir/x.pgp", $a->{body});
	unlink "$dir/x";
	$r->cli('unlock', '--password-file', "$dir/password", '--out', "$dir/x", "$dir/x.pgp");
	return slurp("$dir/x") if $format =~ /json/;
	open my $pipe, '-|', $python, '-c', $zip, "$dir/x" or die;
	local $/;
	return scalar <$pipe>;
}

my %pages = (
	'the list of chats' => ['GET', '/chats'], 'a search' => ['GET', '/chats?q=hello'], 'a chat' => ['GET', "/chats/$id"],
	'its transcript' => ['GET', "/chats/$id/messages"], "a transcript's hits" => ['GET', "/chats/$id/messages?q=hello"],
	'the chats of a person' => ['GET', "/users/$user/chats"], 'their timeline' => ['GET', "/users/$user/timeline"],
	'the person' => ['GET', "/users/$user"], 'attributes' => ['GET', '/attributes'], 'the list of people' => ['GET', '/users'],
	'integrations to choose from' => ['GET', '/chats/values?of=sources'],
	'a chat that was edited' => ['PATCH', "/chats/$id", json => { tags => ['known'] }],
);
for my $page (sort keys %pages) {
	my $a = ask($limited, @{ $pages{$page} });
	is $a->{status}, 200, "$page is there";
	unlike $a->{body}, qr/veiled/i, "$page has no masked word";
	next if $page eq 'attributes';
	like ask($free, @{ $pages{$page} })->{body}, qr/veiled/i, 'control: without limits it has';
}
my $shown = ask($limited, 'GET', "/chats/$id")->{json};
is_deeply [$shown->{description}, $shown->{sessionAttributes}, $shown->{tags}], ['On a refund', { page => 'home' }, ['known']],
    'all else is told';
for my $name (qw(session.name session.default_name session.source)) {
	is ask($limited, 'GET', "/users?sort=$name")->{status}, 422, "$name is masked with what it says once more";
	is ask($free, 'GET', "/users?sort=$name")->{status}, 200, 'control: it is there';
}
for my $format (qw(json csv xlsx)) {
	my $file = file($limited, $format);
	like $file, qr/On a refund/, "chats as $format have what is not masked";
	unlike $file, qr/veiled/i, 'and no masked word';
	like file($free, $format), qr/Veiled Ana S\..*appVeiled|appVeiled.*Veiled Ana S\./s, 'control: without limits they have';
}
unlike file($limited, 'json', what => 'users'), qr/veiled/i, 'nor have people';
done_testing;
