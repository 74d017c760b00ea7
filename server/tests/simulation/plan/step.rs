//! What a plan consists of.

/// An action of a user or a fault. Its numbers select among the objects that exist when it is
/// executed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// A user sends messages to a room that is open in the tab.
    Write {
        tab: usize,
        room: usize,
        count: usize,
        mention: Option<usize>,
    },
    /// A client sends texts of maximum length without waiting.
    WriteLarge {
        user: usize,
        room: usize,
        count: usize,
    },
    /// A client sends many short messages without waiting.
    WriteMany {
        user: usize,
        room: usize,
        count: usize,
    },
    Edit {
        user: usize,
        message: usize,
        mention: Option<usize>,
    },
    Delete {
        user: usize,
        message: usize,
    },
    React {
        user: usize,
        message: usize,
        emoji: usize,
        on: bool,
    },
    /// A user reads a room up to one of its last events, and then perhaps less of it on the
    /// same device or another.
    Read {
        user: usize,
        device: usize,
        room: usize,
        back: usize,
        less: Option<usize>,
    },
    /// A user marks a room as unread from a message on.
    ReadBack {
        user: usize,
        device: usize,
        room: usize,
        back: usize,
    },
    /// A user replies in a thread, quotes a message, or both.
    Reply {
        user: usize,
        thread: Option<usize>,
        quote: Option<usize>,
        in_room: bool,
        mention: Option<usize>,
        count: usize,
    },
    /// One of the last replies of a thread is deleted, by its author or by the owner.
    DeleteReply {
        thread: usize,
        reply: usize,
        by_owner: bool,
    },
    /// A user reads a thread up to one of its last replies, or marks it as unread from there on.
    ReadThread {
        user: usize,
        device: usize,
        thread: usize,
        reply: usize,
        back: bool,
    },
    Follow {
        user: usize,
        device: usize,
        thread: usize,
        on: bool,
    },
    Pin {
        user: usize,
        message: usize,
        on: bool,
    },
    /// One of the people of a direct room sends messages to it.
    WriteDirect {
        user: usize,
        room: usize,
        count: usize,
    },
    /// The owner gives the private room another topic.
    SetTopic,
    /// One of the people of a direct room hides it.
    HideDirect {
        user: usize,
        room: usize,
    },
    /// A user asks for what a room, a thread or a message has besides its log.
    Look {
        user: usize,
        room: usize,
        message: usize,
        what: usize,
    },
    Page {
        user: usize,
        room: usize,
        cursor: usize,
        seq: usize,
    },
    Typing {
        user: usize,
        room: usize,
    },
    Open {
        tab: usize,
        room: usize,
    },
    /// A user opens a thread of the room in view in the panel beside it, or closes the panel.
    OpenThread {
        tab: usize,
        thread: Option<usize>,
    },
    /// A user scrolls to the end of the room in view, or away from it.
    SetAtEnd {
        tab: usize,
        at_end: bool,
    },
    /// A user updates a message of the room in view.
    Change {
        tab: usize,
        message: usize,
        kind: usize,
    },
    Older {
        tab: usize,
    },
    SuspendTab {
        tab: usize,
    },
    ResumeTab {
        tab: usize,
    },
    Reload {
        tab: usize,
    },
    Cut {
        proxy: usize,
    },
    Disconnect {
        proxy: usize,
    },
    Stall {
        proxy: usize,
        up: bool,
        down: bool,
    },
    BlackHole {
        proxy: usize,
    },
    Heal {
        proxy: usize,
    },
    Restart,
    Kill {
        down_for: usize,
    },
    /// Clients send without waiting, and the server is killed at the first acknowledgement.
    KillOnAck {
        user: usize,
        room: usize,
        count: usize,
    },
    Remove {
        user: usize,
    },
    Add {
        user: usize,
    },
    Backup,
    Restore,
    /// Closes the connections of a node to Redis.
    CutRedis {
        node: usize,
    },
    /// Disconnects a node from Redis until healed.
    DisconnectRedis {
        node: usize,
    },
    /// Holds back all bytes between a node and Redis.
    StallRedis {
        node: usize,
    },
    /// Kills Redis, which loses all its data.
    KillRedis,
    /// Closes the connections of a node to the database.
    CutDatabase {
        node: usize,
    },
    /// Disconnects a node from the database until healed.
    DisconnectDatabase {
        node: usize,
    },
    /// Suspends the process of a node.
    Suspend {
        node: usize,
    },
    /// Ends all faults of nodes and services.
    HealNodes,
    /// Waits without any action.
    Pause {
        ms: usize,
    },
    /// Waits for a number of further frames from the server, or a timeout.
    Await {
        frames: usize,
    },
}
