//! `room create`, `room list`.

use super::output::{Output, accepted, first, table};
use crate::{cli::RoomCommand, exit::Failure, time::iso as time};
use rtc_app::{App, RoomDetails, RoomDraft, Tenant};
use rtc_types::{AppId, TopologySetting};
use rtc_wire::rest;
use serde_json::{Value, json};

/// Carries out a command on rooms.
pub async fn run(app: &App, command: RoomCommand) -> Result<Output, Failure> {
    match command {
        RoomCommand::Create { name, app: id, max_participants, topology } => {
            let tenant = tenant(app, &id).await?;
            create(app, &tenant, name, max_participants, topology).await
        }
        RoomCommand::List { app: id, paging } => {
            let tenant = tenant(app, &id).await?;
            list(app, &tenant, paging.limit).await
        }
    }
}

/// The app that a command names.
pub async fn tenant(app: &App, id: &str) -> Result<Tenant, Failure> {
    let id = AppId::new(id).map_err(|error| Failure::Usage(format!("app: {error}")))?;
    Ok(app.tenant(&id).await?)
}

async fn create(
    app: &App,
    tenant: &Tenant,
    name: String,
    max_participants: u32,
    topology: String,
) -> Result<Output, Failure> {
    accepted(&rest::CreateRoom {
        name: name.clone(),
        max_participants: Some(max_participants),
        topology: Some(topology.clone()),
        metadata: None,
        empty_timeout: None,
    })?;
    let topology: TopologySetting =
        topology.parse().map_err(|error| Failure::Usage(format!("topology: {error}")))?;
    let draft = RoomDraft { name, max_participants, topology, metadata: None, empty_timeout_s: None };
    let room = first(app.create_room(tenant, draft, None).await?)?;
    let text = format!("id:   {}\nname: {}", room.id, room.name);
    Output::new(&value(&room), text)
}

async fn list(app: &App, tenant: &Tenant, limit: u32) -> Result<Output, Failure> {
    let rooms = app.list_rooms(tenant, limit, None).await?.items;
    let row = |room: &RoomDetails| {
        vec![room.id.to_string(), room.name.clone(), room.max_participants.to_string(), time(room.created_at)]
    };
    let rows: Vec<_> = rooms.iter().map(row).collect();
    let values: Vec<_> = rooms.iter().map(value).collect();
    Output::new(&values, table(&["ID", "NAME", "MAX", "CREATED"], &rows))
}

/// A room as the API shows it, without the live count, which only the serving process knows.
fn value(room: &RoomDetails) -> Value {
    let metadata: Option<Value> = room.metadata.as_deref().and_then(|text| serde_json::from_str(text).ok());
    json!({
        "id": room.id, "appId": room.app_id, "name": room.name, "maxParticipants": room.max_participants,
        "topology": room.topology.as_str(), "metadata": metadata.unwrap_or_else(|| json!({})),
        "emptyTimeout": room.empty_timeout_s,
        "createdAt": time(room.created_at), "updatedAt": time(room.updated_at),
    })
}
