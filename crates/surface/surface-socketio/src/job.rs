//! What takes its time: one after the other for each connection, in the order in which the client asked.

use crate::{
    connection::Connection,
    join::JoinJob,
    sfu::{CallJob, CallJoinJob},
};
use std::sync::Arc;

/// Something that is to be done and answered.
pub(crate) enum Job {
    /// A seat in a room to relay in; it asks the database.
    Join(JoinJob),
    /// A seat in a call.
    JoinCall(CallJoinJob),
    /// What a peer of a call asked for; it asks a media worker.
    Call(CallJob),
}

impl Connection {
    /// Does a job, then what waited meanwhile, in the order in which it came.
    pub(crate) async fn run_jobs(self: Arc<Self>, mut job: Job) {
        loop {
            match job {
                Job::Join(join) => self.join(join).await,
                Job::JoinCall(join) => self.join_call(join).await,
                Job::Call(call) => self.run_call(call).await,
            }
            let mut state = self.state.lock();
            let next = loop {
                match state.waiting.pop_front() {
                    Some((event, asker)) => {
                        if let Some(job) = self.handle(&mut state, event, asker) {
                            break Some(job);
                        }
                    }
                    None => break None,
                }
            };
            match next {
                Some(next) => job = next,
                None => {
                    state.busy = false;
                    return;
                }
            }
        }
    }
}
