//! One video to so many subscribers for ten seconds of virtual time, for a profiler that counts instructions
//! (`load/profile-sfu.sh`): the engine does what it does behind sockets, with nothing random about its work.

use rtc_sim::{LinkConfig, VideoSource, World, video_parameters};
use std::time::Duration;

/// A picture of the benchmark: 1.5 Mbit/s in thirty of them a second.
const PACKETS_A_PICTURE: usize = 6;
const PICTURE_EVERY: Duration = Duration::from_micros(33_333);
/// Estimates grow and probing ends.
const WARM_UP: Duration = Duration::from_secs(5);
const MEASURED: Duration = Duration::from_secs(10);

#[allow(clippy::print_stdout, reason = "its one line is what the script reads")]
fn main() {
    let subscribers = std::env::args().nth(1).and_then(|number| number.parse().ok()).unwrap_or(50);
    let mut world = World::new(1);
    let publisher = world.add(LinkConfig::default());
    let viewers: Vec<_> = (0..subscribers).map(|_| world.add(LinkConfig::default())).collect();
    world.connect_all();
    let mut source = VideoSource::new(world.now(), 7, PACKETS_A_PICTURE);
    source.every = PICTURE_EVERY;
    let produced = world.produce_video(publisher, video_parameters("m", 100), vec![source]);
    for viewer in viewers {
        world.consume(viewer, produced.producer);
    }
    world.run_for(WARM_UP);
    let before = world.engine.stats().rtp_packets_out;
    measured(&mut world);
    println!("{}", world.engine.stats().rtp_packets_out - before);
}

/// What the profiler looks at.
#[inline(never)]
fn measured(world: &mut World) {
    world.run_for(MEASURED);
}
