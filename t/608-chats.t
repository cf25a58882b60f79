# SPDX-License-Identifier: AGPL-3.0-or-later
# The archive on the command line: searched, counted, as lines and as JSON, one
# transcript, operating hours; the bulk import finds the same as the plain one.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = bless { dir => tempdir(), env => {} }, 'Rapport::Test';
$r->{store} = "$r->{dir}/store";
$r->cli(qw(init --name Owner --email owner@shop.example));
my @events = (
	{ type => 'user', userId => 'u1', at => '2026-11-01T00:00:00Z', attributes => { country => 'PT' } },
	{ type => 'chat', chatId => 'c1', userId => 'u1', openedAt => '2026-11-16T09:00:00Z', closedAt => '2026-11-16T10:00:00Z',
	    source => 'Slack', tags => ['refund', 'vip'], assigneeId => 'kim', name => "Help\e[31m" },
	{ type => 'message', chatId => 'c1', messageId => 'm1', personType => 'user', personId => 'u1',
	    at => '2026-11-16T09:00:00Z', text => "My refund,\nplease" },
	{ type => 'message', chatId => 'c1', messageId => 'm2', personType => 'manager', personId => 'kim',
	    at => '2026-11-16T09:30:00Z', text => '退款申请 is done', note => \1 },
	{ type => 'chat', chatId => 'c2', userId => 'u2', openedAt => '2026-11-17T09:00:00Z', tags => ['vip'] },
	{ type => 'message', chatId => 'c2', messageId => 'm3', personType => 'bot', personId => 'b1',
	    at => '2026-11-17T09:00:00Z', text => 'please refund', template => \1 },
);
my $lines = join '', map { json($_) . "\n" } @events;
is $r->cli({ in => $lines }, 'import', '-')->{status}, 0, 'import';

sub out { my ($status, @args) = @_; my $a = $r->cli(@args); is $a->{status}, $status, "@args" or diag $a->{err}; return $a->{out} }
sub ids { return join ' ', map { $_->{chatId} } @{ json(out(0, 'chats', '--json', @_))->{chats} } }

is ids(), 'c2 c1', 'all, the latest first';
is ids('refund'), 'c2 c1', 'a word';
is ids('refund', 'my'), 'c1', 'two';
is ids('"please refund"'), 'c2', 'a phrase';
is ids('plea*', '--tags', 'refund'), 'c1', 'a prefix and a tag';
is ids('--tags', 'refund', '--tags-match', 'none'), 'c2', 'without a tag';
is ids('--tags', 'refund,vip', '--tags-match', 'all', '--state', 'closed', '--assignee', 'kim', '--source', 'slack'), 'c1', 'all at once';
is ids('--filter', '["default_country","is","PT"]'), 'c1', 'a filter of users';
is ids('--from', '2026-11-17', '--to', '2026-11-18'), 'c2', 'days';
is out(0, 'chats', '--count', 'refund'), "2\n", 'counted';
is json(out(0, 'chats', '--count', '--json', 'my'))->{total}, 1, 'as JSON';
my $list = out(0, 'chats', '--limit', 1, 'my');
like $list, qr/^2026-11-16T09:00:00\.000Z  Closed        1  c1  Help \[31m  #refund,vip$/m, 'a line a chat, no colours of theirs';
my $said = out(0, 'transcript', 'c1');
utf8::decode($said) if !utf8::is_utf8($said);
is $said, "2026-11-16T09:00:00.000Z  User u1: My refund, please\n"
    . "2026-11-16T09:30:00.000Z  Manager (note) kim: 退款申请 is done\n", 'a transcript';
is_deeply [map { $_->{state} // $_->{messageId} } @{ json(out(0, 'transcript', 'c1', '--json'))->{messages} }],
    ['Opened', 'm1', 'm2', 'Closed'], 'as JSON, with states';
out(66, 'transcript', 'c9');
out(65, 'chats', '--state', 'gone');
out(65, 'chats', '--from', 'yesterday');
out(65, 'chats', '--tags-match', 'some', '--tags', 'x');
out(65, 'chats', '!!');
out(65, 'chats', '--tz', 'Nowhere');

is_deeply json(out(0, 'hours', 'list')), [], 'no hours';
my $week = { timezone => 'UTC', week => { monday => [['09:00', '18:00']] } };
is $r->cli({ in => json($week) }, 'hours', 'set', '-')->{status}, 0, 'hours set';
is $r->cli({ in => json({ %$week, from => '2026-12-01T00:00:00Z' }) }, 'hours', 'set', '-')->{status}, 0, 'and from December';
is_deeply [map { $_->{from} } @{ json(out(0, 'hours', 'list')) }], [undef, '2026-12-01T00:00:00.000Z'], 'both are listed';
is $r->cli({ in => json({ %$week, week => { x => [] } }) }, 'hours', 'set', '-')->{status}, 65, 'what is wrong is refused';
out(0, 'hours', 'remove', '--from', '2026-12-01T00:00:00Z');
out(66, 'hours', 'remove', '--from', '2026-12-01T00:00:00Z');
out(0, 'hours', 'remove');

# ---- bulk: the same index, built at the end
my $bulk = bless { dir => tempdir(), env => {} }, 'Rapport::Test';
$bulk->{store} = "$bulk->{dir}/store";
is $bulk->cli({ in => $lines }, 'import', '--bulk', '-')->{status}, 0, 'import --bulk';
is $bulk->cli('check')->{status}, 0, 'check finds nothing';
for (['refund'], ['"please refund"'], ['退款'], ['--tags', 'vip'], ['--state', 'opened']) {
	is $bulk->cli('chats', '--json', @$_)->{out}, $r->cli('chats', '--json', @$_)->{out}, "@$_: the same";
}
is $r->cli('check')->{status}, 0, 'check finds nothing';
done_testing;
