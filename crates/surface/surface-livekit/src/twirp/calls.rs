//! Calls that the room API makes to members.

use livekit_protocol::{RpcError, RpcResponse, rpc_response::Value};
use parking_lot::Mutex;
use std::collections::HashMap;
use tokio::sync::oneshot;

/// What a member answers.
pub(crate) type Answer = Result<String, RpcError>;

/// Calls that wait for their answers, by their ids.
#[derive(Default)]
pub(crate) struct Calls(Mutex<HashMap<String, oneshot::Sender<Answer>>>);

/// Forgets a call when whoever made it does not wait any more.
pub(super) struct Waiting<'a> {
    calls: &'a Calls,
    id: String,
    pub(super) answer: oneshot::Receiver<Answer>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.calls.0.lock().remove(&self.id);
    }
}

impl Calls {
    /// Begins to wait for a call's answer. Ids are drawn at random.
    pub(super) fn begin(&self, id: String) -> Waiting<'_> {
        let (sender, answer) = oneshot::channel();
        self.0.lock().insert(id.clone(), sender);
        Waiting { calls: self, id, answer }
    }

    /// Whether a call of that id waits.
    pub(crate) fn is_pending(&self, id: &str) -> bool {
        self.0.lock().contains_key(id)
    }

    /// Takes an answer. Gives whether somebody waits for it.
    pub(crate) fn answer(&self, response: &RpcResponse) -> bool {
        let Some(sender) = self.0.lock().remove(&response.request_id) else { return false };
        let answer = match &response.value {
            Some(Value::Payload(payload)) => Ok(payload.clone()),
            Some(Value::Error(error)) => Err(error.clone()),
            _ => Err(RpcError { message: "the answer cannot be read".into(), ..RpcError::default() }),
        };
        // Whoever made the call may have given up this moment.
        let _ = sender.send(answer);
        true
    }
}
