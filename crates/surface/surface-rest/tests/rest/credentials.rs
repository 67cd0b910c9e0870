//! Who may call what: every operation with missing, wrong and another tenant's credentials.

use crate::{
    operations::{Objects, all},
    world::{ADMIN_KEY, Headers, World, as_admin},
};
use serde_json::json;

#[tokio::test]
async fn every_operation_refuses_missing_and_wrong_credentials() {
    let world = World::new().await;
    let objects = Objects::make(&world).await;
    let (id, secret) = world.owner.clone();
    let (other_id, other_secret) = world.stranger.clone();
    let pair =
        |id: &str, secret: &str| vec![("x-app-id", id.to_owned()), ("x-app-secret", secret.to_owned())];
    let bearer = |value: String| vec![("authorization", value)];
    let tenants_wrong: Vec<Headers> = vec![
        vec![],
        vec![("x-app-id", id.clone())],
        vec![("x-app-secret", secret.clone())],
        pair(&id, "wrong"),
        pair(&id, ""),
        pair(&id, &other_secret),
        pair(&other_id, &secret),
        pair("nobody", &secret),
        pair("' OR 1=1 --", &secret),
        [pair(&id, &secret), pair(&other_id, &other_secret)].concat(),
        as_admin(),
    ];
    let operators_wrong: Vec<Headers> = vec![
        vec![],
        bearer("Bearer wrong".into()),
        bearer("Bearer ".into()),
        bearer(ADMIN_KEY.into()),
        bearer(format!("Basic {ADMIN_KEY}")),
        bearer(format!("Bearer {ADMIN_KEY}x")),
        [as_admin(), as_admin()].concat(),
        world.as_owner(),
    ];
    for operation in all() {
        let wrong = if operation.is_operators { &operators_wrong } else { &tenants_wrong };
        for headers in wrong {
            let answer = operation.send(&world, &operation.path(&objects), headers).await;
            answer.expect_error(401, "UNAUTHORIZED", &format!("{} {headers:?}", operation.name()));
        }
    }
    world.get(&format!("/rooms/{}", objects.room), &world.as_owner()).await.expect(200);
}

#[tokio::test]
async fn another_tenants_object_is_not_found_and_stays_untouched() {
    let world = World::new().await;
    let objects = Objects::make(&world).await;
    let _ana = world.seat(&objects.room, "ana").await;
    let path = format!("/rooms/{}", objects.room);
    let before = world.get(&path, &world.as_owner()).await.expect(200);
    let mut seen = 0;
    for operation in all().iter().filter(|operation| operation.takes_object() && !operation.is_operators) {
        let answer = operation.send(&world, &operation.path(&objects), &world.as_stranger()).await;
        answer.expect_error(404, "NOT_FOUND", &operation.name());
        seen += 1;
    }
    assert_eq!(seen, 8);
    assert_eq!(world.get(&path, &world.as_owner()).await.expect(200), before);
    assert_eq!(world.get("/rooms", &world.as_stranger()).await.expect(200), json!([]));
}

#[tokio::test]
async fn an_object_that_is_not_there_is_not_found() {
    let world = World::new().await;
    for operation in all().iter().filter(|operation| operation.takes_object()) {
        for id in [
            "nothing",
            "%27%20OR%201%3D1%20--",
            "..",
            "%00",
            "%ff",
            "a%2Fb",
            "%F0%9F%98%80",
            &"x".repeat(200),
        ] {
            let objects = Objects { app: id.into(), room: id.into(), jti: id.into(), user: "ana" };
            // A client would fold `..` away before it is sent.
            let path = operation.path(&objects).replace("/../", "/%2E%2E/");
            if path.ends_with("/..") {
                continue;
            }
            let answer = operation.send(&world, &path, &operation.headers(&world)).await;
            answer.expect_error(404, "NOT_FOUND", &format!("{} {id}", operation.name()));
        }
    }
}

#[tokio::test]
async fn in_development_callers_without_credentials_are_the_tenant_dev_and_wrong_ones_are_refused() {
    let world = World::with(|config| {
        config.development = true;
        config.admin_key = None;
    })
    .await;
    let room = world.call("POST", "/rooms", &vec![], json!({ "name": "open" })).await.expect(201);
    assert_eq!(room["appId"], "dev");
    let wrong = vec![("x-app-id", "dev".to_owned()), ("x-app-secret", "wrong".to_owned())];
    world.get("/rooms", &wrong).await.expect_error(401, "UNAUTHORIZED", "wrong in development");
    world.get("/apps", &vec![]).await.expect(200);
}
