//! The table of events: everything that the server sends on its own.

use crate::{
    ChatDeleted, ChatEdited, ChatPinned, ChatPreviewed, ChatReacted, EmojiChanged, Empty,
    KeptDraft, LaterGone, LaterMessage, Message, PresenceChanged, ReadPosition, RoomChanged,
    RoomGone, System, ThreadFollow, TypingUser, UserChanged, Welcome, messages::messages,
};

messages! {
    /// A message that the server sends on its own.
    pub enum Event from Server to subscribers {
        /// The first message on an authenticated connection.
        Welcome(Box<Welcome>) = "welcome",
        /// A message was sent to a room. Its author receives the event as well.
        Chat(Message) = "chat" in room log,
        /// The text of a message was changed.
        ChatEdited(ChatEdited) = "chat_edited" in room log,
        /// A message was deleted.
        ChatDeleted(ChatDeleted) = "chat_deleted" in room log,
        /// A user added or removed a reaction.
        ChatReacted(ChatReacted) = "chat_reacted" in room log,
        /// A user pinned a message, or took the pin away.
        ChatPinned(ChatPinned) = "chat_pinned" in room log,
        /// The previews of a message are there, or its author removed them.
        ChatPreviewed(ChatPreviewed) = "chat_previewed" in room log,
        /// Another user is typing. Show this for a few seconds after each event.
        Typing(TypingUser) = "typing" in room,
        /// The user's read position in a room was changed on another connection.
        Read(ReadPosition) = "read" in room,
        /// The user has changed a draft on another connection, or ended it by sending a message.
        Draft(KeptDraft) = "draft",
        /// A message that waits for its time is new, was changed on another connection, or could
        /// not be sent.
        LaterChanged(Box<LaterMessage>) = "later_changed",
        /// A message does not wait for its time any more: it was sent, or cancelled on another
        /// connection.
        LaterGone(LaterGone) = "later_gone",
        /// A user came online in a room, went offline or was removed from it.
        System(System) = "system" in room,
        /// The user follows a thread, or no longer, as asked for on another connection.
        ThreadChanged(ThreadFollow) = "thread_changed",
        /// Whether a user is here has changed.
        Presence(PresenceChanged) = "presence",
        /// A user has another name, picture, role or status.
        UserChanged(Box<UserChanged>) = "user_changed",
        /// A custom emoji was added or removed.
        EmojiChanged(Box<EmojiChanged>) = "emoji_changed",
        /// A room is new to the user, has changed, or the user joined or left it elsewhere.
        RoomChanged(RoomChanged) = "room_changed",
        /// The user can no longer see a room.
        RoomGone(RoomGone) = "room_gone",
        /// The heartbeat. The client must reply with `{"type":"pong"}`.
        Ping(Empty) = "ping",
        /// The reply to a client's `ping`.
        Pong(Empty) = "pong",
    }
}
