//! Bounds the memory of request bodies that are being read.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{Limits, address::network};
use crate::error::Error;

/// The most bytes of all bodies.
const MAX_BODIES: usize = 32 << 20;
/// The most bytes of the bodies of one address.
pub const MAX_BODIES_PER_ADDRESS: usize = 8 << 20;
/// The bytes of each body that do not count. Sign-ins are smaller, and are read under any load.
const NOT_COUNTED: usize = 4 << 10;
/// When to retry.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The bodies that are being read or handled.
#[derive(Debug, Default)]
pub(super) struct Bodies(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Counts the bytes of one body until it is dropped.
#[derive(Debug)]
pub struct BodyPermit {
    limits: Limits,
    address: IpAddr,
    bytes: usize,
}

impl Limits {
    /// Returns a permit for a body without bytes.
    #[must_use]
    pub fn body(&self, address: IpAddr) -> BodyPermit {
        BodyPermit { limits: self.clone(), address: network(address), bytes: 0 }
    }

    /// Returns the bytes of all bodies.
    #[must_use]
    pub fn body_bytes(&self) -> usize {
        self.0.bodies.lock().all
    }
}

impl Bodies {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BodyPermit {
    /// Counts the body as one of this many bytes, which is more than before.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] if the bodies of the address have too many, and
    /// [`Error::Unavailable`] if those of all addresses together have.
    pub fn grow_to(&mut self, bytes: usize) -> Result<(), Error> {
        let more = bytes.saturating_sub(NOT_COUNTED).saturating_sub(self.bytes);
        if more == 0 {
            return Ok(());
        }
        let mut held = self.limits.0.bodies.lock();
        if held.all + more > MAX_BODIES {
            return Err(Error::Unavailable("The server is receiving too much."));
        }
        let of_address = held.by_address.get(&self.address).copied().unwrap_or_default();
        if of_address + more > MAX_BODIES_PER_ADDRESS {
            let detail = "Your address is sending too much at once.";
            return Err(Error::limited(detail, RETRY_AFTER));
        }
        held.by_address.insert(self.address, of_address + more);
        held.all += more;
        self.bytes += more;
        Ok(())
    }
}

impl Drop for BodyPermit {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut held = self.limits.0.bodies.lock();
        held.all -= self.bytes;
        if let Entry::Occupied(mut of_address) = held.by_address.entry(self.address) {
            *of_address.get_mut() -= self.bytes;
            if *of_address.get() == 0 {
                of_address.remove();
            }
        }
    }
}
