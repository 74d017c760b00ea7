//! A queue for scarce places that serves networks in turn, so that none keeps the others waiting.
//!
//! A network holds addresses, and an address waiting requests. Networks take turns, within a
//! network its addresses, and an address is served in order. If too many wait, the newest request
//! of whoever has most of them gives way.

#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// The origin of a request: a network, and an address within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The network, whose addresses share its turns.
    pub network: IpAddr,
    /// The address.
    pub address: IpAddr,
}

/// The places and the requests that wait for one. Cheap to clone.
#[derive(Clone, Debug)]
pub struct FairQueue(Arc<Mutex<Queue>>);

#[derive(Debug)]
struct Queue {
    free: usize,
    waiting: usize,
    max_waiting: usize,
    networks: VecDeque<Network>,
}

/// The waiting requests of a network. None of its addresses is without.
#[derive(Debug)]
struct Network {
    network: IpAddr,
    waiting: usize,
    addresses: VecDeque<(IpAddr, VecDeque<Turn>)>,
}

/// Hands a place to a waiting request. Dropping it refuses the request.
type Turn = oneshot::Sender<Place>;

/// A place. Dropping it gives it to the next request.
#[derive(Debug)]
pub struct Place(Option<FairQueue>);

impl FairQueue {
    /// Creates a queue for this many places, in which at most `max_waiting` requests wait.
    #[must_use]
    pub fn new(places: usize, max_waiting: usize) -> Self {
        Self(Arc::new(Mutex::new(Queue {
            free: places,
            waiting: 0,
            max_waiting,
            networks: VecDeque::new(),
        })))
    }

    /// Waits for a place. Returns `None` if too many requests wait.
    pub async fn wait(&self, origin: Origin) -> Option<Place> {
        let turn = {
            let mut queue = self.lock();
            if queue.free > 0 {
                queue.free -= 1;
                return Some(Place(Some(self.clone())));
            }
            let (turn, place) = oneshot::channel();
            queue.push(origin, turn);
            place
        };
        turn.await.ok()
    }

    fn release(&self) {
        loop {
            let turn = {
                let mut queue = self.lock();
                let Some(turn) = queue.pop() else {
                    queue.free += 1;
                    return;
                };
                turn
            };
            match turn.send(Place(Some(self.clone()))) {
                Ok(()) => return,
                // The request was canceled. Its place goes to the next one, without recursion.
                Err(mut place) => drop(place.0.take()),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(queue) = self.0.take() {
            queue.release();
        }
    }
}

impl Queue {
    /// Queues a request. If too many wait, the newest one of the address that has most, in the
    /// network that has most, is refused. That may be this one.
    fn push(&mut self, Origin { network, address }: Origin, turn: Turn) {
        let at = self.networks.iter().position(|other| other.network == network);
        let at = at.unwrap_or_else(|| {
            self.networks.push_back(Network { network, waiting: 0, addresses: VecDeque::new() });
            self.networks.len() - 1
        });
        self.networks[at].push(address, turn);
        self.waiting += 1;
        if self.waiting > self.max_waiting {
            self.refuse_one();
        }
    }

    fn refuse_one(&mut self) {
        // The last of several with as many: it came last, or was served last.
        let most = self.networks.iter().enumerate().max_by_key(|(_, network)| network.waiting);
        let Some(at) = most.map(|(at, _)| at) else { return };
        self.networks[at].refuse_one();
        self.waiting -= 1;
        if self.networks[at].waiting == 0 {
            self.networks.remove(at);
        }
    }

    fn pop(&mut self) -> Option<Turn> {
        let mut network = self.networks.pop_front()?;
        let turn = network.pop();
        self.waiting -= 1;
        if network.waiting > 0 {
            self.networks.push_back(network);
        }
        turn
    }
}

impl Network {
    fn push(&mut self, address: IpAddr, turn: Turn) {
        self.waiting += 1;
        match self.addresses.iter_mut().find(|(other, _)| *other == address) {
            Some((_, turns)) => turns.push_back(turn),
            None => self.addresses.push_back((address, VecDeque::from([turn]))),
        }
    }

    fn refuse_one(&mut self) {
        let most = self.addresses.iter().enumerate().max_by_key(|(_, (_, turns))| turns.len());
        let Some(at) = most.map(|(at, _)| at) else { return };
        drop(self.addresses[at].1.pop_back());
        self.waiting -= 1;
        if self.addresses[at].1.is_empty() {
            self.addresses.remove(at);
        }
    }

    fn pop(&mut self) -> Option<Turn> {
        let (address, mut turns) = self.addresses.pop_front()?;
        let turn = turns.pop_front();
        self.waiting -= 1;
        if !turns.is_empty() {
            self.addresses.push_back((address, turns));
        }
        turn
    }
}
