//! The files that the user adds to a message, from their choice until the message is sent.

use std::collections::HashMap;

use protocol::{
    FileId,
    limits::{MAX_DESCRIPTION_CHARS, MAX_FILES},
    text::has_chars,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{conversation::Conversation, files::format_size};

/// A file of an unsent message. The outbox keeps it as JSON; its bytes are kept apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingFile {
    /// The id of the file on this device.
    pub id: Uuid,
    /// Its name, as the device gives it.
    pub name: String,
    /// Its media type, as the browser knows it.
    #[serde(rename = "type", default)]
    pub media_type: String,
    /// The number of bytes.
    pub size: u64,
    /// The width of a picture in pixels, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// The height of a picture in pixels, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// The address of its upload on the server, once it has begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<String>,
    /// The file on the server, once all bytes are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileId>,
    /// What the user says is to be seen in it, as one line if it fits. Empty: nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The description that the server has, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub described: Option<String>,
    /// True if it can never be uploaded: it is too large, or not on this device any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfit: bool,
}

impl PendingFile {
    /// Returns whether the server has the file as the user wants it.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.file.is_some() && self.is_described()
    }

    /// Returns whether the server lacks something that it can be sent.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.file.is_none() || !self.is_described() && self.fits()
    }

    /// Returns whether the server can take the description.
    #[must_use]
    pub fn fits(&self) -> bool {
        one_line(&self.description).is_some()
    }

    fn is_described(&self) -> bool {
        self.described.as_deref().unwrap_or_default() == self.description
    }
}

/// Returns a description as one line, as the server keeps it. `None` if it is too long, or has
/// characters that cannot be seen, as far as they are told without Unicode's data, which would make
/// the page larger. The server checks it again.
#[must_use]
pub fn one_line(text: &str) -> Option<String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = has_chars(&line, 0, MAX_DESCRIPTION_CHARS) && !line.chars().any(is_invisible);
    fits.then_some(line)
}

/// Returns whether a character is a control character, shows nothing, or turns the text around.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}'
                | '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
        )
}

/// The attempts to upload a file in which the server failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempts(u32);

impl Attempts {
    /// The most of them in a row.
    const MAX: u32 = 6;

    /// Counts an attempt that ended with a status. Returns whether another one makes sense. It
    /// always does after one without a response (0), one that brought bytes to the server, one that
    /// has to wait for others, and one in which the server was away or of an earlier version (405).
    pub fn failed(&mut self, status: u16, has_progress: bool) -> bool {
        if has_progress {
            self.0 = 0;
        } else if !matches!(status, 0 | 401 | 405 | 423 | 429 | 502..=504) {
            self.0 += 1;
        }
        self.0 < Self::MAX
    }
}

/// How far an upload is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The bytes that the server has.
    pub sent: u64,
    /// What the upload is doing.
    pub step: Step,
}

/// What an upload is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Step {
    /// It waits for its turn.
    #[default]
    Waiting,
    /// Bytes are on their way.
    Sending,
    /// The connection was lost. The upload goes on by itself.
    Lost,
    /// The server has refused the file, for this reason. The user can try again, unless the file is
    /// unfit.
    Refused(String),
}

/// The files that were added to messages, by room or thread, and the progress of all uploads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tray {
    lists: HashMap<Conversation, Vec<PendingFile>>,
    progress: HashMap<Uuid, Progress>,
}

impl Tray {
    /// Returns the files that are added to the next message of a room or a thread.
    #[must_use]
    pub fn of(&self, place: Conversation) -> &[PendingFile] {
        self.lists.get(&place).map_or(&[], Vec::as_slice)
    }

    /// Returns the files of all rooms and threads.
    pub(crate) fn lists(&self) -> &HashMap<Conversation, Vec<PendingFile>> {
        &self.lists
    }

    /// Returns all added files.
    pub fn files(&self) -> impl Iterator<Item = &PendingFile> {
        self.lists.values().flatten()
    }

    /// Adds files to the next message of a room or a thread, as many as a message may have. Returns
    /// those that are left out.
    pub fn add(&mut self, place: Conversation, mut files: Vec<PendingFile>) -> Vec<PendingFile> {
        let list = self.lists.entry(place).or_default();
        let left_out = files.split_off(files.len().min(MAX_FILES.saturating_sub(list.len())));
        list.extend(files);
        left_out
    }

