//! The files that messages have.

use std::collections::HashMap;

use protocol::{File, FileId, Message, MessageId, UserId};
use uuid::Uuid;

use super::{
    super::{
        Result, StoreError, now,
        sql::{Db, values},
    },
    file_columns, read_file,
};

/// Finds files that a new message takes, in this order.
///
/// # Errors
/// Returns [`StoreError::NotFound`] if the user has not sent one of them, and
/// [`StoreError::Taken`] if a message has it, be it one that waits for its time.
pub(in crate::store) fn find_files(db: &Db, user: UserId, ids: &[FileId]) -> Result<Vec<File>> {
    find_free(db, user, ids, None)
}

/// Finds files that no message has but `message`.
fn find_free(
    db: &Db,
    user: UserId,
    ids: &[FileId],
    message: Option<MessageId>,
) -> Result<Vec<File>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let select = concat!(
        "SELECT message_id, job_id, ",
        file_columns!(),
        " FROM files WHERE user_id = $1 AND files.id"
    );
    let uuids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let found = db.rows_among(select, values![user], &uuids, |row| {
        let owner: Option<MessageId> = row.get("message_id")?;
        let job: Option<Uuid> = row.get("job_id")?;
        let is_free = job.is_none() && (owner.is_none() || owner == message);
        let file = read_file(row)?;
        Ok((file.id, (is_free, file)))
    })?;
    let mut found: HashMap<_, _> = found.into_iter().collect();
    let files = ids.iter().map(|id| match found.remove(id) {
        None => Err(StoreError::NotFound("file")),
        Some((false, _)) => Err(StoreError::Taken("file")),
        Some((true, file)) => Ok(file),
    });
    files.collect()
}

/// Gives files to a message, in this order.
pub(in crate::store) fn take_files(db: &Db, message: MessageId, files: &[File]) -> Result<()> {
    for (position, file) in files.iter().enumerate() {
        db.execute(
            "UPDATE files SET message_id = $1, position = $2 WHERE id = $3",
            values![message, position, file.id],
        )?;
    }
    Ok(())
}

/// Keeps files of the user for a job, in this order, and no others.
///
/// # Errors
/// Fails as [`find_files`] does.
pub(in crate::store) fn keep_files(
    db: &Db,
    user: UserId,
    job: Uuid,
    ids: &[FileId],
) -> Result<Vec<File>> {
    release_files(db, job)?;
    let files = find_files(db, user, ids)?;
    for (position, file) in files.iter().enumerate() {
        db.execute(
            "UPDATE files SET job_id = $1, position = $2 WHERE id = $3",
            values![job, position, file.id],
        )?;
    }
    Ok(files)
}

/// Keeps files no longer for a job. They are removed in a day if no message takes them.
pub(in crate::store) fn release_files(db: &Db, job: Uuid) -> Result<()> {
    db.execute(
        "UPDATE files SET job_id = NULL, created_at = $1 WHERE job_id = $2",
        values![now(), job],
    )?;
    Ok(())
}

/// Returns the files that are kept for these jobs.
pub(in crate::store) fn kept_files(db: &Db, jobs: &[Uuid]) -> Result<HashMap<Uuid, Vec<File>>> {
    if jobs.is_empty() {
        return Ok(HashMap::new());
    }
    let select = concat!("SELECT job_id, position, ", file_columns!(), " FROM files WHERE job_id");
    let mut rows = db.rows_among(select, &[], jobs, |row| {
        Ok((row.get::<u64>("position")?, row.get::<Uuid>("job_id")?, read_file(row)?))
    })?;
    rows.sort_unstable_by_key(|(position, ..)| *position);
    let mut files: HashMap<_, Vec<_>> = HashMap::new();
    for (_, job, file) in rows {
        files.entry(job).or_default().push(file);
    }
    Ok(files)
}

/// Replaces the files of a message of the user: takes new ones, and removes those that are missing
/// in `ids`.
///
/// # Errors
/// Fails as [`find_files`] does.
pub(in crate::store) fn replace_files(
    db: &Db,
    user: UserId,
    message: MessageId,
    ids: &[FileId],
) -> Result<Vec<File>> {
    let files = find_free(db, user, ids, Some(message))?;
    let before = files_of(db, &[message.0])?.remove(&message).unwrap_or_default();
    let gone = before.iter().map(|file| file.id).filter(|id| !ids.contains(id));
    for id in gone {
        remove_file(db, id)?;
    }
    take_files(db, message, &files)?;
    db.execute("UPDATE messages SET files = $1 WHERE id = $2", values![files.len(), message])?;
    Ok(files)
}

/// Removes all files of a message.
pub(in crate::store) fn remove_all_files(db: &Db, message: MessageId) -> Result<()> {
    db.execute(
        "INSERT INTO removed_files (id, at) SELECT id, CAST($1 AS BIGINT) FROM files
         WHERE message_id = $2",
        values![now(), message],
    )?;
    db.execute("DELETE FROM files WHERE message_id = $1", values![message])?;
    db.execute("UPDATE messages SET files = 0 WHERE id = $1", values![message])?;
    Ok(())
}

/// Removes a file. Its bytes are removed later.
pub(super) fn remove_file(db: &Db, id: FileId) -> Result<()> {
    db.execute("DELETE FROM files WHERE id = $1", values![id])?;
    note_removed(db, id)
}

/// Removes a file that no message has, not even one that waits for its time.
pub(super) fn remove_unsent(db: &Db, id: FileId) -> Result<()> {
    let delete = "DELETE FROM files WHERE id = $1 AND message_id IS NULL AND job_id IS NULL";
    if db.execute(delete, values![id])? > 0 { note_removed(db, id) } else { Ok(()) }
}

/// Notes that the bytes of a file are to be removed, if there are any.
pub(in crate::store) fn note_removed(db: &Db, id: FileId) -> Result<()> {
    db.execute(
        "INSERT INTO removed_files (id, at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
        values![id, now()],
    )?;
    Ok(())
}

/// Returns the files of messages.
pub(in crate::store) fn files_of(
    db: &Db,
    messages: &[Uuid],
) -> Result<HashMap<MessageId, Vec<File>>> {
    if messages.is_empty() {
        return Ok(HashMap::new());
    }
    let select =
        concat!("SELECT message_id, position, ", file_columns!(), " FROM files WHERE message_id");
    let mut rows = db.rows_among(select, &[], messages, |row| {
        Ok((row.get::<u64>("position")?, row.get::<MessageId>("message_id")?, read_file(row)?))
    })?;
    rows.sort_unstable_by_key(|(position, ..)| *position);
    let mut files: HashMap<_, Vec<_>> = HashMap::new();
    for (_, message, file) in rows {
        files.entry(message).or_default().push(file);
    }
    Ok(files)
}

/// Adds the files to messages that were read with a placeholder for each.
pub(in crate::store) fn add_files(db: &Db, messages: &mut [Message]) -> Result<()> {
    let with_files = messages.iter().filter(|message| !message.files.is_empty());
    let ids: Vec<_> = with_files.map(|message| message.id.0).collect();
    let mut files = files_of(db, &ids)?;
    for message in messages.iter_mut().filter(|message| !message.files.is_empty()) {
        message.files = files.remove(&message.id).unwrap_or_default();
    }
    Ok(())
}
