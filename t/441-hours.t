# SPDX-License-Identifier: AGPL-3.0-or-later
# Operating hours: set, with history, read back, taken out, refused by name, and
# what a chat's times make of them.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = Rapport::Test->start;
my $week = { map { $_ => [['09:00', '12:30'], ['13:00', '18:00']] } qw(monday tuesday wednesday thursday friday) };

sub put { my ($body) = @_; return $r->request('PUT', '/api/v1/hours', json => $body) }

is_deeply $r->get('/api/v1/hours')->{json}, { total => 0, schedules => [] }, 'none at first';
my $first = put({ from => undef, timezone => 'Europe/Berlin', week => $week,
	holidays => [{ date => '2026-12-25', name => 'Christmas' }, { date => '2026-12-24', open => [['09:00', '12:00']] }] });
is $first->{status}, 200, 'set' or diag $first->{body};
is_deeply $first->{json}, { from => undef, timezone => 'Europe/Berlin',
	week => { %$week, saturday => [], sunday => [] },
	holidays => [{ date => '2026-12-24', name => '', open => [['09:00', '12:00']] },
	    { date => '2026-12-25', name => 'Christmas', open => [] }] }, 'as it was given';
is put({ from => '2026-12-21T11:00:00Z', timezone => 'UTC', week => { sunday => [['00:00', '24:00']] } })->{status}, 200,
    'and others later on';
is_deeply [map { $_->{from} } @{ $r->get('/api/v1/hours')->{json}{schedules} }], [undef, '2026-12-21T11:00:00.000Z'],
    'both are kept';

# Monday 21 December: open in Berlin until the change at 12:00, then closed.
$r->post('/api/v1/events', [
	{ type => 'chat', chatId => 'c', userId => 'u', openedAt => '2026-12-21T08:30:00Z', closedAt => '2026-12-21T15:00:00Z' },
	{ type => 'message', chatId => 'c', personType => 'user', personId => 'u', at => '2026-12-21T08:30:00Z', text => 'x' },
	{ type => 'message', chatId => 'c', personType => 'manager', personId => 'm', at => '2026-12-21T09:30:00Z', text => 'y' },
]);
my $id = $r->get('/api/v1/chats?chatId=c')->{json}{chats}[0]{id};
my $chat = $r->get("/api/v1/chats/$id")->{json};
is $chat->{operationWaitingTime}, 3600000, 'an hour within the hours';
is $chat->{operationResolutionTime}, 9000000, 'two and a half until they change, then none';
is $chat->{resolutionTime}, 23400000, 'of six and a half';

for ([{ week => {} }, 'timezone'], [{ timezone => 'UTC' }, 'week'], [{ timezone => 'Nowhere', week => {} }, 'timezone'],
    [{ timezone => 'UTC', week => { funday => [] } }, 'week'], [{ timezone => 'UTC', week => { monday => [['9:00', '18:00']] } }, 'week.monday'],
    [{ timezone => 'UTC', week => { friday => [['18:00', '09:00']] } }, 'week.friday'],
    [{ timezone => 'UTC', week => { friday => [['09:00', '24:01']] } }, 'week.friday'],
    [{ timezone => 'UTC', week => { friday => [['09:60', '12:00']] } }, 'week.friday'],
    [{ timezone => 'UTC', week => { friday => [['10:00', '12:00'], ['11:00', '13:00']] } }, 'week.friday'],
    [{ timezone => 'UTC', week => { friday => 'open' } }, 'week.friday'],
    [{ timezone => 'UTC', week => {}, holidays => [{ name => 'x' }] }, 'holidays.0'],
    [{ timezone => 'UTC', week => {}, holidays => [{ date => '2026-02-30' }] }, 'holidays.0'],
    [{ timezone => 'UTC', week => {}, holidays => [{ date => '2026-02-03', nope => 1 }] }, 'holidays.0'],
    [{ timezone => 'UTC', week => {}, holidays => [({ date => '2026-02-03' }) x 2] }, 'holidays'],
    [{ timezone => 'UTC', week => {}, from => 'yesterday' }, 'from'], [{ timezone => 'UTC', week => {}, nope => 1 }, 'nope']) {
	my $a = put($_->[0]);

	is $a->{status}, 422, json($_->[0]) . ' is refused';
	is $a->{json}{path}, $_->[1], 'by name';
}
is $r->get('/api/v1/hours')->{json}{total}, 2, 'and nothing was kept of those';
is $r->request('DELETE', '/api/v1/hours?from=2026-12-21T11:00:01Z')->{status}, 404, 'none begins then';
is $r->request('DELETE', '/api/v1/hours?from=2026-12-21T11:00:00Z')->{status}, 204, 'one is taken out';
is $r->get("/api/v1/chats/$id")->{json}{operationResolutionTime}, 3600000 * 6, 'and the first holds on, but for lunch';
is $r->request('DELETE', '/api/v1/hours')->{status}, 204, 'so is the first';
is $r->get("/api/v1/chats/$id")->{json}{operationResolutionTime}, undef, 'no hours: not known';
is scalar(grep { $_->{act} =~ /^hours\./ } @{ $r->get('/api/v1/audit?limit=500')->{json}{audit} }), 4, 'all with audit records';
done_testing;
