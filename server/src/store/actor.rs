//! Who changes something. Checked in the write itself, so that of two who ban each other at the
//! same time the first one wins.

use protocol::{Role, UserId};

use super::{
    Result, StoreError,
    sql::{Db, values},
    users::{read_user, user_columns},
};

/// Returns the role of the user who makes a change.
///
/// # Errors
/// Returns [`StoreError::SessionEnded`] if the user has been banned in the meantime.
pub(super) fn check_actor(db: &Db, by: UserId) -> Result<Role> {
    let select =
        concat!("SELECT ", user_columns!(), " FROM users WHERE id = $1 AND banned_at IS NULL");
    let user = db.row(select, values![by], read_user)?;
    Ok(user.ok_or(StoreError::SessionEnded)?.role)
}

/// Checks that the user who makes a change has a role that may do so.
///
/// # Errors
/// Returns [`StoreError::Forbidden`] with this reason if not, and [`StoreError::SessionEnded`] as
/// [`check_actor`] does.
pub(super) fn check_role(
    db: &Db,
    by: UserId,
    may: impl FnOnce(Role) -> bool,
    reason: &'static str,
) -> Result<()> {
    if may(check_actor(db, by)?) { Ok(()) } else { Err(StoreError::Forbidden(reason)) }
}
