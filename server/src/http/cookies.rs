//! The session cookie.
//!
//! Cookies do not know ports, and a browser sends those of a sibling domain too. So each
//! installation has a cookie name of its own, and of several cookies the one that holds counts.

use axum::http::{HeaderMap, HeaderValue, header};
use protocol::limits::SESSION_LIFETIME;

use crate::{
    auth::{Authenticator, CredentialError},
    store::SessionUser,
};

/// The name that every installation used before each had its own. Over plain http it is still read,
/// and replaced by the next page that a user opens.
pub const SHARED_NAME: &str = "banter_session";

/// The most cookies with a token of ours that are looked up for one request. A browser has one, or
/// two after an update.
const MAX_LOOKUPS: usize = 8;

/// Reads and writes the session cookie. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SessionCookie {
    auth: Authenticator,
    name: String,
    is_https: bool,
}

impl SessionCookie {
    /// Creates the cookie of an installation. Its name derives from the key that signs tokens,
    /// which all nodes share.
    ///
    /// Under https, the prefix `__Host-` makes browsers refuse the cookie from any other host, and
    /// without `Secure`.
    #[must_use]
    pub fn new(auth: Authenticator, is_https: bool) -> Self {
        let prefix = if is_https { "__Host-" } else { "" };
        Self { name: format!("{prefix}banter_{}", auth.installation()), auth, is_https }
    }

    /// Returns the cookie's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether a request carries a session cookie, valid or not.
    #[must_use]
    pub fn is_present(&self, headers: &HeaderMap) -> bool {
        self.values(headers).next().is_some()
    }

    /// Returns the session of the first cookie that is valid, or else the error of the first one.
    /// Returns `None` without a cookie.
    ///
    /// A forged cookie costs nothing, however many there are. Each of ours is looked up in the
    /// store, at most `MAX_LOOKUPS` of them.
    pub async fn session(
        &self,
        headers: &HeaderMap,
    ) -> Option<Result<SessionUser, CredentialError>> {
        let (mut refused, mut lookups) = (None, 0);
        for value in self.values(headers) {
            lookups += usize::from(self.auth.has_signed(value));
            if lookups > MAX_LOOKUPS {
                break;
            }
            match self.auth.by_token(value).await {
                Err(error @ CredentialError::Invalid(_)) => {
                    refused.get_or_insert(error);
                }
                decided => return Some(decided),
            }
        }
        refused.map(Err)
    }

    /// Returns the `Set-Cookie` that begins a session in a browser or extends it.
    #[must_use]
    pub fn set(&self, session: &SessionUser) -> Option<HeaderValue> {
        let lifetime = SESSION_LIFETIME.as_secs();
        self.header(&self.name, &self.auth.token(session), lifetime)
    }

    /// Returns each `Set-Cookie` that removes the session cookie from the browser of a request.
    pub fn clear(&self, request: &HeaderMap) -> impl Iterator<Item = HeaderValue> + use<> {
        [self.header(&self.name, "", 0), self.clear_shared(request)].into_iter().flatten()
    }

    /// Returns the `Set-Cookie` that removes a cookie of this installation with the shared name.
    #[must_use]
    pub fn clear_shared(&self, request: &HeaderMap) -> Option<HeaderValue> {
        let is_ours = values_of(request, SHARED_NAME).any(|value| self.auth.has_signed(value));
        is_ours.then(|| self.header(SHARED_NAME, "", 0)).flatten()
    }

    /// Returns the values of all cookies with our name, then those with the shared one.
    ///
    /// Under https only our name counts: another host of our domain can set every other.
    fn values<'a>(&'a self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        let shared = (!self.is_https).then(|| values_of(headers, SHARED_NAME));
        values_of(headers, &self.name).chain(shared.into_iter().flatten())
    }

    fn header(&self, name: &str, value: &str, max_age_s: u64) -> Option<HeaderValue> {
        let secure = if self.is_https { "; Secure" } else { "" };
        let attributes = format!("Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}");
        format!("{name}={value}; {attributes}").parse().ok()
    }
}

/// Returns the values of all cookies with this name.
///
/// A value that is not UTF-8 counts as an empty one, which is present and not valid.
fn values_of<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
        .filter_map(move |pair| pair.trim_ascii().strip_prefix(name.as_bytes())?.strip_prefix(b"="))
        .map(|value| std::str::from_utf8(value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        let sent =
            "a=b; banter_session=x.y.z; banter_session2=no;banter_session=; xbanter_session=1";
        headers.append(header::COOKIE, HeaderValue::from_static(sent));
        headers.append(header::COOKIE, HeaderValue::from_static("banter_session=second"));
        let values: Vec<_> = values_of(&headers, SHARED_NAME).collect();
        assert_eq!(values, ["x.y.z", "", "second"], "an empty one is present and not valid");
    }
}
