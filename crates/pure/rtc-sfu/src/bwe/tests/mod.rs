//! The estimator over simulated ways, with virtual time and committed seeds.

mod cost;
mod scenarios;
mod way;
