//! Outgoing webhooks: the tenants' endpoints, and the log of what is delivered to them.

mod deliveries;
mod endpoints;

pub(crate) use deliveries::Endpoints;
pub use deliveries::{ClaimedDelivery, DeliveryCounts, DeliveryRow, DeliveryState, Settled};
pub use endpoints::{EndpointRow, NewEndpoint};
