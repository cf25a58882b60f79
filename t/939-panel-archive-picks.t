# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Panel;

panel_test('archive-picks');
