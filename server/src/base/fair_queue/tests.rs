//! Tests of the fair queue.

use std::pin::Pin;

use futures_util::FutureExt as _;

use super::*;

/// Returns an origin: a network and an address in it, both by number.
fn origin(network: u8, address: u8) -> Origin {
    Origin {
        network: IpAddr::from([10, 0, network, 0]),
        address: IpAddr::from([10, 0, network, address]),
    }
}

type Waiting = Pin<Box<dyn Future<Output = Option<Place>>>>;

/// Queues a request.
fn queued(queue: &FairQueue, origin: Origin) -> Waiting {
    let queue = queue.clone();
    let mut waiting: Waiting = Box::pin(async move { queue.wait(origin).await });
    assert!((&mut waiting).now_or_never().is_none(), "no place is free");
    waiting
}

fn place(waiting: &mut Waiting) -> Option<Place> {
    waiting.now_or_never().flatten()
}

#[tokio::test]
async fn networks_and_their_addresses_take_turns() {
    let queue = FairQueue::new(1, 1000);
    let mut holding = queue.wait(origin(0, 0)).await.unwrap();
    let mut waiting = Vec::new();
    // Three addresses with many tries each, two of one network, then somebody else.
    for (network, address) in [(1, 1), (1, 2), (2, 1)] {
        let tries = (0..128).map(|_| queued(&queue, origin(network, address)));
        waiting.extend(tries.map(|waiting| ((network, address), waiting)));
    }
    waiting.push(((3, 1), queued(&queue, origin(3, 1))));
    let mut served = Vec::new();
    for _ in 0..6 {
        drop(holding);
        let at = waiting.iter_mut().position(|(who, waiting)| {
            let Some(next) = place(waiting) else { return false };
            served.push((*who, next));
            true
        });
        drop(waiting.remove(at.unwrap()));
        holding = served.last_mut().map(|(_, place)| Place(place.0.take())).unwrap();
    }
    let order: Vec<_> = served.iter().map(|(who, _)| *who).collect();
    assert_eq!(order, [(1, 1), (2, 1), (3, 1), (1, 2), (2, 1), (1, 1)]);
}

#[tokio::test]
async fn whoever_has_most_gives_way_if_too_many_wait() {
    let queue = FairQueue::new(1, 4);
    let holding = queue.wait(origin(0, 0)).await.unwrap();
    let mut many: Vec<_> = (0..4).map(|_| queued(&queue, origin(1, 1))).collect();
    let mut same = Box::pin(queue.wait(origin(1, 1)));
    assert!(same.as_mut().now_or_never().unwrap().is_none(), "the newest is its own");
    let mut few = queued(&queue, origin(2, 1));
    assert!((&mut many[3]).now_or_never().unwrap().is_none());
    drop(holding);
    let first = place(&mut many[0]).unwrap();
    drop(first);
    assert!(place(&mut few).is_some());
}

#[tokio::test]
async fn canceled_requests_take_no_place() {
    let queue = FairQueue::new(2, 10);
    let (first, second) =
        (queue.wait(origin(0, 0)).await.unwrap(), queue.wait(origin(0, 0)).await.unwrap());
    let canceled = [queued(&queue, origin(1, 1)), queued(&queue, origin(1, 2))];
    let mut last = queued(&queue, origin(1, 3));
    drop(canceled);
    drop(first);
    assert!(place(&mut last).is_some());
    drop(second);
    drop(last);
    let queue = queue.lock();
    assert_eq!((queue.free, queue.waiting), (2, 0));
}
