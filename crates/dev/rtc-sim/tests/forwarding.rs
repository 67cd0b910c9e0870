//! Packets get through, whatever the network does.

use rtc_sim::{LinkConfig, VideoSource, World, audio_parameters, video_parameters};
use std::time::Duration;

const GOOD: Duration = Duration::from_secs(5);

#[test]
fn a_video_and_a_voice_reach_another_client_whole() {
    let mut world = World::new(1);
    let (ann, bob) = (world.add(LinkConfig::default()), world.add(LinkConfig::default()));
    world.connect_all();
    let start = world.now();
    let video = world.produce_video(ann, video_parameters("v", 1111), vec![VideoSource::new(start, 7, 5)]);
    let voice = world.produce_voice(ann, audio_parameters("a", 3333), 20);
    let video = world.consume(bob, video.producer);
    let voice = world.consume(bob, voice.producer);
    world.run_for(GOOD);
    for (consumed, least) in [(video, 700), (voice, 240)] {
        let ssrc = consumed.parameters.encodings[0].ssrc.expect("has one");
        let received = world.client(bob).received.get(&ssrc).cloned().unwrap_or_default();
        assert!(received.packets.len() > least, "{} packets of {ssrc}", received.packets.len());
        assert_eq!(received.missing(), 0);
    }
}

#[test]
fn at_five_percent_loss_retransmission_brings_nearly_everything() {
    let mut world = World::new(2);
    let ann = world.add(LinkConfig::default());
    let lossy = LinkConfig { loss: 0.05, delay: Duration::from_millis(20), ..LinkConfig::default() };
    let others: Vec<_> = (0..4).map(|_| world.add(lossy)).collect();
    world.connect_all();
    let start = world.now();
    let video = world.produce_video(ann, video_parameters("v", 1111), vec![VideoSource::new(start, 7, 5)]);
    let consumed: Vec<_> = others.iter().map(|id| (*id, world.consume(*id, video.producer))).collect();
    world.run_for(Duration::from_secs(20));
    for (id, consumed) in consumed {
        let ssrc = consumed.parameters.encodings[0].ssrc.expect("has one");
        let received = &world.client(id).received[&ssrc];
        assert!(received.packets.len() > 2500, "{} packets", received.packets.len());
        assert!(received.complete() > 0.995, "{} of {}", received.missing(), received.packets.len());
    }
}
