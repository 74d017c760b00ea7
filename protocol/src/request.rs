//! The table of requests and the table of their responses.

use crate::{
    Auth, Authenticated, Changed, Chat, ChatDelete, ChatEdit, ChatPin, ChatPreviews, ChatReact,
    Draft, DraftsPage, Edits, EditsPage, Empty, Favourite, Files, FilesPage, History, HistoryPage,
    Later, LaterCancel, LaterList, LaterMessage, LaterPage, ListRooms, Members, MembersPage,
    Notify, Pins, PinsPage, Read, ReadPosition, Remind, Resume, Resumed, RoomsPage, Search,
    SearchPage, Sent, Subscribe, Subscribed, ThreadFollow, Threads, ThreadsPage, Typing,
    Unsubscribe, Unsubscribed, Visibility, messages::messages,
};

messages! {
    /// A request of a client. The server replies once, with the same `request_id`: with the
    /// [`Response`] of the same name or with an error.
    pub enum Request from Client {
        /// Authenticates a connection that was opened without a credential.
        Auth(Auth) = "auth" { rate: Unlimited, order: AfterWrites },
        /// Subscribes to a room, from now on or from the last event that the client has seen.
        Subscribe(Subscribe) = "subscribe" { rate: Unlimited, order: AfterWrites },
        /// Ends the subscription to a room. The user stays a member.
        Unsubscribe(Unsubscribe) = "unsubscribe" { rate: Unlimited, order: AfterWrites },
        /// Subscribes to several rooms with one response, each from the last event that the client
        /// has seen.
        Resume(Resume) = "resume" { rate: Unlimited, order: AfterWrites },
        /// Sends a message to a room.
        Chat(Chat) = "chat" { rate: Messages, order: Write },
        /// Changes the text of a message. Only its author may do this.
        ChatEdit(ChatEdit) = "chat_edit" { rate: Messages, order: Write },
        /// Deletes a message. Its author, admins and the owner may do this.
        ChatDelete(ChatDelete) = "chat_delete" { rate: Messages, order: Write },
        /// Adds or removes the user's own reaction to a message.
        ChatReact(ChatReact) = "chat_react" { rate: Messages, order: Write },
        /// Pins a message of a room, or takes the pin away. Everybody who may chat may do this.
        ChatPin(ChatPin) = "chat_pin" { rate: Messages, order: Write },
        /// Removes the previews of a message for good. Only its author may do this.
        ChatPreviews(ChatPreviews) = "chat_previews" { rate: Messages, order: Write },
        /// Sends a message to a room at a later time, or changes one that waits for its time.
        Later(Later) = "later" { rate: Messages, order: Write },
        /// Sends the user a message at a later time: a reminder.
        Remind(Remind) = "remind" { rate: Messages, order: Write },
        /// Cancels a message that waits for its time, or a reminder.
        LaterCancel(LaterCancel) = "later_cancel" { rate: Messages, order: Write },
        /// Returns the messages and reminders that wait for their time.
        LaterList(LaterList) = "later_list" { rate: Unlimited, order: AfterWrites },
        /// Signals that the user is typing. The server relays it to the other subscribers of the
        /// room and sends no response.
        Typing(Typing) = "typing" { rate: Signals, order: AfterWrites },
        /// Keeps a text that the user has begun to write, for all devices. The server sends no
        /// response.
        Draft(Draft) = "draft" { rate: Signals, order: Write },
        /// Sets the user's read position in a room, for all devices.
        Read(Read) = "read" { rate: Signals, order: Write },
        /// Sets which messages of a room notify the user.
        Notify(Notify) = "notify" { rate: Signals, order: Write },
        /// Lists a room among the user's favourites, or no longer.
        Favourite(Favourite) = "favourite" { rate: Signals, order: Write },
        /// Follows a thread, or no longer.
        ThreadFollow(ThreadFollow) = "thread_follow" { rate: Signals, order: Write },
        /// Signals whether the page is visible. The server sends no response.
        Presence(Visibility) = "presence" { rate: Signals, order: AfterWrites },
        /// Returns a page of messages.
        History(History) = "history" { rate: Unlimited, order: AfterWrites },
        /// Returns a page of the threads that the user follows.
        Threads(Threads) = "threads" { rate: Unlimited, order: AfterWrites },
        /// Returns the texts that the user has begun to write.
        Drafts(Empty) = "drafts" { rate: Unlimited, order: AfterWrites },
        /// Returns the pinned messages of a room.
        Pins(Pins) = "pins" { rate: Unlimited, order: AfterWrites },
        /// Returns a page of the messages of a room that have files.
        Files(Files) = "files" { rate: Unlimited, order: AfterWrites },
        /// Finds messages in the rooms of the user.
        Search(Search) = "search" { rate: Unlimited, order: AfterWrites },
        /// Returns the earlier texts of a message.
        Edits(Edits) = "edits" { rate: Unlimited, order: AfterWrites },
        /// Returns a page of the members of a room.
        Members(Members) = "members" { rate: Unlimited, order: AfterWrites },
        /// Returns a page of the rooms that the user can see.
        Rooms(ListRooms) = "rooms" { rate: Unlimited, order: AfterWrites },
        /// Checks the connection. The server replies with `pong`.
        Ping(Empty) = "ping" { rate: Unlimited, order: AfterWrites },
        /// Replies to the server's `ping`. The server sends no response.
        Pong(Empty) = "pong" { rate: Unlimited, order: AfterWrites },
    }
}

