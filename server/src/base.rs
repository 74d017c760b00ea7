//! Building blocks that know nothing of chat: time, random values, the signing key's file, token
//! buckets, TLS, file descriptors and the normal form of names.

pub mod clock;
pub mod failure;
pub mod fair_queue;
pub mod file_descriptors;
pub mod generations;
pub mod io_error;
pub mod key_file;
pub mod names;
pub mod random;
pub mod shutdown;
pub(crate) mod tls;
pub mod token_bucket;
