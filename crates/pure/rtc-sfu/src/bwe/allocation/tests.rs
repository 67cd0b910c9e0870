//! Shares of an estimate.

use super::*;
use proptest::prelude::*;

const fn layer(spatial: u8, temporal: u8, bitrate: u64) -> LayerRate {
    LayerRate { layers: Layers { spatial, temporal }, bitrate }
}

const AUDIO: [LayerRate; 1] = [layer(0, 0, 40_000)];
const CAMERA: [LayerRate; 6] = [
    layer(0, 0, 80_000),
    layer(0, 1, 120_000),
    layer(1, 0, 300_000),
    layer(1, 1, 450_000),
    layer(2, 0, 900_000),
    layer(2, 1, 1_500_000),
];
const SCREEN: [LayerRate; 1] = [layer(0, 0, 800_000)];
const ALL: Layers = Layers { spatial: 9, temporal: 9 };

fn at(ms: u64) -> Time {
    Time::from_millis(ms)
}

fn rates(priority: Priority) -> &'static [LayerRate] {
    match priority {
        Priority::Audio => &AUDIO,
        Priority::Screen => &SCREEN,
        Priority::Camera => &CAMERA,
    }
}

fn demand((priority, wanted, choice): &mut (Priority, Layers, Choice)) -> Demand<'_> {
    Demand { priority: *priority, layers: rates(*priority), wanted: *wanted, floor: false, choice }
}

fn share(now: Time, budget: u64, wants: &mut [(Priority, Layers, Choice)]) -> Allocation {
    let mut demands: Vec<Demand<'_>> = wants.iter_mut().map(demand).collect();
    allocate(now, Budget { bitrate: budget, limited: true }, &mut demands)
}

fn wants<const N: usize>(priorities: [Priority; N]) -> Vec<(Priority, Layers, Choice)> {
    priorities.into_iter().map(|priority| (priority, ALL, Choice::default())).collect()
}

fn got(wants: &[(Priority, Layers, Choice)]) -> Vec<Option<(u8, u8)>> {
    wants.iter().map(|want| want.2.layers.map(|layers| (layers.spatial, layers.temporal))).collect()
}

#[test]
fn audio_and_one_picture_are_sent_even_where_nothing_fits() {
    let mut wants = wants([Priority::Camera, Priority::Camera, Priority::Audio]);
    let allocation = share(at(1), 10_000, &mut wants);
    assert_eq!(got(&wants), [Some((0, 0)), None, Some((0, 0))]);
    assert_eq!((allocation.used, allocation.wanted), (120_000, 3_040_000));
}

#[test]
fn a_screen_comes_before_cameras_and_cameras_share_the_rest() {
    let mut wants = wants([Priority::Camera, Priority::Screen, Priority::Camera]);
    share(at(1), 1_450_000, &mut wants);
    assert_eq!(got(&wants), [Some((1, 0)), Some((0, 0)), Some((1, 0))]);
    let mut narrow = self::wants([Priority::Camera, Priority::Screen]);
    share(at(1), 850_000, &mut narrow);
    assert_eq!(got(&narrow), [None, Some((0, 0))]);
}

#[test]
fn everybody_has_one_layer_before_anybody_has_two() {
    let mut wants = wants([Priority::Camera; 5]);
    share(at(1), 420_000, &mut wants);
    assert_eq!(got(&wants), [Some((0, 0)); 5]);
}

#[test]
fn no_more_is_given_than_is_wanted() {
    let mut wants = wants([Priority::Camera; 2]);
    wants[0].1 = Layers { spatial: 1, temporal: 0 };
    let allocation = share(at(1), 10_000_000, &mut wants);
    assert_eq!(got(&wants), [Some((1, 0)), Some((2, 1))]);
    assert_eq!(allocation.used, allocation.wanted);
}

#[test]
fn an_upgrade_needs_headroom_and_a_layer_is_kept_without() {
    let mut wants = wants([Priority::Camera]);
    share(at(1), 460_000, &mut wants);
    assert_eq!(got(&wants), [Some((1, 1))]);
    share(at(100), 950_000, &mut wants);
    assert_eq!(got(&wants), [Some((1, 1))], "900 fit, but barely");
    share(at(200), 1_100_000, &mut wants);
    assert_eq!(got(&wants), [Some((2, 0))]);
    share(at(300), 910_000, &mut wants);
    assert_eq!(got(&wants), [Some((2, 0))]);
}

