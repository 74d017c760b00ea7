//! The tables and their columns, for a copy.

/// A table of the schema.
pub(in crate::store) struct Table {
    pub(in crate::store) name: &'static str,
    pub(in crate::store) columns: &'static [&'static str],
    /// The columns that the rows are sorted by.
    pub(in crate::store) key: &'static str,
}

/// All tables but `meta`, for a copy. Each follows the tables that it refers to.
pub(in crate::store) const TABLES: &[Table] = &[
    Table {
        name: "users",
        columns: &[
            "id",
            "username",
            "display_name",
            "role",
            "password",
            "created_at",
            "banned_at",
            "skeleton",
            "folded",
            "alike",
            "about",
            "status_emoji",
            "status_text",
            "status_until",
            "quiet",
            "picture",
            "invited_by",
            "reset_at",
        ],
        key: "id",
    },
    Table {
        name: "sessions",
        columns: &["id", "user_id", "created_at", "last_used_at", "browser", "address"],
        key: "id",
    },
    Table {
        name: "invites",
        columns: &["code", "creator_id", "created_at", "expires_at", "uses_left"],
        key: "code",
    },
    Table {
        name: "rooms",
        columns: &[
            "id",
            "slug",
            "name",
            "private",
            "creator_id",
            "created_at",
            "seq",
            "direct",
            "people",
            "topic",
            "archived_at",
            "changed_at",
        ],
        key: "id",
    },
    Table {
        name: "room_members",
        columns: &[
            "room_id",
            "user_id",
            "joined_at",
            "notify",
            "favourite",
            "hidden",
            "joined_seq",
            "changed_at",
        ],
        key: "room_id, user_id",
    },
    Table {
        name: "messages",
        columns: &[
            "room_id",
            "seq",
            "id",
            "sender_id",
            "text",
            "sent_at",
            "edited_at",
            "reply_to",
            "thread",
            "shown",
        ],
        key: "room_id, seq",
    },
    Table {
        name: "changes",
        columns: &[
            "room_id",
            "seq",
            "op",
            "message_id",
            "user_id",
            "at",
            "kind",
            "text",
            "emoji",
            "is_set",
        ],
        key: "room_id, seq",
    },
    Table {
        name: "needless_changes",
        columns: &["op", "room_id", "seq", "message_id", "user_id"],
        key: "op",
    },
    Table {
        name: "reactions",
        columns: &["message_id", "seq", "user_id", "emoji"],
        key: "message_id, seq",
    },
    Table {
        name: "read_positions",
        columns: &["user_id", "room_id", "seq"],
        key: "user_id, room_id",
    },
    Table {
        name: "mentions",
        columns: &["user_id", "room_id", "seq", "thread", "shown", "by_name"],
        key: "user_id, room_id, seq",
    },
    Table { name: "former_slugs", columns: &["slug", "room_id", "until"], key: "slug" },
    Table {
        name: "threads",
        columns: &["id", "room_id", "replies", "last_seq", "last_at", "people"],
        key: "id",
    },
    Table {
        name: "thread_followers",
        columns: &["user_id", "thread", "room_id", "following", "asked", "read_seq"],
        key: "user_id, thread",
    },
    Table {
        name: "pins",
        columns: &["message_id", "room_id", "seq", "user_id"],
        key: "message_id",
    },
    Table { name: "first_texts", columns: &["message_id", "text"], key: "message_id" },
    Table { name: "pictures", columns: &["user_id", "media_type", "bytes"], key: "user_id" },
    Table {
        name: "password_resets",
        columns: &["user_id", "token", "creator_id", "expires_at"],
        key: "user_id",
    },
];
