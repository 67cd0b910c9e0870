//! Surface B: the Socket.IO relay's events.
