#!/usr/bin/env bash
# Runs each fuzz target for a number of seconds (60 where none is given) and fails where one finds a crash.
#   fuzz/run.sh [seconds] [target…]
# Findings lie in fuzz/artifacts, the inputs that reached new code in fuzz/corpus; both stay out of the repository.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:-60}
shift || true
# The code holds no `unsafe`: panics, overflows, hangs and memory are what can be found. Without the address
# sanitizer the targets build and run in half the time.
options=(--sanitizer none)

if ! rustup toolchain list | grep --quiet '^nightly'; then
  echo "Installing nightly Rust: coverage counters need it"
  rustup toolchain install nightly --profile minimal
fi
if ! command -v cargo-fuzz >/dev/null; then
  echo "Installing cargo-fuzz"
  cargo install --quiet --locked cargo-fuzz
fi

if [ $# -gt 0 ]; then targets=("$@"); else mapfile -t targets < <(cargo +nightly fuzz list --fuzz-dir .); fi
echo "Building ${#targets[@]} fuzz targets"
cargo +nightly fuzz build --fuzz-dir . "${options[@]}"

failed=()
for target in "${targets[@]}"; do
  echo "Fuzzing $target for $seconds s"
  mkdir -p "corpus/$target"
  log=$(mktemp)
  # The first folder takes new inputs, the seeds are only read.
  if cargo +nightly fuzz run --fuzz-dir . "${options[@]}" "$target" "corpus/$target" "seeds/$target" -- \
    -max_total_time="$seconds" -max_len=16384 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 >"$log" 2>&1; then
    sed -n 's/^stat::number_of_executed_units: */  inputs: /p' "$log"
  else
    tail -n 40 "$log"
    failed+=("$target")
  fi
  rm -f "$log"
done

if [ ${#failed[@]} -gt 0 ]; then
  echo "Crashes were found in: ${failed[*]} (inputs in fuzz/artifacts)" >&2
  exit 1
fi
echo "No crashes in ${#targets[@]} targets"
