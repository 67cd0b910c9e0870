//! What is sent to a subscriber: which layers, under which numbers, and again on demand.

pub(crate) mod consumer;
pub(crate) mod history;
mod layers;
pub(crate) mod marks;
pub(crate) mod munger;
pub(crate) mod packet;
pub(crate) mod selector;
mod starvation;
pub(crate) mod store;
mod timeline;

pub use layers::Layers;
