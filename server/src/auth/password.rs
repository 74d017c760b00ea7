//! Passwords: argon2id, off the async threads, a few at a time.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use tokio::sync::Semaphore;

use crate::error::Error;

/// Hashes at the same time: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;

/// Hashes that may wait for their turn, some seconds long. Who comes later is told to come back.
const WAITING: usize = 256;

/// Room for the working memory of a hash, in blocks of 1 KiB: 33 MiB, of which it touches 19. glibc maps what is larger
/// than 32 MiB on its own and gives it back at once; smaller pieces it would keep for ever after the second log-in.
const MEMORY_BLOCKS: usize = 33 << 10;

/// Hashes and checks passwords.
#[derive(Clone, Debug)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            places: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
        }
    }
}

impl Passwords {
    /// The hash to keep, in PHC form.
    ///
    /// # Errors
    /// The system gives no random bytes, or too many wait already.
    pub async fn hash(&self, password: String) -> Result<String, Error> {
        self.run(move || {
            new_hash(&password).map_err(|error| Error::Internal(error.to_string().into()))
        })
        .await?
    }

    /// Whether the password belongs to the hash. Without one it takes as long, so that the time does not tell which
    /// usernames exist.
    ///
    /// # Errors
    /// Too many wait already.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Error> {
        self.run(move || match hash.as_deref().map(PasswordHash::new) {
            Some(Ok(hash)) => matches(&password, &hash).unwrap_or(false),
            _ => {
                let _ = new_hash(&password);
                false
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let full = |_| Error::Unavailable("Too many people are signing in.");
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(full)?;
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(|error| Error::Internal(error.into()))?;
        let task = tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            work()
        });
        task.await.map_err(|error| Error::Internal(error.into()))
    }
}

type Result<T, E = argon2::password_hash::Error> = std::result::Result<T, E>;

fn new_hash(password: &str) -> Result<String> {
    let (salt, params) = (Salt::generate(), Params::default());
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::default().into()),
        params: ParamsString::try_from(&params)?,
        hash: Some(output(password, &salt, params)?),
        salt: Some(salt),
    };
    Ok(hash.to_string())
}

fn matches(password: &str, hash: &PasswordHash) -> Result<bool> {
    let (Some(salt), Some(kept)) = (&hash.salt, &hash.hash) else { return Ok(false) };
    // Outputs are compared in constant time.
    Ok(hash.algorithm == Algorithm::Argon2id.ident()
        && output(password, salt, Params::try_from(hash)?)? == *kept)
}

fn output(password: &str, salt: &[u8], params: Params) -> Result<Output> {
    let mut memory = Vec::with_capacity(MEMORY_BLOCKS.max(params.block_count()));
    memory.resize(params.block_count(), Block::default());
    let mut bytes = [0; Params::DEFAULT_OUTPUT_LEN];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::default(), params);
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut bytes, &mut memory)?;
    Ok(Output::new(&bytes)?)
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use futures_util::FutureExt as _;

    use super::*;

    /// Bounds a failure.
    const PATIENCE: Duration = Duration::from_secs(20);

    #[test]
    fn hashes_are_those_of_the_librarys_own_interface() {
        use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
        let theirs: PasswordHash = Argon2::default().hash_password(b"correct horse").unwrap();
        assert!(matches("correct horse", &theirs).unwrap());
        let ours = new_hash("correct horse").unwrap();
        assert!(
            Argon2::default()
                .verify_password(b"correct horse", &PasswordHash::new(&ours).unwrap())
                .is_ok()
        );
    }

    #[tokio::test]
    async fn only_the_right_password_is_taken() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(passwords.verify("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("wrong horse".into(), Some(hash)).await.unwrap());
        assert!(!passwords.verify("correct horse".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn others_go_on_while_a_password_is_hashed() {
        let passwords = Passwords::default();
        let (sender, receiver) = mpsc::channel();
        let others = async { sender.send("went on").unwrap() };
        // Work that only ends once somebody else on this one thread has had a turn.
        let (worked, ()) =
            tokio::join!(passwords.run(move || receiver.recv_timeout(PATIENCE)), others);
        assert_eq!(worked.unwrap(), Ok("went on"));
        let mut hash = Box::pin(passwords.hash("correct horse".into()));
        assert!(hash.as_mut().now_or_never().is_none(), "hashing leaves the thread at once");
        let hash = hash.await.unwrap();
        let mut verified = Box::pin(passwords.verify("correct horse".into(), Some(hash)));
        assert!(verified.as_mut().now_or_never().is_none(), "so does checking");
        assert!(verified.await.unwrap());
    }

    #[tokio::test]
    async fn who_finds_too_many_waiting_is_told_to_come_back() {
        let passwords = Passwords::default();
        let all = Arc::clone(&passwords.places)
            .try_acquire_many_owned((AT_ONCE + WAITING) as u32)
            .unwrap();
        assert!(matches!(passwords.hash("correct horse".into()).await, Err(Error::Unavailable(_))));
        drop(all);
        passwords.hash("correct horse".into()).await.unwrap();
    }
}
