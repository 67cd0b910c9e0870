//! DTLS: no datagrams make either side panic, connect or, once connected, end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtc_sfu::{
    Time,
    dtls::{Dtls, DtlsOutput, Identity},
};
use rtc_types::ortc::DtlsRole;
use std::{
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);
static IDENTITY: LazyLock<Arc<Identity>> =
    LazyLock::new(|| Arc::new(Identity::generate().expect("a certificate")));

fuzz_target!(|data: &[u8]| {
    let Some((&[mode], mut rest)) = data.split_first_chunk() else { return };
    let mut sides = [DtlsRole::Server, DtlsRole::Client].map(|role| {
        let fingerprints = vec![IDENTITY.fingerprint().clone()];
        Dtls::new(Time::ZERO, *EPOCH, &IDENTITY, role, fingerprints).expect("a side")
    });
    // How many datagrams of a sound handshake pass first.
    let mut now = Time::ZERO;
    handshake(&mut sides, usize::from(mode >> 1) % 8);
    let was_connected = sides.each_ref().map(Dtls::is_connected);
    let to = usize::from(mode & 1);
    while let Some((&[low, high], after)) = rest.split_first_chunk() {
        let len = usize::from(u16::from_le_bytes([low, high]) % 3000).min(after.len());
        let (datagram, after) = after.split_at(len);
        rest = after;
        let result = sides[to].handle_datagram(now, datagram);
        assert!(result.is_ok() || !was_connected[to], "a forged datagram ended a connection: {result:?}");
        while sides[to].poll_output().is_some() {}
        now += Duration::from_millis(3);
        let _ = sides[to].handle_timeout(now);
    }
    assert_eq!(sides[to].is_connected(), was_connected[to]);
});

fn handshake(sides: &mut [Dtls; 2], mut datagrams: usize) {
    let _ = sides[1].handle_timeout(Time::ZERO);
    loop {
        let mut idle = true;
        for from in 0..2 {
            while let Some(output) = sides[from].poll_output() {
                let DtlsOutput::Datagram(datagram) = output else { continue };
                if datagrams == 0 {
                    return;
                }
                datagrams -= 1;
                idle = false;
                sides[1 - from].handle_datagram(Time::ZERO, &datagram).expect("a sound handshake");
            }
        }
        if idle {
            return;
        }
    }
}
