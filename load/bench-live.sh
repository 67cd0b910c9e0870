#!/bin/sh
# Measures webhooks and events of livestreams beside small Node servers that do the same; `make bench-live` calls this.
# Arguments go to the harness: load/bench-live.sh --quick. The webhooks' peer needs redis-server.
set -eu
cd "$(dirname "$0")/.."

. load/install-baselines.sh

alone=""
if ! install_baselines || ! command -v redis-server >/dev/null; then
    say "the Node servers cannot be installed, or redis-server is missing: measuring rtc-platform alone"
    alone="--only-peer ours"
fi

say "building the release binaries (some minutes the first time)"
cargo build --release -p rtc-platform -p rtc-load

say "measuring: about eight minutes, or two with --quick; leave the machine alone meanwhile"
# $alone is empty or two words on purpose.
# shellcheck disable=SC2086
target/release/rtc-load webhooks $alone "$@"
# shellcheck disable=SC2086
exec target/release/rtc-load sse $alone "$@"
