//! Who is asking: sessions, and the ways in which a request names one (guide section 6).

pub mod password;
pub mod ticket;
pub mod token;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
};
use protocol::limits::SESSION_LIFETIME;

use crate::{
    cluster::Nodes,
    error::{Error, SESSION_ENDED, STORE_AWAY},
    http::{
        origin::{self, Origins},
        state::App,
    },
    limits::address::client_address,
    store::{SessionUser, Store},
};
use ticket::Tickets;
use token::{Signer, TokenFault};

/// The name of the session cookie.
pub const COOKIE: &str = "banter_session";

/// All that decides who somebody is. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Auth {
    store: Store,
    signer: Arc<Signer>,
    tickets: Arc<Tickets>,
    /// Which pages may use the cookie.
    pub origins: Arc<Origins>,
}

/// Why somebody who came with a credential is not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The credential does not hold, for this reason.
    Credential(&'static str),
    /// The store could not be asked.
    Unavailable,
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Credential(reason) => Self::Unauthorized(reason),
            Refused::Unavailable => STORE_AWAY,
        }
    }
}

impl Auth {
    /// With this key and these allowed origins.
    #[must_use]
    pub fn new(store: Store, key: &[u8], origins: Origins, nodes: Nodes) -> Self {
        Self {
            store,
            signer: Arc::new(Signer::new(key)),
            tickets: Arc::new(Tickets::new(nodes)),
            origins: Arc::new(origins),
        }
    }

    /// The token of a session.
    #[must_use]
    pub fn token(&self, session: &SessionUser) -> String {
        self.signer.sign(session.user.id, session.id)
    }

    /// A ticket for the WebSocket.
    ///
    /// # Errors
    /// The system gives no random bytes, or Redis is away where several nodes share tickets.
    pub async fn issue_ticket(&self, session: &SessionUser) -> Result<String, Error> {
        self.tickets.issue(session.id).await
    }

    /// The session of a token.
    ///
    /// # Errors
    /// The token does not hold, or its session has ended.
    pub async fn by_token(&self, token: &str) -> Result<SessionUser, Refused> {
        let claims = self.signer.verify(token).map_err(|fault| match fault {
            TokenFault::Wrong => Refused::Credential("the token is not valid"),
            TokenFault::Expired => Refused::Credential("the token has expired"),
        })?;
        match self.store.session(claims.sid).await {
            Ok(Some(session)) if session.user.id == claims.sub => Ok(session),
            Ok(_) => Err(Refused::Credential(SESSION_ENDED)),
            Err(error) => {
                tracing::error!(%error, "a session could not be looked up");
                Err(Refused::Unavailable)
            }
        }
    }

    /// The session of a ticket, which is used up by this.
    ///
    /// # Errors
    /// The ticket does not hold, or its session has ended.
    pub async fn by_ticket(&self, ticket: &str) -> Result<SessionUser, Refused> {
        let id = self.tickets.redeem(ticket).await?;
        match self.store.session(id).await {
            Ok(session) => session.ok_or(Refused::Credential(SESSION_ENDED)),
            Err(error) => {
                tracing::error!(%error, "a session could not be looked up");
                Err(Refused::Unavailable)
            }
        }
    }

    /// The `Set-Cookie` that begins, or goes on with, a session in a browser.
    #[must_use]
    pub fn session_cookie(&self, token: &str) -> String {
        self.cookie(token, SESSION_LIFETIME.as_secs())
    }

    /// The `Set-Cookie` that ends it.
    #[must_use]
    pub fn expired_cookie(&self) -> String {
        self.cookie("", 0)
    }

    fn cookie(&self, value: &str, max_age_s: u64) -> String {
        let secure = if self.origins.is_https() { "; Secure" } else { "" };
        format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}")
    }
}

/// The `Authorization: Bearer` of a request, empty where it holds nothing.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    // One that cannot be read is there all the same, and does not hold.
    let Ok(value) = headers.get(header::AUTHORIZATION)?.to_str() else { return Some("") };
    let (scheme, token) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The session cookie of a request.
#[must_use]
pub fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| pair.trim_ascii().strip_prefix(COOKIE.as_bytes())?.strip_prefix(b"="))
        .map(|value| std::str::from_utf8(value).unwrap_or_default()) // likewise
        .next()
}

/// From where an HTTP request comes, told by trusted proxies where there are some.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let ConnectInfo(peer) =
            peer.ok_or_else(|| Error::Internal("a request without its peer".into()))?;
        let forwarded_for =
            parts.headers.get_all("x-forwarded-for").iter().map(HeaderValue::as_bytes);
        Ok(Self(client_address(peer.ip(), &app.config.trusted_proxies, forwarded_for)))
    }
}

/// The person who makes an HTTP request, by token or by cookie. An unsafe method with the cookie alone is taken only
/// from our own pages: elsewhere a link or form could make a browser send it.
#[derive(Debug)]
pub struct CurrentUser(pub SessionUser);

impl FromRequestParts<App> for CurrentUser {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let token = match (bearer(&parts.headers), session_cookie(&parts.headers)) {
            (Some(token), _) => token,
            (None, Some(cookie)) => {
                let is_safe = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
                if !is_safe && !app.auth.origins.is_from_our_page(&parts.headers) {
                    return Err(Error::Forbidden(origin::REFUSED.into()));
                }
                cookie
            }
            (None, None) => return Err(Error::Unauthorized("Sign in first.")),
        };
        Ok(Self(app.auth.by_token(token).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("a=b; banter_session=x.y.z; banter_session2=no"),
        );
        assert_eq!(session_cookie(&headers), Some("x.y.z"));
        headers.insert(header::COOKIE, HeaderValue::from_static("banter_session="));
        assert_eq!(
            session_cookie(&headers),
            Some(""),
            "one that is empty is there, and does not hold"
        );
    }
}
