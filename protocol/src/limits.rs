//! Sizes and times that both ends check (docs/protocol.md).

use std::time::Duration;

/// The version of this wire contract, sent in `welcome`. It is raised by changes that break older
/// clients.
pub const PROTOCOL_VERSION: u32 = 1;

/// Longest message from a client, all frames together, in bytes. A longer one closes the connection
/// with code 1009.
pub const MAX_MESSAGE_BYTES: usize = 65_536;
/// Longest text of a chat message, in Unicode scalar values.
pub const MAX_TEXT_CHARS: usize = 10_000;
/// Longest emoji of Unicode, in Unicode scalar values. Families and flags are sequences of many.
pub const MAX_EMOJI_CHARS: usize = 32;
/// Shortest name of a custom emoji, in bytes (it is ASCII).
pub const MIN_EMOJI_NAME_CHARS: usize = 2;
/// Longest name of a custom emoji, in bytes (it is ASCII).
pub const MAX_EMOJI_NAME_CHARS: usize = 32;
/// Longest reaction, in Unicode scalar values: an emoji, or the name of a custom one with colons.
pub const MAX_REACTION_CHARS: usize = MAX_EMOJI_NAME_CHARS + 2;
/// Most custom emoji of a server. Another one is `conflict`.
pub const MAX_CUSTOM_EMOJI: u64 = 1000;
/// Most custom emoji of one user who is neither the owner nor an admin: one user cannot use up what
/// is there for all. Another one is `conflict`.
pub const MAX_OWN_CUSTOM_EMOJI: u64 = 100;
/// Largest picture of a custom emoji as it is uploaded, in bytes.
pub const MAX_EMOJI_BYTES: usize = 64 << 10;
/// Longest edge of the picture of a custom emoji as it is uploaded, in pixels.
pub const MAX_EMOJI_EDGE: u32 = 512;
/// Most reactions to a message, of all users together. Another one is `forbidden`. They fit half a
/// reply together with the longest text.
pub const MAX_REACTIONS: usize = 1000;
/// Most reactions of one user to a message: one user cannot use up what is there for all.
pub const MAX_OWN_REACTIONS: usize = 20;
/// Most different emoji on a message. Those that are there can still be joined.
pub const MAX_EMOJI_PER_MESSAGE: usize = 100;
/// Most mentions that are recognized in a message; later ones are plain text.
pub const MAX_MENTIONS: usize = 50;
/// Deepest tree of a text: blocks and spans in one another.
pub const MAX_TREE_DEPTH: usize = 16;
/// Most blocks, spans, items and cells of the tree of a text. A text with more is shown as it is.
pub const MAX_TREE_NODES: usize = 2_000;
/// Most bytes of all strings in the tree of a text. A text with more is shown as it is.
pub const MAX_TREE_BYTES: usize = 64 << 10;
/// Largest block of code whose parts are told apart, in bytes.
pub const MAX_COLOURED_BYTES: usize = 16 << 10;
/// Most parts of code in the tree of a text. A block with more has none.
pub const MAX_CODE_TOKENS: usize = 1_500;
/// Longest address of a link, in bytes (it is ASCII). A longer one is text.
pub const MAX_HREF_BYTES: usize = 2_048;
/// Highest number of unread messages that is counted in a room.
pub const MAX_UNREAD: u64 = 1000;
/// Longest `request_id`, in Unicode scalar values.
pub const MAX_REQUEST_ID_CHARS: usize = 64;
/// Most bytes of events that may wait for one slow reader. If there are more, the server closes the
/// connection with code 1013. Responses to the reader's own requests are not counted.
pub const MAX_OUTBOX_BYTES: usize = 1 << 20;
/// Most bytes of replies that may wait for a client. While there are more, the server reads nothing
/// from it. Also the most bytes of messages or events in one response: a longer one ends early.
pub const MAX_REPLY_BYTES: usize = 512 << 10;
/// Longest JSON body of an HTTP request, in bytes. A longer one gets status 413.
pub const MAX_BODY_BYTES: usize = 64 << 10;

/// Messages on a page of history if the request gives no `limit`.
pub const PAGE_MESSAGES: u64 = 50;
/// Most messages on a page of history; a larger `limit` is clamped to it.
pub const MAX_PAGE_MESSAGES: u64 = 100;
/// Most events in the response to a `subscribe` that recovers. If there are more, the client starts
/// from the newest page.
pub const MAX_RECOVERED_EVENTS: usize = 500;
/// Most members in a response to `members`.
pub const MAX_PAGE_MEMBERS: u64 = 500;
/// Most online users of a room up to which the server sends `system` events of users who come
/// online or go offline.
pub const MAX_ANNOUNCED_ONLINE: usize = 100;

/// Most messages and reminders of a user that wait for their time.
pub const MAX_LATER: usize = 100;
/// Longest time until a message is sent later.
pub const MAX_LATER_TIME: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// How long ago the time of such a message may be: the request may have been on its way.
pub const MAX_LATER_AGE: Duration = Duration::from_secs(5 * 60);
/// Longest text of a reminder, in Unicode scalar values.
pub const MAX_REMINDER_CHARS: usize = 1_000;

