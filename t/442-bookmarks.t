# SPDX-License-Identifier: AGPL-3.0-or-later
# Bookmarks through nginx: kept for everybody, in an order, changed by who may,
# never by two at once unseen, each act with its audit row.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my $base = '/api/v1/bookmarks';

sub token { return $r->post('/api/v1/tokens', { name => 'x', scopes => [@_] })->{json}{token} }
sub change { my ($id, $v, %o) = @_; return $r->request('PATCH', "$base/$id", json => $v, %o) }
sub names { return join ' ', map { "$_->{position}:$_->{name}" } @{ $r->get($base)->{json}{bookmarks} } }

is_deeply $r->get($base)->{json}, { total => 0, bookmarks => [], next => undef }, 'none at first';
my $a = $r->post($base, { name => ' Grafana ', url => 'https://grafana.example/d/1?orgId=1' });
is $a->{status}, 201, 'one is kept' or diag $a->{body};
my $id = $a->{json}{id};
is_deeply [@{ $a->{json} }{qw(name url position)}], ['Grafana', 'https://grafana.example/d/1?orgId=1', 0],
    'as it was given, without blanks around';
like $a->{json}{createdAt}, qr/^\d{4}-\d\d-\d\dT/, 'with when';
my $second = $r->post($base, { name => 'Billing', url => 'http://billing.example/' })->{json}{id};
$r->post($base, { name => '<b>&"', url => 'https://x.example/', position => 0 });
is names(), '0:<b>&" 1:Grafana 2:Billing', 'one stands where it is put, others behind it';
is change($second, { position => 0 })->{json}{position}, 0, 'moved to the front';
is names(), '0:Billing 1:<b>&" 2:Grafana', 'and the others after it';
is change($second, { position => 700 })->{json}{position}, 2, 'behind the last is last';
is names(), '0:<b>&" 1:Grafana 2:Billing', 'without gaps';

# two at once
my $tag = $r->get("$base/$id")->{headers}{etag};
is $a->{headers}{etag}, $tag, 'the version is that of its making: a place is none';
my $b = change($id, { name => 'Graphs' }, headers => { 'If-Match' => $tag });
is $b->{status}, 200, 'changed by who saw it last';
isnt $b->{headers}{etag}, $tag, 'which makes another version';
is change($id, { url => 'https://late.example/' }, headers => { 'If-Match' => $tag })->{status}, 412,
    'who saw the one before is told';
is $r->request('DELETE', "$base/$id", headers => { 'If-Match' => $tag })->{status}, 412, 'nor may they take it out';
is $r->get("$base/$id")->{json}{url}, 'https://grafana.example/d/1?orgId=1', 'and nothing is changed';
is change($id, { url => 'https://later.example/' })->{status}, 200, 'who does not ask, changes';

# a POST sent again
my @once = map { $r->request('POST', $base, json => { name => 'Once', url => 'https://once.example' },
	headers => { 'Idempotency-Key' => 'k1' })->{json}{id} } 1, 2;
is $once[0], $once[1], 'sent again under its key: once';
is $r->get($base)->{json}{total}, 4, 'four there are';

# refused, by name
my $before = $r->get($base)->{body};
for ([{ url => 'https://x.example' }, 'name'], [{ name => 'x' }, 'url'], [{ name => '', url => 'https://x.example' }, 'name'],
    [{ name => 'x' x 201, url => 'https://x.example' }, 'name'], [{ name => "\t ", url => 'https://x.example' }, 'name'],
    [{ name => 'x', url => 'javascript:alert(1)' }, 'url'], [{ name => 'x', url => 'ftp://x.example' }, 'url'],
    [{ name => 'x', url => 'https://me:pass@x.example' }, 'url'], [{ name => 'x', url => 'https://' . 'x' x 2000 }, 'url'],
    [{ name => 'x', url => 'https://x.example', position => -1 }, 'position'],
    [{ name => 'x', url => 'https://x.example', position => 1.5 }, 'position'],
    [{ name => 'x', url => 'https://x.example', id => 7 }, 'id'], [{ name => 7, url => 'https://x.example' }, 'name']) {
	my $a = $r->post($base, $_->[0]);

	is_deeply [$a->{status}, $a->{json}{path}], [422, $_->[1]], 'refused: ' . substr json($_->[0]), 0, 80;
}
is change($id, {})->{status}, 422, 'nothing to change';
is change($id, { url => 'data:text/html,x' })->{json}{path}, 'url', 'nor into what runs';
is $r->get($base)->{body}, $before, 'of all that nothing was kept';
is $_, 404, 'one that never was' for change(99, { name => 'x' })->{status},
    $r->request('DELETE', "$base/99")->{status}, $r->get("$base/99")->{status};

