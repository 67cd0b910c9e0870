//! Surface E: the embedded server's HTTP routes.
