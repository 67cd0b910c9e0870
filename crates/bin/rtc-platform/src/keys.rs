//! The keys that the server runs with: as configured, or in development generated once and kept.

use crate::{
    config::{Config, Mode, Secret},
    exit::Failure,
};
use std::{fs, io, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

/// Signs and seals.
#[derive(Clone, Debug)]
pub struct Keys {
    /// `JWT_SECRET`.
    pub jwt_secret: Secret,
    /// `SECRETS_KEY`.
    pub secrets_key: Secret,
}

impl Keys {
    /// Takes the configured keys; in development makes those that are missing, in files that only their owner
    /// reads.
    ///
    /// # Errors
    /// Where a file cannot be written or read.
    pub fn obtain(config: &Config) -> Result<Self, Failure> {
        let key = |given: &Option<Secret>, name: &str| match given {
            Some(secret) => Ok(secret.clone()),
            // Loading the configuration has made sure that production has them.
            None if config.mode == Mode::Production => Err(Failure::failed(format!("{name} is missing"))),
            None => kept(&config.data_dir, name, || hex(&rtc_app::random_bytes::<32>())),
        };
        Ok(Self {
            jwt_secret: key(&config.jwt_secret, "jwt-secret")?,
            secrets_key: key(&config.secrets_key, "secrets-key")?,
        })
    }
}

/// Reads the secret in a file of the data folder; where there is none, makes it and writes it.
///
/// # Errors
/// Where a file cannot be written or read, or is empty.
pub fn kept(folder: &Path, name: &str, make: impl FnOnce() -> String) -> Result<Secret, Failure> {
    let path = folder.join(name);
    if let Some(secret) = read(folder, name)? {
        return Ok(secret);
    }
    keep(folder, name, &make(), Existing::Stays)?;
    // Another process may have been first.
    read(folder, name)?.ok_or_else(|| Failure::failed(format!("{} is empty; delete it", path.display())))
}

/// Reads a kept secret, if there is one.
///
/// # Errors
/// Where the file is there but cannot be read.
pub fn read(folder: &Path, name: &str) -> Result<Option<Secret>, Failure> {
    let path = folder.join(name);
    match fs::read_to_string(&path) {
        Ok(text) => Ok((!text.trim().is_empty()).then(|| Secret::new(text.trim()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::failed(format!("{} cannot be read: {error}", path.display()))),
    }
}

/// What happens to a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays as it is.
    Stays,
    /// It is replaced.
    Goes,
}

/// Writes a secret whole or not at all, readable by its owner only (mode 0600).
///
/// # Errors
/// Where the folder cannot be written.
pub fn keep(folder: &Path, name: &str, secret: &str, existing: Existing) -> Result<(), Failure> {
    let path = folder.join(name);
    let scratch = folder.join(format!("{name}.{}", std::process::id()));
    let write = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        _ = fs::remove_file(&scratch);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&scratch)?;
        file.write_all(secret.as_bytes())?;
        file.sync_all()?;
        match existing {
            Existing::Goes => fs::rename(&scratch, &path),
            Existing::Stays => match fs::hard_link(&scratch, &path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
                _ => fs::remove_file(&scratch),
            },
        }
    };
    write().map_err(|error| unwritable(&path, &error))
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!(
        "{} cannot be written: {error}; set DATA_DIR (or --data-dir) to a folder that can",
        path.display()
    ))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_generated_key_is_kept_in_a_file_that_only_its_owner_reads() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let first = kept(&data, "key", || "one".into()).unwrap();
        let second = kept(&data, "key", || "two".into()).unwrap();
        assert_eq!((first.expose(), second.expose()), ("one", "one"));
        let mode = fs::metadata(data.join("key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1, "no scratch file is left");
    }

    #[test]
    fn a_kept_secret_can_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        keep(folder.path(), "key", "one", Existing::Goes).unwrap();
        keep(folder.path(), "key", "two", Existing::Goes).unwrap();
        assert_eq!(read(folder.path(), "key").unwrap().unwrap().expose(), "two");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named_with_the_variable_that_moves_it() {
        let folder = tempfile::NamedTempFile::new().unwrap();
        let failure = kept(folder.path(), "key", || "one".into()).unwrap_err();
        assert!(failure.to_string().contains(&folder.path().display().to_string()), "{failure}");
    }
}
