//! State in this process.

use crate::{Advance, StateChange, StateView};
use bytes::Bytes;
use dashmap::DashMap;
use rtc_types::Millis;
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Tells the time; tests set their own.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// Changes after which what has expired is thrown out; until then it only counts as gone.
const SWEEP_EVERY: u64 = 1024;

pub(crate) struct Memory {
    clock: Clock,
    states: DashMap<String, Expiring<State>>,
    counters: DashMap<String, Expiring<i64>>,
    changes: AtomicU64,
}

struct Expiring<T> {
    value: T,
    expires_at: Millis,
}

struct State {
    version: u64,
    value: Bytes,
    present: HashSet<Arc<str>>,
    /// The version that changed each member last, also of those that are out.
    versions: HashMap<Arc<str>, u64>,
}

impl State {
    fn of(change: &StateChange) -> Self {
        let mut state = State {
            version: change.version,
            value: change.value.clone(),
            present: HashSet::new(),
            versions: HashMap::new(),
        };
        state.set_members(change);
        state
    }

    fn set_members(&mut self, change: &StateChange) {
        for (member, is_in) in &change.members {
            if self.versions.get(member.as_str()).is_some_and(|known| *known >= change.version) {
                continue;
            }
            let member: Arc<str> = Arc::from(member.as_str());
            self.versions.insert(member.clone(), change.version);
            if *is_in {
                self.present.insert(member);
            } else {
                self.present.remove(&member);
            }
        }
    }
}

impl Memory {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, states: DashMap::new(), counters: DashMap::new(), changes: AtomicU64::new(0) }
    }

    pub(crate) fn advance(&self, key: &str, change: &StateChange, ttl_ms: Millis) -> Advance {
        let now = self.now_for_change();
        let Some(mut entry) = self.states.get_mut(key).filter(|entry| entry.expires_at > now) else {
            return Advance::Missing;
        };
        entry.expires_at = now.saturating_add(ttl_ms);
        let state = &mut entry.value;
        state.set_members(change);
        if change.version <= state.version {
            return Advance::Older;
        }
        state.version = change.version;
        state.value = change.value.clone();
        Advance::Newest
    }

    pub(crate) fn replace(&self, key: &str, state: &StateChange, ttl_ms: Millis) -> bool {
        let now = self.now_for_change();
        let fresh = || Expiring { value: State::of(state), expires_at: now.saturating_add(ttl_ms) };
        let mut entry = self.states.entry(key.to_owned()).or_insert_with(fresh);
        if entry.expires_at > now && entry.value.version > state.version {
            return false;
        }
        *entry = fresh();
        true
    }

    pub(crate) fn read(&self, key: &str, members_max: usize) -> Option<StateView> {
        let now = (self.clock)();
        let entry = self.states.get(key).filter(|entry| entry.expires_at > now)?;
        let state = &entry.value;
        Some(StateView {
            version: state.version,
            value: state.value.clone(),
            members: state
                .present
                .iter()
                .take(members_max)
                .map(|member| member.as_ref().to_owned())
                .collect(),
            member_count: state.present.len() as u64,
        })
    }

    pub(crate) fn remove(&self, key: &str) {
        self.states.remove(key);
        self.counters.remove(key);
    }

    pub(crate) fn add(&self, key: &str, by: i64, ttl_ms: Millis) -> i64 {
        let now = self.now_for_change();
        let mut entry =
            self.counters.entry(key.to_owned()).or_insert(Expiring { value: 0, expires_at: Millis::MAX });
        if entry.expires_at <= now {
            entry.value = 0;
        }
        entry.value = entry.value.saturating_add(by);
        entry.expires_at = now.saturating_add(ttl_ms);
        entry.value
    }

    pub(crate) fn lives_for(&self, key: &str) -> Option<Millis> {
        let now = (self.clock)();
        let state = self.states.get(key).map(|entry| entry.expires_at);
        let counter = || self.counters.get(key).map(|entry| entry.expires_at);
        state.or_else(counter).filter(|at| *at > now).map(|at| at - now)
    }

    fn now_for_change(&self) -> Millis {
        let now = (self.clock)();
        if self.changes.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.states.retain(|_, entry| entry.expires_at > now);
            self.counters.retain(|_, entry| entry.expires_at > now);
        }
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_expired_is_gone_and_later_thrown_out() {
        let time = Arc::new(AtomicU64::new(1_000));
        let clock = time.clone();
        let memory = Memory::new(Arc::new(move || clock.load(Ordering::Relaxed)));
        let change = |version| StateChange { version, value: Bytes::new(), members: Vec::new() };
        assert!(memory.replace("a", &change(5), 100));
        assert_eq!(memory.add("n", 2, 100), 2);
        time.store(1_099, Ordering::Relaxed);
        assert_eq!(memory.lives_for("a"), Some(1));
        assert_eq!(memory.advance("a", &change(6), 50), Advance::Newest);
        time.store(1_148, Ordering::Relaxed);
        assert!(memory.read("a", 0).is_some());
        assert_eq!(memory.add("n", 2, 100), 2);
        time.store(1_149, Ordering::Relaxed);
        assert_eq!(memory.read("a", 0), None);
        assert_eq!(memory.advance("a", &change(7), 50), Advance::Missing);
        // What has expired has no version any more.
        assert!(memory.replace("a", &change(1), 10));
        time.store(2_000, Ordering::Relaxed);
        for _ in 0..SWEEP_EVERY {
            memory.advance("none", &change(1), 1);
        }
        assert_eq!((memory.states.len(), memory.counters.len()), (0, 0));
    }
}
