#!/bin/sh
# Measures media servers beside each other: packets forwarded for a second of processor time.
# `make bench-sfu` calls this. Arguments go to the harness: load/bench-sfu.sh --quick --case fanout-video-100
# --peer rtc-platform --peer janus. See `rtc-load sfu --help`.
# A server that is not installed is left out, and the run says so.
set -eu
cd "$(dirname "$0")/.."

say() { echo "bench-sfu: $*" >&2; }

target="${CARGO_TARGET_DIR:-target}"

[ -x /usr/bin/janus ] || say "Janus is not installed (Debian package: janus): it is left out"
[ -d load/baselines/mediasoup/node_modules/mediasoup ] ||
    say "mediasoup is not installed (npm install in load/baselines/mediasoup, Node 22): it is left out"
[ "$(id -u)" = 0 ] ||
    say "not root: Janus gets the machine's own address, and receivers get the buffers that net.core.rmem_max allows"

say "building the release binaries (some minutes the first time)"
cargo build --release -p rtc-platform -p rtc-load

say "measuring: about 40 minutes, or six with --quick; leave the machine alone meanwhile"
exec "$target/release/rtc-load" sfu --server "$target/release/rtc-platform" --json "$target/bench/sfu.json" "$@"
