//! The demo's backend and the pages, as a browser meets them.
#![allow(clippy::unwrap_used)]

mod support;

use reqwest::{Client, Response, StatusCode, header};
use serde_json::{Value, json};
use support::Serving;

struct Demo {
    serving: Serving,
    client: Client,
    _folder: tempfile::TempDir,
}

impl Demo {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { serving: Serving::dev(folder.path()), client: Client::new(), _folder: folder }
    }

    async fn post(&self, path: &str, session: Option<&str>, body: Value) -> Response {
        let request = self.client.post(self.serving.url(path)).json(&body);
        let request = session.into_iter().fold(request, |request, session| request.bearer_auth(session));
        request.send().await.unwrap()
    }

    async fn login(&self, name: &str) -> (String, String) {
        let answer: Value =
            self.post("/demo/api/login", None, json!({ "name": name })).await.json().await.unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&answer["session"]), text(&answer["user"]["id"]))
    }
}

async fn code(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["error"]["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_meeting_is_made_read_and_entered_its_maker_as_host() {
    let demo = Demo::start();
    let (ana, ana_id) = demo.login("  Ana ").await;
    let (bob, _) = demo.login("Bob").await;
    let made = demo.post("/demo/api/meetings", Some(&ana), json!({ "name": "Weekly" })).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    assert_eq!(made.headers()[header::CACHE_CONTROL], "no-store");
    let made: Value = made.json().await.unwrap();
    let id = made["id"].as_str().unwrap();
    assert_eq!(made["link"], format!("/demo/m/{id}"));
    assert_eq!(made["maxParticipants"], 4);

    let read: Value = reqwest::get(demo.serving.url(&format!("/demo/api/meetings/{id}")))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(read, json!({ "id": id, "name": "Weekly", "participants": 0, "maxParticipants": 4 }));

    let path = format!("/demo/api/meetings/{id}/token");
    let token: Value = demo.post(&path, Some(&ana), json!({})).await.json().await.unwrap();
    assert_eq!(
        (&token["role"], &token["userId"], &token["appId"]),
        (&json!("host"), &json!(ana_id), &json!("dev"))
    );
    assert_eq!(token["url"], format!("ws://127.0.0.1:{}/", demo.serving.port));
    assert!(token["expiresAt"].as_str().unwrap().ends_with('Z'));
    let token: Value = demo.post(&path, Some(&bob), Value::Null).await.json().await.unwrap();
    assert_eq!(token["role"], "participant");
}

#[tokio::test]
async fn a_login_comes_as_a_cookie_as_well() {
    let demo = Demo::start();
    let answer = demo.post("/demo/api/login", None, json!({ "name": "Ana" })).await;
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    for part in ["demo_session=", "HttpOnly", "SameSite=Lax", "Path=/demo", "Max-Age=43200"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"));
    let by_cookie = demo
        .client
        .post(demo.serving.url("/demo/api/meetings"))
        .header(header::COOKIE, cookie.split(';').next().unwrap())
        .json(&json!({ "name": "Weekly" }));
    assert_eq!(by_cookie.send().await.unwrap().status(), StatusCode::CREATED);
}

#[tokio::test]
async fn each_wrong_request_has_its_code() {
    let demo = Demo::start();
    let (ana, _) = demo.login("Ana").await;
    let post = async |path: &str, session: Option<&str>, body: Value| {
        code(demo.post(path, session, body).await).await
    };
    let invalid = (400, "VALIDATION_ERROR".to_owned());
    for body in [
        json!({}),
        json!({ "name": "" }),
        json!({ "name": 1 }),
        json!({ "name": "a\nb" }),
        json!([]),
        json!({ "name": "x".repeat(61) }),
    ] {
        assert_eq!(post("/demo/api/login", None, body.clone()).await, invalid, "{body}");
    }
    for max in [json!(1), json!(17), json!(2.5), json!("4")] {
        let body = json!({ "name": "Weekly", "maxParticipants": max });
        assert_eq!(post("/demo/api/meetings", Some(&ana), body).await, invalid, "{max}");
    }
    let weekly = || json!({ "name": "Weekly" });
    let unauthorized = (401, "UNAUTHORIZED".to_owned());
    assert_eq!(post("/demo/api/meetings", None, weekly()).await, unauthorized);
    assert_eq!(post("/demo/api/meetings", Some("a.b"), weekly()).await, unauthorized);
    assert_eq!(post("/demo/api/meetings/x/token", None, weekly()).await, unauthorized);
    let missing = (404, "NOT_FOUND".to_owned());
    assert_eq!(post("/demo/api/meetings/x/token", Some(&ana), weekly()).await, missing);
    assert_eq!(post("/demo/api/nothing", None, weekly()).await, missing);
    let large = post("/demo/api/login", None, json!({ "name": "x".repeat(17_000) })).await;
    assert_eq!(large, (413, "PAYLOAD_TOO_LARGE".to_owned()));

    let get = reqwest::get(demo.serving.url("/demo/api/login")).await.unwrap();
    assert_eq!(get.headers()[header::ALLOW], "POST");
    assert_eq!(code(get).await, (405, "METHOD_NOT_ALLOWED".to_owned()));
    let raw = async |kind: &str, body: &'static str| {
        let request =
            demo.client.post(demo.serving.url("/demo/api/login")).header(header::CONTENT_TYPE, kind);
        code(request.body(body).send().await.unwrap()).await
    };
    assert_eq!(raw("text/plain", "{}").await, (415, "UNSUPPORTED_MEDIA_TYPE".to_owned()));
    assert_eq!(raw("application/json", "{").await, invalid);
}

#[tokio::test]
async fn pages_are_served_or_say_how_to_build_them() {
    let demo = Demo::start();
    for path in ["/", "/demo/", "/demo/m/abc", "/live/", "/live/s/abc", "/docs"] {
        let page = reqwest::get(demo.serving.url(path)).await.unwrap();
        let header = |name: header::HeaderName| page.headers()[name].to_str().unwrap().to_owned();
        assert!(header(header::CONTENT_TYPE).starts_with("text/html"), "{path}");
        assert!(header(header::CONTENT_SECURITY_POLICY).contains("default-src 'self'"), "{path}");
        assert_eq!(header(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        assert_eq!(header(header::CACHE_CONTROL), "no-cache", "{path}");
        let built = page.status() == StatusCode::OK;
        let text = page.text().await.unwrap();
        assert!(built || text.contains("make run"), "{path}: {text}");
    }
    for path in ["/demo/assets/none.js", "/live/assets/none.js"] {
        let script = reqwest::get(demo.serving.url(path)).await.unwrap();
        assert_eq!(script.status(), StatusCode::NOT_FOUND, "a missing script is no page");
    }
}

#[tokio::test]
async fn every_route_of_the_api_description_is_there() {
    let demo = Demo::start();
    let document: Value =
        demo.client.get(demo.serving.url("/openapi.json")).send().await.unwrap().json().await.unwrap();
    let paths = document["paths"].as_object().unwrap();
    for expected in [
        "/rooms",
        "/rtc/connect",
        "/rtc/events",
        "/api/rooms/{roomId}",
        "/api/v1/livestreams/{id}/join",
        "/health",
    ] {
        assert!(paths.contains_key(expected), "{expected} is described");
    }
    for (template, operations) in paths {
        let path = template.replace(['{', '}'], "");
        for method in operations.as_object().unwrap().keys() {
            let name = format!("{method} {template}");
            let method = method.to_uppercase().parse::<reqwest::Method>().unwrap();
            let answer = demo.client.request(method, demo.serving.url(&path)).send().await.unwrap();
            let status = answer.status();
            assert_ne!(status, StatusCode::METHOD_NOT_ALLOWED, "{name}");
            if status == StatusCode::NOT_FOUND {
                assert!(!answer.text().await.unwrap().contains("there is no such path"), "{name}");
            }
        }
    }
}
