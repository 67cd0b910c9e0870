//! What each route does when all is well.

use crate::world::{World, as_admin, credentials};
use serde_json::json;

#[tokio::test]
async fn an_app_is_made_shown_renamed_capped_and_deleted() {
    let world = World::new().await;
    let admin = as_admin();
    let made = world.call("POST", "/apps", &admin, json!({ "name": "shop" })).await.expect(201);
    assert_eq!(made["createdAt"], "2027-01-15T08:00:00.000Z");
    let id = made["id"].as_str().unwrap().to_owned();
    let path = format!("/apps/{id}");
    let shown = world.get(&path, &admin).await.expect(200);
    assert_eq!((&shown["name"], shown.get("secret")), (&json!("shop"), None));
    let patch = json!({ "name": "store", "limits": { "roomsMax": 3 } });
    let patched = world.call("PATCH", &path, &admin, patch).await.expect(200);
    assert_eq!((&patched["name"], &patched["limits"]), (&json!("store"), &json!({ "roomsMax": 3 })));
    let app = credentials(&(id, made["secret"].as_str().unwrap().to_owned()));
    world.call("POST", "/rooms", &app, json!({ "name": "a" })).await.expect(201);
    let deleted = world.send("DELETE", &path, &admin, None).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    world.get(&path, &admin).await.expect_error(404, "NOT_FOUND", "deleted");
    world.get("/rooms", &app).await.expect_error(401, "UNAUTHORIZED", "deleted");
}

#[tokio::test]
async fn a_rotated_secret_leaves_the_old_one_good_for_its_grace() {
    let world = World::new().await;
    let path = format!("/apps/{}/rotate-secret", world.owner.0);
    // No body at all: 24 hours.
    let rotated = world.send("POST", &path, &as_admin(), None).await.expect(200);
    let second = credentials(&(world.owner.0.clone(), rotated["secret"].as_str().unwrap().to_owned()));
    world.get("/rooms", &world.as_owner()).await.expect(200);
    world.get("/rooms", &second).await.expect(200);
    world.server.advance(24 * 3_600_000 - 1);
    world.get("/rooms", &world.as_owner()).await.expect(200);
    world.server.advance(1);
    world.get("/rooms", &world.as_owner()).await.expect_error(401, "UNAUTHORIZED", "after its grace");
    let rotated = world.call("POST", &path, &as_admin(), json!({ "graceHours": 0 })).await.expect(200);
    world.get("/rooms", &second).await.expect_error(401, "UNAUTHORIZED", "no grace");
    let third = credentials(&(world.owner.0.clone(), rotated["secret"].as_str().unwrap().to_owned()));
    world.get("/rooms", &third).await.expect(200);
}

#[tokio::test]
async fn a_room_is_made_shown_changed_and_deleted() {
    let world = World::new().await;
    let owner = world.as_owner();
    let body = json!({ "name": "daily", "metadata": { "k": [1, null] }, "emptyTimeout": 60 });
    let made = world.call("POST", "/rooms", &owner, body).await.expect(201);
    let id = made["id"].as_str().unwrap();
    assert_eq!(
        made,
        json!({ "id": id, "appId": world.owner.0, "name": "daily", "maxParticipants": 2, "topology": "auto",
            "metadata": { "k": [1, null] }, "emptyTimeout": 60, "createdAt": "2027-01-15T08:00:00.000Z",
            "updatedAt": "2027-01-15T08:00:00.000Z", "participants": 0 })
    );
    let path = format!("/rooms/{id}");
    assert_eq!(world.get(&path, &owner).await.expect(200), made);
    world.server.advance(1500);
    let patch = json!({ "name": "weekly", "topology": "p2p", "maxParticipants": 8 });
    let patched = world.call("PATCH", &path, &owner, patch).await.expect(200);
    assert_eq!((&patched["maxParticipants"], &patched["metadata"]), (&json!(8), &made["metadata"]));
    assert_eq!(patched["updatedAt"], "2027-01-15T08:00:01.500Z");
    assert_eq!(world.send("DELETE", &path, &owner, None).await.status, 204);
    world.get(&path, &owner).await.expect_error(404, "NOT_FOUND", "deleted");
}

#[tokio::test]
async fn lists_are_newest_first_and_go_on_by_cursor() {
    let world = World::new().await;
    for number in 0..5 {
        world.room(&number.to_string()).await;
        world.server.advance(1);
    }
    let (mut names, mut path) = (Vec::new(), "/rooms?limit=2".to_owned());
    loop {
        let answer = world.get(&path, &world.as_owner()).await;
        let page = answer.expect(200);
        assert!(page.as_array().unwrap().len() <= 2);
        names.extend(page.as_array().unwrap().iter().map(|room| room["name"].as_str().unwrap().to_owned()));
        match answer.header("x-next-cursor") {
            Some(cursor) => path = format!("/rooms?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(names, ["4", "3", "2", "1", "0"]);
    let apps = world.get("/apps?limit=1", &as_admin()).await;
    assert_eq!(apps.expect(200).as_array().unwrap().len(), 1);
    assert!(apps.header("x-next-cursor").is_some());
}

#[tokio::test]
async fn a_token_names_its_room_user_role_end_and_where_to_connect() {
    let world = World::new().await;
    let room = world.room("a").await;
    let path = format!("/rooms/{room}/token");
    let body = json!({ "userId": "ana", "role": "host", "expiresIn": "15m", "metadata": { "a": 1 } });
    let token = world.call("POST", &path, &world.as_owner(), body).await.expect(201);
    assert_eq!(
        (&token["roomId"], &token["userId"], &token["role"]),
        (&json!(room), &json!("ana"), &json!("host"))
    );
    assert_eq!(token["expiresAt"], "2027-01-15T08:15:00.000Z");
    assert_eq!(token["url"], format!("ws://{}/ws", world.server.address));
    let plain = world.token(&room, "ben").await;
    assert_eq!(
        (&plain["role"], &plain["expiresAt"]),
        (&json!("participant"), &json!("2027-01-15T09:00:00.000Z"))
    );
    let revoke = format!("/tokens/{}", token["jti"].as_str().unwrap());
    assert_eq!(world.send("DELETE", &revoke, &world.as_owner(), None).await.status, 204);
}

#[tokio::test]
async fn participants_are_listed_muted_and_kicked() {
    let world = World::new().await;
    let owner = world.as_owner();
    let room = world.room("a").await;
    let (_ana, _ben) = (world.seat(&room, "ana").await, world.seat(&room, "ben").await);
    let path = format!("/rooms/{room}/participants");
    let mute = json!({ "kind": "audio", "muted": true });
    assert_eq!(world.call("POST", &format!("{path}/ana/mute"), &owner, mute).await.status, 204);
    let listed = world.get(&path, &owner).await.expect(200);
    assert_eq!((&listed[0]["userId"], &listed[0]["muted"]), (&json!("ana"), &json!(["audio"])));
    assert_eq!((&listed[0]["tracks"], &listed[0]["role"]), (&json!([]), &json!("participant")));
    assert_eq!(world.get(&format!("/rooms/{room}"), &owner).await.expect(200)["participants"], 2);
    assert_eq!(world.send("DELETE", &format!("{path}/ana?ban=true"), &owner, None).await.status, 204);
    let again = world.send("DELETE", &format!("{path}/ana"), &owner, None).await;
    again.expect_error(404, "NOT_FOUND", "kicked already");
    let left = world.get(&path, &owner).await.expect(200);
    assert_eq!((left.as_array().unwrap().len(), &left[0]["userId"]), (1, &json!("ben")));
}
