//! One client's connection: its loop, and what it writes.

mod media;
mod notice;
mod request;
mod start;

use crate::{
    data::Relay,
    entry::Entry,
    frame::{self, Form},
    render,
    state::Shared,
};
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use livekit_protocol::{self as lk, leave_request::Action, signal_response::Message as Response};
use rtc_app::{
    AccessClaims, ConferenceDesk, Mailbox, MessageRate, Negotiator, Outbound, PeerMedia, Session, Tenant,
    Verdict,
};
use rtc_types::SeatId;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// How often the connection looks at the time.
const TICK: Duration = Duration::from_secs(5);
/// Ticks between WebSocket pings.
const TICKS_PER_PING: u32 = 2;
/// Ticks between new tokens for the client.
const TICKS_PER_TOKEN: u32 = 60;
/// How long a new token is good, in seconds.
const TOKEN_LIFE_S: u64 = 600;
/// A client that is silent for so long is given up; its seat is kept.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// How long a client may take until its media connection is up.
const JOIN_MAX: Duration = Duration::from_secs(60);
/// How long a write may take before the client is given up.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a client may take to answer a close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// The connection broke.
#[derive(Debug)]
pub(crate) struct Broken;

/// What follows from one turn of the loop.
pub(crate) enum Next {
    Continue,
    /// The client went on purpose, or we ended its stay: its seat ends.
    Leave,
    /// Another connection has the seat, or nobody any more.
    Gone,
}

type Turn = Result<Next, Broken>;

/// What a connection is made with.
pub(crate) struct Admitted {
    pub(crate) tenant: Tenant,
    pub(crate) claims: AccessClaims,
    pub(crate) session: Session,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) entry: Entry,
}

pub(crate) struct Connection {
    shared: Arc<Shared>,
    socket: WebSocket,
    form: Form,
    tenant: Tenant,
    claims: AccessClaims,
    session: Session,
    mailbox: Arc<Mailbox>,
    desk: ConferenceDesk,
    media: PeerMedia,
    negotiator: Negotiator,
    /// Whether the client has one peer connection for both ways, else one for each.
    single: bool,
    /// Producers that the client was told of: it drops tracks that it does not know.
    told: HashSet<Arc<str>>,
    /// Producers that the client may not have.
    denied: HashSet<Arc<str>>,
    /// Members that the client was told of.
    members: HashSet<SeatId>,
    speaker: Option<String>,
    /// Consumers whose stream rests because the way does not bear it, and those that ran.
    streams: HashMap<Arc<str>, bool>,
    rate: MessageRate,
    heard: Instant,
    began: Instant,
}

impl Connection {
    /// Serves a client to its end.
    pub(crate) async fn serve(shared: Arc<Shared>, socket: WebSocket, admitted: Admitted) {
        let Admitted { tenant, claims, session, mailbox, entry } = admitted;
        let (desk, media) = (session.conference(), session.media());
        let Ok(negotiator) = media.negotiator() else { return session.leave() };
        let relay = Relay {
            app: shared.app.clone(),
            shared: shared.clone(),
            desk: desk.clone(),
            media: media.clone(),
        };
        // Where the seat is gone already, the mailbox says so.
        let _ = media.listen_to_channels(Arc::new(move |message| relay.handle(&message)));
        let now = std::time::Instant::now();
        let connection = Self {
            form: Form::Binary,
            single: entry.single,
            told: HashSet::new(),
            denied: HashSet::new(),
            members: HashSet::new(),
            speaker: None,
            streams: HashMap::new(),
            rate: MessageRate::new(shared.config.rate_per_s, shared.config.burst, now),
            heard: Instant::now(),
            began: Instant::now(),
            shared,
            socket,
            tenant,
            claims,
            session,
            mailbox,
            desk,
            media,
            negotiator,
        };
        connection.run(entry).await;
    }

    async fn run(mut self, entry: Entry) {
        let end = match self.start(entry).await {
            Ok(Next::Continue) => self.turn().await,
            end => end,
        };
        match end {
            Ok(Next::Leave) => {
                self.session.leave();
                close(self.socket).await;
            }
            Ok(Next::Gone | Next::Continue) => {
                drop(self.session);
                close(self.socket).await;
            }
            // The seat is kept for a while.
            Err(Broken) => drop(self.session),
        }
    }

