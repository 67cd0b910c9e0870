//! The ORTC functions: from what a router has and a peer can, to how a track is received and sent.

/// Parameters or capabilities that make no sense, or need what the router has not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrtcError {
    /// A field is missing or out of range; the text names it.
    #[error("{0}")]
    Invalid(String),
    /// The router has no such codec; the text names it.
    #[error("{0}")]
    Unsupported(String),
}
