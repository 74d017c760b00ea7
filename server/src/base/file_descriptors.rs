//! File descriptors: each socket takes one. Systems start a program with a low soft limit (1,024 on most Linux systems)
//! that the program may raise to the hard one itself.

/// Raises the soft limit to the hard one. Returns how many descriptors there may be then; `None` without a limit.
#[cfg(unix)]
pub fn raise_limit() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of file descriptors cannot be raised");
            current
        }
    }
}

/// How many descriptors there may be; `None` without a limit.
#[cfg(unix)]
pub fn limit() -> Option<usize> {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::Nofile).current.and_then(|limit| limit.try_into().ok())
}

/// There is no such limit here.
#[cfg(not(unix))]
pub fn raise_limit() -> Option<u64> {
    None
}

/// There is no such limit here.
#[cfg(not(unix))]
pub fn limit() -> Option<usize> {
    None
}
