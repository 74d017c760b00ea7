//! Password hashing: argon2id, off the async threads, a few at a time.

mod normal;
mod weak;

use std::time::Duration;

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};

pub use normal::normal_password;
use weak::is_weak;

use crate::{
    base::fair_queue::{FairQueue, Origin},
    error::Error,
};

/// Hashes computed at the same time. Each takes 19 MiB and a core.
const MAX_RUNNING: usize = 2;

/// The time that a hash may wait for its turn. Its request has ended after 30 seconds, and nobody
/// would read the answer.
const MAX_WAIT: Duration = Duration::from_secs(20);

/// Hashes that may wait. If there are more, whoever has most of them is refused.
const MAX_WAITING: usize = 1024;

/// The longest password that is hashed, in bytes. Longer ones belong to nobody, and would take
/// memory while they wait.
const MAX_PASSWORD_BYTES: usize = 4096;

/// Capacity for the working memory of a hash, in blocks of 1 KiB: 33 MiB, of which it touches 19.
///
/// glibc maps allocations above 32 MiB on their own and returns them at once. It would never
/// return smaller ones after the second sign-in.
const MEMORY_BLOCKS: usize = 33 << 10;

/// Hashes passwords and verifies them. Cheap to clone.
///
/// Networks take turns: many tries of a few do not keep others waiting.
#[derive(Clone, Debug)]
pub struct Passwords(FairQueue);

impl Default for Passwords {
    fn default() -> Self {
        Self(FairQueue::new(MAX_RUNNING, MAX_WAITING))
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
        from: Origin,
        password: String,
        names: Vec<String>,
    ) -> Result<Option<String>, Error> {
        self.run_blocking(from, move || {
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
    pub async fn verify(
        &self,
        from: Origin,
        mut password: String,
        hash: Option<String>,
    ) -> Result<Verdict, Error> {
        let hash = hash.filter(|_| password.len() <= MAX_PASSWORD_BYTES);
        password.truncate(password.floor_char_boundary(MAX_PASSWORD_BYTES));
        password.shrink_to_fit();
        self.run_blocking(from, move || verdict(&password, hash.as_deref())).await
    }

    async fn run_blocking<T: Send + 'static>(
        &self,
        from: Origin,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        // A request that is given up here leaves no hash behind.
        let place = tokio::time::timeout(MAX_WAIT, self.0.wait(from)).await.ok().flatten();
        let place = place.ok_or(Error::Unavailable("Too many users are signing in."))?;
        let task = tokio::task::spawn_blocking(move || {
            let _place = place;
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
    use std::{net::IpAddr, sync::mpsc};

    use futures_util::FutureExt as _;

    use super::*;

    /// Bounds a failure.
    const TIMEOUT: Duration = Duration::from_secs(20);

    /// Returns an origin whose network has no other address.
    fn origin(number: u8) -> Origin {
        let address = IpAddr::from([192, 0, number, 1]);
        Origin { network: address, address }
    }

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
        let hash =
            passwords.hash(origin(1), "correct horse".into(), Vec::new()).await.unwrap().unwrap();
        assert!(hash.starts_with("$argon2id$"));
        let verify = async |password: &str, hash: Option<&String>| {
            passwords.verify(origin(1), password.into(), hash.cloned()).await.unwrap()
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
        assert!(passwords.hash(origin(1), "ada1234567".into(), names).await.unwrap().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_hash_that_waits_too_long_is_never_computed() {
        let passwords = Passwords::default();
        let mut places = Vec::new();
        for number in 0..MAX_RUNNING as u8 {
            places.push(passwords.0.wait(origin(number)).await.unwrap());
        }
        let ran = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let runs = std::sync::Arc::clone(&ran);
        let work = move || runs.store(true, std::sync::atomic::Ordering::Relaxed);
        let refused = passwords.run_blocking(origin(9), work).await;
        assert!(matches!(refused, Err(Error::Unavailable(_))), "after some virtual seconds");
        drop(places);
        passwords.run_blocking(origin(9), || ()).await.unwrap();
        assert!(!ran.load(std::sync::atomic::Ordering::Relaxed));
    }

    #[tokio::test]
    async fn other_tasks_run_while_a_password_is_hashed() {
        let passwords = Passwords::default();
        let (sender, receiver) = mpsc::channel();
        let others = async { sender.send("went on").unwrap() };
        // This work ends only after another task has run on the only thread.
        let (worked, ()) = tokio::join!(
            passwords.run_blocking(origin(1), move || receiver.recv_timeout(TIMEOUT)),
            others
        );
        assert_eq!(worked.unwrap(), Ok("went on"));
        let mut hash = Box::pin(passwords.hash(origin(1), "correct horse".into(), Vec::new()));
        assert!(hash.as_mut().now_or_never().is_none(), "hashing leaves the async thread at once");
        let hash = hash.await.unwrap().unwrap();
        let mut verified =
            Box::pin(passwords.verify(origin(1), "correct horse".into(), Some(hash)));
        assert!(
            verified.as_mut().now_or_never().is_none(),
            "verifying leaves the async thread at once"
        );
        assert_eq!(verified.await.unwrap(), Verdict::Right);
    }

    /// Three addresses with many tries each fill no queue for others, and delay them by a turn.
    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "the tasks of a test end with its runtime")]
    async fn many_tries_of_a_few_addresses_do_not_keep_others_out() {
        let passwords = Passwords::default();
        let (sender, receiver) = mpsc::channel::<()>();
        let receiver = std::sync::Arc::new(std::sync::Mutex::new(receiver));
        let blocked = |number| {
            let (passwords, receiver) = (passwords.clone(), std::sync::Arc::clone(&receiver));
            // Runs until the sender is dropped.
            let work = move || {
                let _ = receiver.lock().unwrap().recv_timeout(TIMEOUT);
            };
            tokio::spawn(async move { passwords.run_blocking(origin(number), work).await })
        };
        let tries: Vec<_> = (0..3 * 512).map(|number| blocked(number as u8 % 3)).collect();
        let finished = || tries.iter().filter(|one| one.is_finished()).count();
        let refused = async |count: usize| {
            while finished() < count {
                tokio::task::yield_now().await;
            }
        };
        let most = MAX_RUNNING + MAX_WAITING;
        tokio::time::timeout(TIMEOUT, refused(tries.len() - most)).await.unwrap();
        let mut other = Box::pin(passwords.run_blocking(origin(9), || ()));
        assert!(other.as_mut().now_or_never().is_none(), "admitted, and waits for its turn");
        let one_more = refused(tries.len() - most + 1);
        tokio::time::timeout(TIMEOUT, one_more).await.expect("one of the others gave way");
        drop(sender);
        tokio::time::timeout(TIMEOUT, other).await.unwrap().unwrap();
        assert!(tries.len() - finished() > 900, "served in the first round");
    }
}
