//! Data channels between clients, and ATTACKS.md, row 12: peers that use them to do harm.

use rtc_sfu::{DataConsumed, DataMode, DataProducerId, Event, TransportOptions};
use rtc_sim::{ClientId, LinkConfig, VideoSource, World, video_parameters};
use rtc_types::ortc::SctpStreamParameters;
use std::time::Duration;
use str0m::channel::{ChannelId, Reliability};

const SECOND: Duration = Duration::from_secs(1);

struct Pair {
    world: World,
    ann: ClientId,
    bob: ClientId,
    from: ChannelId,
    producer: DataProducerId,
    consumed: DataConsumed,
    video: rtc_sfu::Consumed,
}

/// A channel of ann's that bob has too, and a video beside it.
fn pair(seed: u64, link: LinkConfig, ordered: bool, max_retransmits: Option<u16>) -> Pair {
    let mut world = World::new(seed);
    let options = TransportOptions { data: DataMode::Negotiated, ..TransportOptions::default() };
    let (ann, bob) = (world.add_with(link, options.clone()), world.add_with(link, options));
    world.connect_all();
    let now = world.now();
    let parameters =
        SctpStreamParameters { stream_id: 3, ordered, max_packet_life_time: None, max_retransmits };
    let (from, to) = (world.transport(ann), world.transport(bob));
    let producer = world.engine.produce_data(now, from, parameters, "chat".into(), String::new());
    let producer = producer.expect("is possible");
    let consumed = world.engine.consume_data(now, to, producer).expect("is possible");
    let reliability = max_retransmits
        .map_or(Reliability::Reliable, |retransmits| Reliability::MaxRetransmits { retransmits });
    let from = world.client(ann).open_channel(3, ordered, reliability);
    world.client(bob).open_channel(consumed.parameters.stream_id, ordered, reliability);
    let video = world.produce_video(ann, video_parameters("v", 1111), vec![VideoSource::new(now, 7, 1)]);
    let video = world.consume(bob, video.producer);
    world.run_for(2 * SECOND);
    Pair { world, ann, bob, from, producer, consumed, video }
}

impl Pair {
    fn assert_media_flows(&mut self) {
        let start = self.world.now();
        self.world.run_for(2 * SECOND);
        let received = self.world.client(self.bob).got(&self.video).since(start);
        let failed = self.world.client(self.ann).failed.clone();
        assert!(received.packets.len() > 50, "{} packets, {failed:?}", received.packets.len());
        let closed = |event: &Event| matches!(event, Event::TransportClosed { .. });
        assert!(!self.world.events.iter().any(|(_, event)| closed(event)), "nobody is gone");
    }
}

#[test]
fn reliable_messages_arrive_all_and_in_order_whatever_is_lost() {
    for seed in [51, 52] {
        let delay = Duration::from_millis(20);
        let link = LinkConfig { loss: 0.03, delay, jitter: delay, ..LinkConfig::default() };
        let mut pair = pair(seed, link, true, None);
        let mut sent = 0_u32;
        for _ in 0..300 {
            let mut message = sent.to_be_bytes().to_vec();
            message.resize(4 + (sent as usize * 37) % 3000, 1);
            if pair.world.client(pair.ann).send_message(pair.from, &message) {
                sent += 1;
            }
            pair.world.run_for(Duration::from_millis(20));
        }
        pair.world.run_for(10 * SECOND);
        assert!(sent > 250, "{sent} messages were taken");
        let messages = pair.world.client(pair.bob).messages.clone();
        let stream = pair.consumed.parameters.stream_id;
        assert!(messages.iter().all(|(on, _)| *on == stream));
        let numbers: Vec<u32> = messages
            .iter()
            .map(|(_, message)| u32::from_be_bytes([message[0], message[1], message[2], message[3]]))
            .collect();
        assert_eq!(numbers, (0..sent).collect::<Vec<_>>(), "seed {seed}");
    }
}

