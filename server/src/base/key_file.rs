//! The file that keeps the signing key in the data folder.

use std::{collections::BTreeSet, fs::File, io, io::Write as _, path::Path};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use super::{io_error::explain, random::random_token};

/// The file's name within the data folder.
pub const KEY_FILE: &str = "secret";
/// The shortest key that is accepted, in bytes.
pub const MIN_KEY_BYTES: usize = 32;
/// The fewest different bytes of a key. Random ones of [`MIN_KEY_BYTES`] have more, also in digits.
const MIN_DIFFERENT_BYTES: usize = 8;

/// Reads the key from the data folder, or creates a random one there.
///
/// # Errors
/// Fails if the folder cannot be read or written, or if the file is too short to be a key. The
/// error names the file.
pub fn read_or_create_key(folder: &Path) -> Result<Vec<u8>, String> {
    let path = folder.join(KEY_FILE);
    read_or_create(folder, &path)
        .map_err(|error| format!("{}: {}", path.display(), explain(&error)))
}

fn read_or_create(folder: &Path, path: &Path) -> io::Result<Vec<u8>> {
    match std::fs::read(path) {
        Ok(key) if key.len() < MIN_KEY_BYTES => {
            return Err(io::Error::other("it is too short to be a key"));
        }
        // A disk can bring back a file of the right length without its content.
        Ok(key) if is_repetitive(&key) => {
            return Err(io::Error::other(
                "it is damaged: everybody could guess this key; restore it from a backup, or \
                 remove it to have a new one made, after which all users must sign in again",
            ));
        }
        Ok(key) => return Ok(key),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let key = random_token().map_err(io::Error::other)?;
    write_key(folder, &key)?;
    Ok(key.into_bytes())
}

/// Writes the key into the data folder, readable by the file's owner alone.
///
/// # Errors
/// Fails if the file cannot be written.
pub fn write_key(folder: &Path, key: &str) -> io::Result<()> {
    // Renaming keeps a crash from leaving half a key behind.
    let unfinished = folder.join("secret.new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(key.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(unfinished, folder.join(KEY_FILE))?;
    // Sessions that the key has signed must not outlive it.
    File::open(folder)?.sync_all()
}

/// Returns whether a key consists of a few bytes that repeat, and thus can be guessed.
#[must_use]
pub fn is_repetitive(key: &[u8]) -> bool {
    key.iter().collect::<BTreeSet<_>>().len() < MIN_DIFFERENT_BYTES
}

/// Returns a short digest that tells keys apart.
///
/// It reveals no more of the key than any token does: both allow checking a guess of the key.
#[must_use]
pub fn key_digest(key: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(key)[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_created_once_and_readable_by_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let key = read_or_create_key(folder.path()).unwrap();
        assert_eq!(read_or_create_key(folder.path()).unwrap(), key);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let path = folder.path().join(KEY_FILE);
            let mode = std::fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_key_that_can_be_guessed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEY_FILE);
        let mut keys: Vec<Vec<u8>> = [0, 0xff, b'a', b'\n'].map(|byte| vec![byte; 43]).into();
        keys.extend([vec![0; 4096], b"ab".repeat(32), Vec::new(), b"short".to_vec()]);
        for key in keys {
            std::fs::write(&path, &key).unwrap();
            let error = read_or_create_key(folder.path()).unwrap_err();
            assert!(error.starts_with(&path.display().to_string()), "{error}");
            assert!(!error.contains('\n') && std::fs::read(&path).unwrap() == key, "{error}");
        }
    }
}
