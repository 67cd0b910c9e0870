//! Requests under an `Idempotency-Key`.

use crate::world::{Headers, World, as_admin};
use serde_json::{Value, json};

fn keyed(headers: Headers, key: &str) -> Headers {
    [headers, vec![("idempotency-key", key.to_owned())]].concat()
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer() {
    let world = World::new().await;
    let headers = keyed(world.as_owner(), "k");
    let first = world.call("POST", "/rooms", &headers, json!({ "name": "a" })).await.expect(201);
    let again = world.call("POST", "/rooms", &headers, json!({ "name": "a" })).await.expect(201);
    assert_eq!(first, again);
    let path = format!("/rooms/{}/token", first["id"].as_str().unwrap());
    let token = world.call("POST", &path, &headers, json!({ "userId": "ana" })).await.expect(201);
    assert_eq!(world.call("POST", &path, &headers, json!({ "userId": "ana" })).await.expect(201), token);
    assert_eq!(world.get("/rooms", &world.as_owner()).await.expect(200).as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_secret_is_not_shown_twice() {
    let world = World::new().await;
    let headers = keyed(as_admin(), "k");
    let first = world.call("POST", "/apps", &headers, json!({ "name": "a" })).await.expect(201);
    let again = world.call("POST", "/apps", &headers, json!({ "name": "a" })).await.expect(201);
    assert!(first["secret"].as_str().unwrap().starts_with("sk_"));
    assert_eq!((&first["id"], again.get("secret")), (&again["id"], None));
}

#[tokio::test]
async fn another_body_under_the_same_key_is_a_mismatch() {
    let world = World::new().await;
    for (path, headers, body, other) in [
        ("/apps".to_owned(), as_admin(), json!({ "name": "a" }), json!({ "name": "b" })),
        ("/rooms".to_owned(), world.as_owner(), json!({ "name": "a" }), json!({ "name": "b" })),
        (
            format!("/rooms/{}/token", world.room("r").await),
            world.as_owner(),
            json!({ "userId": "a" }),
            json!({ "userId": "b" }),
        ),
    ] {
        let headers = keyed(headers, "k");
        world.call("POST", &path, &headers, body).await.expect(201);
        let answer = world.call("POST", &path, &headers, other).await;
        answer.expect_error(422, "IDEMPOTENCY_MISMATCH", &path);
    }
}

#[tokio::test]
async fn tenants_do_not_share_keys() {
    let world = World::new().await;
    let room = |headers: Headers| {
        let world = &world;
        async move { world.call("POST", "/rooms", &keyed(headers, "k"), json!({ "name": "a" })).await.expect(201) }
    };
    let (one, other) = (room(world.as_owner()).await, room(world.as_stranger()).await);
    assert_ne!(one["id"], other["id"]);
}

#[tokio::test]
async fn duplicates_at_once_make_one_room() {
    let world = std::sync::Arc::new(World::new().await);
    let requests: Vec<_> = (0..12)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move {
                let headers = keyed(world.as_owner(), "at-once");
                world.call("POST", "/rooms", &headers, json!({ "name": "a" })).await.expect(201)["id"].clone()
            })
        })
        .collect();
    let mut ids: Vec<Value> = Vec::new();
    for request in requests {
        ids.push(request.await.unwrap());
    }
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(world.get("/rooms", &world.as_owner()).await.expect(200).as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_is_1_to_255_printable_characters_given_once() {
    let world = World::new().await;
    let long = keyed(world.as_owner(), &"k".repeat(256));
    let twice = keyed(keyed(world.as_owner(), "a"), "b");
    for headers in [keyed(world.as_owner(), ""), long, twice, keyed(world.as_owner(), "é")] {
        let answer = world.call("POST", "/rooms", &headers, json!({ "name": "a" })).await;
        let details = answer.expect_error(400, "VALIDATION_ERROR", "a key");
        assert_eq!(details[0]["path"], "idempotency-key");
    }
}