/// Longest username, in bytes (it is ASCII).
pub const MAX_USERNAME_CHARS: usize = 32;
/// Longest display name, in Unicode scalar values.
pub const MAX_DISPLAY_NAME_CHARS: usize = 64;
/// Longest slug of a room, in bytes (it is ASCII).
pub const MAX_SLUG_CHARS: usize = 64;
/// Longest name of a room, in Unicode scalar values.
pub const MAX_ROOM_NAME_CHARS: usize = 80;
/// Longest topic of a room, in Unicode scalar values.
pub const MAX_TOPIC_CHARS: usize = 250;
/// Longest text of a user about themselves, in Unicode scalar values.
pub const MAX_ABOUT_CHARS: usize = 500;
/// Longest text of a status, in Unicode scalar values.
pub const MAX_STATUS_CHARS: usize = 100;
/// Most people of a direct room besides the one who makes it.
pub const MAX_DIRECT_OTHERS: usize = 8;
/// Longest name of a direct room, in Unicode scalar values: the names of its people.
pub const MAX_DIRECT_NAME_CHARS: usize = MAX_DIRECT_OTHERS * (MAX_DISPLAY_NAME_CHARS + 2);
/// Longest part of a message that a quote shows, in Unicode scalar values.
pub const MAX_QUOTE_CHARS: usize = 200;
/// Most people that the summary of a thread names.
pub const MAX_THREAD_FACES: usize = 5;
/// Most threads in a response to `threads`.
pub const MAX_PAGE_THREADS: u64 = 50;
/// Most drafts of a user that are kept. The oldest end.
pub const MAX_DRAFTS: usize = 100;
/// Most pinned messages of a room.
pub const MAX_PINS: usize = 100;
/// Most users in a response to `GET /api/users`.
pub const MAX_PAGE_USERS: u64 = 100;
/// Most members of a room in which everybody may notify all of them with `@room`.
pub const MAX_ROOM_MENTION_MEMBERS: u64 = 50;
/// Most keywords of a user.
pub const MAX_KEYWORDS: usize = 20;
/// Longest keyword, in Unicode scalar values.
pub const MAX_KEYWORD_CHARS: usize = 50;
/// Longest endpoint of a push subscription, in characters.
pub const MAX_ENDPOINT_CHARS: usize = 1_000;
/// Most browsers of a user that receive notifications. The one that was added first ends.
pub const MAX_PUSH_DEVICES: u64 = 20;
/// Longest query of a search, in Unicode scalar values.
pub const MAX_QUERY_CHARS: usize = 500;
/// Most words, phrases and operators in a query.
pub const MAX_QUERY_CONDITIONS: usize = 20;
/// Results on a page of a search if the request gives no `limit`.
pub const PAGE_RESULTS: u64 = 20;
/// Most results on a page of a search; a larger `limit` is clamped to it.
pub const MAX_PAGE_RESULTS: u64 = 50;
/// Most results of a search that are counted.
pub const MAX_COUNTED_RESULTS: u64 = 1_000;
/// Largest picture of a user as it is uploaded, in bytes.
pub const MAX_PICTURE_BYTES: usize = 5_000_000;
/// Most files of a message.
pub const MAX_FILES: usize = 10;
/// Longest part of a name by which files are found, in Unicode scalar values.
pub const MAX_FILE_QUERY_CHARS: usize = 100;
/// Longest name of a file, in bytes.
pub const MAX_FILE_NAME_BYTES: usize = 255;
/// Longest description of a file, in Unicode scalar values.
pub const MAX_DESCRIPTION_CHARS: usize = 1_000;
/// Widest preview of an image, in pixels.
pub const MAX_PREVIEW_WIDTH: u32 = 720;
/// Most links of a message that get a preview: the first ones.
pub const MAX_LINK_PREVIEWS: usize = 3;
/// Longest name of a site in a preview, in Unicode scalar values.
pub const MAX_PREVIEW_SITE_CHARS: usize = 60;
/// Longest title in a preview of a link, in Unicode scalar values.
pub const MAX_PREVIEW_TITLE_CHARS: usize = 200;
/// Longest text in a preview of a link, in Unicode scalar values.
pub const MAX_PREVIEW_TEXT_CHARS: usize = 300;
/// Widest picture in a preview of a link, in pixels.
pub const MAX_LINK_PICTURE_WIDTH: u32 = 480;
/// Most bytes of a picture in a preview of a link. A larger one is left out.
pub const MAX_LINK_PICTURE_BYTES: usize = 100 << 10;
/// Most pictures of links that a server keeps. Further previews have none.
pub const MAX_LINK_PICTURES: u64 = 20_000;
/// Lifetime of a file that no message has, and of an upload that is not complete.
pub const UPLOAD_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// Most files and uploads of a user that no message has. Another one is `forbidden`.
pub const MAX_UNSENT_FILES: u64 = 1000;
/// Most files that a user sends at the same time.
pub const MAX_CONCURRENT_UPLOADS: usize = 10;
/// Time for which the former slug of a room leads to it.
pub const FORMER_SLUG_LIFETIME: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// Lifetime of a link that sets a new password.
pub const RESET_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// Time after which a user whose pages are all hidden is away.
pub const AWAY_AFTER: Duration = Duration::from_secs(5 * 60);
/// Shortest password, in Unicode scalar values.
pub const MIN_PASSWORD_CHARS: usize = 10;
/// Longest password, in Unicode scalar values.
pub const MAX_PASSWORD_CHARS: usize = 128;
/// Longest reason in a close frame, in bytes (RFC 6455, section 5.5).
pub const MAX_CLOSE_REASON_BYTES: usize = 123;

