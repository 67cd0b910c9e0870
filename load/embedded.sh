#!/bin/sh
# Measures the Node binding beside the same calls in plain TypeScript; `make bench` calls this. --quick: a few seconds.
set -eu
cd "$(dirname "$0")/.."
echo "bench: building the addon with optimisation" >&2
npm run --silent build --workspace packages/rtc-server -- --release
node --import tsx load/embedded.ts "$@"
# What the tests use has assertions that an optimised build leaves out.
npm run --silent build --workspace packages/rtc-server
