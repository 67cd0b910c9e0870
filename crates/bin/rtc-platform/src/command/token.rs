//! `token create`.

use super::{
    output::{Output, accepted, first},
    room::tenant,
};
use crate::{cli::TokenCommand, config::Config, exit::Failure, time::iso as time};
use rtc_app::{App, TokenDraft};
use rtc_types::{Role, RoomId, UserId};
use rtc_wire::rest::{self, Lifetime};

/// Carries out a command on tokens.
pub async fn run(app: &App, command: TokenCommand, config: &Config) -> Result<Output, Failure> {
    let TokenCommand::Create { app: id, room, user, role, expires_in } = command;
    let request = rest::CreateToken {
        user_id: user,
        role: Some(role),
        expires_in: expires_in.map(Lifetime::Text),
        metadata: None,
    };
    accepted(&request)?;
    let tenant = tenant(app, &id).await?;
    let room = RoomId::new(&room).map_err(|error| Failure::Usage(format!("room: {error}")))?;
    let minted = first(app.create_token(&tenant, &room, draft(&request)?, None).await?)?;
    let created = rest::TokenCreated {
        token: minted.token,
        jti: minted.jti.to_string(),
        room_id: minted.room_id.to_string(),
        user_id: minted.user_id.to_string(),
        role: minted.role.to_string(),
        expires_at: time(minted.expires_at),
        url: signaling_url(config),
    };
    let text = created.token.clone();
    Output::new(&created, text)
}

/// Where the SDK connects: below `PUBLIC_URL`, or on this machine.
fn signaling_url(config: &Config) -> String {
    match &config.public_url {
        // "http" becomes "ws", "https" becomes "wss".
        Some(url) => format!("{}/ws", url.trim_end_matches('/').replacen("http", "ws", 1)),
        None => format!("ws://localhost:{}/ws", config.port),
    }
}

fn draft(request: &rest::CreateToken) -> Result<TokenDraft, Failure> {
    let usage = |error: String| Failure::Usage(error);
    let role: Option<Result<Role, _>> = request.role.as_deref().map(str::parse);
    let life_s = request.expires_in.as_ref().map(Lifetime::seconds);
    Ok(TokenDraft {
        user_id: UserId::new(&request.user_id).map_err(|error| usage(format!("user: {error}")))?,
        role: role.transpose().map_err(|error| usage(format!("role: {error}")))?.unwrap_or(Role::Participant),
        life_s: life_s.transpose().map_err(|error| usage(format!("expires-in: {error}")))?,
        metadata: None,
    })
}
