//! surface-rest