# who may
my $reader = token('analytics.read');
is $r->get($base, token => $reader)->{json}{total}, 4, 'who sees analytics sees them';
is change($id, { name => 'x' }, token => $reader)->{status}, 403, 'and changes none';
is $r->get($base, token => token('users.read'))->{status}, 403, 'nobody else does';
is change($id, { name => 'Ours' }, token => token('settings'))->{status}, 200, 'settings is enough to change them';

is $r->request('DELETE', "$base/$id")->{status}, 204, 'taken out';
is names(), '0:<b>&" 1:Billing 2:Once', 'and the rest moves up';

# audit: acts and fields, no address
my @rows = grep { $_->{act} =~ /^bookmark\./ } @{ $r->get('/api/v1/audit?limit=500')->{json}{audit} };
is_deeply [map { "$_->{act} $_->{object} $_->{result}" } reverse @rows], ['bookmark.add bookmark 1 ',
    'bookmark.add bookmark 2 ', 'bookmark.add bookmark 3 ', 'bookmark.change bookmark 2 position',
    'bookmark.change bookmark 2 position', 'bookmark.change bookmark 1 name', 'bookmark.change bookmark 1 url',
    'bookmark.add bookmark 4 ', 'bookmark.change bookmark 1 name', 'bookmark.remove bookmark 1 '],
    'every act has its row, and what was refused has none';
unlike json(\@rows), qr/example/, 'and no row repeats an address';

# the command line, on the same store
is $r->cli('bookmark', 'add', 'Sales', 'https://sales.example/', '--position', 1)->{status}, 0, 'added by a command';
is names(), '0:<b>&" 1:Sales 2:Billing 3:Once', 'there it is';
my $kept = $r->get($base)->{json}{bookmarks};
is $r->get("$base/5")->{headers}{etag}, delete $_->{version}, 'each says its version' for grep { $_->{id} == 5 } @$kept;
delete $_->{version} for @$kept;
is_deeply json($r->cli('bookmark', 'list', '--json')->{out}), $kept,
    'the command lists what the API lists';
my $list = $r->cli('bookmark', 'list')->{out};
like $list, qr/^5\s+Sales\s+https:\/\/sales\.example\/$/m, 'in words, too';
is $r->cli('bookmark', 'change', 5, '--name', 'Deals', '--position', 0)->{status}, 0, 'changed';
like names(), qr/^0:Deals 1:/, 'and moved';
is $r->cli('bookmark', 'remove', 5)->{status}, 0, 'removed';
my $bad = $r->cli('bookmark', 'add', 'x', 'javascript:alert(1)');
is $bad->{status}, 65, 'an address that runs is refused';
like $bad->{err}, qr/url.*https/s, 'by name';
is $r->cli('bookmark', 'remove', 99)->{status}, 66, 'one that never was';
is $r->cli('bookmark', 'change', 2)->{status}, 64, 'a change of nothing';
is $r->cli('bookmark', 'change', 'Billing', '--name', 'x')->{status}, 64, 'it goes by id';
is names(), '0:<b>&" 1:Billing 2:Once', 'and the rest is as it was';
done_testing;
