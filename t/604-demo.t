#!/usr/bin/perl
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# rapport demo, check, stats: a sample audience that ends now and hangs
# together; help that fits a terminal; a completion script that completes.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;
use Time::HiRes ();

my $r = bless { dir => tempdir(), env => {} }, 'Rapport::Test';

$r->{store} = "$r->{dir}/store";
$r->cli(qw(init --name A --email a@shop.example));
my $made = $r->cli(qw(demo --users 300 --json));
is $made->{status}, 0, 'a sample of 300 people' or diag $made->{err};
is json($made->{out})->{users}, 300, 'it says so';

my $got = json($r->cli(qw(users --json --columns), join ',', qw(userId
    default_name default_email default_country default_language chats
    messagesIn messagesOut createdAt lastSeen session.topic))->{out});
my @people = @{ $got->{users} };
my ($newest) = sort { $b cmp $a } map { $_->{lastSeen} } @people;
my @now = gmtime;

is @people, 300, 'they are there';
is scalar(grep { !/\.example$/ } map { $_->{default_email} // 'x.example' } @people), 0,
    'every address is one of nobody';
is scalar(grep { !$_->{chats} || !$_->{messagesIn} || !$_->{messagesOut} } @people), 0,
    'everybody had a chat, and an answer';
is scalar(grep { $_->{createdAt} gt $_->{lastSeen} } @people), 0,
    'nobody was seen last before first';
is scalar(grep { !$_->{'session.topic'} } @people), 0, 'with last session data';
ok abs(epoch($newest) - time) < 7 * 86400, "it ends about now: $newest";
my %countries = map { $_->{default_country} => 1 } @people;
ok keys %countries >= 8, 'people of ' . keys(%countries) . ' countries';
is $r->cli('users', '--count', '--filter', '["segment","hasAny","Newsletter"]')->{status}, 0,
    'segments are there to be asked for';

$got = $r->cli(qw(check --json));
is $got->{status}, 0, 'check finds nothing';
is_deeply json($got->{out}), { people => 0, chats => 0,
    repaired => JSON::PP::false() }, 'and says so';
is $r->cli(qw(check --repair))->{status}, 0, 'repair leaves a whole store whole';
is json($r->cli(qw(stats --json))->{out})->{entries}{user}, 300, 'stats';

sub
epoch
{
	my ($at) = @_;
	my ($y, $m, $d, $h, $min, $s) = $at =~ /(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)/;

	require Time::Local;
	return Time::Local::timegm($s, $min, $h, $d, $m - 1, $y);
}

# Help
my $all = $r->cli('--help');
is $all->{status}, 0, 'rapport --help';
my $manual = slurp(tree('src/cli/rapport.1'));
my @commands = $all->{out} =~ /^  (\w+(?: \w+)?)  /mg;
ok @commands > 15, 'lists ' . @commands . ' commands';
for my $command (@commands) {
	my $help = $r->cli(split(/ /, $command), '--help');

	is $help->{status}, 0, "$command --help";
	is scalar(grep { length > 80 } split /\n/, $help->{out}), 0, '... in 80 columns';
	unlike $help->{out}, qr/[ \t]$/m, '... without blanks at line ends';
	like $help->{out}, qr/^usage: rapport \Q$command\E/, '... says how it is called';
	my @options = $help->{out} =~ /^  --([\w-]+)/mg;
	is join(' ', grep { $manual !~ /\Q$_\E/ } $command, map { s/-/\\-/gr } @options),
	    '', '... and stands in the manual whole';
}
my $family = $r->cli('segment', '--help');
is $family->{status}, 0, 'the first word of some commands has help';
is_deeply [$family->{out} =~ /^  segment (\w+) /mg], [$all->{out} =~ /^  segment (\w+) /mg], 'which lists them, and no other';
unlike $family->{out}, qr/^  (?!segment )/m, '... and nothing else';
is_deeply [@{ $r->cli('segment') }{qw(status out)}], [64, ''], 'alone it is wrong use';
is $r->cli('segment', 'fly', '--help')->{status}, 64, 'so is a second word that is none';
is $r->cli()->{status}, 64, 'no command is wrong use';
is $r->cli('fly')->{status}, 64, 'an unknown one as well';
like $r->cli('--json', 'fly')->{err}, qr/^\{"code":"usage"/, 'told in JSON if wished';

# The manual has the one table of exit statuses.
my %status;
for (split /\n/, slurp(tree('include/tbl/errors.h'))) {
	$status{$2} = 1 if /^ERR\(\w+,\s*(\d+),\s*(\d+),/;
}
is join(' ', grep { $manual !~ /^\.It $_$/m } sort keys %status), '',
    'every exit status is in the manual';

# Completion
my $script = "$r->{dir}/completion";
spew($script, $r->cli(qw(completion bash))->{out});
my $complete = sub {
	my (@words) = @_;
	my $x = $r->run_program({}, 'bash', '-c', qq(. $script; COMP_WORDS=(rapport @words)
	    COMP_CWORD=\${#COMP_WORDS[@]}; ((COMP_CWORD--)); _rapport; echo "\${COMPREPLY[*]}"));

	return $x->{out} =~ s/\n//r;
};
is $complete->('exp'), 'export', 'a command is completed';
is $complete->('token', 'rev'), 'revoke', 'the second word of one';
is $complete->('import', '--dry'), '--dry-run', 'an option';

done_testing;
