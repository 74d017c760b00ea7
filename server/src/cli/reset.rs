//! `banter reset`: prints a link that sets a new password, for the owner of the server.

use protocol::limits::RESET_LIFETIME;
use server::{
    base::random::random_token,
    config::{DataArgs, LinkArgs},
    store,
};

use super::output::{name, print};

/// Stores a link for a user and prints it.
///
/// # Errors
/// Fails if there is no such user, or if the database cannot be used.
pub(crate) fn run(data: &DataArgs, link: &LinkArgs, username: &str) -> Result<(), String> {
    let location = data.location().map_err(|failure| failure.to_string())?;
    let token = random_token().map_err(|error| error.to_string())?;
    let user = store::make_reset_at(&location, username, &token)
        .map_err(|error| format!("reset {username:?} in {}: {}", name(&location), error.cause()))?;
    let hours = RESET_LIFETIME.as_secs() / 3600;
    print(&format!(
        "{}/reset/{token}\nThis link sets a new password of @{}, once, within {hours} hours.\n",
        link.url(),
        user.username
    ))
}
