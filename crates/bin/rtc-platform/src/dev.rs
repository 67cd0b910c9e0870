//! The tenant of development: made at the first start, its secret kept beside the other generated keys.

use crate::{
    config::{Config, Secret},
    exit::Failure,
    foundation::{DEV_TENANT, Foundation},
    keys::{self, Existing},
};
use rtc_app::{IdempotentAnswer, RequestError};
use rtc_types::AppId;

/// Where the secret is kept, in the data folder.
const SECRET_FILE: &str = "dev-app-secret";

/// Makes the tenant where there is none. Gives its secret; `None` where it was made or changed elsewhere.
///
/// # Errors
/// The database's, or a data folder that cannot be written.
pub async fn tenant(config: &Config, foundation: &Foundation) -> Result<Option<Secret>, Failure> {
    let app = &foundation.app;
    let id = AppId::new(DEV_TENANT).map_err(Failure::failed)?;
    match app.get_app(&id).await {
        Ok(_) => {
            let Some(secret) = keys::read(&config.data_dir, SECRET_FILE)? else {
                return Ok(None);
            };
            let good = app.authenticate(DEV_TENANT, secret.expose()).await.is_ok();
            Ok(good.then_some(secret))
        }
        Err(RequestError::NotFound(_)) => match app.create_app_as(id, "Development", None).await? {
            IdempotentAnswer::First(made) => {
                keys::keep(&config.data_dir, SECRET_FILE, &made.secret, Existing::Goes)?;
                Ok(Some(Secret::new(&made.secret)))
            }
            IdempotentAnswer::Repeat(_) => Ok(None),
        },
        Err(error) => Err(error.into()),
    }
}