messages! {
    /// The response to the [`Request`] of the same name.
    pub enum Response from Server {
        /// The connection is authenticated.
        Auth(Authenticated) = "auth_response",
        /// The subscription is active. The server sends no event of the room before this response.
        Subscribe(Subscribed) = "subscribe_response",
        /// The subscription has ended.
        Unsubscribe(Unsubscribed) = "unsubscribe_response",
        /// The subscriptions to the rooms listed in `rooms` are active.
        Resume(Resumed) = "resume_response",
        /// The message is on durable storage.
        Chat(Sent) = "chat_response",
        /// The new text is on durable storage.
        ChatEdit(Changed) = "chat_edit_response",
        /// The deletion is on durable storage.
        ChatDelete(Changed) = "chat_delete_response",
        /// The change of the reaction is on durable storage.
        ChatReact(Changed) = "chat_react_response",
        /// The pin, or its removal, is on durable storage.
        ChatPin(Changed) = "chat_pin_response",
        /// The removal of the previews is on durable storage.
        ChatPreviews(Changed) = "chat_previews_response",
        /// The message waits for its time, on durable storage.
        Later(LaterMessage) = "later_response",
        /// The reminder waits for its time, on durable storage.
        Remind(LaterMessage) = "remind_response",
        /// The message does not wait any more.
        LaterCancel(LaterCancel) = "later_cancel_response",
        /// The messages that wait for their time.
        LaterList(LaterPage) = "later_list_response",
        /// The level that is stored now.
        Notify(Notify) = "notify_response",
        /// The mark that is stored now.
        Favourite(Favourite) = "favourite_response",
        /// Whether the user follows the thread now.
        ThreadFollow(ThreadFollow) = "thread_follow_response",
        /// The read position that is stored now.
        Read(ReadPosition) = "read_response",
        /// A page of messages.
        History(HistoryPage) = "history_response",
        /// A page of threads.
        Threads(ThreadsPage) = "threads_response",
        /// The drafts.
        Drafts(DraftsPage) = "drafts_response",
        /// The pinned messages of a room.
        Pins(PinsPage) = "pins_response",
        /// The messages of a room that have files.
        Files(FilesPage) = "files_response",
        /// The messages that were found.
        Search(SearchPage) = "search_response",
        /// The earlier texts of a message.
        Edits(EditsPage) = "edits_response",
        /// A page of members.
        Members(MembersPage) = "members_response",
        /// A page of the rooms that the user can see.
        Rooms(RoomsPage) = "rooms_response",
    }
}
