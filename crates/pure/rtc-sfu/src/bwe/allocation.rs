//! Who gets what of an estimate: audio first, screens before cameras, one layer each before any gets two.

use crate::{Time, send::Layers};
use std::time::Duration;

/// An upgrade needs room for this much of the layer's rate: rates vary, and a downgrade is worse than a
/// wait.
const HEADROOM: f64 = 1.15;
/// After a downgrade no upgrade for so long, doubled with each that follows soon, up to the other.
const HOLD_MIN: Duration = Duration::from_secs(4);
const HOLD_MAX: Duration = Duration::from_secs(32);
/// A layer kept for so long has proved itself: the hold begins anew.
const PROVED: Duration = Duration::from_secs(30);

/// What is served first when bandwidth is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Always sent.
    Audio,
    /// Before cameras, as far up as it goes.
    Screen,
    /// Share what is left.
    Camera,
}

/// What a stream takes when it is sent up to a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerRate {
    /// The layer; those below it that it needs are part of the rate.
    pub layers: Layers,
    /// bit/s.
    pub bitrate: u64,
}

/// What a consumer is sent, and what allocation remembers of it. Kept by the caller with each consumer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What to send; `None`: nothing, for want of bandwidth or of layers.
    pub layers: Option<Layers>,
    changed: Time,
    /// No upgrade before.
    hold_until: Time,
    hold: Duration,
    /// While allocating: how many of the demand's layers are taken.
    taken: u8,
    /// It is sent without room for it.
    forced: bool,
}

/// What one consumer would have.
#[derive(Debug)]
pub struct Demand<'a> {
    /// Its turn.
    pub priority: Priority,
    /// What the producer sends now, lowest first; layers beyond the first 255 are not looked at.
    pub layers: &'a [LayerRate],
    /// At most.
    pub wanted: Layers,
    /// Its lowest layer is sent even where there is no room for it: a poor picture is better than none.
    pub floor: bool,
    /// What it has and gets.
    pub choice: &'a mut Choice,
}

/// What there is to share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// bit/s.
    pub bitrate: u64,
    /// Whether the way has shown of late that it bears no more. Only then a downgrade holds upgrades back: where it
    /// came of others who were added, or of an estimate that has yet to grow, nothing would go up and down.
    pub limited: bool,
}

/// What came of an allocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allocation {
    /// bit/s of all that was chosen.
    pub used: u64,
    /// bit/s if all had what they want: for [`super::Estimator::set_wanted`].
    pub wanted: u64,
    /// When a hold ends that kept somebody from more; [`Time::NEVER`] where there is none. Allocate again.
    pub again: Time,
}

/// Shares a budget out and writes each demand's choice.
pub fn allocate(now: Time, budget: Budget, demands: &mut [Demand<'_>]) -> Allocation {
    let mut allocation = Allocation { again: Time::NEVER, ..Allocation::default() };
    let mut left = budget.bitrate;
    for demand in demands.iter_mut() {
        demand.choice.taken = 0;
        demand.choice.forced = false;
        allocation.wanted += demand.best();
        if demand.priority == Priority::Audio {
            while demand.step(now, u64::MAX, &mut allocation).is_some() {}
            left = left.saturating_sub(demand.rate());
        }
    }
    // Everybody's first layer, then screens as far as they go, then cameras in turns.
    for priority in [Priority::Screen, Priority::Camera] {
        for demand in demands.iter_mut().filter(|demand| demand.priority == priority) {
            match demand.step(now, left, &mut allocation) {
                Some(cost) => left -= cost,
                // It takes no other's room: what is too much of it is dropped on the way out.
                None if demand.floor => demand.force(),
                None => {}
            }
        }
    }
    keep_one(demands);
    for priority in [Priority::Screen, Priority::Camera] {
        loop {
            let mut taken = false;
            for demand in demands.iter_mut().filter(|demand| {
                demand.priority == priority && demand.choice.taken > 0 && !demand.choice.forced
            }) {
                if let Some(cost) = demand.step(now, left, &mut allocation) {
                    left -= cost;
                    taken = true;
                }
            }
            if !taken {
                break;
            }
        }
    }
    for demand in demands {
        allocation.used += demand.rate();
        demand.settle(now, budget.limited);
    }
    allocation
}

/// Where there is room for nobody, the first is sent all the same: a way on which nothing is sent cannot show that
/// it bears more.
fn keep_one(demands: &mut [Demand<'_>]) {
    if demands.iter().any(|demand| demand.priority != Priority::Audio && demand.choice.taken > 0) {
        return;
    }
    for priority in [Priority::Screen, Priority::Camera] {
        if let Some(first) = demands.iter_mut().find(|demand| demand.priority == priority) {
            return first.force();
        }
    }
}

impl Demand<'_> {
    fn fits(&self, layer: &LayerRate) -> bool {
        layer.layers.spatial <= self.wanted.spatial && layer.layers.temporal <= self.wanted.temporal
    }

    fn best(&self) -> u64 {
        self.layers.iter().filter(|layer| self.fits(layer)).map(|layer| layer.bitrate).max().unwrap_or(0)
    }

    fn taken(&self) -> Option<&LayerRate> {
        self.layers.get(usize::from(self.choice.taken).checked_sub(1)?)
    }

    fn rate(&self) -> u64 {
        self.taken().map_or(0, |layer| layer.bitrate)
    }

    /// Takes the lowest layer whatever it costs.
    fn force(&mut self) {
        if let Some(lowest) = self.layers.iter().take(usize::from(u8::MAX)).position(|layer| self.fits(layer))
        {
            self.choice.taken = lowest as u8 + 1;
            self.choice.forced = true;
        }
    }

    /// Takes the next higher layer where `left` bears it; gives what that costs.
    fn step(&mut self, now: Time, left: u64, allocation: &mut Allocation) -> Option<u64> {
        let rate = self.rate();
        let from = usize::from(self.choice.taken);
        let (index, next) = self
            .layers
            .iter()
            .enumerate()
            .take(usize::from(u8::MAX))
            .skip(from)
            .find(|(_, layer)| self.fits(layer))?;
        let is_upgrade = Some(next.layers) > self.choice.layers;
        let began = self.choice.changed != Time::ZERO;
        let needed = match is_upgrade && began && left != u64::MAX {
            true => (next.bitrate as f64 * HEADROOM) as u64,
            false => next.bitrate,
        };
        if needed.saturating_sub(rate) > left {
            return None;
        }
        if is_upgrade && self.priority != Priority::Audio && now < self.choice.hold_until {
            allocation.again = allocation.again.min(self.choice.hold_until);
            return None;
        }
        self.choice.taken = index as u8 + 1;
        Some(next.bitrate.saturating_sub(rate))
    }

    /// Writes the choice down; a downgrade for want of bandwidth holds upgrades back.
    fn settle(&mut self, now: Time, limited: bool) {
        let chosen = self.taken().map(|layer| layer.layers);
        let before = self.choice.layers;
        if chosen == before {
            return;
        }
        // Less because less is wanted or sent is no sign of a narrow way.
        let could_stay = before
            .is_some_and(|before| self.layers.iter().any(|layer| layer.layers == before && self.fits(layer)));
        if limited && chosen < before && could_stay {
            let proved = now.since(self.choice.changed) >= PROVED;
            let hold = if proved { HOLD_MIN } else { self.choice.hold * 2 };
            self.choice.hold = hold.clamp(HOLD_MIN, HOLD_MAX);
            self.choice.hold_until = now + self.choice.hold;
        }
        self.choice.layers = chosen;
        self.choice.changed = now.max(Time::from_micros(1));
    }
}

#[cfg(test)]
mod tests;
