//! Registration: the checks before a new account is created.

use std::net::IpAddr;

use protocol::{
    FieldError,
    http::Register,
    limits::MAX_DISPLAY_NAME_CHARS,
    text::{is_name, is_reserved_username, is_username},
};

use super::{AccountService, password::check_password, sessions::device};
use crate::{
    base::names::{name_rule, normal_name},
    config::Registration,
    error::Error,
    store::{INVITE_REFUSED, NewUser, SessionUser},
};

/// The error while nobody may register.
pub(super) const CLOSED: &str = "Registration is closed on this server.";
/// The error for a registration without an invitation.
const INVITE_NEEDED: &str = "You need an invitation to register here. Ask for one.";
/// The message of the field error for a value that nobody may have.
pub const RESERVED: &str = "is reserved";

impl AccountService {
    /// Creates an account and begins its first session. The first account belongs to the owner.
    ///
    /// # Errors
    /// Returns [`Error::Invalid`] if a value does not fit, [`Error::Conflict`] if the username is
    /// taken, [`Error::Forbidden`] if registration is closed or the invitation is not valid, and
    /// [`Error::Limited`] after too many registrations from that address.
    /// With `must_be_first` it is [`Error::Forbidden`] if an account exists already.
    pub async fn register(
        &self,
        (from, browser): (IpAddr, Option<String>),
        mut new: Register,
        must_be_first: bool,
    ) -> Result<SessionUser, Error> {
        new.display_name = new.display_name.map(|name| normal_name(&name));
        let invalid = invalid_fields(&new);
        if !invalid.is_empty() {
            return Err(Error::Invalid(invalid));
        }
        self.check_registration(from, new.invite.as_deref()).await?;
        let names = [Some(new.username.clone()), new.display_name.clone()];
        let names = names.into_iter().flatten().collect();
        let password = self.hash_new(from, "password", new.password, names).await?;
        let new = NewUser {
            username: new.username,
            display_name: new.display_name,
            password,
            invite: new.invite,
            open: self.registration == Registration::Open,
            must_be_first,
            device: device(from, browser),
        };
        let session = self.store.register(new).await?;
        if session.user.alike {
            for other in self.store.users_alike(session.user.id).await.unwrap_or_default() {
                self.notifier.alike_changed(other, true);
            }
            self.notifier.users_changed();
        }
        tracing::info!(
            user = %session.user.id,
            username = session.user.username,
            role = session.user.role.as_str(),
            "account created"
        );
        Ok(session)
    }

    /// Checks whether registration can succeed, before the costly hashing of the password. Only
    /// registrations without an invitation are limited per address.
    async fn check_registration(&self, from: IpAddr, invite: Option<&str>) -> Result<(), Error> {
        if self.store.has_no_users().await? {
            return Ok(());
        }
        if self.registration == Registration::Closed {
            return Err(Error::Forbidden(CLOSED.into()));
        }
        let invite = invite.filter(|code| !code.is_empty()).map(str::to_owned);
        let is_invited = match invite.clone() {
            Some(code) => self.store.open_invite(code).await?.is_some(),
            None => false,
        };
        match self.registration {
            _ if is_invited => Ok(()),
            Registration::Open => self.limits.open_registration(from).await,
            _ if invite.is_none() => Err(Error::Forbidden(INVITE_NEEDED.into())),
            _ => Err(Error::Forbidden(INVITE_REFUSED.into())),
        }
    }
}

fn invalid_fields(new: &Register) -> Vec<FieldError> {
    let mut invalid = Vec::new();
    if !is_username(&new.username) {
        let rule = "must begin with a letter or digit and have at most 32 of a-z, 0-9, dot, \
                    hyphen and underscore";
        invalid.push(FieldError::new("username", rule));
    } else if is_reserved_username(&new.username) {
        invalid.push(FieldError::new("username", RESERVED));
    }
    invalid.extend(check_password("password", &new.password).err());
    if new.display_name.as_ref().is_some_and(|name| !is_name(name, MAX_DISPLAY_NAME_CHARS)) {
        invalid.push(FieldError::new("display_name", name_rule(MAX_DISPLAY_NAME_CHARS)));
    }
    invalid
}
