//! What watchers are told.

use crate::world::*;
use rtc_app::{EventId, Outlet, StreamEvent, StreamRole, Watch, WatchEvent};
use rtc_livestream::Event;
use rtc_store::{Action, Change};
use rtc_types::{ErrorCode, StreamId};

async fn next(watch: &mut Watch) -> StreamEvent {
    watch.next().await.expect("not over").event.clone()
}

#[tokio::test]
async fn a_watcher_hears_the_state_the_counts_and_the_end() {
    let w = World::new().await;
    let stream = w.create("show").await;
    let id = stream.stream.id.clone();
    let mut watch = w.app.watch_livestream(&id, None).await.expect("watched");
    let StreamEvent::State(state) = next(&mut watch).await else { panic!("the state comes first") };
    assert_eq!((state.viewer_count, state.host_display_name.as_str()), (0, "The show"));
    assert_eq!((state.host_user_id.as_str(), state.started_at), ("ann", Some(NOW)));
    w.join(&id, "ann", StreamRole::Host).await.expect("a place");
    w.session(&stream, "1", "participant_joined", "ann", "PA_1").await;
    w.session(&stream, "2", "participant_joined", "zoe", "PA_2").await;
    // The host's coming is no count, and joins are not told one by one.
    assert_eq!(next(&mut watch).await, StreamEvent::Count { viewers: 1, total: 1, peak: 1 });
    assert_eq!(w.app.watchers(), (1, 1));
    let mut late = w.app.watch_livestream(&id, None).await.expect("watched");
    let StreamEvent::State(state) = next(&mut late).await else { panic!("the state comes first") };
    assert_eq!((state.viewer_count, state.host_display_name.as_str()), (1, "ANN"));
    assert_eq!(state.participants.len(), 2);
    w.app.end_livestream(&w.tenant, &id, &user("ann")).await.expect("ended");
    for watch in [&mut watch, &mut late] {
        assert_eq!(next(watch).await, StreamEvent::Ended { ended_at: Some(NOW) });
        assert!(watch.next().await.is_none());
    }
}

#[tokio::test]
async fn a_stream_that_is_over_is_told_so_and_one_that_has_no_state_is_not_found() {
    let w = World::new().await;
    let stream = w.create("show").await;
    let id = stream.stream.id.clone();
    w.app.end_livestream(&w.tenant, &id, &user("ann")).await.expect("ended");
    let last: EventId = "1.1".parse().expect("an id");
    let mut watch = w.app.watch_livestream(&id, Some(last)).await.expect("watched");
    let StreamEvent::State(state) = next(&mut watch).await else { panic!("the state comes first") };
    assert!(!state.is_live);
    assert_eq!(next(&mut watch).await, StreamEvent::Ended { ended_at: Some(NOW) });
    assert!(watch.next().await.is_none());
    w.pass(24 * 3_600_000);
    for id in [id, StreamId::new("none").expect("an id")] {
        let missing = w.app.watch_livestream(&id, None).await.expect_err("no state");
        assert_eq!(missing.code(), ErrorCode::NotFound);
    }
    assert_eq!(w.app.watchers().1, 0);
}

#[tokio::test]
async fn a_watcher_that_reads_nothing_is_dropped_and_delays_nobody() {
    let w = World::new().await;
    let stream = w.create("show").await;
    let id = stream.stream.id.clone();
    let mut slow = w.app.watch_livestream(&id, None).await.expect("watched");
    let mut quick = w.app.watch_livestream(&id, None).await.expect("watched");
    next(&mut quick).await;
    for n in 0..40 {
        w.pass(5_000);
        w.session(&stream, &format!("j{n}"), "participant_joined", &format!("user{n}"), &format!("PA_{n}"))
            .await;
        if n < 10 {
            let StreamEvent::Count { viewers, .. } = next(&mut quick).await else { panic!("a count") };
            assert_eq!(viewers, n + 1);
        } else {
            // From here on one more may be too little to tell; a start always is told.
            w.session(&stream, &format!("s{n}"), "room_started", "", "").await;
            loop {
                if matches!(next(&mut quick).await, StreamEvent::Started { .. }) {
                    break;
                }
            }
        }
    }
    next(&mut slow).await;
    assert!(slow.next().await.is_none(), "the ring has gone round");
    assert_eq!(w.app.watchers(), (1, 1));
}

