//! Prints what protecting and opening a packet costs: nanoseconds a packet, the best of several rounds.
//!
//! `cargo run --release -p rtc-sfu --example srtp_cost`

#![allow(clippy::disallowed_types, clippy::disallowed_methods, clippy::print_stdout, reason = "it measures")]

use rtc_sfu::srtp::{KeyingMaterial, Profile};
use std::{hint::black_box, time::Instant};

const HEADER: usize = 20;
const SSRC: u32 = 7;
const PACKETS: u64 = 50_000;
const ROUNDS: usize = 7;

fn main() {
    println!(
        "{:<18} {:>7} {:>9} {:>16} {:>12} {:>8}",
        "profile", "bytes", "in place", "copy + in place", "from source", "open"
    );
    for profile in [Profile::Aead128Gcm, Profile::Aead256Gcm, Profile::Aes128CmSha1_80] {
        for payload_len in [80, 1100] {
            measure(profile, payload_len);
        }
    }
}

fn measure(profile: Profile, payload_len: usize) {
    let (key, salt) = (vec![1; profile.key_len()], vec![2; profile.salt_len()]);
    let keys = KeyingMaterial {
        profile,
        local_key: key.clone(),
        local_salt: salt.clone(),
        remote_key: key,
        remote_salt: salt,
    };
    let sender = keys.sender();
    let payload = vec![0x5a; payload_len];
    let mut packet = vec![0x80; HEADER + payload_len + profile.rtp_overhead()];
    let in_place = best(|index| sender.protect_rtp(black_box(&mut packet), HEADER, SSRC, index));
    let copied = best(|index| {
        packet[HEADER..HEADER + payload_len].copy_from_slice(black_box(&payload));
        sender.protect_rtp(black_box(&mut packet), HEADER, SSRC, index);
    });
    let from_source = best(|index| {
        sender.protect_rtp_from(black_box(&payload), black_box(&mut packet), HEADER, SSRC, index);
    });
    let open = best_open(&keys, &payload);
    println!(
        "{:<18} {payload_len:>7} {in_place:>9.0} {copied:>16.0} {from_source:>12.0} {open:>8.0}",
        format!("{profile:?}")
    );
}

/// Opens copies of packets that were sealed before the clock runs; the copy is part of the figure.
fn best_open(keys: &KeyingMaterial, payload: &[u8]) -> f64 {
    let sender = keys.sender();
    let sealed: Vec<Vec<u8>> = (0..2000)
        .map(|index| {
            let mut packet = vec![0x80; HEADER + payload.len() + keys.profile.rtp_overhead()];
            sender.protect_rtp_from(payload, &mut packet, HEADER, SSRC, index);
            packet
        })
        .collect();
    let mut scratch = sealed[0].clone();
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS * 5 {
        let mut receiver = keys.receiver(1);
        let start = Instant::now();
        for (sequence, packet) in sealed.iter().enumerate() {
            scratch.copy_from_slice(packet);
            let opened = receiver.unprotect_rtp(&mut scratch, HEADER, SSRC, sequence as u16);
            assert!(black_box(opened).is_ok());
        }
        best = best.min(start.elapsed().as_nanos() as f64 / sealed.len() as f64);
    }
    best
}

fn best(mut packet: impl FnMut(u64)) -> f64 {
    let mut best = f64::INFINITY;
    for round in 0..ROUNDS as u64 {
        let start = Instant::now();
        for index in 0..PACKETS {
            packet(round * PACKETS + index);
        }
        best = best.min(start.elapsed().as_nanos() as f64 / PACKETS as f64);
    }
    best
}
