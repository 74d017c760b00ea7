//! What users say about themselves, and the news of it for everybody.
//!
//! Each change of what others see of a user gets a number, counted over all users. A node sends
//! everything after the last number that it knows, so that no change is missed
//! (`delivery/user_changes.rs`).

use protocol::{
    User, UserId, UserStatus,
    http::{Profile, QuietTime},
};

use super::{
    Result, SessionUser, Store,
    actor::check_actor,
    names::rename,
    sessions::check_session,
    sql::{Db, Row, values},
    users::{read_quiet, read_user, user_columns},
};

/// A change of a profile. What is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// The display name.
    pub display_name: Option<String>,
    /// What the user says about themselves; `None`: nothing.
    pub about: Option<Option<String>>,
    /// The status; `None`: none.
    pub status: Option<Option<UserStatus>>,
    /// When the user wants no notifications; `None`: never.
    pub quiet: Option<Option<QuietTime>>,
    /// The words that notify the user.
    pub keywords: Option<Vec<String>>,
}

/// The users who changed after a certain change, the longest ago first.
#[derive(Clone, Debug, Default)]
pub struct ChangedUsers {
    /// The users, as everybody sees them.
    pub users: Vec<User>,
    /// The number of the last of these changes.
    pub last: u64,
}

impl Store {
    /// Returns the user's profile, as the user sees it.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn profile(&self, user: UserId) -> Result<Profile> {
        self.read(move |db| profile(db, user)).await
    }

    /// Changes the profile of the user of a session, all of it or nothing.
    ///
    /// # Errors
    /// Fails if the session has ended, or if the store is unavailable.
    pub async fn change_profile(
        &self,
        session: SessionUser,
        change: ProfileChange,
    ) -> Result<Profile> {
        self.write(move |db| {
            let user = session.user.id;
            check_session(db, session.id)?;
            check_actor(db, user)?;
            let mut changed = vec![user];
            if let Some(name) = change.display_name {
                db.execute(
                    "UPDATE users SET display_name = $1 WHERE id = $2",
                    values![&name, user],
                )?;
                changed.extend(rename(db, user, &session.user.username, name)?);
            }
            if let Some(about) = &change.about {
                db.execute("UPDATE users SET about = $1 WHERE id = $2", values![about, user])?;
            }
            if let Some(status) = change.status {
                let UserStatus { emoji, text, until } = status.unwrap_or_default();
                db.execute(
                    "UPDATE users SET status_emoji = $1, status_text = $2, status_until = $3
                     WHERE id = $4",
                    values![&emoji, &text, until, user],
                )?;
            }
            if let Some(quiet) = change.quiet {
                // JSON fails only for maps whose keys are not strings, and there are none.
                let quiet = quiet.and_then(|quiet| serde_json::to_string(&quiet).ok());
                db.execute("UPDATE users SET quiet = $1 WHERE id = $2", values![&quiet, user])?;
            }
            if let Some(keywords) = change.keywords {
                let json = serde_json::to_string(&keywords).ok().filter(|_| !keywords.is_empty());
                db.execute("UPDATE users SET keywords = $1 WHERE id = $2", values![&json, user])?;
            }
            mark_changed(db, &changed)?;
            profile(db, user)
        })
        .await
    }

    /// Returns the number of the last change of a user.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn last_user_change(&self) -> Result<u64> {
        self.read(|db| {
            let select = "SELECT coalesce(max(change), 0) AS last FROM users";
            db.one(select, &[], |row| row.get("last"))
        })
        .await
    }

    /// Returns the users who changed after the change `since`, at most `limit`.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn users_changed_after(&self, since: u64, limit: u64) -> Result<ChangedUsers> {
        self.read(move |db| {
            let select = concat!(
                "SELECT change, ",
                user_columns!(),
                " FROM users WHERE change > $1 ORDER BY change LIMIT $2"
            );
            let read = |row: &Row<'_>| Ok((row.get::<u64>("change")?, read_user(row)?));
            let changed = db.rows(select, values![since, limit], read)?;
            let last = changed.last().map_or(since, |(change, _)| *change);
            let users = changed.into_iter().map(|(_, user)| user).collect();
            Ok(ChangedUsers { users, last })
        })
        .await
    }
}

fn profile(db: &Db, user: UserId) -> Result<Profile> {
    let select = concat!("SELECT keywords, ", user_columns!(), " FROM users WHERE users.id = $1");
    db.one(select, values![user], |row| {
        Ok(Profile {
            user: read_user(row)?,
            quiet: read_quiet(row)?,
            keywords: read_keywords(row)?,
        })
    })
}

/// Reads the words that notify a user.
pub(super) fn read_keywords(row: &Row<'_>) -> Result<Vec<String>> {
    let keywords: Option<String> = row.get("keywords")?;
    Ok(keywords.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
}

/// Numbers a change of what others see of these users.
pub(super) fn mark_changed(db: &Db, users: &[UserId]) -> Result<()> {
    for user in users {
        db.execute(
            "UPDATE users SET change = (SELECT max(change) FROM users) + 1 WHERE id = $1",
            values![*user],
        )?;
    }
    Ok(())
}
