//! Scenarios with a real worker, as far as the bookkeeping goes; media itself is tested in rtc-sfu.

#![allow(clippy::unwrap_used)]

mod negotiation;

use super::{
    Direction, MediaError, MediaNotice, MediaPlane, PeerMedia, ProduceDraft, TransportDraft,
    events::dispatch, room::Entity,
};
use crate::{
    Access, App, AppConfig, DuplicatePolicy, JoinRequest, Liveness, Mailbox, Outbound, ResumeRequest,
    Session, SystemClock, Tenant,
};
use rtc_media::MediaConfig;
use rtc_sfu::{DataMode, Event, ProducerId, TransportFailure, TransportId, send::Layers};
use rtc_store::{Store, StoreOptions};
use rtc_types::{
    AppId, MediaKind, Role, RoomId, Topology, UserId,
    ortc::{RtcpParameters, RtpCodecParameters, RtpEncodingParameters, RtpParameters},
};
use std::{sync::Arc, time::Duration};

/// Longest wait for something that must happen; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(10);

struct World {
    app: App,
    tenant: Tenant,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        let store = Store::connect(&url, StoreOptions::default()).await.unwrap();
        let config =
            MediaConfig { workers: 1, listen: vec![[127, 0, 0, 1].into()], ..MediaConfig::default() };
        let plane = MediaPlane::start(&config).unwrap();
        let app = App::with_media(AppConfig::default(), store, SystemClock::clock(), plane);
        let id = AppId::new("a").unwrap();
        app.create_app_as(id.clone(), "a", None).await.unwrap();
        let tenant = app.tenant(&id).await.unwrap();
        tokio::spawn(app.clone().run_media());
        Self { app, tenant, _folder: folder }
    }

    async fn join(&self, user: &str) -> Peer {
        let mailbox = Mailbox::new();
        let request = JoinRequest {
            access: Access::Tenant {
                tenant: self.tenant.clone(),
                user_id: UserId::new(user).unwrap(),
                role: Role::Participant,
                metadata: None,
            },
            room_id: RoomId::new("r").unwrap(),
            seat: self.app.new_seat_id(),
            liveness: Liveness::Connection { resume_window_ms: 20_000 },
            duplicates: DuplicatePolicy::Replace,
            mailbox: Some(mailbox.clone()),
            ad_hoc_capacity: None,
            topology: Some(Topology::Sfu),
        };
        let session = self.app.join(request).await.unwrap();
        Peer { media: session.media(), session, mailbox, waiting: Vec::new() }
    }

    /// As if the room's worker had reported it.
    fn report(&self, peer: &Peer, event: Event) {
        let placement = peer.media.cell.media().lock().placement.clone().unwrap();
        dispatch(self.app.0.media.as_ref().unwrap(), placement.worker.id(), event);
    }

    fn names_left(&self) -> usize {
        self.app.0.media.as_ref().unwrap().index.len()
    }
}

struct Peer {
    session: Session,
    media: PeerMedia,
    mailbox: Arc<Mailbox>,
    waiting: Vec<Outbound>,
}

impl Peer {
    async fn transport(&self, direction: Direction) -> Arc<str> {
        let draft = TransportDraft { direction, data: DataMode::Off };
        self.media.create_transport(draft).await.unwrap().id
    }

    async fn publish(&self) -> (Arc<str>, Arc<str>) {
        let transport = self.transport(Direction::Send).await;
        let producer = self.media.produce(&transport, microphone(1)).await.unwrap();
        (transport, producer)
    }

    /// The next notice; messages of the room before it are passed over.
    async fn notice(&mut self) -> MediaNotice {
        loop {
            if self.waiting.is_empty() {
                tokio::time::timeout(PATIENCE, self.mailbox.drain(&mut self.waiting)).await.unwrap();
            }
            if let Outbound::Media(notice) = self.waiting.remove(0) {
                return notice;
            }
        }
    }

    fn transport_id(&self, name: &str) -> TransportId {
        self.media.cell.media().lock().transports.named(name).unwrap().0
    }

