//! What did not arrive is read from the log: where later events wait for it, where this node began to listen a moment ago,
//! and now and then everywhere, for the last event of a quiet room. On a single node nothing is ever missing.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use protocol::RoomId;

use crate::{
    bus,
    hub::Hub,
    nodes::Nodes,
    store::{Result, Store},
};

/// Events of several nodes overtake each other: so long they may take before they count as missing.
const PATIENCE: Duration = Duration::from_millis(30);
/// How often all is looked at while no words from other nodes arrive, at least.
const LOOK_ALONE_EVERY: Duration = Duration::from_secs(1);

/// Keeps the rooms that are followed here up to date, and ends what was ended elsewhere, for ever.
pub async fn run(hub: Hub, store: Store, nodes: Nodes) {
    let mut people_looked_at = Instant::now();
    loop {
        let every = if nodes.are_cut_off() { LOOK_ALONE_EVERY.min(nodes.look_every()) } else { nodes.look_every() };
        let is_time = tokio::select! {
            () = hub.behind() => false,
            () = tokio::time::sleep(every), if nodes.are_many() => true,
        };
        let looked =
            if is_time { fetch_unknown(&hub, &store, hub.rooms()).await } else { look_at_doubts(&hub, &store).await };
        let looked = if looked.is_ok() && nodes.are_many() && people_looked_at.elapsed() >= nodes.look_every() {
            people_looked_at = Instant::now();
            look_at_people(&hub, &store).await
        } else {
            looked
        };
        if let Err(error) = looked {
            tracing::warn!(%error, "what other nodes wrote could not be looked up");
            tokio::time::sleep(LOOK_ALONE_EVERY).await;
        }
    }
}

/// Ends here what was ended on other nodes: sessions, and memberships of private rooms.
async fn look_at_people(hub: &Hub, store: &Store) -> Result<()> {
    for (session, user) in store.ended_sessions(hub.sessions()).await? {
        hub.close_session(user, session, "the session has ended");
    }
    let rooms = hub.rooms().into_iter().map(|(room, _)| room).collect();
    let private = store.private_rooms(rooms).await?;
    for (room, user) in store.removed_members(hub.following(&private)).await? {
        hub.remove(&user, room);
    }
    Ok(())
}

async fn look_at_doubts(hub: &Hub, store: &Store) -> Result<()> {
    fetch_unknown(hub, store, hub.take_doubts()).await?;
    if !hub.rooms_behind().is_empty() {
        tokio::time::sleep(PATIENCE).await;
        for (room, since) in hub.rooms_behind() {
            fetch(hub, store, room, since).await?;
        }
    }
    Ok(())
}

/// Fetches what these rooms' logs hold beyond what has arrived here.
async fn fetch_unknown(hub: &Hub, store: &Store, rooms: Vec<(RoomId, u64)>) -> Result<()> {
    let here: HashMap<_, _> = rooms.into_iter().collect();
    for (room, seq) in store.seqs(here.keys().copied().collect()).await? {
        if let Some(since) = here.get(&room).filter(|since| **since < seq) {
            fetch(hub, store, room, *since).await?;
        }
    }
    Ok(())
}

/// Delivers what comes after `since`; who has it already does not get it again.
async fn fetch(hub: &Hub, store: &Store, room: RoomId, mut since: u64) -> Result<()> {
    loop {
        let events = store.events_after(room, since).await?;
        let Some((last, _)) = events.last() else { return Ok(()) };
        since = *last;
        let mut readers = Vec::new();
        for (seq, event) in events {
            hub.deliver(room, seq, event, &mut readers);
        }
        bus::write_to_all(readers).await;
    }
}
