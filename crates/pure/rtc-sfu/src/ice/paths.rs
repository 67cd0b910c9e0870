//! The addresses that proved to be the peer's, and the one that we send to.

use crate::{Protocol, Time, Tuple};

/// As many as mediasoup keeps: a phone with two networks, IPv4 and IPv6, UDP and TCP.
pub(super) const PATHS_MAX: usize = 8;

/// How the path that we send to came to be it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    /// Ours, until the peer chooses: DTLS need not wait.
    Provisional,
    /// The peer's.
    Nominated,
}

/// At most [`PATHS_MAX`] verified tuples.
#[derive(Debug, Default)]
pub(super) struct Paths {
    /// With the time of the last check.
    list: Vec<(Tuple, Time)>,
    selected: Option<(Tuple, Choice)>,
}

impl Paths {
    pub(super) fn selected(&self) -> Option<Tuple> {
        self.selected.map(|(tuple, _)| tuple)
    }

    pub(super) fn contains(&self, tuple: &Tuple) -> bool {
        self.list.iter().any(|(known, _)| known == tuple)
    }

    /// Notes a check. Gives whether the tuple is new, and which had to go for it: that whose last check is the
    /// longest ago, but never the selected one.
    pub(super) fn touch(&mut self, now: Time, tuple: Tuple) -> (bool, Option<Tuple>) {
        if let Some((_, checked)) = self.list.iter_mut().find(|(known, _)| *known == tuple) {
            *checked = now;
            return (false, None);
        }
        let mut dropped = None;
        if self.list.len() >= PATHS_MAX {
            let selected = self.selected();
            let unselected = self.list.iter().map(|(tuple, checked)| (*checked, *tuple));
            dropped = unselected
                .filter(|(_, tuple)| Some(*tuple) != selected)
                .min_by_key(|(checked, _)| *checked)
                .map(|(_, tuple)| tuple);
            self.list.retain(|(tuple, _)| Some(*tuple) != dropped);
        }
        self.list.push((tuple, now));
        (true, dropped)
    }

    /// The peer chose a path.
    pub(super) fn nominate(&mut self, tuple: Tuple) {
        self.selected = Some((tuple, Choice::Nominated));
    }

    /// The peer has not chosen yet: the first path is taken, and a UDP path over a TCP path.
    pub(super) fn propose(&mut self, tuple: Tuple) {
        let better = match self.selected {
            None => true,
            Some((current, Choice::Provisional)) => {
                current.protocol == Protocol::Tcp && tuple.protocol == Protocol::Udp
            }
            Some((_, Choice::Nominated)) => false,
        };
        if better {
            self.selected = Some((tuple, Choice::Provisional));
        }
    }

    /// A path is no more. Where it was the selected one, another is taken: UDP before TCP, then the one checked
    /// last.
    pub(super) fn remove(&mut self, tuple: Tuple) {
        self.list.retain(|(known, _)| *known != tuple);
        if self.selected() == Some(tuple) {
            let rest =
                self.list.iter().max_by_key(|(tuple, checked)| (tuple.protocol == Protocol::Udp, *checked));
            self.selected = rest.map(|(tuple, _)| (*tuple, Choice::Provisional));
        }
    }
}
