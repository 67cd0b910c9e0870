//! surface-socketio
