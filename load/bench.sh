#!/bin/sh
# Measures rtc-platform beside small Node servers that do the same work; `make bench` calls this.
# Arguments go to the harness: load/bench.sh --quick --only ws. See `rtc-load calls --help`.
# Without npm or the packages it measures rtc-platform alone and says so.
set -eu
cd "$(dirname "$0")/.."

. load/install-baselines.sh

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
