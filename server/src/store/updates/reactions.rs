//! Reactions: how many a message takes, and the one spelling of those that are stored.

use protocol::{
    MessageId, UserId,
    limits::{MAX_EMOJI_PER_MESSAGE, MAX_OWN_REACTIONS, MAX_REACTIONS},
    text::canonical_emoji,
};

use super::super::{
    Result, StoreError,
    sql::{Db, values},
};

/// Checks that a message can take another reaction. What one user may add leaves room for the
/// others, and what is there already can be joined when no new emoji can be added.
pub(super) fn check_reactions(
    db: &Db,
    message: MessageId,
    user: UserId,
    emoji: &str,
) -> Result<()> {
    let (total, own, kinds, is_there) = db.one(
        "SELECT count(*) AS total,
             coalesce(sum(CASE WHEN user_id = $1 THEN 1 ELSE 0 END), 0) AS own,
             count(DISTINCT emoji) AS kinds,
             coalesce(max(CASE WHEN emoji = $2 THEN 1 ELSE 0 END), 0) AS is_there
         FROM reactions WHERE message_id = $3",
        values![user, emoji, message],
        |row| {
            let counts = (row.get::<usize>("total")?, row.get::<usize>("own")?);
            Ok((counts.0, counts.1, row.get::<usize>("kinds")?, row.get::<bool>("is_there")?))
        },
    )?;
    if own >= MAX_OWN_REACTIONS {
        return Err(StoreError::Forbidden("You cannot add more reactions to this message."));
    }
    if total >= MAX_REACTIONS || (!is_there && kinds >= MAX_EMOJI_PER_MESSAGE) {
        return Err(StoreError::Forbidden("This message cannot take more reactions."));
    }
    Ok(())
}

/// Gives all stored reactions the one spelling of their emoji. Of two reactions of a user that
/// become equal, one stays.
pub(in crate::store) fn unify_emoji(db: &Db) -> Result<()> {
    let stored: Vec<String> = db.rows(
        "SELECT emoji FROM reactions UNION SELECT emoji FROM changes WHERE emoji IS NOT NULL",
        &[],
        |row| row.get("emoji"),
    )?;
    for emoji in stored {
        let Some(canonical) = canonical_emoji(&emoji).filter(|canonical| *canonical != emoji)
        else {
            continue;
        };
        db.execute(
            "DELETE FROM reactions WHERE emoji = $1 AND EXISTS (
                 SELECT 1 FROM reactions AS other WHERE other.message_id = reactions.message_id
                     AND other.user_id = reactions.user_id AND other.emoji = $2)",
            values![&emoji, &canonical],
        )?;
        for update in [
            "UPDATE reactions SET emoji = $1 WHERE emoji = $2",
            "UPDATE changes SET emoji = $1 WHERE emoji = $2",
        ] {
            db.execute(update, values![&canonical, &emoji])?;
        }
    }
    Ok(())
}
