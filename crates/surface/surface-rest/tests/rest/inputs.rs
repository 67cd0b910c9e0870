//! Every field and parameter of every operation, wrong in every way that its schema knows.

use crate::{
    operations::{Objects, Operation, all, document, resolve},
    world::World,
};
use serde_json::{Value, json};

/// Texts of a closed set or form that the schema does not spell out.
const CLOSED: [&str; 4] = ["topology", "role", "kind", "expiresIn"];

/// Values that a field must not take.
fn bad_values(name: &str, schema: &Value, required: bool) -> Vec<Value> {
    let kinds = schema["type"].to_string();
    let mut bad = Vec::new();
    if required {
        bad.push(Value::Null);
    }
    if kinds.contains("string") || CLOSED.contains(&name) {
        bad.extend([json!({}), json!(["a"]), json!(true)]);
        if let Some(most) = schema["maxLength"].as_u64() {
            bad.push(json!("x".repeat(most as usize + 1)));
        }
        if schema["minLength"].as_u64() == Some(1) {
            bad.extend([json!(""), json!("a\u{7}b")]);
        }
        if CLOSED.contains(&name) {
            bad.extend([json!("none-of-these"), json!("")]);
        }
    } else if kinds.contains("integer") {
        bad.extend([json!("5"), json!(2.5), json!({}), json!(true), json!(-1), json!(u64::MAX)]);
        bad.extend(schema["minimum"].as_i64().map(|least| json!(least - 1)));
        bad.extend(schema["maximum"].as_i64().map(|most| json!(most + 1)));
    } else if kinds.contains("boolean") {
        bad.extend([json!("true"), json!(1), json!([])]);
    } else {
        bad.extend([json!("a"), json!(5), json!(true)]);
    }
    match name {
        "metadata" => bad.extend([json!([]), json!({ "big": "x".repeat(8 * 1024) })]),
        "expiresIn" => {
            bad.extend([json!(59), json!(86_401), json!(-1), json!("59s"), json!("25h"), json!(90.5)])
        }
        "name" => bad.push(json!("   ")),
        _ => {}
    }
    bad
}

/// Every wrong body of an operation, with the path that its answer must name.
fn wrong_bodies(operation: &Operation) -> Vec<(String, Value)> {
    let (Some(schema), Some(good)) = (&operation.schema, operation.good_body()) else { return Vec::new() };
    let mut wrong = vec![("shoeSize".to_owned(), with(&good, "shoeSize", json!(1)))];
    let required: Vec<_> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for name in &required {
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(*name);
        wrong.push(((*name).to_owned(), body));
    }
    for (name, field) in schema["properties"].as_object().expect("fields") {
        let field = resolve(&document(), field);
        for bad in bad_values(name, &field, required.contains(&name.as_str())) {
            wrong.push((name.clone(), with(&good, name, bad)));
        }
        for (inner, inner_field) in field["properties"].as_object().into_iter().flatten() {
            for bad in bad_values(inner, inner_field, false) {
                wrong.push((format!("{name}.{inner}"), with(&good, name, json!({ inner: bad }))));
            }
        }
    }
    wrong
}

fn with(body: &Value, name: &str, value: Value) -> Value {
    let mut body = body.clone();
    body[name] = value;
    body
}

#[tokio::test]
async fn every_field_that_is_wrong_is_refused_by_its_name() {
    let world = World::new().await;
    let objects = Objects::make(&world).await;
    let mut sent = 0;
    for operation in all() {
        for (at, body) in wrong_bodies(&operation) {
            let what = format!("{} {at}: {:.120}", operation.name(), body.to_string());
            let headers = operation.headers(&world);
            let answer = world.call(&operation.method, &operation.path(&objects), &headers, body).await;
            operation.check_documented(&answer);
            let details = answer.expect_error(400, "VALIDATION_ERROR", &what);
            assert!(details.iter().any(|detail| detail["path"] == *at), "{what}: {details:?}");
            sent += 1;
        }
    }
    assert!(sent > 150, "only {sent} wrong bodies");
}

#[tokio::test]
async fn every_body_that_is_not_acceptable_json_is_refused() {
    let world = World::new().await;
    let objects = Objects::make(&world).await;
    let broken: [&[u8]; 10] = [
        b"{",
        b"[]",
        b"null",
        b"\"a\"",
        b"{} {}",
        b"{\"name\":NaN}",
        b"{\"name\":1e400}",
        b"{\"name\":\"\\ud800\"}",
        b"{\"name\":\"a\",\"name\":\"b\"}",
        b"\xff\xfe",
    ];
    let json = |operation: &Operation| {
        [operation.headers(&world), vec![("content-type", "application/json".to_owned())]].concat()
    };
    let mut seen = 0;
    for operation in all().into_iter().filter(|operation| operation.schema.is_some()) {
        let path = operation.path(&objects);
        for body in broken {
            let what = format!("{} {}", operation.name(), String::from_utf8_lossy(body));
            let answer = world.send(&operation.method, &path, &json(&operation), Some(body.to_vec())).await;
            answer.expect_error(400, "VALIDATION_ERROR", &what);
        }
        let bomb = format!("{{\"metadata\":{}", "[".repeat(50_000)).into_bytes();
        let answer = world.send(&operation.method, &path, &json(&operation), Some(bomb)).await;
        answer.expect_error(400, "VALIDATION_ERROR", &operation.name());
        let large = format!("{{\"name\":\"{}\"}}", "x".repeat(256 * 1024)).into_bytes();
        let answer = world.send(&operation.method, &path, &json(&operation), Some(large)).await;
        operation.check_documented(&answer);
        answer.expect_error(413, "PAYLOAD_TOO_LARGE", &operation.name());
        for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
            let mut headers = operation.headers(&world);
            headers.extend(kind.map(|kind| ("content-type", kind.to_owned())));
            let body = operation.good_body().unwrap().to_string().into_bytes();
            let answer = world.send(&operation.method, &path, &headers, Some(body)).await;
            operation.check_documented(&answer);
            answer.expect_error(415, "UNSUPPORTED_MEDIA_TYPE", &operation.name());
        }
        seen += 1;
    }
    assert_eq!(seen, 7);
}

#[tokio::test]
async fn every_query_parameter_that_is_wrong_is_refused_by_its_name() {
    let world = World::new().await;
    let objects = Objects::make(&world).await;
    let _ana = world.seat(&objects.room, "ana").await;
    for operation in all() {
        for name in &operation.query {
            let bad: &[&str] = match name.as_str() {
                "limit" => &["0", "201", "-1", "ten", "", "1.5", "1&limit=2"],
                "cursor" => &["", "garbage", "%00", "%27--", "a&cursor=b"],
                "ban" => &["maybe", "1", "", "true&ban=false"],
                other => panic!("no wrong values are known for {other}"),
            };
            for value in bad {
                let path = format!("{}?{name}={value}", operation.path(&objects));
                let answer = operation.send(&world, &path, &operation.headers(&world)).await;
                let details = answer.expect_error(400, "VALIDATION_ERROR", &path);
                assert_eq!(details[0]["path"], **name, "{path}");
            }
        }
    }
}
