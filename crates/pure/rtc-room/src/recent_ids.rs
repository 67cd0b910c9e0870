//! The ids of a client's latest messages, so that the same id twice is taken once.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

/// How many ids are remembered. A client that resends after a resume has at most a second's burst of
/// messages under way.
const REMEMBERED_MAX: usize = 512;

#[derive(Debug, Default)]
pub(crate) struct RecentIds {
    order: VecDeque<Arc<str>>,
    known: HashSet<Arc<str>>,
}

impl RecentIds {
    /// Remembers an id. False: it was known.
    pub(crate) fn insert(&mut self, id: &str) -> bool {
        if self.known.contains(id) {
            return false;
        }
        if self.order.len() == REMEMBERED_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        let id: Arc<str> = Arc::from(id);
        self.order.push_back(id.clone());
        self.known.insert(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_and_the_memory_is_bounded() {
        let mut ids = RecentIds::default();
        assert!(ids.insert("a"));
        assert!(!ids.insert("a"));
        for n in 0..REMEMBERED_MAX {
            assert!(ids.insert(&n.to_string()));
        }
        assert_eq!(ids.known.len(), REMEMBERED_MAX);
        assert!(ids.insert("a"), "forgotten by now");
    }
}