#[test]
fn unreliable_messages_are_not_waited_for() {
    let link = LinkConfig { loss: 0.05, delay: Duration::from_millis(20), ..LinkConfig::default() };
    let mut pair = pair(53, link, false, Some(0));
    for number in 0..500_u32 {
        pair.world.client(pair.ann).send_message(pair.from, &number.to_be_bytes());
        pair.world.run_for(Duration::from_millis(10));
    }
    pair.world.run_for(5 * SECOND);
    let count = pair.world.client(pair.bob).messages.len();
    assert!((350..=500).contains(&count), "{count} messages");
}

#[test]
fn a_closed_channel_is_told_and_leaves_nothing() {
    let mut pair = pair(54, LinkConfig::default(), true, None);
    let now = pair.world.now();
    pair.world.engine.close_data_producer(now, pair.producer);
    pair.world.run_for(SECOND);
    let told = Event::DataConsumerClosed(pair.consumed.consumer);
    assert!(pair.world.events.iter().any(|(_, event)| *event == told));
    let stats = pair.world.engine.stats();
    assert_eq!((stats.data_producers, stats.data_consumers), (0, 0));
    pair.assert_media_flows();
}

#[test]
fn row_12_stream_ids_and_channels_are_limited() {
    let mut pair = pair(121, LinkConfig::default(), true, None);
    let (now, transport) = (pair.world.now(), pair.world.transport(pair.ann));
    let engine = &mut pair.world.engine;
    let mut made = 0;
    for stream_id in 0..=u16::MAX {
        let parameters = SctpStreamParameters {
            stream_id,
            ordered: true,
            max_packet_life_time: None,
            max_retransmits: None,
        };
        made +=
            u32::from(engine.produce_data(now, transport, parameters, String::new(), String::new()).is_ok());
    }
    assert!(made < 256, "{made} channels");
}

#[test]
fn row_12_a_stream_that_is_out_of_range_ends_the_channels_and_is_told() {
    let mut pair = pair(122, LinkConfig::default(), true, None);
    let over = pair.world.client(pair.ann).open_channel(60_000, true, Reliability::Reliable);
    for _ in 0..20 {
        pair.world.client(pair.ann).send_message(over, b"out of range");
        pair.world.run_for(Duration::from_millis(100));
    }
    let told = Event::DataProducerClosed(pair.producer);
    assert!(pair.world.events.iter().any(|(_, event)| *event == told));
    assert!(pair.world.engine.stats().dropped.over_limit > 0);
    // This client closes its whole connection when SCTP is refused; nobody else's is touched.
    let other = pair.world.transport(pair.bob);
    let gone =
        |event: &Event| matches!(event, Event::TransportClosed { transport, .. } if *transport == other);
    assert!(!pair.world.events.iter().any(|(_, event)| gone(event)));
}

#[test]
fn row_12_a_message_that_is_too_long_ends_the_channels_and_is_told() {
    let mut pair = pair(123, LinkConfig::default(), true, None);
    // The library sends what it may in one piece; its own limit is above ours.
    let sent = pair.world.client(pair.ann).send_message(pair.from, &vec![1; 300_000]);
    pair.world.run_for(10 * SECOND);
    if sent {
        assert!(pair.world.client(pair.bob).messages.is_empty(), "nothing of it is passed on");
    }
    pair.assert_media_flows();
}

#[test]
fn row_12_a_receiver_that_never_acknowledges_is_not_waited_for() {
    let mut pair = pair(124, LinkConfig::default(), true, None);
    let (up, down) = pair.world.links(pair.bob);
    (up.config.cut, down.config.cut) = (true, true);
    for _ in 0..1000 {
        pair.world.client(pair.ann).send_message(pair.from, &[1; 16_000]);
        pair.world.run_for(Duration::from_millis(10));
    }
    let dropped = pair.world.engine.stats().data_messages_dropped;
    assert!(dropped > 100, "{dropped} messages found no room");
    let (up, down) = pair.world.links(pair.bob);
    (up.config.cut, down.config.cut) = (false, false);
    pair.world.run_for(5 * SECOND);
    pair.assert_media_flows();
}
