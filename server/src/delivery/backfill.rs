//! What did not arrive is read from the log: where later events wait for it, where this node began to listen a moment ago,
//! where something that was sent again turned out to be there, and now and then everywhere, for the last event of a quiet
//! room. On a single node with its own file nothing is ever missing.

use std::{collections::HashMap, time::Duration};

use protocol::{RoomId, User};
use tokio::time::Instant;

use crate::{
    cluster::Nodes,
    delivery::bus,
    error::SESSION_ENDED,
    hub::Hub,
    store::{Result, Store, StoreError},
};

/// Events of several nodes overtake each other: so long they may take before they count as missing.
const PATIENCE: Duration = Duration::from_millis(30);
/// How often all is looked at while no words from other nodes arrive, at least.
const LOOK_ALONE_EVERY: Duration = Duration::from_secs(1);

/// Keeps the rooms that are followed here up to date, and ends what was ended elsewhere, for ever.
pub async fn run(hub: Hub, store: Store, nodes: Nodes) {
    // Others write to the log, or the answer to one's own commit may have been lost on its way.
    let looks_everywhere = nodes.are_many() || store.is_remote();
    let mut looked_at = Instant::now();
    let mut people_looked_at = looked_at;
    loop {
        let every = nodes.look_every();
        let every = if nodes.are_cut_off() { every.min(LOOK_ALONE_EVERY) } else { every };
        // However often something is behind: the look at everything has its turn.
        tokio::select! {
            () = nodes.unsure() => {}
            () = hub.wait_gap() => {}
            () = tokio::time::sleep_until(looked_at + every), if looks_everywhere => {}
        }
        let looked = async {
            be_sure(&hub, &store, &nodes).await?;
            look_at_doubts(&hub, &store, &nodes).await?;
            if looks_everywhere && looked_at.elapsed() >= every {
                store.look_at_history().await?;
                let peoples_turn = people_looked_at.elapsed() >= nodes.look_every();
                if peoples_turn {
                    look_at_people(&hub, &store).await?; // before more reaches those who are to go
                }
                fetch_unknown((&hub, &store, &nodes), hub.room_positions()).await?;
                looked_at = Instant::now();
                if peoples_turn {
                    people_looked_at = looked_at; // not a moment later, or the next turn would be missed
                }
            }
            Ok::<_, StoreError>(())
        };
        if let Err(error) = looked.await {
            tracing::warn!(%error, "the log could not be looked up");
            // Requests wait where it is not known who may ask; and each try takes another connection, most of which may be lost.
            tokio::time::sleep(if nodes.are_unsure() {
                LOOK_ALONE_EVERY / 4
            } else {
                LOOK_ALONE_EVERY
            })
            .await;
        }
    }
}

/// This node stood still, as it may in the middle of each of these steps: whoever may not hear and ask any more goes first.
async fn be_sure(hub: &Hub, store: &Store, nodes: &Nodes) -> Result<()> {
    while let Some(standstills) = nodes.standstills_in_doubt() {
        look_at_people(hub, store).await?;
        nodes.looked_up(standstills);
    }
    Ok(())
}

/// Ends here what was ended on other nodes, or here without a word of it: sessions, and memberships of private rooms.
async fn look_at_people(hub: &Hub, store: &Store) -> Result<()> {
    let ended = store.ended_sessions(hub.sessions()).await?;
    let removed = removed_from(hub, store, hub.active_rooms()).await?;
    hub.evict_ended(&ended, SESSION_ENDED, &removed);
    Ok(())
}

/// Who follows these rooms and is in them no more, where these are private.
async fn removed_from(hub: &Hub, store: &Store, rooms: Vec<RoomId>) -> Result<Vec<(RoomId, User)>> {
    let private = store.private_rooms(rooms).await?;
    if private.is_empty() {
        return Ok(Vec::new());
    }
    store.removed_members(hub.users_in(&private)).await
}

async fn look_at_doubts(hub: &Hub, store: &Store, nodes: &Nodes) -> Result<()> {
    let doubts = hub.take_stale_rooms();
    let doubted: Vec<_> = doubts.iter().map(|(room, _)| *room).collect();
    let looked = async {
        fetch_unknown((hub, store, nodes), doubts).await?;
        if !hub.rooms_with_gaps().is_empty() {
            tokio::time::sleep(PATIENCE).await;
            for (room, since) in hub.rooms_with_gaps() {
                fetch((hub, store, nodes), room, since).await?;
            }
        }
        Ok(())
    };
    // What could not be looked up is still in doubt.
    looked.await.inspect_err(|_| hub.mark_stale(doubted))
}

/// Fetches what these rooms' logs hold beyond what has arrived here.
async fn fetch_unknown(
    (hub, store, nodes): (&Hub, &Store, &Nodes),
    rooms: Vec<(RoomId, u64)>,
) -> Result<()> {
    let here: HashMap<_, _> = rooms.into_iter().collect();
    let mut is_short = false;
    for (room, seq) in store.seqs(here.keys().copied().collect()).await? {
        let Some(since) = here.get(&room) else { continue };
        if *since < seq {
            fetch((hub, store, nodes), room, *since).await?;
        }
        is_short |= *since > seq;
    }
    if is_short { look_at_ends(hub, store).await } else { Ok(()) }
}

/// A log ended before what was delivered of it. Unless that was of another history: this one is over.
async fn look_at_ends(hub: &Hub, store: &Store) -> Result<()> {
    // In this order: a history that begins meanwhile is not ended, and no log has grown shorter by growing.
    let epoch = store.epoch();
    let here: HashMap<_, _> = hub.room_positions().into_iter().collect();
    let ends = store.seqs(here.keys().copied().collect()).await?;
    if ends.iter().any(|(room, end)| here.get(room).is_some_and(|seq| seq > end)) {
        store.end_history(epoch).await?;
    }
    Ok(())
}

/// Delivers what comes after `since`; who has it already does not get it again.
async fn fetch(
    (hub, store, nodes): (&Hub, &Store, &Nodes),
    room: RoomId,
    mut since: u64,
) -> Result<()> {
    loop {
        let events = store.events_after(room, since).await?;
        let Some((last, _)) = events.last() else { return Ok(()) };
        since = *last;
        // What did not arrive may not be all that did not: a removal came before what was written after it.
        for (room, user) in removed_from(hub, store, vec![room]).await? {
            hub.remove_member(&user, room);
        }
        be_sure(hub, store, nodes).await?;
        let mut readers = Vec::new();
        for (seq, event) in events {
            hub.deliver(room, seq, event, &mut readers);
        }
        bus::write_to_all(readers).await;
    }
}
