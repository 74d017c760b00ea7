//! What a notification says.

use protocol::http::{PushKind, PushPayload};

use crate::store::{PushContent, PushedMessage};

/// The most bytes of the content as JSON, before it is encrypted.
const MAX_BYTES: usize = 3_000;
/// The most characters of the text of a message.
const MAX_TEXT_CHARS: usize = 500;
/// The tag of tests.
const TEST_TAG: &str = "test";

/// Returns the content of a notification, as JSON.
pub(super) fn payload(content: &PushContent) -> String {
    let tag = content.tag.to_string();
    let Some(message) = &content.message else {
        return encode(&close(tag, content));
    };
    let mut chars = MAX_TEXT_CHARS;
    loop {
        let json = encode(&PushPayload {
            kind: PushKind::Message,
            tag: tag.clone(),
            title: title(message),
            body: body(message, chars),
            url: format!("/m/{}", message.id),
            count: content.unread,
            at: Some(message.sent_at),
        });
        // Each character may take up to 12 bytes.
        if json.len() <= MAX_BYTES || chars == 0 {
            return json;
        }
        chars /= 2;
    }
}

/// Returns the content of a test, as JSON.
pub(super) fn test() -> String {
    encode(&PushPayload {
        kind: PushKind::Test,
        tag: TEST_TAG.to_owned(),
        title: "Banter works on this device".to_owned(),
        body: "This is how a new message shows.".to_owned(),
        url: "/settings#notifications".to_owned(),
        count: 0,
        at: None,
    })
}

fn close(tag: String, content: &PushContent) -> PushPayload {
    let (title, body, url) = (String::new(), String::new(), String::new());
    let (count, at) = (content.unread, content.closed_until);
    PushPayload { kind: PushKind::Close, tag, title, body, url, count, at }
}

/// JSON fails only for maps whose keys are not strings, and there are none.
fn encode(payload: &PushPayload) -> String {
    serde_json::to_string(payload).unwrap_or_default()
}

/// Says who wrote, and where.
fn title(message: &PushedMessage) -> String {
    let PushedMessage { sender, room_name, people, .. } = message;
    if message.is_reminder {
        return "Reminder".to_owned();
    }
    match (room_name, people) {
        (Some(room), _) if message.is_in_thread => format!("{sender} in a thread of {room}"),
        (Some(room), _) => format!("{sender} in {room}"),
        (None, _) if message.is_in_thread => format!("{sender} in a thread"),
        (None, 0..=2) => sender.clone(),
        (None, 3) => format!("{sender} to you and one other"),
        (None, people) => format!("{sender} to you and {} others", people - 2),
    }
}

/// Returns the beginning of the text, or what else there is.
fn body(message: &PushedMessage, chars: usize) -> String {
    if message.text.trim().is_empty() {
        return match &message.files[..] {
            [] => String::new(),
            [file] => format!("File: {}", cut(file, chars)),
            files => format!("{} files", files.len()),
        };
    }
    cut(message.text.trim(), chars)
}

fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use protocol::{MessageId, PushId, RoomId, Timestamp, UserId};
    use uuid::Uuid;

    use super::*;
    use crate::store::PushTarget;

    fn content(text: &str, room_name: Option<&str>, people: u64) -> PushContent {
        PushContent {
            target: PushTarget {
                device: PushId::default(),
                user: UserId::default(),
                endpoint: String::new(),
                p256dh: Vec::new(),
                auth: Vec::new(),
            },
            unread: 3,
            tag: Uuid::nil(),
            closed_until: None,
            message: Some(PushedMessage {
                id: MessageId::default(),
                room: RoomId::default(),
                room_name: room_name.map(ToOwned::to_owned),
                people,
                is_in_thread: false,
                is_reminder: false,
                sender: "Bo".to_owned(),
                text: text.to_owned(),
                files: Vec::new(),
                sent_at: Timestamp::from_millis(0),
            }),
        }
    }

    fn decoded(content: &PushContent) -> PushPayload {
        let json = payload(content);
        assert!(json.len() <= MAX_BYTES, "{}", json.len());
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn a_notification_says_who_wrote_and_where() {
        let title = |room, people| decoded(&content("hi", room, people)).title;
        assert_eq!(title(Some("Design"), 0), "Bo in Design");
        assert_eq!(title(None, 2), "Bo");
        assert_eq!(title(None, 3), "Bo to you and one other");
        assert_eq!(title(None, 5), "Bo to you and 3 others");
    }

    #[test]
    fn any_text_fits_into_one_record() {
        for text in ["long ".repeat(2_000), "\u{1}".repeat(10_000), "👩‍👩‍👧‍👦".repeat(1_000)]
        {
            let payload = decoded(&content(&text, Some("Design"), 0));
            assert!(payload.body.ends_with('…'), "{}", payload.body);
        }
    }

    #[test]
    fn a_message_with_files_only_names_them() {
        let mut content = content("", None, 2);
        let files = |content: &mut PushContent, names: &[&str]| {
            let message = content.message.as_mut().unwrap();
            message.files = names.iter().map(|name| (*name).to_owned()).collect();
        };
        files(&mut content, &["plan.pdf"]);
        assert_eq!(decoded(&content).body, "File: plan.pdf");
        files(&mut content, &["a", "b"]);
        assert_eq!(decoded(&content).body, "2 files");
    }
}
