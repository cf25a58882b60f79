# SPDX-License-Identifier: AGPL-3.0-or-later
#
# rapport setting, audit, manager logout: what the Settings pages do, without.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $r = bless { dir => tempdir(), env => {} }, 'Rapport::Test';

$r->{store} = "$r->{dir}/store";
$r->cli(qw(init --name Ann --email ann@shop.example));

sub settings { return json($r->cli(qw(setting list --json))->{out}) }
sub set { return $r->cli(qw(setting set), @_) }

is settings()->{'exports.lock'}, 'always', 'what holds where nothing was set';
like $r->cli(qw(setting list))->{out}, qr/^workspace\.timezone +UTC +Zone of/m, 'as people read it';
is set('workspace.timezone=Asia/Kathmandu', 'exports.argon2.passes=4')->{status}, 0, 'two are set';
is_deeply [@{ settings() }{'workspace.timezone', 'exports.argon2.passes'}], ['Asia/Kathmandu', 4], 'and hold';
is set('workspace.timezone=UTC', 'exports.argon2.passes=1')->{status}, 65, 'one of two is wrong';
is settings()->{'workspace.timezone'}, 'Asia/Kathmandu', 'and neither is changed';
like set('no.such=1')->{err}, qr/no\.such/, 'one that is not there is named';
is set('exports.lock')->{status}, 64, 'it takes NAME=VALUE';
is set('public_url=https://example.org/?a=b')->{status}, 0, 'a value may hold an =';
is settings()->{public_url}, 'https://example.org/?a=b', 'all of it';

is $r->cli(qw(manager add --name Bob --email bob@shop.example))->{status}, 0, 'a manager';
is $r->cli(qw(manager logout bob@shop.example))->{status}, 0, 'is logged out';
is $r->cli(qw(manager logout nobody@shop.example))->{status}, 66, 'nobody is not';
my @log = @{ json($r->cli(qw(audit list --json))->{out}) };
is_deeply [map { $_->{id} } @log], [reverse 1 .. @log], 'the audit log, newest first';
is $log[0]{act}, 'manager.logout', 'the last act on top';
sub listed { return map { $_->{act} } @{ json($r->cli(qw(audit list --json), @_)->{out}) } }
is_deeply [listed('--act', 'setting')], [('setting') x 3], 'by act';
is_deeply [listed('--act', 'setting', '--limit', 2)], [('setting') x 2], 'some of them';
is_deeply [listed('--object', 'manager 2')], [qw(manager.logout manager.add)], 'by object';
is_deeply [listed('--by', 'manager 7')], [], 'by whom';
is scalar(listed('--by', 'command')), scalar(@log), 'all by the command line';
like $r->cli(qw(audit list --limit 1))->{out}, qr/manager\.logout +manager 2/, 'as people read it';
like $r->cli(qw(audit verify))->{out}, qr/All @{[scalar @log]} records/, 'all is as it was written';
is_deeply json($r->cli(qw(audit verify --json))->{out}), { valid => JSON::PP::true, records => scalar @log }, 'in JSON';
my $key = slurp("$r->{store}/audit.key");
chmod 0600, "$r->{store}/audit.key";
spew("$r->{store}/audit.key", $key ^ ("\x01" . "\0" x (length($key) - 1)));
my $bad = $r->cli(qw(audit verify));
isnt $bad->{status}, 0, 'by another key nothing is';
like $bad->{err}, qr/record 1 /, 'from the first on';
like $r->cli(qw(completion bash))->{out}, qr/audit\*\) words='list verify'/, 'completion knows them';
done_testing;
