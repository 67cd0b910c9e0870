//! How much of anything parameters and capabilities may hold. Browsers stay far below each of these.

/// Bytes of a media section's id; the one-byte header extension that carries it ends there (RFC 8285).
pub const MID_BYTES_MAX: usize = 16;
/// Bytes of a RID; as for [`MID_BYTES_MAX`].
pub const RID_BYTES_MAX: usize = 16;
/// Streams of one producer.
pub const ENCODINGS_MAX: usize = 4;
/// Codecs of one producer, RTX included.
pub const CODECS_MAX: usize = 64;
/// Codecs of a receiver's capabilities, RTX included.
pub const CAPABILITY_CODECS_MAX: usize = 128;
/// Header extensions of one producer.
pub const EXTENSIONS_MAX: usize = 32;
/// Header extensions of a receiver's capabilities (one entry a kind).
pub const CAPABILITY_EXTENSIONS_MAX: usize = 64;
/// Format parameters of one codec, and parameters of one header extension.
pub const FORMAT_PARAMETERS_MAX: usize = 32;
/// Kinds of feedback of one codec.
pub const FEEDBACK_MAX: usize = 16;
/// Bytes of a MIME type, of a feedback's type and of its parameter.
pub const NAME_BYTES_MAX: usize = 64;
/// Bytes of a format parameter's key or value, of an extension's URI, a CNAME, an MSID.
pub const TEXT_BYTES_MAX: usize = 256;
/// Bytes of a scalability mode.
pub const SCALABILITY_MODE_BYTES_MAX: usize = 32;