    fn producer_id(&self, name: &str) -> ProducerId {
        self.media.cell.media().lock().producers.named(name).unwrap().0
    }
}

fn microphone(ssrc: u32) -> ProduceDraft {
    let codec = RtpCodecParameters {
        mime_type: "audio/opus".into(),
        payload_type: 111,
        clock_rate: 48_000,
        channels: Some(2),
        parameters: serde_json::Map::new(),
        rtcp_feedback: Vec::new(),
    };
    let parameters = RtpParameters {
        mid: Some(ssrc.to_string()),
        codecs: vec![codec],
        encodings: vec![RtpEncodingParameters { ssrc: Some(ssrc), ..RtpEncodingParameters::default() }],
        rtcp: RtcpParameters { cname: Some("c".into()), reduced_size: true },
        ..RtpParameters::default()
    };
    ProduceDraft { kind: MediaKind::Audio, parameters, paused: false, source: None, app_data: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_takes_the_media_and_leaves_the_room() {
    let world = World::new().await;
    let (mut ana, mut ben) = (world.join("ana").await, world.join("ben").await);
    let (transport, producer) = ana.publish().await;
    assert!(matches!(ben.notice().await, MediaNotice::ProducerAdded(_)));
    let worker = ana.media.cell.media().lock().placement.clone().unwrap().worker;
    let _ = worker.call(|_, _| panic!("as a test wants it")).await;
    assert_eq!((ana.notice().await, ben.notice().await), (MediaNotice::WorkerDied, MediaNotice::WorkerDied));
    assert!(ben.media.producers().is_empty());
    let gone = ana.media.close_producer(&producer).await;
    assert_eq!(gone, Err(MediaError::Unknown("producer")));
    assert_eq!(ana.media.restart_ice(&transport).await, Err(MediaError::Unknown("transport")));
    let (_, producer) = ana.publish().await;
    assert!(matches!(ben.notice().await, MediaNotice::ProducerAdded(view) if view.id == producer));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drop_within_the_resume_window_keeps_media_and_nobody_notices() {
    let world = World::new().await;
    let (ana, mut ben) = (world.join("ana").await, world.join("ben").await);
    let (_, producer) = ana.publish().await;
    assert!(matches!(ben.notice().await, MediaNotice::ProducerAdded(_)));
    let resume_token = ana.session.info().resume_token.clone().unwrap();
    ana.session.drop_connection();
    let mailbox = Mailbox::new();
    let request = ResumeRequest { room_id: RoomId::new("r").unwrap(), resume_token, last_seq: None, mailbox };
    let resumed = world.app.resume(request).unwrap();
    assert_eq!(resumed.info().topology, Topology::Sfu);
    assert_eq!(ben.media.producers().len(), 1);
    resumed.media().set_producer_paused(&producer, true).await.unwrap();
    let MediaNotice::ProducerPaused { paused: true, .. } = ben.notice().await else { panic!("a pause") };
    resumed.leave();
    assert!(
        matches!(ben.notice().await, MediaNotice::ProducerClosed { producer: closed, .. } if closed == producer)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_left_gets_no_media_and_an_empty_room_keeps_none() {
    let world = World::new().await;
    let (ana, ben) = (world.join("ana").await, world.join("ben").await);
    ana.publish().await;
    ben.transport(Direction::Recv).await;
    let media = ana.media.clone();
    ana.session.leave();
    let draft = TransportDraft { direction: Direction::Recv, data: DataMode::Off };
    assert_eq!(media.create_transport(draft).await.unwrap_err(), MediaError::NotInRoom);
    ben.session.leave();
    assert_eq!(media.create_transport(draft).await.unwrap_err(), MediaError::NotInRoom);
    assert_eq!(world.names_left(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn joins_leaves_and_commands_at_once_leave_nothing_behind() {
    let world = Arc::new(World::new().await);
    let peer = async |world: Arc<World>, n: usize| {
        for round in 0..10 {
            let ana = world.join(&format!("u{n}")).await;
            let media = ana.media.clone();
            let draft = TransportDraft { direction: Direction::Send, data: DataMode::Negotiated };
            let busy = tokio::spawn(async move {
                let Ok(transport) = media.create_transport(draft).await else { return };
                for ssrc in 1..4 {
                    let _ = media.produce(&transport.id, microphone(ssrc)).await;
                }
            });
            if round % 2 == 0 {
                tokio::task::yield_now().await;
            }
            ana.session.leave();
            busy.await.unwrap();
        }
    };
    let peers: Vec<_> = (0..4).map(|n| tokio::spawn(peer(world.clone(), n))).collect();
    for peer in peers {
        peer.await.unwrap();
    }
    assert_eq!((world.app.live_stats().rooms, world.names_left()), (0, 0));
    let worker = world.app.0.media.as_ref().unwrap().plane.least_loaded();
    let sums = worker.call(|engine, _| engine.stats()).await.unwrap();
    assert_eq!((sums.routers, sums.transports, sums.producers), (0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_engine_reports_reaches_whom_it_concerns() {
    let world = World::new().await;
    let (mut ana, mut ben) = (world.join("ana").await, world.join("ben").await);
    let (transport, producer) = ana.publish().await;
    assert!(matches!(ben.notice().await, MediaNotice::ProducerAdded(_)));
    let (transport_id, producer_id) = (ana.transport_id(&transport), ana.producer_id(&producer));
    world.report(&ana, Event::TransportConnected(transport_id));
    assert_eq!(ana.notice().await, MediaNotice::TransportConnected { transport: transport.clone() });
    world.report(&ana, Event::LayersWanted { producer: producer_id, mask: 0b101 });
    assert_eq!(ana.notice().await, MediaNotice::LayersWanted { producer: producer.clone(), mask: 0b101 });
    let router = ana.media.cell.media().lock().placement.clone().unwrap().router;
    world.report(&ana, Event::ActiveSpeaker { router, producer: Some(producer_id) });
    for peer in [&mut ana, &mut ben] {
        assert!(matches!(peer.notice().await, MediaNotice::ActiveSpeaker(Some(view)) if view.id == producer));
    }
    for quality in [3, 3] {
        world.report(&ana, Event::NetworkQuality { transport: transport_id, quality });
    }
    for peer in [&mut ana, &mut ben] {
        assert!(matches!(peer.notice().await, MediaNotice::NetworkQuality { quality: 3, .. }), "told once");
    }
    let reason = TransportFailure::ConsentLost;
    world.report(&ana, Event::TransportClosed { transport: transport_id, reason });
    assert!(matches!(ben.notice().await, MediaNotice::ProducerClosed { .. }));
    for peer in [&mut ana, &mut ben] {
        assert_eq!(peer.notice().await, MediaNotice::ActiveSpeaker(None), "the speaker went");
    }
    assert_eq!(ana.notice().await, MediaNotice::TransportClosed { transport, reason });
    // Too late: nobody has it any more.
    world.report(&ana, Event::NetworkQuality { transport: transport_id, quality: 1 });
    assert!(
        !world
            .app
            .0
            .media
            .as_ref()
            .unwrap()
            .index
            .iter()
            .any(|entry| matches!(entry.key().1, Entity::Transport(_) | Entity::Producer(_)))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_participant_is_shown_with_tracks_and_quality() {
    let world = World::new().await;
    let ana = world.join("ana").await;
    let (transport, producer) = ana.publish().await;
    world.report(&ana, Event::NetworkQuality { transport: ana.transport_id(&transport), quality: 4 });
    let room = RoomId::new("r").unwrap();
    let seen = world.app.participants(&world.tenant, &room).await.unwrap();
    let media = seen[0].media.as_ref().unwrap();
    assert_eq!((media.quality, media.tracks.len()), (Some(4), 1));
    assert_eq!((&media.tracks[0].id, &*media.tracks[0].source), (&producer, "microphone"));
    let unknown = ana.media.set_preferred_layers("x", Some(Layers { spatial: 0, temporal: 0 })).await;
    assert_eq!(unknown, Err(MediaError::Unknown("consumer")));
}
