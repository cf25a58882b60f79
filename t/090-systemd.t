# SPDX-License-Identifier: AGPL-3.0-or-later
# The systemd units are well formed and fence the workers in: the exposure that
# systemd computes stays at or under 0.5 of 10.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;

my $tool = (grep { -x } '/usr/bin/systemd-analyze', '/bin/systemd-analyze')[0];
plan skip_all => 'systemd-analyze is not installed' if !$tool;
my $version = (qx($tool --version) =~ /^systemd (\d+)/m)[0] // 0;
plan skip_all => "systemd $version cannot judge a unit that is not installed" if $version < 250;

# The exposure of a unit file's text.
sub
exposure
{
	my ($text) = @_;
	my $dir = tempdir();

	spew("$dir/rapport-x.service", $text =~ s/%i/api/gr);
	my $said = qx($tool security --offline=true --no-pager $dir/rapport-x.service 2>&1);
	my ($n) = $said =~ /Overall exposure level for \S+: ([\d.]+)/
	    or diag $said;
	return $n // 10;
}

for my $unit ('rapport@.service', 'rapport-check.service') {
	my $text = slurp(tree("nginx/systemd/$unit"));

	cmp_ok exposure($text), '<=', 0.5, "$unit leaves no more than 0.5 exposed";
	(my $open = $text) =~ s/^(?:SystemCallFilter|CapabilityBoundingSet|PrivateNetwork)=.*\n//mg;
	cmp_ok exposure($open), '>', 0.5, "control: $unit without three of its walls does not pass";
}

# verify reads them as systemd would; only the programs may be missing here.
my $dir = tempdir();
for my $path (glob(tree('nginx/systemd') . '/*')) {
	my ($name) = $path =~ m{([^/]+)$};
	my $text = slurp($path) =~ s{^(ExecStart(?:Pre)?)=/\S+}{$1=/bin/true}mgr;

	spew("$dir/$name", $text);
}
my $said = qx($tool verify --man=no $dir/rapport\@api.service $dir/rapport\@export.socket $dir/rapport-check.service $dir/rapport-check.timer 2>&1);
is join('', grep { /rapport/ } split /^/, $said), '', 'systemd finds nothing to say about the units';
spew("$dir/rapport-check.service", "[Service]\nExecStart=/bin/true\nNoSuchWall=yes\n");
$said = qx($tool verify --man=no $dir/rapport-check.service 2>&1);
like $said, qr/NoSuchWall/, 'control: it does about a wall that does not exist';

done_testing;
