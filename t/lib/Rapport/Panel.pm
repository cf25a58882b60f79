# SPDX-License-Identifier: AGPL-3.0-or-later
#
# One test of the panel: a whole Rapport of its own, and a script of
# t/node/panel/ that drives it in a real Chromium and prints its results,
# which are counted here as they come.
#
#	use Rapport::Panel;
#	panel_test('filters');
package Rapport::Panel;

use strict;
use warnings;

use Exporter qw(import);
use Rapport::Test;

our @EXPORT = qw(panel_test);

my $chromium = $ENV{CHROMIUM} // '/usr/bin/chromium';

# Skips the whole file where there is nothing to drive or to drive with.
sub
skip_without_browser
{
	plan(skip_all => 'chromium is not installed') if !-x $chromium;
	plan(skip_all => 'playwright-core is not installed in t/node')
	    if !-d tree('t/node/node_modules/playwright-core');
}

sub
panel_test
{
	my ($script) = @_;

	skip_without_browser();
	my $r = Rapport::Test->start;
	local %ENV = (%ENV, CHROMIUM => $chromium, RAPPORT_URL => $r->{url},
	    RAPPORT_LOGIN => $r->{login}, RAPPORT_PASSWORD => $r->{password},
	    RAPPORT_TOKEN => $r->{token});

	# Not an argument a line: the password stays out of the process list.
	open(my $out, '-|', 'node', tree("t/node/panel/$script.mjs"))
	    or die "node: $!\n";
	relay($out);
	close($out);
	is($?, 0, "$script ended well");
	done_testing();
}

# Results are taken over one by one; what else is said is said on.
sub
relay
{
	my ($out) = @_;
	my $planned;
	my $counted = 0;

	binmode($out, ':encoding(UTF-8)');
	binmode(Test::More->builder->$_, ':encoding(UTF-8)')
	    for qw(output failure_output todo_output);
	while (my $line = <$out>) {
		chomp $line;
		if ($line =~ /^(not )?ok \d+ - (.*)/) {
			$counted++;
			ok(!$1, $2);
		} elsif ($line =~ /^1\.\.(\d+)$/) {
			$planned = $1;
		} else {
			diag($line =~ s/^# ?//r);
		}
	}
	is($counted, $planned, 'every result came through');
}

1;
