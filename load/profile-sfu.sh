#!/bin/sh
# Counts the instructions that the engine spends on a forwarded packet, by function: one video to 50 subscribers, ten
# seconds of virtual time, no sockets, no kernel. Needs valgrind. `load/profile-sfu.sh 300` has 300 subscribers.
# valgrind has no AVX-512, so the cipher costs more instructions here than on a processor that does.
set -eu
cd "$(dirname "$0")/.."

command -v valgrind >/dev/null || { echo "profile-sfu: valgrind is not installed (Debian package: valgrind)" >&2; exit 1; }
target="${CARGO_TARGET_DIR:-target}"
cargo build --release --quiet -p rtc-sim --example fanout
mkdir -p "$target/bench"
file="$target/bench/callgrind.out"
packets=$(valgrind --tool=callgrind --quiet --toggle-collect='fanout::measured*' --callgrind-out-file="$file" \
    "$target/release/examples/fanout" "${1:-50}")

echo "instructions for each of $packets packets, with what the function calls:"
callgrind_annotate --inclusive=yes --threshold=100 "$file" 2>/dev/null | grep -v ' => ' | tr -d ',' | awk -v packets="$packets" '
    function show(title, name) { if (name in sum) printf "%8.0f  %s\n", sum[name] / packets, title }
    {
        name = $0
        sub(/ \[.*/, "", name)
        if (name ~ /Engine>::flush$/) name = "flush"
        else if (name ~ /Engine::handle_datagram$/ && name ~ /machine.rs:/) name = "datagram"
        else if (name ~ /Engine::handle_timeout$/ && name ~ /rtc_sfu/) name = "timeout"
        else if (name ~ /:rtc_sfu::srtp::sender::Sender::protect_rtp$/) name = "seal"
        else if (name ~ /Outbox.*datagram$/) name = "outbox"
        else next
        if (!(name in sum) || $1 > sum[name]) sum[name] = $1
    }
    END {
        show("forwarding (flush)", "flush")
        show("  of it: sealing (SRTP)", "seal")
        show("  of it: the harness taking the packet", "outbox")
        show("what comes in, feedback for the most part (handle_datagram)", "datagram")
        show("timers and what they forward (handle_timeout)", "timeout")
    }'
echo "the functions themselves:"
callgrind_annotate --threshold=100 "$file" 2>/dev/null | grep -v ' => ' | grep ':rtc_sfu::' | grep -v ':<' | tr -d ',' |
    awk -v packets="$packets" '{ count = $1; $1 = ""; sub(/^.*:rtc_sfu::/, "rtc_sfu::"); sub(/ \[.*/, ""); sum[$0] += count }
        END { for (name in sum) if (sum[name] >= packets * 5) printf "%8.0f  %s\n", sum[name] / packets, name }' |
    sort -rn | head -25
