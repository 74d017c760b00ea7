//! What users do with rooms, over HTTP and over a WebSocket.

use protocol::{
    Event, ListRooms, Request, Response, Room, RoomsPage, ServerMessage,
    http::{NewDirect, NewMember, NewRoom, Problem, UpdateRoom},
};
use reqwest::{Method, StatusCode};
use serde::Serialize;

use super::{Server, Socket, TestUser};

/// The answer to a call: its status and its body.
pub(crate) type Answer = (StatusCode, serde_json::Value);

impl TestUser {
    /// Calls the server with this user's token.
    pub(crate) async fn call(
        &self,
        server: &Server,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Answer {
        let mut request = server.request(method, path).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    pub(crate) async fn get(&self, server: &Server, path: &str) -> Answer {
        self.call(server, Method::GET, path, None::<&()>).await
    }

    pub(crate) async fn create_room(&self, server: &Server, slug: &str, private: bool) -> Room {
        let new = NewRoom { name: slug.into(), slug: Some(slug.into()), private };
        room(self.call(server, Method::POST, "/api/rooms", Some(&new)).await).1
    }

    pub(crate) async fn direct(&self, server: &Server, users: &[&str]) -> Answer {
        let users = users.iter().map(|user| (*user).to_owned()).collect();
        self.call(server, Method::POST, "/api/direct", Some(&NewDirect { users })).await
    }

    pub(crate) async fn update_room(
        &self,
        server: &Server,
        room: &str,
        update: UpdateRoom,
    ) -> Answer {
        self.call(server, Method::PATCH, &format!("/api/rooms/{room}"), Some(&update)).await
    }

    pub(crate) async fn add(&self, server: &Server, room: &str, user: &str) -> StatusCode {
        let body = NewMember { user: user.into() };
        let path = format!("/api/rooms/{room}/members");
        self.call(server, Method::POST, &path, Some(&body)).await.0
    }

    pub(crate) async fn remove(&self, server: &Server, room: &str, user: &str) -> StatusCode {
        let path = format!("/api/rooms/{room}/members/{user}");
        self.call(server, Method::DELETE, &path, None::<&()>).await.0
    }

    pub(crate) async fn ban(&self, server: &Server, user: &str) {
        let path = format!("/api/users/{user}/ban");
        let (status, _) = self.call(server, Method::POST, &path, None::<&()>).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
    }
}

/// Returns the status and the room of an answer.
pub(crate) fn room((status, body): Answer) -> (StatusCode, Room) {
    assert!(status.is_success(), "{status}: {body}");
    (status, serde_json::from_value(body).unwrap())
}

/// Returns the code and the detail of a refused call.
pub(crate) fn problem((_, body): Answer) -> (protocol::ErrorCode, String) {
    let problem: Problem = serde_json::from_value(body).unwrap();
    (problem.code, problem.detail)
}

impl Socket {
    pub(crate) async fn rooms(&mut self) -> Vec<Room> {
        self.room_page(ListRooms::default()).await.rooms
    }

    pub(crate) async fn room_page(&mut self, list: ListRooms) -> RoomsPage {
        match self.request(&Request::Rooms(list)).await {
            ServerMessage::Response(Response::Rooms(page)) => page,
            other => panic!("expected rooms, got {other:?}"),
        }
    }

    /// Returns the next changed room.
    pub(crate) async fn room_changed(&mut self) -> Room {
        match self.room_event().await {
            Event::RoomChanged(changed) => changed.room,
            other => panic!("expected a changed room, got {other:?}"),
        }
    }

    /// Checks that no change of the list of rooms has arrived, and nothing else of a room.
    pub(crate) async fn heard_nothing(&mut self) {
        self.send(&Request::Ping(protocol::Empty {}), "nothing").await;
        loop {
            let received = self.receive().await;
            if received.request_id.as_deref() == Some("nothing") {
                return;
            }
            if let Some(ServerMessage::Event(event)) = received.message {
                panic!("unexpected {event:?}");
            }
        }
    }
}
