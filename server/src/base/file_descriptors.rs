//! The limit of file descriptors. Each socket takes one. Systems start a program with a low soft
//! limit (1,024 on most Linux systems), which the program may raise to the hard limit.

/// Raises the soft limit to the hard limit and returns it, or `None` without a limit.
#[cfg(unix)]
pub fn raise_limit() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum,
        Err(error) => {
            tracing::warn!(%error, "cannot raise the limit of file descriptors");
            current
        }
    }
}

/// Returns the soft limit, or `None` without a limit.
#[cfg(unix)]
pub fn limit() -> Option<usize> {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::Nofile).current.and_then(|limit| limit.try_into().ok())
}

/// Returns `None`: this system has no such limit.
#[cfg(not(unix))]
pub fn raise_limit() -> Option<u64> {
    None
}

/// Returns `None`: this system has no such limit.
#[cfg(not(unix))]
pub fn limit() -> Option<usize> {
    None
}