#[test]
fn after_a_downgrade_upgrades_wait_and_longer_each_time() {
    let mut wants = wants([Priority::Camera]);
    let mut ups = Vec::new();
    let mut now = at(1);
    share(now, 2_000_000, &mut wants);
    for _ in 0..4 {
        now += Duration::from_secs(1);
        share(now, 500_000, &mut wants);
        assert_eq!(got(&wants), [Some((1, 1))]);
        let began = now;
        while got(&wants) != [Some((2, 1))] {
            let allocation = share(now, 2_000_000, &mut wants);
            assert!(allocation.again > now);
            now = if allocation.again == Time::NEVER { now } else { allocation.again };
        }
        ups.push(now.since(began).as_secs());
    }
    assert_eq!(ups, [4, 8, 16, 32]);
}

#[test]
fn those_who_come_hold_nobody_back_on_a_way_that_was_never_full() {
    let mut seats = Vec::new();
    let mut now = at(1);
    // An estimate that has yet to grow is shared by more and more.
    for _ in 0..6 {
        seats.push((Priority::Camera, ALL, Choice::default()));
        now += Duration::from_millis(10);
        let mut demands: Vec<Demand<'_>> = seats.iter_mut().map(demand).collect();
        allocate(now, Budget { bitrate: 600_000, limited: false }, &mut demands);
    }
    assert!(got(&seats).iter().all(|got| *got < Some((1, 0))), "{:?}", got(&seats));
    now += Duration::from_millis(300);
    share(now, 20_000_000, &mut seats);
    assert_eq!(got(&seats), [Some((2, 1)); 6]);
}

#[test]
fn asking_for_less_holds_nothing_back() {
    let mut wants = wants([Priority::Camera]);
    share(at(1), 5_000_000, &mut wants);
    wants[0].1 = Layers { spatial: 0, temporal: 0 };
    share(at(2), 5_000_000, &mut wants);
    assert_eq!(got(&wants), [Some((0, 0))]);
    wants[0].1 = ALL;
    share(at(3), 5_000_000, &mut wants);
    assert_eq!(got(&wants), [Some((2, 1))]);
}

#[test]
fn what_has_to_be_sent_takes_no_others_room_and_waits_no_longer_each_time() {
    let mut forced = Choice::default();
    let mut camera = Choice::default();
    let large = [layer(0, 0, 3_000_000)];
    for step in 0..400 {
        let mut demands = [
            Demand {
                priority: Priority::Camera,
                layers: &large,
                wanted: ALL,
                floor: true,
                choice: &mut forced,
            },
            Demand {
                priority: Priority::Camera,
                layers: &CAMERA,
                wanted: ALL,
                floor: false,
                choice: &mut camera,
            },
        ];
        let budget = Budget { bitrate: 400_000, limited: true };
        let allocation = allocate(at(step * 250), budget, &mut demands);
        assert!(allocation.used > 3_000_000);
        assert_eq!(forced.layers, Some(Layers::default()));
        assert_eq!(camera.layers, Some(Layers { spatial: 1, temporal: 0 }));
    }
    assert_eq!(forced.hold, Duration::ZERO, "it was never taken away");
}

proptest! {
    #[test]
    fn video_never_exceeds_the_budget(budgets in prop::collection::vec(0u64..8_000_000, 1..40), seats in 1usize..12) {
        let mut all = wants([Priority::Audio, Priority::Screen]);
        all.extend((0..seats).map(|_| (Priority::Camera, ALL, Choice::default())));
        for (step, budget) in budgets.into_iter().enumerate() {
            let allocation = share(at(step as u64 * 700), budget, &mut all);
            let forced: u64 = all.iter().filter(|want| want.2.forced).map(|want| rates(want.0)[0].bitrate).sum();
            prop_assert!(allocation.used - forced <= budget.max(40_000));
            prop_assert!(all.iter().filter(|want| want.2.forced).count() <= 1);
            prop_assert!(all[0].2.layers.is_some());
        }
    }
}