    /// Removes a file. Returns it, if it was there.
    pub fn remove(&mut self, place: Conversation, id: Uuid) -> Option<PendingFile> {
        let list = self.lists.get_mut(&place)?;
        let index = list.iter().position(|file| file.id == id)?;
        Some(list.remove(index))
    }

    /// Takes all files for a message that is sent.
    pub fn take(&mut self, place: Conversation) -> Vec<PendingFile> {
        self.lists.remove(&place).unwrap_or_default()
    }

    /// Changes an added file. Returns whether it is there.
    pub fn change(&mut self, id: Uuid, change: impl FnOnce(&mut PendingFile)) -> bool {
        let found = self.lists.values_mut().flatten().find(|file| file.id == id);
        found.map(change).is_some()
    }

    /// Returns how far an upload is.
    #[must_use]
    pub fn progress(&self, id: Uuid) -> Progress {
        self.progress.get(&id).cloned().unwrap_or_default()
    }

    /// Changes what is known of an upload.
    pub fn set_progress(&mut self, id: Uuid, change: impl FnOnce(&mut Progress)) {
        change(self.progress.entry(id).or_default());
    }

    /// Forgets an upload.
    pub fn forget(&mut self, id: Uuid) {
        self.progress.remove(&id);
    }

    /// Returns whether the server has refused an upload.
    #[must_use]
    pub fn is_refused(&self, id: Uuid) -> bool {
        self.progress.get(&id).is_some_and(|progress| matches!(progress.step, Step::Refused(_)))
    }

    /// Returns why the next message cannot be sent with its files, for the user.
    #[must_use]
    pub fn fault(&self, place: Conversation) -> Option<&'static str> {
        let mut files = self.of(place).iter();
        files.find_map(|file| match (self.is_refused(file.id), file.file) {
            _ if !file.fits() => Some("The description of a file does not fit. Change it."),
            (true, None) if file.unfit => Some("A file cannot be uploaded. Remove it."),
            (true, None) => Some("A file was not uploaded. Remove it, or try again."),
            (true, Some(_)) => {
                Some("The description of a file was not saved. Change it, or try again.")
            }
            (false, _) => None,
        })
    }
}

/// Returns why the server refused a file, for the user.
#[must_use]
pub fn refusal(status: u16, detail: &str) -> String {
    let number = detail.split(|c: char| !c.is_ascii_digit()).find_map(|digits| digits.parse().ok());
    match (status, number) {
        (413, Some(max)) => format!("Larger than {}", format_size(max)),
        (413, None) => "Too large".to_owned(),
        (507, _) if detail.starts_with("Your files") => detail.to_owned(),
        (507, _) => "The server has no space for it".to_owned(),
        (415, _) => "The server does not take this kind of file".to_owned(),
        _ if detail.is_empty() => "The server refused it".to_owned(),
        _ => detail.to_owned(),
    }
}

