//! Making accounts, signing in and out, inviting: what the HTTP calls and the forms of the page share.

use std::net::IpAddr;

use protocol::{
    FieldError, Role, SessionId, Timestamp, User, UserId,
    http::{ChangePassword, Login, NewInvite, NewRole, Register},
    limits::{
        INVITE_LIFETIME, MAX_DISPLAY_NAME_CHARS, MAX_INVITE_LIFETIME, MAX_INVITE_USES,
        MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, has_chars, is_name, is_username,
    },
};

use crate::{
    base::{clock::now, random::random_token},
    cluster::message::Word,
    config::Registration,
    error::Error,
    http::state::App,
    hub::Topic,
    store::{Credentials, INVITE_REFUSED, NewUser, SessionUser},
};

/// What a banned person is told.
const BANNED: &str = "This account was banned.";

/// Makes an account and signs it in. The first one of all is the owner's.
///
/// # Errors
/// A value does not fit, the name is taken, or nobody lets this person in.
pub async fn register(
    app: &App,
    mut new: Register,
    must_be_first: bool,
) -> Result<SessionUser, Error> {
    new.display_name = new.display_name.map(|name| name.trim().to_owned());
    let faults = faults(&new);
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    check_may_register(app, new.invite.as_deref()).await?;
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

/// Before the password is hashed, which costs a lot: nobody without a chance gets that far.
async fn check_may_register(app: &App, invite: Option<&str>) -> Result<(), Error> {
    if app.config.registration == Registration::Open || app.store.is_fresh().await? {
        return Ok(());
    }
    if app.config.registration == Registration::Closed {
        return Err(Error::Forbidden("This Banter takes no new people.".into()));
    }
    match app.store.open_invite(invite.unwrap_or_default().to_owned()).await? {
        Some(_) => Ok(()),
        None => Err(Error::Forbidden(INVITE_REFUSED.into())),
    }
}

fn faults(new: &Register) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if !is_username(&new.username) {
        let rule = "must begin with a letter or digit and have at most 32 of a-z, 0-9, dot, hyphen and underscore";
        faults.push(FieldError::new("username", rule));
    }
    faults.extend(password_fault("password", &new.password));
    if new.display_name.as_ref().is_some_and(|name| !is_name(name, MAX_DISPLAY_NAME_CHARS)) {
        let rule =
            format!("must have 1 to {MAX_DISPLAY_NAME_CHARS} characters, none of them invisible");
        faults.push(FieldError::new("display_name", rule));
    }
    faults
}

fn password_fault(field: &str, password: &str) -> Option<FieldError> {
    let fits = has_chars(password, MIN_PASSWORD_CHARS, MAX_PASSWORD_CHARS);
    (!fits).then(|| {
        FieldError::new(
            field,
            format!("must have {MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters"),
        )
    })
}

/// Begins a session, where name and password match.
///
/// # Errors
/// They do not, the person is banned, or there were too many tries from that address.
pub async fn log_in(app: &App, from: IpAddr, login: Login) -> Result<SessionUser, Error> {
    app.admission.log_in(from, &login.username).await?;
    let found = app.store.credentials(login.username).await?;
    let hash = found.as_ref().map(|found| found.password.clone());
    let matches = app.auth.passwords.verify(login.password, hash).await?;
    match found.filter(|_| matches) {
        Some(Credentials { banned: true, .. }) => Err(Error::Forbidden(BANNED.into())),
        Some(Credentials { user, password, .. }) => {
            Ok(SessionUser { id: app.store.begin_session(user.id, password).await?, user })
        }
        None => Err(Error::Unauthorized("That name and password do not match.")),
    }
}

