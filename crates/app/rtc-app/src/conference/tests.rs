//! Who gets what of whom, and what listeners are told.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    Access, App, AppConfig, DuplicatePolicy, JoinRequest, Liveness, Mailbox, Outbound, ProducerView,
    RoomMessage, Session, Tenant,
};
use parking_lot::Mutex;
use rtc_store::{NewRoom, Store, StoreOptions};
use rtc_types::{AppId, MediaKind, PeerInfo, Role, RoomId, TopologySetting, UserId};
use std::sync::atomic::{AtomicU64, Ordering};

fn seat(name: &str) -> SeatId {
    SeatId::new(name).unwrap()
}

fn user(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

fn profile() -> Profile {
    Profile {
        name: String::new(),
        metadata: String::new(),
        attributes: Default::default(),
        permission: Permission::of(Role::Participant),
        kind: 0,
        auto_subscribe: true,
        active: false,
    }
}

fn producer(owner: &str, id: &str) -> ProducerView {
    ProducerView {
        id: id.into(),
        peer: PeerInfo { seat: seat(owner), user_id: user(owner), role: Role::Participant },
        kind: MediaKind::Video,
        source: "camera".into(),
        app_data: None,
        paused: false,
    }
}

fn draft(id: &str, source: TrackSource) -> TrackDraft {
    let details = TrackDetails { source, ..TrackDetails::default() };
    TrackDraft { ids: vec![id.to_owned()], kind: MediaKind::Video, muted: false, details }
}

fn conference() -> Conference {
    let mut conference = Conference::new("", None);
    for name in ["a", "b"] {
        conference.enter(&seat(name), profile());
    }
    conference
}

#[test]
fn a_member_gets_what_it_does_not_decline() {
    let mut conference = conference();
    let (b, track) = (seat("b"), producer("a", "TR_1"));
    assert!(conference.wants(&b, &user("b"), &track));
    conference.wish(&b, "TR_1", |wish| wish.subscribed = Some(false)).unwrap();
    assert!(!conference.wants(&b, &user("b"), &track));
    let foreign = producer("mediasoup", "xyz");
    conference.wish(&b, "TR_xyz", |wish| wish.subscribed = Some(false)).unwrap();
    assert!(!conference.wants(&b, &user("b"), &foreign), "tracks of other surfaces go by a prefixed name");
}

#[test]
fn a_publisher_says_who_may_have_its_tracks() {
    let mut conference = conference();
    let (b, track, other) = (seat("b"), producer("a", "TR_1"), producer("a", "TR_2"));
    let mut audience = TrackAudience::default();
    conference.admit(&seat("a"), Some(audience.clone())).unwrap();
    assert!(!conference.wants(&b, &user("b"), &track));
    audience.users.insert(user("b"), Some(vec!["TR_1".to_owned()]));
    conference.admit(&seat("a"), Some(audience)).unwrap();
    assert!(conference.wants(&b, &user("b"), &track));
    assert!(!conference.wants(&b, &user("b"), &other));
    conference.admit(&seat("a"), None).unwrap();
    assert!(conference.wants(&b, &user("b"), &other));
}

#[test]
fn nobody_gets_what_its_permission_or_a_hidden_publisher_keeps_from_it() {
    let mut conference = conference();
    let track = producer("a", "TR_1");
    let deaf = Permission { subscribe: false, ..Permission::of(Role::Participant) };
    let patch = |permission| ProfilePatch { permission: Some(permission), ..ProfilePatch::default() };
    conference.patch(&seat("b"), patch(deaf)).unwrap();
    assert!(!conference.wants(&seat("b"), &user("b"), &track));
    conference.patch(&seat("b"), patch(Permission::of(Role::Participant))).unwrap();
    let hidden = Permission { hidden: true, ..Permission::of(Role::Participant) };
    conference.patch(&seat("a"), patch(hidden)).unwrap();
    assert!(!conference.wants(&seat("b"), &user("b"), &track));
}

#[test]
fn a_track_is_announced_within_rights_and_limits() {
    let mut conference = conference();
    let (a, screen) = (seat("a"), vec![TrackSource::Screen]);
    let narrow = Permission { sources: screen, ..Permission::of(Role::Participant) };
    let patch = ProfilePatch { permission: Some(narrow), ..ProfilePatch::default() };
    conference.patch(&a, patch).unwrap();
    assert_eq!(conference.announce(&a, draft("1", TrackSource::Camera)), Err(Refusal::NotAllowed));
    let sid = conference.announce(&a, draft("1", TrackSource::Screen)).unwrap();
    assert_eq!(conference.announce(&a, draft("1", TrackSource::Screen)), Ok(sid), "said twice");
    let more = (2..100).map(|n| conference.announce(&a, draft(&n.to_string(), TrackSource::Screen)));
    assert_eq!(more.filter(Result::is_ok).count(), 63);
}

#[test]
fn a_profile_has_limits_and_empty_attributes_go() {
    let mut own = profile();
    let with = |value: &str| ProfilePatch {
        attributes: [("a".to_owned(), value.to_owned())].into(),
        ..ProfilePatch::default()
    };
    own.apply(with("1")).unwrap();
    assert_eq!(own.attributes["a"], "1");
    assert_eq!(own.apply(with(&"x".repeat(Profile::ATTRIBUTES_BYTES_MAX))), Err(Refusal::TooLarge));
    own.apply(with("")).unwrap();
    assert!(own.attributes.is_empty());
}

struct World {
    app: App,
    tenant: Tenant,
    told: Arc<Mutex<Vec<String>>>,
    clock: Arc<AtomicU64>,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        Self::with(AppConfig::default()).await
    }

    async fn with(config: AppConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        let store = Store::connect(&url, StoreOptions::default()).await.unwrap();
        let clock = Arc::new(AtomicU64::new(1_800_000_000_000));
        let time = clock.clone();
        let app = App::new(config, store, Arc::new(move || time.load(Ordering::Relaxed)));
        let id = AppId::new("a").unwrap();
        app.create_app_as(id.clone(), "a", None).await.unwrap();
        let tenant = app.tenant(&id).await.unwrap();
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let sink = told.clone();
        assert!(app.listen_to_rooms(Box::new(move |fact| sink.lock().push(name(&fact)))));
        Self { app, tenant, told, clock, _folder: folder }
    }

    fn pass(&self, seconds: u64) {
        self.clock.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    async fn join(&self, name: &str, profile: Option<Profile>) -> (Session, Arc<Mailbox>) {
        let mailbox = Mailbox::new();
        let access = Access::Tenant {
            tenant: self.tenant.clone(),
            user_id: user(name),
            role: Role::Participant,
            metadata: None,
        };
        let request = JoinRequest {
            access,
            room_id: RoomId::new("r").unwrap(),
            seat: self.app.new_seat_id(),
            liveness: Liveness::Connection { resume_window_ms: 0 },
            duplicates: DuplicatePolicy::Replace,
            mailbox: Some(mailbox.clone()),
            ad_hoc_capacity: None,
            topology: None,
        };
        (self.app.join_as(request, profile).await.unwrap(), mailbox)
    }
}

fn name(fact: &RoomFact) -> String {
    let (name, member) = match fact {
        RoomFact::RoomStarted(_) => ("started", None),
        RoomFact::RoomFinished(_) => ("finished", None),
        RoomFact::Joined(_, member) => ("joined", Some(member)),
        RoomFact::Left(_, member, _) => ("left", Some(member)),
        RoomFact::Aborted(_, member, _) => ("aborted", Some(member)),
        RoomFact::TrackPublished(_, member, _) => ("published", Some(member)),
        RoomFact::TrackUnpublished(_, member, _) => ("unpublished", Some(member)),
    };
    member.map_or(name.to_owned(), |member| format!("{name} {}", member.peer.user_id))
}

#[tokio::test]
async fn listeners_are_told_who_comes_and_goes_in_order() {
    let world = World::new().await;
    let (ana, _) = world.join("ana", None).await;
    let (ben, _) = world.join("ben", Some(profile())).await;
    let (cleo, _) = world.join("cleo", Some(profile())).await;
    assert!(ben.conference().activate());
    assert!(!ben.conference().activate(), "once");
    for session in [ben, cleo, ana] {
        session.leave();
    }
    let told = world.told.lock().clone();
    let expected =
        ["started", "joined ana", "joined ben", "left ben", "aborted cleo", "left ana", "finished"];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn members_of_every_surface_are_seen_and_hidden_ones_are_not() {
    let world = World::new().await;
    let (ana, _) = world.join("ana", None).await;
    let hidden = Permission { hidden: true, ..Permission::of(Role::Participant) };
    let (_eve, _) = world.join("eve", Some(Profile { permission: hidden, ..profile() })).await;
    let (ben, mailbox) = world.join("ben", Some(Profile { name: "Ben".into(), ..profile() })).await;
    let seen: Vec<_> =
        ben.conference().others().iter().map(|member| member.peer.user_id.to_string()).collect();
    assert_eq!(seen, ["ana"]);
    assert_eq!(
        ana.conference().member(&ben.info().peer.seat).map(|member| member.profile.name),
        Some("Ben".into())
    );

    let room = world.app.conference(&world.tenant, &RoomId::new("r").unwrap()).unwrap();
    assert_eq!(room.members().len(), 3, "the tenant sees all");
    let patch = ProfilePatch { metadata: Some("m".into()), ..ProfilePatch::default() };
    assert_eq!(room.update(&user("ben"), patch).await.map(|member| member.profile.metadata), Ok("m".into()));
    let mut waiting = Vec::new();
    mailbox.drain(&mut waiting).await;
    let own = ConferenceNotice::Member(ben.info().peer.seat.clone());
    assert_eq!(waiting, [Outbound::Conference(own)]);
}

#[tokio::test]
async fn peers_of_other_surfaces_know_nothing_of_a_hidden_member_until_it_is_shown() {
    let world = World::new().await;
    let (_ana, mailbox) = world.join("ana", None).await;
    let permission = |hidden| Permission { hidden, ..Permission::of(Role::Participant) };
    let (eve, _) = world.join("eve", Some(Profile { permission: permission(true), ..profile() })).await;
    let (ben, _) = world.join("ben", None).await;
    let known: Vec<_> = ben.info().peers.iter().map(|peer| peer.user_id.as_str()).collect();
    assert_eq!(known, ["ana"]);
    let id = RoomId::new("r").unwrap();
    let room = world.app.live_room(&world.tenant, &id).unwrap();
    assert_eq!((room.seats.len(), room.shown().count()), (3, 2), "it holds one of the seats");

    let office = world.app.conference(&world.tenant, &id).unwrap();
    let patch = |hidden| ProfilePatch { permission: Some(permission(hidden)), ..ProfilePatch::default() };
    office.update(&user("eve"), patch(false)).await.unwrap();
    office.update(&user("eve"), patch(true)).await.unwrap();
    eve.leave();
    let mut waiting = Vec::new();
    mailbox.drain(&mut waiting).await;
    let heard = waiting.iter().filter_map(|item| match item {
        Outbound::Message { message: RoomMessage::PeerJoined { peer, .. }, .. } => {
            Some(format!("+{}", peer.user_id))
        }
        Outbound::Message { message: RoomMessage::PeerLeft { peer, .. }, .. } => {
            Some(format!("-{}", peer.user_id))
        }
        _ => None,
    });
    assert_eq!(heard.collect::<Vec<_>>(), ["+ben", "+eve", "-eve"]);
}

#[tokio::test]
async fn a_room_of_the_tenants_keeps_its_name_and_metadata() {
    let world = World::new().await;
    let id = RoomId::new("r").unwrap();
    let settings = RoomSettings { metadata: "not JSON".into(), ..RoomSettings::default() };
    // Without a media server such a room is refused.
    assert!(world.app.open_conference(&world.tenant, id.clone(), settings).await.is_err());
    assert_eq!(metadata_of(Some(r#"{"conferenceMetadata":"not JSON"}"#)), "not JSON");
    assert_eq!(metadata_of(Some(r#"{"other":1}"#)), r#"{"other":1}"#);
    assert_eq!(metadata_of(None), "");
    let sid = stored_sid(world.tenant.app_id(), &id, 1);
    assert_eq!(sid, stored_sid(world.tenant.app_id(), &id, 1));
    assert_ne!(sid, stored_sid(world.tenant.app_id(), &id, 2));
}

#[tokio::test]
async fn a_room_that_stood_empty_ends_for_listeners_too() {
    let world = World::with(AppConfig { sfu: true, ..AppConfig::default() }).await;
    let id = RoomId::new("r").unwrap();
    world.app.open_conference(&world.tenant, id.clone(), RoomSettings::default()).await.unwrap();
    world.app.delete_room(&world.tenant, &id).await.unwrap();
    assert_eq!(*world.told.lock(), ["finished"]);
    assert!(world.app.get_room(&world.tenant, &id).await.is_err());
}

#[tokio::test]
async fn a_rooms_settings_change_and_its_metadata_may_be_long() {
    let world = World::with(AppConfig { sfu: true, ..AppConfig::default() }).await;
    let id = RoomId::new("r").unwrap();
    let settings = |metadata: &str, members_max| RoomSettings {
        metadata: metadata.into(),
        members_max,
        ..Default::default()
    };
    world.app.open_conference(&world.tenant, id.clone(), settings("one", Some(10))).await.unwrap();
    let many = "\"".repeat(6_000);
    world.app.update_conference(&world.tenant, &id, settings(&many, Some(3))).await.unwrap();
    let stored = world.app.get_room(&world.tenant, &id).await.unwrap();
    assert_eq!((stored.max_participants, App::conference_metadata(&stored)), (3, many));
}

#[tokio::test]
async fn a_room_stays_for_its_departure_timeout_after_the_last_who_went() {
    let world = World::new().await;
    let (id, store) = (RoomId::new("r").unwrap(), world.app.0.store.tenant(world.tenant.app_id()));
    let settings = RoomSettings { departure_timeout_s: Some(20), ..RoomSettings::default() };
    let room = NewRoom {
        id: id.clone(),
        name: "As CreateRoom makes it".into(),
        max_participants: 2,
        topology: TopologySetting::P2p,
        metadata: Some(office::stored_metadata(&settings).unwrap()),
        empty_timeout_s: Some(300),
        created_at: world.app.now(),
    };
    store.create_room(room, None).await.unwrap();
    let there = async || world.app.get_room(&world.tenant, &id).await.is_ok();
    let gone_after = async |name: &str, seconds: u64| {
        let (session, _) = world.join(name, None).await;
        let cell = world.app.0.live.find(world.tenant.app_id(), &id).unwrap();
        world.pass(600);
        world.app.end_empty_rooms().await;
        session.leave();
        world.app.note_last_left(&cell).await;
        world.pass(seconds);
        world.app.end_empty_rooms().await;
        !there().await
    };
    assert!(!gone_after("ana", 19).await, "she may come back");
    assert!(gone_after("ana", 21).await, "long before its empty timeout");
}

#[tokio::test]
async fn one_who_went_is_remembered_for_a_moment() {
    let world = World::new().await;
    let (ana, _) = world.join("ana", Some(profile())).await;
    let (ben, _) = world.join("ben", Some(Profile { name: "Ben".into(), ..profile() })).await;
    let seat = ben.info().peer.seat.clone();
    ben.leave();
    assert_eq!(ana.conference().departed(&seat).map(|profile| profile.name), Some("Ben".into()));
}

#[tokio::test]
async fn a_room_ends_when_it_was_empty_for_its_time_and_not_while_it_is_in_use_or_just_after_a_restart() {
    let world = World::new().await;
    let id = RoomId::new("r").unwrap();
    let room = NewRoom {
        id: id.clone(),
        name: "Lasts a minute".into(),
        max_participants: 2,
        topology: TopologySetting::P2p,
        metadata: None,
        empty_timeout_s: Some(60),
        created_at: world.app.now(),
    };
    world.app.0.store.tenant(world.tenant.app_id()).create_room(room, None).await.unwrap();
    let (ana, _) = world.join("ana", None).await;
    world.pass(3600);
    // The process before this one was killed while somebody was in the room.
    world.app.renew_empty_rooms().await;
    world.pass(50);
    world.app.end_empty_rooms().await;
    world.pass(50);
    let there = async || world.app.get_room(&world.tenant, &id).await.is_ok();
    let noted = world.app.0.store.rooms_ending_by(world.app.now()).await.unwrap();
    assert!(there().await && noted.is_empty(), "other processes see that it is in use");
    world.app.end_empty_rooms().await;
    ana.leave();
    world.pass(20);
    world.app.end_empty_rooms().await;
    assert!(there().await);
    world.pass(100);
    world.app.end_empty_rooms().await;
    assert!(!there().await);
}