/// Lifetime of a ticket for the WebSocket.
pub const TICKET_LIFETIME: Duration = Duration::from_secs(30);
/// Time in which a new connection must authenticate.
pub const AUTH_TIMEOUT: Duration = Duration::from_secs(5);
/// Lifetime of a session after its last use.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Lifetime of an invitation if the request gives none.
pub const INVITE_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Longest lifetime of an invitation.
pub const MAX_INVITE_LIFETIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// Most users that may register with one invitation.
pub const MAX_INVITE_USES: u32 = 10_000;

/// Most invitations in a response to `GET /api/invites`.
pub const MAX_LISTED_INVITES: u64 = 1000;

/// A rate limit as a token bucket: `count` times per `per` on average, `burst` times at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The number of tokens added in each `per`.
    pub count: u32,
    /// The period in which `count` tokens are added.
    pub per: Duration,
    /// The size of the bucket.
    pub burst: u32,
}

impl Rate {
    const fn per_second(count: u32, burst: u32) -> Self {
        Self { count, per: Duration::from_secs(1), burst }
    }
}

/// Messages and their updates, per user. All connections of a user share this limit.
pub const MESSAGE_RATE: Rate = Rate::per_second(10, 30);
/// Links of a user whose pages the server fetches for previews, per node. The others show none.
pub const LINK_RATE: Rate = Rate { count: 1, per: Duration::from_secs(60), burst: 20 };
/// Requests of all types, per connection.
pub const REQUEST_RATE: Rate = Rate::per_second(50, 200);
/// Signals, per user: `typing`, which is relayed to all subscribers of a room, and `read`, which is
/// stored. All connections of a user share this limit.
pub const SIGNAL_RATE: Rate = Rate::per_second(20, 200);
/// New rooms, per user. Rooms cannot be deleted, and every user is sent the list of all of them.
pub const NEW_ROOM_RATE: Rate = Rate { count: 1, per: Duration::from_secs(10), burst: 1500 };
/// Links that set a new password, per user who makes them.
pub const RESET_RATE: Rate = Rate { count: 1, per: Duration::from_secs(60), burst: 30 };
/// Changes of one's own profile, per user. Everybody is told of each.
pub const PROFILE_RATE: Rate = Rate { count: 1, per: Duration::from_secs(2), burst: 30 };
/// Browsers that are added to receive notifications, and tests of them, per user.
pub const PUSH_RATE: Rate = Rate { count: 1, per: Duration::from_secs(5), burst: 20 };
/// Custom emoji that are added or removed, per user. Everybody is told of each.
pub const EMOJI_RATE: Rate = Rate { count: 1, per: Duration::from_secs(2), burst: 60 };
/// New files, per user.
pub const FILE_RATE: Rate = Rate::per_second(2, 100);
/// Requests that append to files, per user. A file of any size needs one, and one more after each
/// interruption.
pub const FILE_PART_RATE: Rate = Rate::per_second(5, 100);
/// Tickets, per user.
pub const TICKET_RATE: Rate = Rate::per_second(5, 50);
/// Login attempts, per address and username.
pub const LOG_IN_RATE: Rate = Rate { count: 10, per: Duration::from_secs(60), burst: 10 };
/// Attempts to sign in that failed, per address, for all usernames together. Generous, since many
/// users may share an address; each username has [`LOG_IN_RATE`] as well.
pub const FAILED_LOG_IN_RATE: Rate = Rate { count: 60, per: Duration::from_secs(60), burst: 60 };
/// Accounts created without an invitation, per address. A class or a conference behind one address
/// registers at once.
pub const OPEN_REGISTRATION_RATE: Rate =
    Rate { count: 60, per: Duration::from_secs(60 * 60), burst: 200 };
/// How much more than an address its network may do: 256 addresses of IPv4, or the same first 48
/// bits of IPv6.
pub const NETWORK_FACTOR: u32 = 4;
/// Most subscriptions of one connection.
pub const MAX_SUBSCRIPTIONS: usize = 1000;

/// Usernames that nobody may register, since they would pass for the program, for its operator or
/// for everybody in a room. Accounts that have one keep it.
pub const RESERVED_USERNAMES: [&str; 9] =
    ["admin", "administrator", "all", "banter", "channel", "everyone", "here", "room", "system"];
/// Slugs that no room may have, since the server uses these paths itself.
pub const RESERVED_SLUGS: [&str; 2] = ["ticket", "echo"];