/// Sets a new password. All other sessions of that person end, with their sockets.
///
/// # Errors
/// The present one is wrong, the new one does not fit, or there were too many tries from that address.
pub async fn change_password(
    app: &App,
    from: IpAddr,
    session: SessionUser,
    change: ChangePassword,
) -> Result<(), Error> {
    if let Some(fault) = password_fault("new", &change.new) {
        return Err(Error::Invalid(vec![fault]));
    }
    app.admission.log_in(from, &session.user.username).await?;
    let Some(Credentials { password: hash, .. }) =
        app.store.credentials(session.user.username.clone()).await?
    else {
        return Err(Error::NotFound("person"));
    };
    if !app.auth.passwords.verify(change.current, Some(hash.clone())).await? {
        return Err(Error::Forbidden("That is not your present password.".into()));
    }
    let new_hash = app.auth.passwords.hash(change.new).await?;
    app.store.change_password(session.clone(), hash, new_hash).await?;
    end_sessions(app, session.user.id, Some(session.id), "the password was changed");
    Ok(())
}

/// Closes the sockets of a person's sessions but one, on all nodes.
fn end_sessions(app: &App, user: UserId, except: Option<SessionId>, reason: &str) {
    app.hub.close_user(user, except, reason);
    app.nodes.tell(Topic::User(user), &Word::SessionsEnded(except, reason.to_owned()));
}

/// Bans a person: all sessions and sockets end. Or lets the person in again.
///
/// # Errors
/// The asking person may not, it is the owner, or it is the asking person.
pub async fn set_banned(app: &App, by: &User, whom: String, banned: bool) -> Result<(), Error> {
    if !by.role.may_ban() {
        return Err(Error::Forbidden("Only the owner and admins ban people.".into()));
    }
    let user = app.store.user(whom).await?;
    if user.id == by.id && user.role != Role::Owner {
        return Err(Error::Forbidden("You cannot ban yourself.".into()));
    }
    app.store.set_banned(user.id, banned).await?;
    if banned {
        end_sessions(app, user.id, None, BANNED);
    }
    tracing::info!(user = %user.id, by = %by.id, banned, "a ban was changed");
    Ok(())
}

/// Gives a person another role.
///
/// # Errors
/// The asking person is not the owner, or the other one is.
pub async fn set_role(
    app: &App,
    by: &User,
    whom: String,
    NewRole { role }: NewRole,
) -> Result<(), Error> {
    if by.role != Role::Owner {
        return Err(Error::Forbidden("Only the owner gives roles.".into()));
    }
    if role == Role::Owner {
        return Err(Error::field("role", "must be admin or member"));
    }
    let user = app.store.user(whom).await?;
    app.store.set_role(user.id, role).await?;
    app.hub.set_role(user.id, role);
    app.nodes.tell(Topic::User(user.id), &Word::Role(role));
    tracing::info!(user = %user.id, by = %by.id, role = role.as_str(), "a role was given");
    Ok(())
}

/// Ends a session and closes its sockets.
///
/// # Errors
/// The store is away.
pub async fn log_out(app: &App, session: &SessionUser) -> Result<(), Error> {
    app.store.end_session(session.id).await?;
    let reason = "signed out";
    app.hub.close_session(session.user.id, session.id, reason);
    app.nodes
        .tell(Topic::User(session.user.id), &Word::SessionEnded(session.id, reason.to_owned()));
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
    if !(1..=MAX_INVITE_LIFETIME.as_secs()).contains(&lifetime_s) {
        return Err(Error::field(
            "expires_in",
            format!("must be 1 to {} seconds", MAX_INVITE_LIFETIME.as_secs()),
        ));
    }
    let uses = new.uses.unwrap_or(1);
    if !(1..=MAX_INVITE_USES).contains(&uses) {
        return Err(Error::field("uses", format!("must be 1 to {MAX_INVITE_USES}")));
    }
    let code = random_token().map_err(|error| Error::Internal(error.into()))?;
    let expires_at = Timestamp::from_millis(now().as_millis() + lifetime_s as i64 * 1000);
    app.store.invite(code.clone(), creator.id, expires_at, uses).await?;
    Ok(code)
}

/// The link that an invited person opens.
#[must_use]
pub fn invite_url(app: &App, code: &str) -> String {
    format!("{}/join/{code}", app.auth.origins.public_url())
}
