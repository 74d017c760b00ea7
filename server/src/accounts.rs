//! Making accounts, signing in and out, inviting: what the HTTP calls and the forms of the page share.

use protocol::{
    FieldError, Timestamp, User,
    http::{Login, NewInvite, Register},
    limits::{INVITE_LIFETIME, MAX_DISPLAY_NAME_CHARS, MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, has_chars, is_username},
};

use crate::{
    auth::random_text,
    config::Registration,
    error::Error,
    state::App,
    store::{NewUser, SessionUser, now},
};

/// Longest life of an invitation, in seconds.
const MAX_INVITE_LIFETIME_S: u64 = 365 * 24 * 60 * 60;
/// Most uses of an invitation.
const MAX_INVITE_USES: u32 = 10_000;

/// Makes an account and signs it in. The first one of all is the owner's.
///
/// # Errors
/// A value does not fit, the name is taken, or nobody lets this person in.
pub async fn register(app: &App, new: Register, must_be_first: bool) -> Result<SessionUser, Error> {
    let faults = faults(&new);
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    if app.config.registration == Registration::Closed && !app.store.is_fresh().await? {
        return Err(Error::Forbidden("This Banter takes no new people.".into()));
    }
    let new = NewUser {
        username: new.username,
        display_name: new.display_name,
        password: app.auth.passwords.hash(new.password).await?,
        invite: new.invite,
        open: app.config.registration == Registration::Open,
        must_be_first,
    };
    let session = app.store.register(new).await?;
    tracing::info!(user = %session.user.id, role = session.user.role.as_str(), "an account was made");
    Ok(session)
}

fn faults(new: &Register) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if !is_username(&new.username) {
        let rule = "must begin with a letter or digit and have at most 32 of a-z, 0-9, dot, hyphen and underscore";
        faults.push(FieldError::new("username", rule));
    }
    if !has_chars(&new.password, MIN_PASSWORD_CHARS, MAX_PASSWORD_CHARS) {
        faults.push(FieldError::new(
            "password",
            format!("must have {MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters"),
        ));
    }
    if new.display_name.as_ref().is_some_and(|name| !has_chars(name.trim(), 1, MAX_DISPLAY_NAME_CHARS)) {
        faults.push(FieldError::new("display_name", format!("must have 1 to {MAX_DISPLAY_NAME_CHARS} characters")));
    }
    faults
}

/// Begins a session, where name and password match.
///
/// # Errors
/// They do not.
pub async fn log_in(app: &App, login: Login) -> Result<SessionUser, Error> {
    let found = app.store.credentials(login.username).await?;
    let (user, hash) = found.unzip();
    let matches = app.auth.passwords.verify(login.password, hash).await?;
    match user.filter(|_| matches) {
        Some(user) => Ok(SessionUser { id: app.store.begin_session(user.id).await?, user }),
        None => Err(Error::Unauthorized("That name and password do not match.")),
    }
}

/// Ends a session and closes its sockets.
///
/// # Errors
/// The store is away.
pub async fn log_out(app: &App, session: &SessionUser) -> Result<(), Error> {
    app.store.end_session(session.id).await?;
    app.hub.close_session(session.user.id, session.id, "signed out");
    Ok(())
}

/// Makes an invitation and returns its secret.
///
/// # Errors
/// The person may not invite, or a value does not fit.
pub async fn invite(app: &App, creator: &User, new: NewInvite) -> Result<String, Error> {
    if !creator.role.may_invite() {
        return Err(Error::Forbidden("Only the owner and admins invite people.".into()));
    }
    let lifetime_s = new.expires_in.unwrap_or(INVITE_LIFETIME.as_secs());
    if !(1..=MAX_INVITE_LIFETIME_S).contains(&lifetime_s) {
        return Err(Error::field("expires_in", format!("must be 1 to {MAX_INVITE_LIFETIME_S} seconds")));
    }
    let uses = new.uses.unwrap_or(1);
    if !(1..=MAX_INVITE_USES).contains(&uses) {
        return Err(Error::field("uses", format!("must be 1 to {MAX_INVITE_USES}")));
    }
    let code = random_text().map_err(|error| Error::Internal(error.into()))?;
    let expires_at = Timestamp::from_millis(now().as_millis() + lifetime_s as i64 * 1000);
    app.store.invite(code.clone(), creator.id, expires_at, uses).await?;
    Ok(code)
}

/// The link that an invited person opens.
#[must_use]
pub fn invite_url(app: &App, code: &str) -> String {
    format!("{}/join/{code}", app.auth.origins.public_url())
}
