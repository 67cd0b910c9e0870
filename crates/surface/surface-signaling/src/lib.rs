//! surface-signaling
