#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# The page that opens locked files, in Chromium, with files of several hundred megabytes.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
skip() { echo "1..0 # SKIP $1"; exit 0; }
[ -x /usr/bin/chromium ] || skip 'chromium is not installed'
[ -d "$top/t/node/node_modules/playwright-core" ] ||
    skip 'playwright-core is not installed in t/node'
exec node "$top/t/node/unlock-large.mjs"