/// Returns how far an upload is, in words.
#[must_use]
pub fn status(file: &PendingFile, progress: &Progress) -> String {
    let size = format_size(file.size);
    match &progress.step {
        _ if !file.fits() => "The description does not fit".to_owned(),
        Step::Refused(reason) => reason.clone(),
        _ if file.is_ready() && !file.description.is_empty() => {
            format!("{size}, described")
        }
        _ if file.file.is_some() => format!("{size}, ready"),
        Step::Waiting => size,
        Step::Sending if progress.sent == 0 => size,
        Step::Sending => format!("{} of {size}", format_size(progress.sent)),
        Step::Lost if progress.sent == 0 => "No connection. It goes on by itself".to_owned(),
        Step::Lost => {
            format!("Connection lost at {}. It goes on by itself", format_size(progress.sent))
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::RoomId;

    use super::*;

    fn file(id: u128) -> PendingFile {
        let name = format!("{id}.png");
        PendingFile { id: Uuid::from_u128(id), name, size: 2_000, ..PendingFile::default() }
    }

    fn place(id: u128) -> Conversation {
        RoomId(Uuid::from_u128(id)).into()
    }

    #[test]
    fn each_place_has_files_of_its_own_and_a_message_takes_at_most_ten() {
        let mut tray = Tray::default();
        assert_eq!(tray.add(place(1), (0..4).map(file).collect()), []);
        assert_eq!(tray.add(place(2), vec![file(20)]), []);
        assert_eq!(tray.add(place(1), (4..12).map(file).collect()), [file(10), file(11)]);
        assert_eq!(tray.of(place(1)).len(), MAX_FILES);
        assert_eq!(tray.remove(place(2), file(1).id), None);
        assert_eq!(tray.remove(place(1), file(1).id), Some(file(1)));
        assert_eq!(tray.take(place(1)).len(), MAX_FILES - 1);
        assert_eq!(tray.of(place(1)), []);
        assert_eq!(tray.of(place(2)), [file(20)]);
    }

    #[test]
    fn a_refused_file_holds_its_own_message_alone() {
        let mut tray = Tray::default();
        tray.add(place(1), vec![file(1)]);
        tray.add(place(2), vec![file(2)]);
        tray.set_progress(file(1).id, |it| it.step = Step::Refused("Too large".to_owned()));
        let fault = |tray: &Tray, id| tray.fault(place(id)).unwrap_or_default();
        assert!(fault(&tray, 1).starts_with("A file was not uploaded"));
        tray.change(file(1).id, |file| file.unfit = true);
        assert!(!fault(&tray, 1).contains("again"));
        assert_eq!(tray.fault(place(2)), None);
        tray.change(file(1).id, |file| file.file = Some(FileId::default()));
        assert!(fault(&tray, 1).contains("description of a file was not saved"));
        tray.forget(file(1).id);
        assert_eq!(tray.fault(place(1)), None);
        tray.change(file(1).id, |file| file.description = "ä".repeat(1_001));
        assert!(fault(&tray, 1).contains("does not fit"));
    }

    #[test]
    fn what_happens_to_a_file_is_said_in_words() {
        let mut progress = Progress::default();
        assert_eq!(status(&file(1), &progress), "2 KB");
        progress = Progress { sent: 1_100, step: Step::Sending };
        assert_eq!(status(&file(1), &progress), "1.1 KB of 2 KB");
        progress.step = Step::Lost;
        let lost = "Connection lost at 1.1 KB. It goes on by itself";
        assert_eq!(status(&file(1), &progress), lost);
        let done = PendingFile { file: Some(FileId::default()), ..file(1) };
        assert_eq!(status(&done, &progress), "2 KB, ready");
    }

    #[test]
    fn a_file_is_ready_once_the_server_has_its_description() {
        let mut known = PendingFile { file: Some(FileId::default()), ..file(1) };
        assert!(known.is_ready() && !file(1).is_ready());
        known.description = "A red boat".to_owned();
        assert!(!known.is_ready());
        known.described = Some(known.description.clone());
        assert!(known.is_ready());
        known.description.clear();
        assert!(!known.is_ready() && known.is_due(), "the server still has it");
        known.description = "A\u{202e}".to_owned();
        assert!(!known.is_ready() && !known.is_due(), "it is not sent");
        known.description = "A red boat".to_owned();
        assert_eq!(status(&known, &Progress::default()), "2 KB, described");
        assert_eq!(one_line(" A red\n boat ").as_deref(), Some("A red boat"));
        assert_eq!(one_line(" ").as_deref(), Some(""));
        assert_eq!(one_line("A\u{202e}"), None);
        assert_eq!(one_line(&"ä".repeat(1_001)), None);
    }

    #[test]
    fn attempts_end_if_the_server_fails_and_nothing_moves() {
        let mut attempts = Attempts::default();
        for _ in 0..50 {
            for status in [0, 502, 503, 504] {
                assert!(attempts.failed(status, false), "nobody is there, also if none noticed");
            }
            assert!(attempts.failed(429, false), "others are first");
            assert!(attempts.failed(500, true), "it moves");
        }
        let failures = [500, 0, 500, 503, 404, 500, 409, 500];
        let hopes = failures.map(|status| attempts.failed(status, false));
        assert_eq!(hopes, [true, true, true, true, true, true, true, false]);
    }

    #[test]
    fn a_refusal_names_the_limit() {
        let detail = "The file has more than 50000000 bytes.";
        assert_eq!(refusal(413, detail), "Larger than 50 MB");
        assert_eq!(refusal(413, ""), "Too large");
        assert_eq!(refusal(507, "x"), "The server has no space for it");
        assert_eq!(refusal(403, "Not allowed."), "Not allowed.");
    }

    #[test]
    fn a_file_is_stored_and_read_again() {
        let stored = serde_json::to_string(&file(1)).unwrap();
        assert!(!stored.contains("upload") && !stored.contains("width"), "{stored}");
        assert_eq!(serde_json::from_str::<PendingFile>(&stored).unwrap(), file(1));
    }
}
