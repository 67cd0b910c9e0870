//! What nodes tell one another, and state that may go: publish and subscribe, and versioned state with a time to
//! live. In process for one node, on Redis for several; both hold to one contract.
//!
//! The database is the truth and the bus only hastens. So nothing here is durable: a message that is published while
//! Redis is away is refused, one that a subscriber could not be sent shows as [`Notice::Gap`], and state that is gone
//! is rebuilt by its owner.
//!
//! State is a value with a version, and a set of members each of which remembers the version that changed it last.
//! [`Bus::advance`] takes changes in any order, as often as they come: for the value and for each member, the
//! highest version stays. No change costs more the more members there are.

mod error;
mod memory;
mod redis;
mod state;
mod topics;

pub use error::BusError;
pub use memory::Clock;
pub use state::{Advance, StateChange, StateView};
pub use topics::{Notice, Subscription};

use bytes::Bytes;
use memory::Memory;
use redis::Redis;
use rtc_types::Millis;
use std::{fmt, sync::Arc};
use topics::Topics;

/// The bus. Clones share it.
#[derive(Clone)]
pub struct Bus(Arc<Kind>);

enum Kind {
    Memory(Memory, Arc<Topics>),
    Redis(Redis),
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_shared() { "Bus(redis)" } else { "Bus(in process)" })
    }
}

impl Bus {
    /// A bus of this process alone; `clock` tells when its state expires.
    pub fn in_process(clock: Clock) -> Self {
        Self(Arc::new(Kind::Memory(Memory::new(clock), Arc::new(Topics::new()))))
    }

    /// A bus on the Redis that `url` names (`redis://…`). Must be called on a tokio runtime.
    ///
    /// Redis need not be there yet, or stay: calls are [`BusError::Unavailable`] while it is away, and subscriptions
    /// go on once it is back.
    ///
    /// # Errors
    /// Where `url` is not one.
    pub fn redis(url: &str) -> Result<Self, BusError> {
        Ok(Self(Arc::new(Kind::Redis(Redis::open(url)?))))
    }

    /// Whether other processes are on this bus.
    pub fn is_shared(&self) -> bool {
        matches!(*self.0, Kind::Redis(_))
    }

    /// Asks for a sign of life.
    ///
    /// # Errors
    /// [`BusError::Unavailable`].
    pub async fn ping(&self) -> Result<(), BusError> {
        match &*self.0 {
            Kind::Memory(..) => Ok(()),
            Kind::Redis(redis) => redis.ping().await,
        }
    }

    /// Tells every subscriber of `topic`, on every node.
    ///
    /// # Errors
    /// [`BusError::Unavailable`]; who has heard it is not known then.
    pub async fn publish(&self, topic: &str, message: Bytes) -> Result<(), BusError> {
        match &*self.0 {
            Kind::Memory(_, topics) => {
                topics.deliver(topic, Notice::Message(message));
                Ok(())
            }
            Kind::Redis(redis) => redis.publish(topic, &message).await,
        }
    }

    /// Hears what is published to `topic` from now on.
    ///
    /// # Errors
    /// [`BusError::Unavailable`].
    pub async fn subscribe(&self, topic: &str) -> Result<Subscription, BusError> {
        match &*self.0 {
            Kind::Memory(_, topics) => Ok(topics.subscribe(topic, None)),
            Kind::Redis(redis) => redis.subscribe(topic).await,
        }
    }

    /// Changes state that is there, and lets it live for `ttl_ms` from now on.
    ///
    /// # Errors
    /// [`BusError::Unavailable`].
    pub async fn advance(
        &self,
        key: &str,
        change: &StateChange,
        ttl_ms: Millis,
    ) -> Result<Advance, BusError> {
        match &*self.0 {
            Kind::Memory(memory, _) => Ok(memory.advance(key, change, ttl_ms)),
            Kind::Redis(redis) => redis.advance(key, change, ttl_ms).await,
        }
    }

    /// Puts state in the place of what is there, unless that is of a higher version; false then. The members of
    /// `state` are all there are.
    ///
    /// # Errors
    /// [`BusError::Unavailable`].
    pub async fn replace(&self, key: &str, state: &StateChange, ttl_ms: Millis) -> Result<bool, BusError> {
        match &*self.0 {
            Kind::Memory(memory, _) => Ok(memory.replace(key, state, ttl_ms)),
            Kind::Redis(redis) => redis.replace(key, state, ttl_ms).await,
        }
    }

    /// Reads state, with at most `members_max` of its members.
    ///
    /// # Errors
    /// [`BusError::Unavailable`].
    pub async fn read(&self, key: &str, members_max: usize) -> Result<Option<StateView>, BusError> {
        match &*self.0 {
            Kind::Memory(memory, _) => Ok(memory.read(key, members_max)),
            Kind::Redis(redis) => redis.read(key, members_max).await,
        }
    }

    /// Removes state; what is not there is no error.
    ///
    /// # Errors
    /// [`BusError::Unavailable`].
    pub async fn remove(&self, key: &str) -> Result<(), BusError> {
        match &*self.0 {
            Kind::Memory(memory, _) => {
                memory.remove(key);
                Ok(())
            }
            Kind::Redis(redis) => redis.remove(key).await,
        }
    }

    /// Adds to a counter, which begins at 0 and lives for `ttl_ms` from its last change; gives its value.
    ///
    /// # Errors
    /// [`BusError::Unavailable`].
    pub async fn add(&self, key: &str, by: i64, ttl_ms: Millis) -> Result<i64, BusError> {
        match &*self.0 {
            Kind::Memory(memory, _) => Ok(memory.add(key, by, ttl_ms)),
            Kind::Redis(redis) => redis.add(key, by, ttl_ms).await,
        }
    }

    /// How long state stays if nothing changes it, in milliseconds; `None`: there is none.
    ///
    /// # Errors
    /// [`BusError::Unavailable`].
    pub async fn lives_for(&self, key: &str) -> Result<Option<Millis>, BusError> {
        match &*self.0 {
            Kind::Memory(memory, _) => Ok(memory.lives_for(key)),
            Kind::Redis(redis) => redis.lives_for(key).await,
        }
    }
}
