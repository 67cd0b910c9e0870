//! Media through the server: what clients negotiate, and what they are told of it.

use super::{Connection, Next};
use crate::render;
use axum::extract::ws::Message;
use futures_util::SinkExt;
use rtc_app::{MediaError, MediaNotice, MediaSignal};
use rtc_types::ErrorCode;
use rtc_wire::signal::ClientMessage;

/// The connection broke.
pub(super) struct Broken;

impl Connection {
    /// A message for the media server.
    pub(super) async fn handle_media(&mut self, message: ClientMessage, id: Option<String>) -> Next {
        let Some(negotiator) = self.negotiator.clone() else {
            let text = MediaError::PeerToPeer.to_string();
            return self.send_error(ErrorCode::InvalidMessage, text, id).await;
        };
        let begins = matches!(message, ClientMessage::Subscribe { .. });
        let done = match message {
            ClientMessage::PublishOffer { rev, sdp, tracks, .. } => {
                let sources: Vec<_> = tracks.into_iter().map(|track| (track.mid, track.source)).collect();
                negotiator.publish(rev, &sdp, &sources).await
            }
            ClientMessage::SubscribeAnswer { rev, sdp, .. } => negotiator.answer(rev, &sdp).await,
            ClientMessage::Subscribe { sdp } => negotiator.subscribe(&sdp).await,
            ClientMessage::Restart { .. } => negotiator.restart().await,
            ClientMessage::View { views } => {
                let mut done = Ok(Vec::new());
                for view in views {
                    if let Err(error) = negotiator.view(&view.mid, view.width, view.height).await {
                        done = Err(error);
                    }
                }
                done
            }
            // We learn addresses from ICE checks; other messages do not come here.
            _ => Ok(Vec::new()),
        };
        match done {
            Ok(signals) => {
                let mut fed = self.feed_signals(signals).await;
                if begins && fed.is_ok() {
                    fed = self.feed_standing().await;
                }
                self.finish_feeding(fed).await
            }
            Err(error) => {
                let code = match error.code() {
                    code @ (ErrorCode::Forbidden | ErrorCode::NotInRoom | ErrorCode::Unavailable) => code,
                    _ => ErrorCode::InvalidMessage,
                };
                self.send_error(code, error.to_string(), id).await
            }
        }
    }

    /// The client is back: it is told again what it may have missed.
    pub(super) async fn resume_media(&mut self) -> Next {
        let Some(negotiator) = self.negotiator.clone() else { return Next::Continue };
        let signals = match negotiator.resume().await {
            Ok(signals) => signals,
            Err(error) => return self.give_up(&error),
        };
        let mut fed = self.feed_signals(signals).await;
        if fed.is_ok() {
            fed = self.feed_standing().await;
        }
        self.finish_feeding(fed).await
    }

    /// Writes what a notice means to the client.
    pub(super) async fn feed_notice(&mut self, notice: &MediaNotice) -> Result<(), Broken> {
        let Some(negotiator) = self.negotiator.clone() else { return Ok(()) };
        if let Some(text) = render::media_notice(self.heartbeat.seq(), notice) {
            return self.feed(text).await;
        }
        let signals = negotiator.handle(notice).await;
        self.feed_signals(signals).await
    }

    /// Writes an offer, where one is due.
    pub(super) async fn feed_offer(&mut self) -> Result<(), Broken> {
        let Some(negotiator) = self.negotiator.clone() else { return Ok(()) };
        match negotiator.flush().await {
            Ok(signals) => self.feed_signals(signals).await,
            Err(error) => {
                self.give_up(&error);
                Ok(())
            }
        }
    }

    async fn feed_standing(&mut self) -> Result<(), Broken> {
        let notices = self.session.as_ref().map(|session| session.media().standing());
        for notice in notices.unwrap_or_default() {
            if let Some(text) = render::media_notice(self.heartbeat.seq(), &notice) {
                self.feed(text).await?;
            }
        }
        Ok(())
    }

    async fn feed_signals(&mut self, signals: Vec<MediaSignal>) -> Result<(), Broken> {
        for signal in signals {
            self.feed(render::media_signal(self.heartbeat.seq(), signal)).await?;
        }
        Ok(())
    }

    async fn feed(&mut self, text: String) -> Result<(), Broken> {
        self.shared.sent.increment(1);
        self.socket.feed(Message::Text(text.into())).await.map_err(|_| Broken)
    }

    async fn finish_feeding(&mut self, fed: Result<(), Broken>) -> Next {
        match fed {
            Ok(()) => self.flush().await,
            Err(Broken) => Next::Broken,
        }
    }

    /// Media is not to be had now. Where its worker died or the seat ended, that is told by other ways.
    fn give_up(&self, error: &MediaError) -> Next {
        tracing::debug!(%error, "media was not negotiated");
        Next::Continue
    }
}
