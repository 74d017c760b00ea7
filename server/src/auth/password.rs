//! Password hashing: argon2id, off the async threads, a few at a time.

mod normal;
mod weak;

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use tokio::sync::Semaphore;

pub use normal::normal_password;
use weak::is_weak;

use crate::error::Error;

/// Hashes computed at the same time. Each takes 19 MiB and a core.
const MAX_RUNNING: usize = 2;

/// Hashes that may wait, for some seconds. Further requests are refused.
const MAX_WAITING: usize = 256;

/// Capacity for the working memory of a hash, in blocks of 1 KiB: 33 MiB, of which it touches 19.
///
/// glibc maps allocations above 32 MiB on their own and returns them at once. It would never
/// return smaller ones after the second sign-in.
const MEMORY_BLOCKS: usize = 33 << 10;

/// Hashes passwords and verifies them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    /// Permits to compute a hash.
    running: Arc<Semaphore>,
    /// Permits to compute a hash or to wait for it.
    admitted: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            running: Arc::new(Semaphore::new(MAX_RUNNING)),
            admitted: Arc::new(Semaphore::new(MAX_RUNNING + MAX_WAITING)),
        }
    }
}

impl Passwords {
    /// Hashes a new password in its normal form. Returns the hash as a PHC string, or `None` if
    /// somebody who knows these names of the user would guess the password soon.
    ///
    /// # Errors
    /// Fails if the system has no random bytes. Returns [`Error::Unavailable`] if too many hashes
    /// wait already.
    pub async fn hash(
        &self,
        password: String,
        names: Vec<String>,
    ) -> Result<Option<String>, Error> {
        self.run_blocking(move || {
            let password = normal_password(&password);
            if is_weak(&password, &names) {
                return Ok(None);
            }
            let hash = new_hash(&password);
            hash.map(Some).map_err(|error| Error::Internal(error.to_string().into()))
        })
        .await?
    }

    /// Returns whether the password belongs to the hash.
    ///
    /// Takes as long without a hash, so that the time does not reveal which usernames exist.
    ///
    /// # Errors
    /// Returns [`Error::Unavailable`] if too many hashes wait already.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<Verdict, Error> {
        self.run_blocking(move || verdict(&password, hash.as_deref())).await
    }

    async fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let full = |_| Error::Unavailable("Too many users are signing in.");
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(full)?;
        let running = Arc::clone(&self.running)
            .acquire_owned()
            .await
            .map_err(|error| Error::Internal(error.into()))?;
        let task = tokio::task::spawn_blocking(move || {
            let _permits = (admitted, running);
            work()
        });
        task.await.map_err(|error| Error::Internal(error.into()))
    }
}

/// Whether a password belongs to a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does not.
    Wrong,
    /// It does.
    Right,
    /// It does, as it was typed. An earlier version made the hash; this is the one of the normal
    /// form, to replace it.
    Renewed(String),
}

type Result<T, E = argon2::password_hash::Error> = std::result::Result<T, E>;

/// Compares a password in its normal form, and as typed where that differs.
fn verdict(typed: &str, hash: Option<&str>) -> Verdict {
    let normal = normal_password(typed);
    let spellings = [normal.as_str(), typed];
    let spellings = &spellings[..if normal == typed { 1 } else { 2 }];
    let Some(Ok(hash)) = hash.map(PasswordHash::new) else {
        for spelling in spellings {
            let _ = new_hash(spelling);
        }
        return Verdict::Wrong;
    };
    match spellings.iter().position(|spelling| matches(spelling, &hash).unwrap_or(false)) {
        None => Verdict::Wrong,
        Some(0) => Verdict::Right,
        Some(_) => new_hash(&normal).map_or(Verdict::Right, Verdict::Renewed),
    }
}

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
    // The comparison of outputs takes constant time.
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
    const TIMEOUT: Duration = Duration::from_secs(20);

    #[test]
    fn hashes_are_compatible_with_the_librarys_own_interface() {
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
    async fn only_the_right_password_is_accepted() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".into(), Vec::new()).await.unwrap().unwrap();
        assert!(hash.starts_with("$argon2id$"));
        let verify = async |password: &str, hash: Option<&String>| {
            passwords.verify(password.into(), hash.cloned()).await.unwrap()
        };
        assert_eq!(verify("correct horse", Some(&hash)).await, Verdict::Right);
        assert_eq!(verify("correct\u{a0}horse", Some(&hash)).await, Verdict::Right);
        assert_eq!(verify("wrong horse", Some(&hash)).await, Verdict::Wrong);
        assert_eq!(verify("wrong\u{a0}horse", Some(&hash)).await, Verdict::Wrong);
        assert_eq!(verify("correct horse", None).await, Verdict::Wrong);
        assert_eq!(verify("correct\u{a0}horse", None).await, Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_hash_of_an_earlier_version_is_renewed() {
        let typed = "Zoe\u{308}s horse"; // hashed as it was typed
        let old = new_hash(typed).unwrap();
        let Verdict::Renewed(renewed) = verdict(typed, Some(&old)) else { panic!("not renewed") };
        assert_eq!(verdict("Zo\u{eb}s horse", Some(&old)), Verdict::Wrong);
        for spelling in [typed, "Zo\u{eb}s horse", "Zo\u{eb}s\u{a0}horse"] {
            assert_eq!(verdict(spelling, Some(&renewed)), Verdict::Right);
        }
    }

    #[tokio::test]
    async fn a_weak_password_is_not_hashed() {
        let passwords = Passwords::default();
        let names = vec!["ada".to_owned()];
        assert!(passwords.hash("ada1234567".into(), names).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn other_tasks_run_while_a_password_is_hashed() {
        let passwords = Passwords::default();
        let (sender, receiver) = mpsc::channel();
        let others = async { sender.send("went on").unwrap() };
        // This work ends only after another task has run on the only thread.
        let (worked, ()) =
            tokio::join!(passwords.run_blocking(move || receiver.recv_timeout(TIMEOUT)), others);
        assert_eq!(worked.unwrap(), Ok("went on"));
        let mut hash = Box::pin(passwords.hash("correct horse".into(), Vec::new()));
        assert!(hash.as_mut().now_or_never().is_none(), "hashing leaves the async thread at once");
        let hash = hash.await.unwrap().unwrap();
        let mut verified = Box::pin(passwords.verify("correct horse".into(), Some(hash)));
        assert!(
            verified.as_mut().now_or_never().is_none(),
            "verifying leaves the async thread at once"
        );
        assert_eq!(verified.await.unwrap(), Verdict::Right);
    }

    #[tokio::test]
    async fn a_hash_is_refused_while_too_many_wait() {
        let passwords = Passwords::default();
        let all = Arc::clone(&passwords.admitted)
            .try_acquire_many_owned((MAX_RUNNING + MAX_WAITING) as u32)
            .unwrap();
        let refused = passwords.hash("correct horse".into(), Vec::new()).await;
        assert!(matches!(refused, Err(Error::Unavailable(_))));
        drop(all);
        passwords.hash("correct horse".into(), Vec::new()).await.unwrap();
    }
}
