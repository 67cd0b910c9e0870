//! `app create`, `app list`, `app rotate-secret`.

use super::output::{Output, accepted, first, table};
use crate::{
    cli::{AppCommand, Paging},
    exit::Failure,
    time::iso as time,
};
use rtc_app::{App, AppDetails};
use rtc_types::AppId;
use rtc_wire::rest;
use serde_json::json;

/// Carries out a command on apps.
pub async fn run(app: &App, command: AppCommand) -> Result<Output, Failure> {
    match command {
        AppCommand::Create { name } => create(app, name).await,
        AppCommand::List(paging) => list(app, paging).await,
        AppCommand::RotateSecret { id, grace_hours } => rotate(app, &id, grace_hours).await,
    }
}

async fn create(app: &App, name: String) -> Result<Output, Failure> {
    accepted(&rest::CreateApp { name: name.clone() })?;
    let made = first(app.create_app(&name, None).await?)?;
    let created = rest::AppCreated {
        id: made.app.id.to_string(),
        name,
        secret: Some(made.secret.clone()),
        created_at: time(made.app.created_at),
    };
    let text = format!(
        "id:     {}\nname:   {}\nsecret: {}\nThe secret is shown this once.",
        created.id, created.name, made.secret
    );
    Output::new(&created, text)
}

async fn list(app: &App, paging: Paging) -> Result<Output, Failure> {
    let apps = app.list_apps(paging.limit, None).await?.items;
    let row = |app: &AppDetails| vec![app.id.to_string(), app.name.clone(), time(app.created_at)];
    let rows: Vec<_> = apps.iter().map(row).collect();
    let values: Vec<_> = apps
        .iter()
        .map(|app| {
            json!({
                "id": app.id, "name": app.name,
                "createdAt": time(app.created_at), "updatedAt": time(app.updated_at),
            })
        })
        .collect();
    Output::new(&values, table(&["ID", "NAME", "CREATED"], &rows))
}

async fn rotate(app: &App, id: &str, grace_hours: u32) -> Result<Output, Failure> {
    let id = AppId::new(id).map_err(|error| Failure::Usage(format!("id: {error}")))?;
    let secret = app.rotate_secret(&id, grace_hours).await?.secret;
    let old = match grace_hours {
        0 => "The old secret is no longer valid.".to_owned(),
        hours => format!("The old secret stays valid for {hours} h."),
    };
    let text = format!("id:     {id}\nsecret: {secret}\nThe secret is shown this once. {old}");
    let rotated = rest::SecretRotated { id: id.to_string(), secret };
    Output::new(&rotated, text)
}
