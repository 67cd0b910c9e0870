//! The bus on Redis.

mod listen;
mod scripts;

use crate::{Advance, BusError, StateChange, StateView, Subscription, topics::Topics};
use bytes::Bytes;
use listen::Request;
use redis::{
    Client, RedisError,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use rtc_types::Millis;
use scripts::Scripts;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

/// How long Redis may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(1_500);
/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(1_500);
/// A lost connection is made anew this often before a command fails; the next command tries again.
const CONNECT_RETRIES: usize = 1;
/// The longest wait between two such tries.
const CONNECT_WAIT_MAX: Duration = Duration::from_millis(500);

pub(crate) struct Redis {
    commands: ConnectionManager,
    scripts: Scripts,
    topics: Arc<Topics>,
    requests: mpsc::UnboundedSender<Request>,
    ended: mpsc::UnboundedSender<String>,
}

impl Redis {
    pub(crate) fn open(url: &str) -> Result<Self, BusError> {
        let client = Client::open(url).map_err(|error| BusError::Url(error.to_string()))?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(CONNECT_RETRIES)
            .set_max_delay(CONNECT_WAIT_MAX)
            .set_response_timeout(Some(ANSWER_TIMEOUT))
            .set_connection_timeout(Some(CONNECT_TIMEOUT));
        let commands = ConnectionManager::new_lazy_with_config(client.clone(), config)
            .map_err(|error| BusError::Url(error.to_string()))?;
        let topics = Arc::new(Topics::new());
        let (requests, to_do) = mpsc::unbounded_channel();
        let (ended, ends) = mpsc::unbounded_channel();
        tokio::spawn(listen::run(client, topics.clone(), to_do, ends));
        Ok(Self { commands, scripts: Scripts::new(), topics, requests, ended })
    }

    pub(crate) async fn ping(&self) -> Result<(), BusError> {
        let mut to = self.commands.clone();
        Ok(redis::cmd("PING").query_async(&mut to).await?)
    }

    pub(crate) async fn publish(&self, topic: &str, message: &Bytes) -> Result<(), BusError> {
        let mut to = self.commands.clone();
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(topic).arg(message.as_ref());
        let _heard_by: u64 = publish.query_async(&mut to).await?;
        Ok(())
    }

    pub(crate) async fn subscribe(&self, topic: &str) -> Result<Subscription, BusError> {
        // First the place in the list, then the request: once it is answered, nothing is missed.
        let subscription = self.topics.subscribe(topic, Some(self.ended.clone()));
        let (done, answer) = oneshot::channel();
        let gone = || BusError::Unavailable("the subscriptions' task has ended".into());
        self.requests.send(Request { topic: topic.to_owned(), done }).map_err(|_| gone())?;
        let answer = timeout(ANSWER_TIMEOUT, answer).await;
        let in_time = answer.map_err(|_| BusError::Unavailable("a subscription took too long".into()))?;
        in_time.map_err(|_| gone())??;
        Ok(subscription)
    }

    pub(crate) async fn advance(
        &self,
        key: &str,
        change: &StateChange,
        ttl_ms: Millis,
    ) -> Result<Advance, BusError> {
        let answer: i64 = self.change(&self.scripts.advance, key, change, ttl_ms).await?;
        Ok(match answer {
            -1 => Advance::Missing,
            0 => Advance::Older,
            _ => Advance::Newest,
        })
    }

    pub(crate) async fn replace(
        &self,
        key: &str,
        state: &StateChange,
        ttl_ms: Millis,
    ) -> Result<bool, BusError> {
        self.change(&self.scripts.replace, key, state, ttl_ms).await
    }

    async fn change<T: redis::FromRedisValue>(
        &self,
        script: &redis::Script,
        key: &str,
        change: &StateChange,
        ttl_ms: Millis,
    ) -> Result<T, BusError> {
        let mut call = script.prepare_invoke();
        for key in keys(key) {
            call.key(key);
        }
        call.arg(change.version).arg(change.value.as_ref()).arg(ttl_ms.max(1));
        for (member, is_in) in &change.members {
            call.arg(member).arg(u8::from(*is_in));
        }
        Ok(call.invoke_async(&mut self.commands.clone()).await?)
    }

    pub(crate) async fn read(&self, key: &str, members_max: usize) -> Result<Option<StateView>, BusError> {
        let mut call = self.scripts.read.prepare_invoke();
        let [state, members, _] = keys(key);
        call.key(state).key(members).arg(members_max);
        let answer: Option<(u64, Vec<u8>, u64, Vec<String>)> =
            call.invoke_async(&mut self.commands.clone()).await?;
        Ok(answer.map(|(version, value, member_count, members)| StateView {
            version,
            value: Bytes::from(value),
            members,
            member_count,
        }))
    }

    pub(crate) async fn remove(&self, key: &str) -> Result<(), BusError> {
        let mut delete = redis::cmd("DEL");
        delete.arg(&keys(key));
        let _removed: u64 = delete.query_async(&mut self.commands.clone()).await?;
        Ok(())
    }

    pub(crate) async fn add(&self, key: &str, by: i64, ttl_ms: Millis) -> Result<i64, BusError> {
        let mut both = redis::pipe();
        both.atomic().cmd("INCRBY").arg(key).arg(by);
        both.cmd("PEXPIRE").arg(key).arg(ttl_ms.max(1)).ignore();
        let (value,): (i64,) = both.query_async(&mut self.commands.clone()).await?;
        Ok(value)
    }

    pub(crate) async fn lives_for(&self, key: &str) -> Result<Option<Millis>, BusError> {
        let left: i64 = redis::cmd("PTTL").arg(key).query_async(&mut self.commands.clone()).await?;
        Ok(Millis::try_from(left).ok())
    }
}

/// The value with its version; the members that are in; the version of each member's last change.
fn keys(key: &str) -> [String; 3] {
    [key.to_owned(), format!("{key}:members"), format!("{key}:versions")]
}

impl From<RedisError> for BusError {
    fn from(error: RedisError) -> Self {
        let text = error.to_string();
        let kind = error.kind();
        let passes = error.is_io_error()
            || error.is_timeout()
            || error.is_connection_dropped()
            || error.is_connection_refusal()
            || kind == redis::ErrorKind::Server(redis::ServerErrorKind::BusyLoading)
            || kind == redis::ErrorKind::Server(redis::ServerErrorKind::ReadOnly)
            || kind == redis::ErrorKind::Server(redis::ServerErrorKind::MasterDown);
        if passes { BusError::Unavailable(text) } else { BusError::Internal(text) }
    }
}
