//! Networks that go away, come back, or change.

use rtc_sfu::{Event, Time, TransportFailure};
use rtc_sim::{ClientId, LinkConfig, VideoSource, World, audio_parameters, video_parameters};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const LINK: LinkConfig = LinkConfig {
    loss: 0.0,
    delay: Duration::from_millis(10),
    jitter: Duration::ZERO,
    rate: 0,
    queue: Duration::from_millis(200),
    cut: false,
};

struct Call {
    world: World,
    ann: ClientId,
    bob: ClientId,
    video: rtc_sfu::Consumed,
    voice: rtc_sfu::Consumed,
}

/// One publisher of voice and video, one subscriber, five seconds into the call.
fn call(seed: u64) -> Call {
    let mut world = World::new(seed);
    let (ann, bob) = (world.add(LINK), world.add(LINK));
    world.connect_all();
    let start = world.now();
    let video = world.produce_video(ann, video_parameters("v", 1111), vec![VideoSource::new(start, 7, 3)]);
    let voice = world.produce_voice(ann, audio_parameters("a", 3333), 20);
    let video = world.consume(bob, video.producer);
    let voice = world.consume(bob, voice.producer);
    world.run_for(5 * SECOND);
    Call { world, ann, bob, video, voice }
}

impl Call {
    fn cut(&mut self, who: ClientId, cut: bool) {
        let (up, down) = self.world.links(who);
        (up.config.cut, down.config.cut) = (cut, cut);
    }

    /// Video and voice come again within `limit` of `since`, and the video can be decoded.
    fn assert_recovers(&mut self, since: Time, limit: Duration) {
        let (video, voice) = (self.video.clone(), self.voice.clone());
        let shown_video = video.clone();
        let bob = self.bob;
        let back = self.world.run_until(limit, |world| {
            let video = world.client(bob).got(&video).since(since);
            let voice = world.client(bob).got(&voice).since(since);
            video.packets.len() > 20 && voice.packets.len() > 10
        });
        assert!(back, "media comes again within {limit:?}");
        let shown = self
            .world
            .run_until(limit, |world| world.client(bob).decoder(&shown_video).frozen_since.is_none());
        assert!(shown, "a picture is shown again within {limit:?}");
        // What was sent before may still come again; from here on nothing is missing.
        let newest = *self.world.client(bob).got(&video).packets.last_key_value().expect("there are some").0;
        self.world.run_for(3 * SECOND);
        let mut video = self.world.client(bob).got(&video);
        video.packets.retain(|number, _| *number > newest);
        assert!(video.packets.len() > 200 && video.missing() == 0, "{} packets", video.packets.len());
    }
}

#[test]
fn a_subscriber_that_was_cut_off_for_three_seconds_recovers() {
    for seed in [31, 32] {
        let mut call = call(seed);
        call.cut(call.bob, true);
        call.world.run_for(3 * SECOND);
        call.cut(call.bob, false);
        let back = call.world.now();
        call.assert_recovers(back, SECOND);
        let freeze = call.world.client(call.bob).decoder(&call.video).longest_freeze;
        assert!(freeze < 4 * SECOND, "the picture stood for {freeze:?}");
    }
}

#[test]
fn a_publisher_that_was_cut_off_for_three_seconds_recovers() {
    for seed in [33, 34] {
        let mut call = call(seed);
        call.cut(call.ann, true);
        call.world.run_for(3 * SECOND);
        call.cut(call.ann, false);
        let back = call.world.now();
        call.assert_recovers(back, SECOND);
        let freeze = call.world.client(call.bob).decoder(&call.video).longest_freeze;
        assert!(freeze < 4 * SECOND, "the picture stood for {freeze:?}");
    }
}

#[test]
fn a_subscriber_whose_address_changes_gets_media_at_the_new_one() {
    let mut call = call(35);
    call.world.rebind(call.bob, 4999);
    let moved = call.world.now();
    call.assert_recovers(moved, 10 * SECOND);
}

#[test]
fn a_publisher_whose_address_changes_is_heard_from_the_new_one() {
    let mut call = call(36);
    call.world.rebind(call.ann, 4999);
    let moved = call.world.now();
    call.assert_recovers(moved, 10 * SECOND);
}

#[test]
fn an_ice_restart_changes_credentials_and_interrupts_nothing() {
    let mut call = call(37);
    for who in [call.ann, call.bob] {
        let start = call.world.now();
        call.world.restart_ice(who);
        call.world.run_for(20 * SECOND);
        let received = call.world.client(call.bob).got(&call.video);
        let silence = received.longest_silence(start);
        assert!(silence < Duration::from_millis(100), "{silence:?}");
    }
    let closed = |event: &(Time, Event)| matches!(event.1, Event::TransportClosed { .. });
    assert!(!call.world.events.iter().any(closed));
    // The old credentials do not hold any more, and the new ones survive a change of address.
    call.world.rebind(call.bob, 4999);
    let moved = call.world.now();
    call.assert_recovers(moved, 10 * SECOND);
}

#[test]
fn a_peer_that_stays_away_is_closed_and_leaves_nothing() {
    let mut call = call(38);
    let transports = [call.world.transport(call.ann), call.world.transport(call.bob)];
    for who in [call.ann, call.bob] {
        call.cut(who, true);
    }
    call.world.run_for(40 * SECOND);
    for transport in transports {
        let closed = Event::TransportClosed { transport, reason: TransportFailure::ConsentLost };
        let at = call.world.events.iter().find(|(_, event)| *event == closed).expect("is told").0;
        let away = at.since(Time::from_millis(5000)).as_secs();
        assert!((25..=35).contains(&away), "after {away} s");
    }
    let stats = call.world.engine.stats();
    let left = (stats.transports, stats.producers, stats.consumers);
    assert_eq!(left, (0, 0, 0));
    let told = call.world.events.iter();
    assert_eq!(told.filter(|(_, event)| matches!(event, Event::ProducerClosed(_))).count(), 2);
}

#[test]
fn a_peer_that_never_comes_is_closed() {
    let mut world = World::new(39);
    let nobody = world.add(LinkConfig { cut: true, ..LINK });
    let transport = world.transport(nobody);
    world.run_for(45 * SECOND);
    let closed = Event::TransportClosed { transport, reason: TransportFailure::NeverConnected };
    assert!(world.events.iter().any(|(_, event)| *event == closed));
    assert_eq!(world.engine.stats().transports, 0);
}
