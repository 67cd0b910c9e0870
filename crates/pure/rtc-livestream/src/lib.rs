//! What a livestream is and what happens to it: a reducer without I/O.
//!
//! [`reduce`] takes a [`State`] (the stream's record and the sessions of the one user that an event is about) and
//! an [`Event`], and gives the next state with the [`Effect`]s that the shell carries out. Nothing here costs more
//! the more viewers there are: the stream's record holds counts, and each event moves them by what it changed.
//!
//! Webhooks come twice, late and in any order. So a session's fate is a function of what is known and not of when
//! it became known: of a user's sessions only the newest can be active, it is not when it left or the stream
//! ended, and each left at the earliest moment that anything says so. Whatever the order, the last event leaves
//! the same state (the peak apart, which is the highest count that was seen).

mod event;
mod names;
mod reduce;
mod room;
mod session;
mod stream;
mod throttle;

pub use event::{Effect, Event, Presence};
pub use names::{Role, SessionStatus, StreamStatus, UnknownName};
pub use reduce::{State, reduce};
pub use room::{MediaRoom, Ownership};
pub use session::{Refusal, Session, admit};
pub use stream::Stream;
pub use throttle::{COUNT_EVERY_MS, Throttle};