/// What was pushed, event by event; `None` stands for the end.
#[derive(Clone)]
struct Pushed(tokio::sync::mpsc::UnboundedSender<Option<StreamEvent>>);

impl Outlet for Pushed {
    fn take(&self, _: &StreamId, told: &WatchEvent) {
        self.0.send(Some(told.event.clone())).expect("listened to");
    }

    fn end(&self) {
        self.0.send(None).expect("listened to");
    }
}

#[tokio::test]
async fn events_are_pushed_to_watchers_that_have_caught_up() {
    let w = World::new().await;
    let stream = w.create("show").await;
    let id = stream.stream.id.clone();
    let (sender, mut pushed) = tokio::sync::mpsc::unbounded_channel();
    let outlet = || Box::new(Pushed(sender.clone()));
    let mut watch = w.app.watch_livestream(&id, None).await.expect("watched");
    assert!(watch.attach(outlet()).is_err(), "the state waits to be read");
    next(&mut watch).await;
    assert!(watch.attach(outlet()).is_ok());
    w.session(&stream, "1", "participant_joined", "zoe", "PA_1").await;
    let count = StreamEvent::Count { viewers: 1, total: 1, peak: 1 };
    assert_eq!(pushed.recv().await, Some(Some(count)));
    // One whose state has the count already is not told it again, nor is one that has gone told anything.
    let mut late = w.app.watch_livestream(&id, None).await.expect("watched");
    next(&mut late).await;
    assert!(late.attach(outlet()).is_ok());
    let mut gone = w.app.watch_livestream(&id, None).await.expect("watched");
    next(&mut gone).await;
    assert!(gone.attach(outlet()).is_ok());
    assert_eq!(w.app.watchers(), (1, 3));
    drop(gone);
    assert_eq!(w.app.watchers(), (1, 2));
    w.app.end_livestream(&w.tenant, &id, &user("ann")).await.expect("ended");
    for _ in 0..2 {
        let StreamEvent::Ended { ended_at } = pushed.recv().await.flatten().expect("an event") else {
            panic!("the end follows")
        };
        assert_eq!(ended_at, Some(NOW));
        assert_eq!(pushed.recv().await, Some(None));
    }
    assert!(watch.next().await.is_none());
    drop((watch, late));
    assert!(pushed.try_recv().is_err());
}

#[tokio::test]
async fn what_a_killed_process_had_not_told_is_told_by_another() {
    let w = World::new().await;
    let stream = w.create("show").await;
    let id = stream.stream.id.clone();
    let mut watch = w.app.watch_livestream(&id, None).await.expect("watched");
    next(&mut watch).await;
    // A process that commits and is killed before it tells anybody.
    let ended = Action::Event(Event::Ended { at: w.now() });
    let change = Change::of_stream(w.tenant.app_id().clone(), id.clone(), ended);
    let tell = |_: &Change, _: &rtc_store::Applied| Vec::new();
    w.another_store().await.apply(&[change], &tell, w.now()).await.expect("committed");
    assert!(w.app.livestream_state(&id).await.expect("a state").is_live);
    w.pass(6_000);
    assert_eq!(w.app.tell_unsent().await.expect("told"), 1);
    assert_eq!(next(&mut watch).await, StreamEvent::Ended { ended_at: Some(NOW) });
    assert!(!w.app.livestream_state(&id).await.expect("a state").is_live);
    assert_eq!(w.app.tell_unsent().await.expect("told"), 0);
}

#[tokio::test]
async fn state_that_the_bus_lost_is_rebuilt_from_the_database() {
    let mut w = World::new().await;
    let stream = w.create("show").await;
    w.session(&stream, "1", "participant_joined", "zoe", "PA_1").await;
    // Its bus knows nothing.
    w.restart().await;
    let state = w.app.livestream_state(&stream.stream.id).await.expect("rebuilt");
    assert_eq!((state.viewer_count, state.participants), (1, vec!["zoe".to_owned()]));
    w.session(&stream, "2", "participant_left", "zoe", "PA_1").await;
    let state = w.app.livestream_state(&stream.stream.id).await.expect("a state");
    assert_eq!((state.viewer_count, state.total_viewers, state.participants.len()), (0, 1, 0));
}