    /// Turns until the end.
    async fn turn(&mut self) -> Turn {
        let mut outbound = Vec::new();
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut count = 0_u32;
        loop {
            let next = tokio::select! {
                () = self.mailbox.drain(&mut outbound) => self.handle_outbound(&mut outbound).await?,
                frame = self.socket.recv() => self.handle_frame(frame).await?,
                _ = ticks.tick() => {
                    count = count.wrapping_add(1);
                    self.handle_tick(count).await?
                }
            };
            if !matches!(next, Next::Continue) {
                return Ok(next);
            }
        }
    }

    async fn handle_frame(&mut self, frame: Option<Result<Message, axum::Error>>) -> Turn {
        let message = match frame {
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Broken),
            Some(Ok(message)) => message,
        };
        self.heard = Instant::now();
        if matches!(message, Message::Ping(_) | Message::Pong(_)) {
            return Ok(Next::Continue);
        }
        match self.rate.take(std::time::Instant::now()) {
            Verdict::Take => {}
            Verdict::Close => return Err(Broken),
            Verdict::Refuse | Verdict::RefuseAloud => return Ok(Next::Continue),
        }
        self.shared.received.increment(1);
        let Some((form, request)) = frame::read(&message) else { return Ok(Next::Continue) };
        self.form = form;
        self.handle_request(request).await
    }

    async fn handle_tick(&mut self, count: u32) -> Turn {
        if self.heard.elapsed() > SILENCE_MAX {
            return Err(Broken);
        }
        let active = self.desk.profile().is_some_and(|profile| profile.active);
        if !active && self.began.elapsed() > JOIN_MAX {
            self.send(render::leave(lk::DisconnectReason::JoinFailure, Action::Reconnect)).await?;
            return Ok(Next::Leave);
        }
        if count.is_multiple_of(TICKS_PER_PING) {
            self.write(Message::Ping(Vec::new().into())).await?;
        }
        if count.is_multiple_of(TICKS_PER_TOKEN) {
            self.refresh_token().await?;
        }
        Ok(Next::Continue)
    }

    /// A token with which the client may come back later, with the rights that it has now.
    async fn refresh_token(&mut self) -> Result<(), Broken> {
        let now_s = self.shared.app.now() / 1000;
        let claims = AccessClaims { exp: now_s + TOKEN_LIFE_S, nbf: None, ..self.claims.clone() };
        match self.shared.app.mint_access_token(&self.tenant, &claims).await {
            Ok(token) => self.send(Response::RefreshToken(token)).await,
            // The client has one that is good for some time yet.
            Err(error) => {
                tracing::warn!(%error, "a client's token was not renewed");
                Ok(())
            }
        }
    }

    async fn handle_outbound(&mut self, outbound: &mut Vec<Outbound>) -> Turn {
        let mut changes = notice::Changes::default();
        let mut end = Next::Continue;
        for item in outbound.drain(..) {
            match item {
                Outbound::Message { seq, message } => {
                    changes.note_message(&message);
                    self.session.acknowledge(seq);
                }
                Outbound::Media(notice) => {
                    if let Some(next) = self.handle_media(notice, &mut changes).await? {
                        end = next;
                    }
                }
                Outbound::Conference(notice) => self.handle_conference(notice, &mut changes).await?,
                Outbound::Closed(reason) => {
                    end = Next::Gone;
                    // The seat that another connection took over lives on; its client knows.
                    if self.desk.member(&self.desk.peer().seat).is_none() {
                        let reason = render::disconnect_reason(reason);
                        self.send(render::leave(reason, Action::Disconnect)).await?;
                    }
                }
                Outbound::Restart => {
                    self.send(render::leave(lk::DisconnectReason::ServerShutdown, Action::Reconnect)).await?;
                    end = Next::Gone;
                }
            }
        }
        if matches!(end, Next::Continue) {
            self.tell(changes).await?;
        }
        Ok(end)
    }

    /// Writes a message and sees it off.
    pub(crate) async fn send(&mut self, message: Response) -> Result<(), Broken> {
        self.shared.sent.increment(1);
        let frame = frame::write(self.form, message);
        self.write(frame).await
    }

    async fn write(&mut self, frame: Message) -> Result<(), Broken> {
        match timeout(WRITE_TIMEOUT, self.socket.send(frame)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Broken),
        }
    }
}

/// Says that nothing follows, and waits a little for the client to see it.
pub(crate) async fn close(mut socket: WebSocket) {
    let frame = CloseFrame { code: axum::extract::ws::close_code::NORMAL, reason: "".into() };
    // A client that is gone already need not be told.
    let _ = timeout(CLOSE_TIMEOUT, async {
        socket.send(Message::Close(Some(frame))).await?;
        while let Some(Ok(_)) = socket.recv().await {}
        Ok::<_, axum::Error>(())
    })
    .await;
}
