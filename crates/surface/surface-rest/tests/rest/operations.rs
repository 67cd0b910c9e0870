//! The operations of the OpenAPI document, each with a request that it would answer well.

use crate::world::{Headers, World, as_admin};
use serde_json::{Map, Value, json};

#[derive(Clone, Debug)]
pub struct Operation {
    pub method: String,
    pub template: String,
    pub is_operators: bool,
    /// The body's schema, with references resolved; `None`: takes no body.
    pub schema: Option<Value>,
    pub query: Vec<String>,
    pub statuses: Vec<String>,
    pub has_key: bool,
}

/// The routes of the contract (calls.md, section REST). The document must name these and no others.
pub const CONTRACT: [&str; 16] = [
    "DELETE /apps/{appId}",
    "DELETE /rooms/{roomId}",
    "DELETE /rooms/{roomId}/participants/{userId}",
    "DELETE /tokens/{jti}",
    "GET /apps",
    "GET /apps/{appId}",
    "GET /rooms",
    "GET /rooms/{roomId}",
    "GET /rooms/{roomId}/participants",
    "PATCH /apps/{appId}",
    "PATCH /rooms/{roomId}",
    "POST /apps",
    "POST /apps/{appId}/rotate-secret",
    "POST /rooms",
    "POST /rooms/{roomId}/participants/{userId}/mute",
    "POST /rooms/{roomId}/token",
];

/// The owner's objects that paths are filled with.
pub struct Objects {
    pub app: String,
    pub room: String,
    pub jti: String,
    pub user: &'static str,
}

impl Objects {
    pub async fn make(world: &World) -> Self {
        let room = world.room("objects").await;
        let jti = world.token(&room, "ana").await["jti"].as_str().unwrap().to_owned();
        Self { app: world.owner.0.clone(), room, jti, user: "ana" }
    }
}

impl Operation {
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    pub fn takes_object(&self) -> bool {
        self.template.contains('{')
    }

    pub fn path(&self, objects: &Objects) -> String {
        self.template
            .replace("{appId}", &objects.app)
            .replace("{roomId}", &objects.room)
            .replace("{jti}", &objects.jti)
            .replace("{userId}", objects.user)
    }

    pub fn headers(&self, world: &World) -> Headers {
        if self.is_operators { as_admin() } else { world.as_owner() }
    }

    /// A body with the required fields alone.
    pub fn good_body(&self) -> Option<Value> {
        let schema = self.schema.as_ref()?;
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let field = |name: &str| match name {
            "kind" => json!("audio"),
            _ if schema["properties"][name]["type"] == "boolean" => json!(true),
            _ => json!("a"),
        };
        let fields = required.iter().filter_map(Value::as_str).map(|name| (name.to_owned(), field(name)));
        Some(Value::Object(fields.collect::<Map<_, _>>()))
    }

    /// Sends the good request with these headers.
    pub async fn send(&self, world: &World, path: &str, headers: &Headers) -> crate::world::Answer {
        let answer = match self.good_body() {
            Some(body) => world.call(&self.method, path, headers, body).await,
            None => world.send(&self.method, path, headers, None).await,
        };
        self.check_documented(&answer);
        answer
    }

    #[track_caller]
    pub fn check_documented(&self, answer: &crate::world::Answer) {
        let status = answer.status.to_string();
        assert!(
            self.statuses.contains(&status),
            "{} answers {status}, which it does not document",
            self.name()
        );
    }
}

pub fn document() -> Value {
    serde_json::to_value(surface_rest::openapi()).unwrap()
}

/// Follows a reference, and takes what is not null of a choice.
pub fn resolve(document: &Value, schema: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return resolve(document, &document["components"]["schemas"][name]);
    }
    let choices = schema["oneOf"].as_array().cloned().unwrap_or_default();
    let mut real = choices.iter().filter(|choice| choice["type"] != "null");
    match (real.next(), real.next()) {
        (Some(only), None) => resolve(document, only),
        _ => schema.clone(),
    }
}

pub fn all() -> Vec<Operation> {
    let document = document();
    let mut operations = Vec::new();
    for (template, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(_, value)| value.is_object()) {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let names = |place: &str| {
                let here = parameters.iter().filter(|parameter| parameter["in"] == place);
                here.map(|parameter| parameter["name"].as_str().unwrap().to_lowercase()).collect::<Vec<_>>()
            };
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            operations.push(Operation {
                method: method.to_uppercase(),
                template: template.clone(),
                is_operators: operation["security"].to_string().contains("adminKey"),
                schema: (!schema.is_null()).then(|| resolve(&document, schema)),
                query: names("query"),
                statuses: operation["responses"].as_object().unwrap().keys().cloned().collect(),
                has_key: names("header").contains(&"idempotency-key".to_owned()),
            });
        }
    }
    operations
}

#[test]
fn the_document_names_the_contracts_routes_and_no_others() {
    let mut names: Vec<_> = all().iter().map(Operation::name).collect();
    names.sort();
    assert_eq!(names, CONTRACT);
    for operation in all() {
        assert!(operation.statuses.iter().any(|status| status.starts_with('2')), "{operation:?}");
        let creates = ["POST /apps", "POST /rooms", "POST /rooms/{roomId}/token"];
        assert_eq!(operation.has_key, creates.contains(&operation.name().as_str()), "{operation:?}");
        assert_eq!(operation.is_operators, operation.template.starts_with("/apps"), "{operation:?}");
    }
}
