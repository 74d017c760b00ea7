//! Limits on open sockets: in all, per address, and per user.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use protocol::UserId;

use super::{Limits, address::network};
use crate::{cluster::LocalCounts, config::Config, error::Error};

/// When to retry. A socket becomes available when another is closed.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// The kinds of counts that all nodes share in Redis.
const OF_USER: &str = "sockets-of-user";
const OF_ADDRESS: &str = "sockets-of-address";

const SERVER_FULL: &str = "The server has no connections left.";
const TOO_MANY_OF_ADDRESS: &str = "Too many connections are open from your address.";
const TOO_MANY_OF_USER: &str = "You have too many connections open. Close some of them.";

/// The open sockets of this node and their limits.
#[derive(Debug)]
pub(super) struct Sockets {
    max: usize,
    max_per_address: usize,
    max_per_user: usize,
    open: Mutex<OpenSockets>,
}

#[derive(Debug, Default)]
struct OpenSockets {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
    by_user: HashMap<UserId, usize>,
}

/// The size of the maps of open sockets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SocketCounts {
    /// Open sockets, authenticated or not.
    pub sockets: usize,
    /// Addresses with an open socket.
    pub addresses: usize,
    /// Users with an open socket.
    pub users: usize,
}

/// Counts one open socket until it is dropped.
#[derive(Debug)]
pub struct SocketSlot {
    limits: Limits,
    address: IpAddr,
    user: Option<UserId>,
}

impl Sockets {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            max: config.max_sockets,
            max_per_address: config.max_sockets_per_address,
            max_per_user: config.max_sockets_per_user,
            open: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, OpenSockets> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_address(&self, open: &OpenSockets, address: IpAddr) -> Result<(), Error> {
        if open.all >= self.max {
            return Err(Error::Unavailable(SERVER_FULL));
        }
        let count = open.by_address.get(&address).copied().unwrap_or_default();
        if count < self.max_per_address { Ok(()) } else { Err(too_many(TOO_MANY_OF_ADDRESS)) }
    }

    fn check_user(&self, open: &OpenSockets, user: UserId) -> Result<(), Error> {
        let count = open.by_user.get(&user).copied().unwrap_or_default();
        if count < self.max_per_user { Ok(()) } else { Err(too_many(TOO_MANY_OF_USER)) }
    }
}

impl Limits {
    /// Counts a socket that is not authenticated yet.
    ///
    /// # Errors
    /// Fails if the server or the address has too many.
    pub async fn open_socket(&self, address: IpAddr) -> Result<SocketSlot, Error> {
        let slot = self.open_local(network(address))?;
        self.check_cluster_address(slot.address, true).await?;
        Ok(slot)
    }

    fn open_local(&self, address: IpAddr) -> Result<SocketSlot, Error> {
        let mut open = self.0.sockets.lock();
        self.0.sockets.check_address(&open, address)?;
        open.all += 1;
        *open.by_address.entry(address).or_default() += 1;
        Ok(SocketSlot { limits: self.clone(), address, user: None })
    }

    /// Checks whether a socket of that user from that address would be accepted. A ticket is of use
    /// only then.
    ///
    /// # Errors
    /// Fails if the server, the address or the user has too many.
    pub async fn check_socket(&self, address: IpAddr, user: UserId) -> Result<(), Error> {
        let address = network(address);
        self.0.sockets.check_address(&self.0.sockets.lock(), address)?;
        self.0.sockets.check_user(&self.0.sockets.lock(), user)?;
        self.check_cluster_address(address, false).await?;
        self.check_cluster_user(user, false).await
    }

    async fn check_cluster_address(&self, address: IpAddr, counted: bool) -> Result<(), Error> {
        let (key, limit) = (address.to_string(), self.0.sockets.max_per_address);
        let is_within = self.is_within(OF_ADDRESS, &key, limit, counted).await;
        if is_within { Ok(()) } else { Err(too_many(TOO_MANY_OF_ADDRESS)) }
    }

    async fn check_cluster_user(&self, user: UserId, counted: bool) -> Result<(), Error> {
        let (key, limit) = (user.0.to_string(), self.0.sockets.max_per_user);
        let is_within = self.is_within(OF_USER, &key, limit, counted).await;
        if is_within { Ok(()) } else { Err(too_many(TOO_MANY_OF_USER)) }
    }

    /// Returns whether the sockets of all nodes together are within `limit`, with one more unless
    /// it is counted already.
    async fn is_within(&self, kind: &str, key: &str, limit: usize, counted: bool) -> bool {
        let local = self.count(kind, key) + usize::from(!counted);
        self.0.cluster.count_within(kind, key, (local, counted), limit).await
    }

    /// Returns the numbers of open sockets, of their addresses, and of their users.
    #[must_use]
    pub fn socket_counts(&self) -> SocketCounts {
        let open = self.0.sockets.lock();
        SocketCounts {
            sockets: open.all,
            addresses: open.by_address.len(),
            users: open.by_user.len(),
        }
    }
}

impl LocalCounts for Limits {
    fn keys(&self) -> Vec<(&'static str, String)> {
        let open = self.0.sockets.lock();
        let of_users = open.by_user.keys().map(|user| (OF_USER, user.0.to_string()));
        let of_addresses = open.by_address.keys().map(|address| (OF_ADDRESS, address.to_string()));
        of_users.chain(of_addresses).collect()
    }

    fn count(&self, kind: &str, key: &str) -> usize {
        let open = self.0.sockets.lock();
        let count = match kind {
            OF_USER => key.parse().ok().and_then(|user| open.by_user.get(&UserId(user))),
            _ => key.parse().ok().and_then(|address: IpAddr| open.by_address.get(&address)),
        };
        count.copied().unwrap_or_default()
    }
}

impl SocketSlot {
    /// Counts the socket as one of that user from now on.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] if the user has too many.
    pub async fn assign_user(&mut self, user: UserId) -> Result<(), Error> {
        self.assign_local(user)?;
        self.limits.check_cluster_user(user, true).await
    }

    fn assign_local(&mut self, user: UserId) -> Result<(), Error> {
        let sockets = &self.limits.0.sockets;
        let mut open = sockets.lock();
        sockets.check_user(&open, user)?;
        *open.by_user.entry(user).or_default() += 1;
        self.user = Some(user);
        Ok(())
    }
}

impl Drop for SocketSlot {
    fn drop(&mut self) {
        let mut open = self.limits.0.sockets.lock();
        open.all -= 1;
        decrement(&mut open.by_address, self.address);
        let cluster = &self.limits.0.cluster;
        cluster.recount(OF_ADDRESS, &self.address.to_string());
        if let Some(user) = self.user {
            decrement(&mut open.by_user, user);
            cluster.recount(OF_USER, &user.0.to_string());
        }
    }
}

fn too_many(detail: &'static str) -> Error {
    Error::limited(detail, RETRY_AFTER)
}

fn decrement<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: K) {
    if let Entry::Occupied(mut count) = counts.entry(key) {
        *count.get_mut() -= 1;
        if *count.get() == 0 {
            count.remove();
        }
    }
}
