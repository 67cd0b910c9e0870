#!/bin/sh
# Measures rtc-platform beside small Node servers that do the same work; `make bench` calls this.
# Arguments go to the harness: load/bench.sh --quick --only ws. See `rtc-load calls --help`.
# Without npm or the packages it measures rtc-platform alone and says so.
set -eu
cd "$(dirname "$0")/.."

say() { echo "bench: $*" >&2; }

install_baselines() {
    command -v node >/dev/null && command -v npm >/dev/null || { say "node or npm is not installed"; return 1; }
    installed=load/baselines/node_modules/.package-lock.json
    if [ -e "$installed" ] && [ ! load/baselines/package-lock.json -nt "$installed" ]; then return 0; fi
    say "installing the Node servers' packages (better-sqlite3 may be compiled: about a minute)"
    # node-gyp takes the distribution's headers where they are installed instead of looking for them elsewhere.
    if [ -e /usr/include/node/node.h ]; then export npm_config_nodedir="${npm_config_nodedir:-/usr}"; fi
    (cd load/baselines && npm ci --no-progress --loglevel=error >&2 && node -e "new (require('better-sqlite3'))(':memory:')") && return 0
    # A half-installed folder must not pass for a whole one next time.
    rm -rf load/baselines/node_modules
    return 1
}

alone=""
if ! install_baselines; then
    say "the Node servers cannot be installed: measuring rtc-platform alone, without ratios"
    alone="--only-peer ours"
fi

say "building the release binaries (some minutes the first time)"
cargo build --release -p rtc-platform -p rtc-load

say "measuring: about six minutes, or half a minute with --quick; leave the machine alone meanwhile"
# $alone is empty or two words on purpose.
# shellcheck disable=SC2086
exec target/release/rtc-load calls $alone "$@"
