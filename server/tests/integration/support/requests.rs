//! Requests, and what answers them.

use protocol::{
    Chat, ErrorCode, FollowedThread, History, HistoryPage, ListRooms, Message, MessageId, Read,
    ReadPosition, Request, Response, Room, Sent, ServerMessage, ThreadFollow, Threads,
};

use super::{Socket, log_secrets};

/// A message for a room.
pub(crate) fn room_chat(room: &str, text: &str) -> Chat {
    log_secrets::register(text);
    Chat { room: Some(room.into()), text: text.into(), ..Chat::default() }
}

/// A reply in a thread of a room.
pub(crate) fn reply_in(room: &str, thread: MessageId, text: &str) -> Chat {
    Chat { thread: Some(thread), ..room_chat(room, text) }
}

impl Socket {
    /// Sends a request. Returns the response, or the code of the error.
    pub(crate) async fn ask(&mut self, request: Request) -> Result<Response, ErrorCode> {
        match self.request(&request).await {
            ServerMessage::Response(response) => Ok(response),
            ServerMessage::Error(error) => Err(error.code),
            ServerMessage::Event(event) => panic!("expected a reply, got {event:?}"),
        }
    }

    /// Sends a message of any kind.
    pub(crate) async fn say(&mut self, chat: Chat) -> Result<Sent, ErrorCode> {
        match self.ask(Request::Chat(chat)).await? {
            Response::Chat(sent) => Ok(sent),
            other => panic!("expected a response to chat, got {other:?}"),
        }
    }

    /// Replies in a thread of a room.
    pub(crate) async fn reply_in(&mut self, room: &str, thread: MessageId, text: &str) -> Sent {
        self.say(reply_in(room, thread, text)).await.unwrap()
    }

    pub(crate) async fn history(&mut self, history: History) -> Result<HistoryPage, ErrorCode> {
        match self.ask(Request::History(history)).await? {
            Response::History(page) => Ok(page),
            other => panic!("expected a page, got {other:?}"),
        }
    }

    /// Returns the newest page of a room.
    pub(crate) async fn page(&mut self, room: &str) -> Vec<Message> {
        let history = History { room: Some(room.into()), ..History::default() };
        self.history(history).await.unwrap().messages
    }

    /// Returns the newest page of a thread.
    pub(crate) async fn thread_page(&mut self, room: &str, thread: MessageId) -> Vec<Message> {
        let history =
            History { room: Some(room.into()), thread: Some(thread), ..History::default() };
        self.history(history).await.unwrap().messages
    }

    /// Returns all threads that the user follows.
    pub(crate) async fn threads(&mut self) -> Vec<FollowedThread> {
        match self.ask(Request::Threads(Threads::default())).await.unwrap() {
            Response::Threads(page) => page.threads,
            other => panic!("expected threads, got {other:?}"),
        }
    }

    pub(crate) async fn follow(
        &mut self,
        room: &str,
        thread: MessageId,
        on: bool,
    ) -> Result<ThreadFollow, ErrorCode> {
        let follow = ThreadFollow { room: room.into(), thread, on };
        match self.ask(Request::ThreadFollow(follow)).await? {
            Response::ThreadFollow(follow) => Ok(follow),
            other => panic!("expected a response to thread_follow, got {other:?}"),
        }
    }

    pub(crate) async fn read(&mut self, read: Read) -> Result<ReadPosition, ErrorCode> {
        match self.ask(Request::Read(read)).await? {
            Response::Read(position) => Ok(position),
            other => panic!("expected a position, got {other:?}"),
        }
    }

    /// Returns a room as the user sees it.
    pub(crate) async fn room(&mut self, slug: &str) -> Room {
        match self.ask(Request::Rooms(ListRooms::default())).await.unwrap() {
            Response::Rooms(page) => page.rooms.into_iter().find(|room| room.slug == slug).unwrap(),
            other => panic!("expected rooms, got {other:?}"),
        }
    }
}
