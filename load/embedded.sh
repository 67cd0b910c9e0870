#!/bin/sh
# Measures the Node binding beside the same calls in plain TypeScript; `make bench` calls this. --quick: a few seconds.
set -eu
cd "$(dirname "$0")/.."
echo "bench: building the addon with optimisation" >&2
npm run --silent build --workspace packages/rtc-server -- --release
# As one file, so that no loader is in the way of what is measured; where it finds the packages.
EMBEDDED_SIDE=$PWD/node_modules/.cache/embedded-side.mjs
export EMBEDDED_SIDE
npx esbuild load/embedded-side.ts --bundle --format=esm --platform=node --target=node20 \
    '--external:@rtc-platform/rtc-server' --log-level=warning --outfile="$EMBEDDED_SIDE"
node --import tsx load/embedded.ts "$@"
# What the tests use has assertions that an optimised build leaves out.
npm run --silent build --workspace packages/rtc-server
