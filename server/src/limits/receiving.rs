//! Bounds the memory of requests that are being received: heads and bodies that are not complete.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{
    Limits,
    address::{network, wide_network},
};
use crate::error::Error;

/// The most bytes of all requests of one size.
const MAX_RECEIVING: usize = 64 << 20;
/// The most bytes of the requests of one address.
pub const MAX_RECEIVING_PER_ADDRESS: usize = 8 << 20;
/// The most bytes of the requests of one network.
const MAX_RECEIVING_PER_NETWORK: usize = 16 << 20;
/// The bytes that a network always has, even if others have used up all.
const FAIR_SHARE: usize = 1 << 20;
/// The size up to which a request is small, as sign-ins are. Small ones have bounds of their own:
/// large ones do not keep them out.
pub const SMALL: usize = 4 << 10;
/// What a connection holds at least for a request that is not complete.
const MIN_BYTES: usize = 8 << 10;
/// When to retry.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The requests that are being received: small ones and large ones.
#[derive(Debug, Default)]
pub(super) struct Receiving(Mutex<[Held; 2]>);

/// The bytes that requests of one size hold.
#[derive(Debug, Default)]
struct Held {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
    by_network: HashMap<IpAddr, usize>,
}

/// Counts the bytes of one request until it is dropped.
#[derive(Debug)]
pub struct ReceivePermit {
    limits: Limits,
    address: IpAddr,
    network: IpAddr,
    bytes: usize,
    is_large: bool,
}

impl Limits {
    /// Returns a permit for a request without bytes.
    #[must_use]
    pub fn receive(&self, address: IpAddr) -> ReceivePermit {
        ReceivePermit {
            limits: self.clone(),
            address: network(address),
            network: wide_network(address),
            bytes: 0,
            is_large: false,
        }
    }

    /// Returns a permit for a head, whose client is not known yet. Returns `None` for a trusted
    /// proxy: it sends those of many clients.
    #[must_use]
    pub fn receive_head(&self, peer: IpAddr) -> Option<ReceivePermit> {
        (!self.0.trusted_proxies.contains(peer)).then(|| self.receive(peer.to_canonical()))
    }

    /// Returns the bytes of all requests that are being received.
    #[must_use]
    pub fn receiving_bytes(&self) -> usize {
        self.0.receiving.lock().iter().map(|held| held.all).sum()
    }
}

impl Receiving {
    fn lock(&self) -> MutexGuard<'_, [Held; 2]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReceivePermit {
    /// Counts the request as one of this many bytes, which is no fewer than before.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] if the requests of the address or network have too many, and
    /// [`Error::Unavailable`] if those of all together have. It then counts no longer.
    pub fn grow_to(&mut self, bytes: usize) -> Result<(), Error> {
        let (bytes, is_large) = (bytes.max(MIN_BYTES), bytes > SMALL);
        if bytes == self.bytes && is_large == self.is_large {
            return Ok(());
        }
        self.release();
        let mut held = self.limits.0.receiving.lock();
        held[usize::from(is_large)].take(self.address, self.network, bytes)?;
        (self.bytes, self.is_large) = (bytes, is_large);
        Ok(())
    }

    /// Counts the request no longer.
    pub fn release(&mut self) {
        if self.bytes > 0 {
            let mut held = self.limits.0.receiving.lock();
            held[usize::from(self.is_large)].give_back(self.address, self.network, self.bytes);
            self.bytes = 0;
        }
    }
}

impl Drop for ReceivePermit {
    fn drop(&mut self) {
        self.release();
    }
}

impl Held {
    fn take(&mut self, address: IpAddr, network: IpAddr, bytes: usize) -> Result<(), Error> {
        let of = |map: &HashMap<_, _>, key| map.get(key).copied().unwrap_or_default() + bytes;
        let of_network = of(&self.by_network, &network);
        if of(&self.by_address, &address) > MAX_RECEIVING_PER_ADDRESS
            || of_network > MAX_RECEIVING_PER_NETWORK
        {
            let detail = "Your address is sending too much at once.";
            return Err(Error::limited(detail, RETRY_AFTER));
        }
        if self.all + bytes > MAX_RECEIVING && of_network > FAIR_SHARE {
            return Err(Error::Unavailable("The server is receiving too much."));
        }
        self.all += bytes;
        *self.by_address.entry(address).or_default() += bytes;
        *self.by_network.entry(network).or_default() += bytes;
        Ok(())
    }

    fn give_back(&mut self, address: IpAddr, network: IpAddr, bytes: usize) {
        self.all -= bytes;
        for (map, key) in [(&mut self.by_address, address), (&mut self.by_network, network)] {
            if let Entry::Occupied(mut held) = map.entry(key) {
                *held.get_mut() -= bytes;
                if *held.get() == 0 {
                    held.remove();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::testing::limits;

    /// Holds requests of this many bytes until one is refused.
    fn fill(limits: &Limits, address: &str, bytes: usize) -> Vec<ReceivePermit> {
        let mut permits = Vec::new();
        loop {
            let mut permit = limits.receive(address.parse().unwrap());
            if permit.grow_to(bytes).is_err() {
                return permits;
            }
            permits.push(permit);
        }
    }

    #[test]
    fn an_address_and_its_network_hold_so_much_and_no_more() {
        let limits = limits(&[]);
        let large = fill(&limits, "192.0.2.1", 32 << 10);
        assert_eq!(large.len() * (32 << 10), MAX_RECEIVING_PER_ADDRESS);
        let small = fill(&limits, "192.0.2.1", 1);
        assert_eq!(small.len() * MIN_BYTES, MAX_RECEIVING_PER_ADDRESS, "small ones are apart");
        let second = fill(&limits, "192.0.2.2", 32 << 10);
        assert_eq!((large.len() + second.len()) * (32 << 10), MAX_RECEIVING_PER_NETWORK);
        assert!(fill(&limits, "192.0.2.3", 32 << 10).is_empty());
        assert!(!fill(&limits, "198.51.100.1", 32 << 10).is_empty(), "another network");
        drop((large, small, second));
        assert_eq!(limits.receiving_bytes(), 0);
    }

    #[test]
    fn a_few_networks_do_not_keep_another_out() {
        let limits = limits(&[]);
        let held: Vec<_> =
            (0..20).map(|number| fill(&limits, &format!("10.0.{number}.1"), 32 << 10)).collect();
        let most = MAX_RECEIVING + 20 * FAIR_SHARE;
        assert!((MAX_RECEIVING..=most).contains(&limits.receiving_bytes()));
        let other = fill(&limits, "192.0.2.1", 32 << 10);
        assert_eq!(other.len() * (32 << 10), FAIR_SHARE);
        drop((held, other));
        assert_eq!(limits.receiving_bytes(), 0);
    }

    #[test]
    fn a_request_that_grows_is_counted_once() {
        let limits = limits(&["--trusted-proxies=127.0.0.1"]);
        let mut permit = limits.receive("192.0.2.1".parse().unwrap());
        for bytes in [1, SMALL, SMALL + 1, 20_000, 60_000] {
            permit.grow_to(bytes).unwrap();
            assert_eq!(limits.receiving_bytes(), bytes.max(MIN_BYTES));
        }
        permit.release();
        assert_eq!(limits.receiving_bytes(), 0);
        assert!(limits.receive_head("127.0.0.1".parse().unwrap()).is_none());
        assert!(limits.receive_head("127.0.0.2".parse().unwrap()).is_some());
    }
}
