//! Files of messages, without their bytes (`files/storage.rs`).

mod claims;
mod descriptions;
mod in_room;
mod locks;
mod previews;
mod space;
mod sweep;
mod uploads;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use protocol::{File, FileId, UserId};
use uuid::Uuid;

pub(super) use claims::{
    add_files, files_of, find_files, keep_files, kept_files, note_removed, release_files,
    remove_all_files, replace_files, take_files,
};
pub use in_room::FilesQuery;
pub use locks::{LockOutcome, UploadLock};
pub use previews::DuePreview;
pub use space::StorageLimits;
pub(super) use space::used_space;
pub use sweep::ExpiredUpload;
pub use uploads::{FoundFile, NewUpload, Upload};

use super::{
    Result, Store, StoreError,
    access::access,
    sql::{Row, values},
};

/// The bytes that a name in the address of a file may not contain unescaped.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The columns that [`read_file`] reads, of the table `files`.
macro_rules! file_columns {
    () => {
        "files.id AS file_id, files.name AS file_name, description, media_type, size, width, height,
         preview"
    };
}
pub(super) use file_columns;

/// What the storage of an installation has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredBytes {
    /// The files, and whether there is a preview of each.
    pub files: Vec<(FileId, bool)>,
    /// The uploads that are under way, and the number of their parts.
    pub uploads: Vec<(Uuid, u64)>,
    /// The links that have a picture.
    pub link_pictures: Vec<Uuid>,
}

impl StoredBytes {
    /// Returns whether the storage has nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.uploads.is_empty() && self.link_pictures.is_empty()
    }
}

/// A file, and the user who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// The file.
    pub file: File,
    /// The user who sent it.
    pub sender: UserId,
}

impl Store {
    /// Returns a file that the user may see: its sender until a message has it, then whoever may
    /// see the room of the message.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if there is no such file for the user.
    pub async fn file(&self, user: UserId, id: FileId) -> Result<StoredFile> {
        const NOT_FOUND: StoreError = StoreError::NotFound("file");
        self.read(move |db| {
            db.read_snapshot(|| {
                let select = concat!(
                    "SELECT ",
                    file_columns!(),
                    ", files.user_id, room_id FROM files
                     LEFT JOIN messages ON messages.id = message_id WHERE files.id = $1"
                );
                let found = db.row(select, values![id], |row| {
                    let stored = StoredFile { file: read_file(row)?, sender: row.get("user_id")? };
                    Ok((stored, row.get::<Option<protocol::RoomId>>("room_id")?))
                })?;
                let (stored, room) = found.ok_or(NOT_FOUND)?;
                match room {
                    None if stored.sender == user => Ok(stored),
                    None => Err(NOT_FOUND),
                    Some(room) => match access(db, user, &room.into()) {
                        Ok(_) => Ok(stored),
                        Err(StoreError::NotFound(_)) => Err(NOT_FOUND),
                        Err(error) => Err(error),
                    },
                }
            })
        })
        .await
    }
}

/// Reads the columns of [`file_columns`].
pub(super) fn read_file(row: &Row<'_>) -> Result<File> {
    let (id, name): (FileId, String) = (row.get("file_id")?, row.get("file_name")?);
    let preview: Option<String> = row.get("preview")?;
    let has_preview = preview.is_some_and(|state| state != "failed");
    Ok(File {
        id,
        url: file_url(id, &name),
        name,
        description: row.get("description")?,
        media_type: row.get("media_type")?,
        size: row.get("size")?,
        width: row.get("width")?,
        height: row.get("height")?,
        preview: has_preview.then(|| preview_url(id)),
    })
}

/// Returns the address of a file.
fn file_url(id: FileId, name: &str) -> String {
    format!("/files/{id}/{}", utf8_percent_encode(name, NAME))
}

/// Returns the address of the preview of a file.
fn preview_url(id: FileId) -> String {
    format!("/previews/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_an_address_is_one_segment() {
        let id = FileId(Uuid::nil());
        let url = file_url(id, "a b/c?d#e%.tar.gz ü");
        assert_eq!(url, format!("/files/{id}/a%20b%2Fc%3Fd%23e%25.tar.gz%20%C3%BC"));
    }
}
