#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# What can be said of the panel's source without running it.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
skip() { echo "1..0 # SKIP $1"; exit 0; }
[ -d "$top/t/node/node_modules/typescript" ] ||
    skip 'typescript is not installed in t/node'
exec node "$top/t/node/panel/source.mjs"
