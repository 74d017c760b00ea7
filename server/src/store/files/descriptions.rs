//! What the senders of files say is in them.

use protocol::{FileId, RoomId};

use super::{
    super::{
        Result, SessionUser, Store, StoreError,
        access::access,
        sql::{Row, values},
    },
    StoredFile, file_columns, read_file,
    uploads::check_sender,
};

const NOT_FOUND: StoreError = StoreError::NotFound("file");

impl Store {
    /// Changes the description of a file that the user has sent. A message may have it.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if the user has sent no such file, or may not see it any
    /// more, and [`StoreError::Forbidden`] if nobody can write to its room.
    pub async fn describe_file(
        &self,
        session: &SessionUser,
        id: FileId,
        description: Option<String>,
    ) -> Result<StoredFile> {
        let (user, session) = (session.user.id, session.id);
        self.write(move |db| {
            check_sender(db, user, session)?;
            let select = concat!(
                "SELECT ",
                file_columns!(),
                ", room_id FROM files LEFT JOIN messages ON messages.id = message_id
                 WHERE files.id = $1 AND user_id = $2"
            );
            let found = db.row(select, values![id, user], |row: &Row<'_>| {
                Ok((read_file(row)?, row.get::<Option<RoomId>>("room_id")?))
            })?;
            let (mut file, room) = found.ok_or(NOT_FOUND)?;
            if let Some(room) = room {
                let access = access(db, user, &room.into()).map_err(|error| match error {
                    StoreError::NotFound(_) => NOT_FOUND,
                    other => other,
                })?;
                access.check_writable()?;
            }
            db.execute(
                "UPDATE files SET description = $1 WHERE id = $2",
                values![&description, id],
            )?;
            file.description = description;
            Ok(StoredFile { file, sender: user })
        })
        .await
    }
}
