//! Sends `welcome`, the first message of an authenticated connection.

use bytes::Bytes;
use protocol::{DefaultRoom, Event, RoomName, Welcome, limits::PROTOCOL_VERSION};

use super::Gateway;
use crate::{
    chat::Caller,
    error::Error,
    websocket::{encode, outbox::Outbox},
};

impl Gateway {
    /// Sends `welcome`. On `/ws/{room}`, subscribes to the room first, so that its stream starts at
    /// the position that `welcome` names.
    pub(super) async fn welcome(
        &self,
        caller: &mut Caller,
        outbox: &Outbox,
        room: Option<RoomName>,
    ) -> Result<(), Error> {
        let mut welcome = Welcome {
            client_id: caller.client,
            user: caller.user.clone(),
            heartbeat: self.node.heartbeat,
            node: self.node.name.to_string(),
            protocol: PROTOCOL_VERSION,
            build: self.node.build.clone(),
            default_room: None,
        };
        let Some(name) = room else {
            outbox.push_reply(encode_welcome(welcome));
            return Ok(());
        };
        let entered = self.chat.enter(caller, &name).await;
        let (room, seq) = entered.map_err(|error| match error {
            Error::NotFound(_) => no_room(&name),
            other => other,
        })?;
        caller.default_room = Some(room);
        welcome.default_room = Some(DefaultRoom { room, seq, epoch: self.store.epoch() });
        self.hub.bind_to_room(caller.client, room);
        let frame = encode_welcome(welcome);
        let welcomed = self.hub.complete_subscribe(caller.client, room, seq, frame);
        if welcomed { Ok(()) } else { Err(no_room(&name)) }
    }
}

fn encode_welcome(welcome: Welcome) -> Bytes {
    encode::frame(&Event::Welcome(Box::new(welcome)).into(), None)
}

fn no_room(name: &RoomName) -> Error {
    Error::Forbidden(format!("there is no room {name}, or not for you").into())
}
