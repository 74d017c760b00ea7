//! Limits on open sockets, requests and sign-ins (`BANTER_MAX_SOCKETS…`, `BANTER_RATE_LIMIT`).
//! Every limit of a user or an address applies to the whole cluster.

pub mod address;
mod mutations;
mod receiving;
mod requests;
mod sockets;
#[cfg(test)]
mod tests;
mod uploads;

use std::sync::Arc;

use crate::{
    cluster::Cluster,
    config::{Config, Switch, TrustedProxies},
};

pub use mutations::MutationPermit;
pub use receiving::{MAX_RECEIVING_PER_ADDRESS, ReceivePermit, SMALL};
pub use requests::LogInAttempt;
pub use sockets::{SocketCounts, SocketSlot};
pub use uploads::UploadPermit;

/// The limits of this node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Limits(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    cluster: Cluster,
    sockets: sockets::Sockets,
    mutations: mutations::Mutations,
    receiving: receiving::Receiving,
    trusted_proxies: TrustedProxies,
    requests: requests::Buckets,
    uploads: uploads::Uploads,
}

impl Limits {
    /// Creates the limits that the settings name.
    #[must_use]
    pub fn new(config: &Config, cluster: Cluster) -> Self {
        let is_on = config.rate_limit == Switch::On;
        Self(Arc::new(Parts {
            cluster,
            sockets: sockets::Sockets::new(config),
            mutations: mutations::Mutations::new(is_on),
            receiving: receiving::Receiving::default(),
            trusted_proxies: config.trusted_proxies.clone(),
            requests: requests::Buckets::new(is_on),
            uploads: uploads::Uploads::default(),
        }))
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        config: Config,
    }

    /// Returns the limits for these flags of `banter serve`.
    pub(crate) fn limits(flags: &[&str]) -> Limits {
        Limits::new(&Flags::parse_from(["banter"].iter().chain(flags)).config, Cluster::default())
    }
}
