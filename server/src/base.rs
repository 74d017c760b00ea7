//! Building blocks that know nothing of chat: time, random values, the signing key's file, token
//! buckets, TLS, file descriptors, the normal form of names, hosts, pictures, quiet hours and the
//! names of browsers.

pub mod clock;
pub mod failure;
pub mod fair_queue;
pub mod file_descriptors;
pub mod generations;
pub(crate) mod host;
pub mod io_error;
pub mod key_file;
pub mod names;
pub mod picture;
pub mod preview;
pub mod quiet;
pub mod random;
pub mod search;
pub mod shutdown;
pub(crate) mod tls;
pub mod token_bucket;
pub mod user_agent;
