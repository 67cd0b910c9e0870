//! `queue list`, `queue replay`, `queue drop`: webhooks that came in and could not be applied.

use super::output::{Output, table};
use crate::{
    cli::{Jobs, QueueCommand},
    exit::Failure,
    time::iso as time,
};
use rtc_app::{App, JobRow, JobState};
use serde_json::{Value, json};

/// Carries a command out on the queue.
pub async fn run(app: &App, command: QueueCommand) -> Result<Output, Failure> {
    match command {
        QueueCommand::List { state, paging } => {
            let state: JobState = state.parse().map_err(|error| Failure::Usage(format!("state: {error}")))?;
            list(app, state, paging.limit).await
        }
        QueueCommand::Replay(Jobs { id, .. }) => {
            let count = app.replay_webhooks(id.as_deref()).await?;
            changed("replayed", count, id.as_deref())
        }
        QueueCommand::Drop(Jobs { id, .. }) => {
            let count = app.drop_webhooks(id.as_deref()).await?;
            changed("dropped", count, id.as_deref())
        }
    }
}

async fn list(app: &App, state: JobState, limit: u32) -> Result<Output, Failure> {
    let jobs = app.list_webhooks(state, limit, 0).await?;
    let row = |job: &JobRow| {
        let why = job.last_error.clone().unwrap_or_default();
        vec![job.key.id.clone(), job.attempts.to_string(), time(job.created_at), why]
    };
    let rows: Vec<_> = jobs.iter().map(row).collect();
    let values: Vec<_> = jobs.iter().map(value).collect();
    Output::new(&values, table(&["ID", "ATTEMPTS", "RECEIVED", "ERROR"], &rows))
}

fn value(job: &JobRow) -> Value {
    json!({
        "id": job.key.id, "state": job.state.as_str(), "attempts": job.attempts, "error": job.last_error,
        "receivedAt": time(job.created_at), "dueAt": time(job.due_at),
    })
}

fn changed(what: &str, count: u64, id: Option<&str>) -> Result<Output, Failure> {
    if let (Some(id), 0) = (id, count) {
        return Err(Failure::failed(format!("there is no failed webhook {id}")));
    }
    Output::new(&json!({ what: count }), format!("{count} {what}"))
}
