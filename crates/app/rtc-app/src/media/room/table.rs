//! Rows by the engine's id, and by the public name that clients use.

use rtc_types::SeatId;
use std::{collections::HashMap, hash::Hash, sync::Arc};

/// A row that has a public name and an owner.
pub(crate) trait Row {
    /// Its public name.
    fn name(&self) -> &Arc<str>;
    /// Whose it is.
    fn seat(&self) -> &SeatId;
}

/// Rows of one kind.
pub(crate) struct Table<K, R> {
    rows: HashMap<K, R>,
    names: HashMap<Arc<str>, K>,
}

impl<K, R> Default for Table<K, R> {
    fn default() -> Self {
        Self { rows: HashMap::new(), names: HashMap::new() }
    }
}

impl<K: Copy + Eq + Hash, R: Row> Table<K, R> {
    pub(crate) fn insert(&mut self, key: K, row: R) {
        self.names.insert(row.name().clone(), key);
        self.rows.insert(key, row);
    }

    pub(crate) fn remove(&mut self, key: K) -> Option<R> {
        let row = self.rows.remove(&key)?;
        self.names.remove(row.name());
        Some(row)
    }

    pub(crate) fn get(&self, key: K) -> Option<&R> {
        self.rows.get(&key)
    }

    pub(crate) fn get_mut(&mut self, key: K) -> Option<&mut R> {
        self.rows.get_mut(&key)
    }

    pub(crate) fn named(&self, name: &str) -> Option<(K, &R)> {
        let key = *self.names.get(name)?;
        Some((key, self.rows.get(&key)?))
    }

    /// By name, where it is this seat's: another's is as unknown as one that never was.
    pub(crate) fn owned(&self, name: &str, seat: &SeatId) -> Option<(K, &R)> {
        self.named(name).filter(|(_, row)| row.seat() == seat)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (K, &R)> {
        self.rows.iter().map(|(key, row)| (*key, row))
    }
}
