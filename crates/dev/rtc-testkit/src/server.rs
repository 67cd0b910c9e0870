//! Starts and holds the server.

use axum::Router;
use rtc_app::{App, AppConfig, IdempotentAnswer};
use rtc_http::{HttpLimits, HttpState, OuterConfig, outer_layers};
use rtc_store::{Store, StoreOptions};
use rtc_types::AppId;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// When the test's clock starts: 2027-01-15T08:00:00Z, in milliseconds since the epoch.
const EPOCH_MS: u64 = 1_800_000_000_000;

/// What a surface's router is made from.
pub struct Started {
    /// The use cases.
    pub app: App,
    /// What HTTP surfaces share.
    pub http: HttpState,
}

/// Makes one surface's router.
pub type Mount = Box<dyn FnOnce(&Started) -> Router + Send>;

/// Boxes a maker of a router.
pub fn mount(make: impl FnOnce(&Started) -> Router + Send + 'static) -> Mount {
    Box::new(make)
}

/// How the server is started.
pub struct Config {
    /// The surfaces.
    pub mounts: Vec<Mount>,
    /// Guards the operator's routes; `None`: nothing does.
    pub admin_key: Option<String>,
    /// Whether callers without credentials act as the tenant `dev`.
    pub development: bool,
    /// Limits of HTTP requests.
    pub limits: HttpLimits,
    /// Browser origins that may call.
    pub allowed_origins: Vec<String>,
}

impl Config {
    /// These surfaces, an operator's key, no default tenant, and rates that no test reaches by accident.
    pub fn of(mounts: Vec<Mount>) -> Self {
        let rate = 1_000_000;
        let limits =
            HttpLimits { rate_per_app_per_s: rate, rate_per_address_per_s: rate, ..HttpLimits::default() };
        Self {
            mounts,
            admin_key: Some("an-admin-key-for-tests-of-32-bytes".into()),
            development: false,
            limits,
            allowed_origins: Vec::new(),
        }
    }
}

/// A running server. It ends with the test's runtime.
pub struct TestServer {
    /// The use cases.
    pub app: App,
    /// The database; closing it makes the server answer as with a database that is down.
    pub store: Store,
    /// Where it listens.
    pub address: SocketAddr,
    clock: Arc<AtomicU64>,
    _folder: tempfile::TempDir,
}

impl TestServer {
    /// Starts on a free port of the loopback address, with a database of its own.
    ///
    /// # Panics
    /// Where it cannot start.
    pub async fn start(config: Config) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        let store = Store::connect(&url, StoreOptions::default()).await.expect("a database");
        let clock = Arc::new(AtomicU64::new(EPOCH_MS));
        let dev = AppId::new("dev").expect("an id");
        let app_config = AppConfig {
            jwt_secret: "a-secret-for-tests-of-at-least-32-bytes".into(),
            secrets_key: "another-secret-for-tests-of-32-bytes".into(),
            admin_key: config.admin_key,
            default_tenant: config.development.then(|| dev.clone()),
            ..AppConfig::default()
        };
        let time = clock.clone();
        let app = App::new(app_config, store.clone(), Arc::new(move || time.load(Ordering::SeqCst)));
        if config.development {
            app.create_app_as(dev, "development", None).await.expect("the tenant dev");
        }
        let started = Started { app: app.clone(), http: HttpState::new(app.clone(), config.limits) };
        let router =
            config.mounts.into_iter().fold(Router::new(), |router, mount| router.merge(mount(&started)));
        let router = outer_layers(
            router,
            &OuterConfig { allowed_origins: config.allowed_origins, ..OuterConfig::default() },
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self { app, store, address, clock, _folder: folder }
    }

    /// The server's URL, without a slash at its end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes an app; gives its id and secret.
    ///
    /// # Panics
    /// Where it cannot.
    pub async fn tenant(&self, name: &str) -> (String, String) {
        match self.app.create_app(name, None).await.expect("an app") {
            IdempotentAnswer::First(made) => (made.app.id.to_string(), made.secret),
            IdempotentAnswer::Repeat(_) => unreachable!("no key was given"),
        }
    }

    /// Lets time pass for the use cases, and does what is due then.
    pub fn advance(&self, ms: u64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
        self.app.sweep();
    }
}
