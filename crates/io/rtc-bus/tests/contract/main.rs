//! One contract for both forms of the bus: every case runs in process and on a Redis server.

#![allow(clippy::unwrap_used, missing_docs)]

mod messages;
mod outage;
mod server;
mod state;

use rtc_bus::Bus;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

/// A bus, and names that no other case uses.
pub struct Harness {
    bus: Bus,
    /// The same bus as another node has it.
    there: Bus,
    case: u32,
    _server: Option<Arc<server::Server>>,
}

static CASES: AtomicU32 = AtomicU32::new(0);

impl Harness {
    fn in_process() -> Self {
        let bus = Bus::in_process(Arc::new(|| 1_000_000));
        Self { there: bus.clone(), bus, case: CASES.fetch_add(1, Ordering::Relaxed), _server: None }
    }

    fn redis() -> Option<Self> {
        let server = server::Server::shared()?;
        let open = || Bus::redis(&server.url()).unwrap();
        let case = CASES.fetch_add(1, Ordering::Relaxed);
        Some(Self { bus: open(), there: open(), case, _server: Some(server) })
    }

    /// A key or topic of this case alone.
    pub fn name(&self, name: &str) -> String {
        format!("case:{}:{name}", self.case)
    }
}

macro_rules! contract {
    ($($module:ident { $($case:ident),+ $(,)? })+) => {
        mod in_process {
            $(mod $module {
                $(#[tokio::test]
                async fn $case() {
                    crate::$module::$case(crate::Harness::in_process()).await;
                })+
            })+
        }
        mod on_redis {
            $(mod $module {
                $(#[tokio::test]
                async fn $case() {
                    if let Some(harness) = crate::Harness::redis() {
                        crate::$module::$case(harness).await;
                    }
                })+
            })+
        }
    };
}

contract! {
    messages {
        a_message_reaches_every_subscriber_of_its_topic_in_order,
        a_subscription_that_ended_disturbs_no_other,
        a_subscriber_that_is_too_slow_is_told_of_a_gap,
    }
    state {
        state_is_missing_until_it_is_put_there,
        changes_may_come_in_any_order_and_more_than_once,
        a_rebuild_never_goes_back,
        members_are_counted_and_read_up_to_a_limit,
        concurrent_changes_lose_nothing,
        state_lives_for_its_time_after_the_last_change,
        a_counter_counts_from_everywhere,
        state_that_was_removed_is_gone,
    }
}
