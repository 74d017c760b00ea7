//! The token of a session: a JWT signed with HMAC-SHA-256 (RFC 7519, RFC 7515).
//!
//! The session cookie holds the same token. JWT libraries bring many algorithms and let the token's
//! header choose one, which is a classic vulnerability. This module supports HS256 only, on the
//! `hmac` crate.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _, digest::InvalidLength};
use protocol::{SessionId, UserId};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::base::clock::now;

/// The encoded header `{"alg":"HS256","typ":"JWT"}`.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
/// Lifetime of a token in seconds, longer than any client keeps one.
///
/// The session decides how long a token works: it lasts as long as it is used (docs/protocol.md).
/// A client cannot be made to replace its token from time to time.
const LIFETIME_S: i64 = 10 * 365 * 24 * 60 * 60;

/// The claims of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
    pub sub: UserId,
    /// The session.
    pub sid: SessionId,
    /// The expiry, in seconds since the Unix epoch.
    pub exp: i64,
}

/// Why a token is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// This server did not sign it.
    Invalid,
    /// Its expiry has passed.
    Expired,
}

/// Signs tokens and verifies them.
pub struct Signer(Hmac<Sha256>);

impl Signer {
    /// Creates a signer with this key.
    ///
    /// # Errors
    /// Fails if HMAC does not take a key of that length. RFC 2104 allows any length.
    pub fn new(key: &[u8]) -> Result<Self, InvalidLength> {
        Hmac::new_from_slice(key).map(Self)
    }

    /// Returns a name for the key, which reveals nothing of it: eight hexadecimal digits.
    #[must_use]
    pub fn key_name(&self) -> String {
        let name = self.0.clone().chain_update("the name of this installation").finalize();
        name.into_bytes()[..4].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Returns the token of a session.
    #[must_use]
    pub fn sign(&self, user: UserId, session: SessionId) -> String {
        self.sign_claims(&Claims {
            sub: user,
            sid: session,
            exp: now().as_millis() / 1000 + LIFETIME_S,
        })
    }

    fn sign_claims(&self, claims: &Claims) -> String {
        // Claims always serialize.
        let claims = serde_json::to_vec(claims).unwrap_or_default();
        let signed = format!("{HEADER}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims));
        let signature = self.0.clone().chain_update(&signed).finalize().into_bytes();
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    /// Returns the claims of a token.
    ///
    /// # Errors
    /// Returns [`TokenError::Invalid`] if this server did not sign it, and
    /// [`TokenError::Expired`] if its expiry has passed.
    pub fn verify(&self, token: &str) -> Result<Claims, TokenError> {
        let claims = self.read(token).ok_or(TokenError::Invalid)?;
        if claims.exp * 1000 <= now().as_millis() { Err(TokenError::Expired) } else { Ok(claims) }
    }

    fn read(&self, token: &str) -> Option<Claims> {
        #[derive(Deserialize)]
        struct Header<'a> {
            alg: &'a str,
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let decode = |part| BASE64_URL_SAFE_NO_PAD.decode(part).ok();
        self.0.clone().chain_update(signed).verify_slice(&decode(signature)?).ok()?;
        let header = decode(header)?;
        let header: Header<'_> = serde_json::from_slice(&header).ok()?;
        (header.alg == "HS256").then_some(())?;
        serde_json::from_slice(&decode(claims)?).ok()
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(…)")
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn ids() -> (UserId, SessionId) {
        (UserId(Uuid::from_u128(1)), SessionId(Uuid::from_u128(2)))
    }

    #[test]
    fn signed_claims_are_read_back() {
        let (user, session) = ids();
        let signer = Signer::new(KEY).unwrap();
        let claims = signer.verify(&signer.sign(user, session)).unwrap();
        assert_eq!((claims.sub, claims.sid), (user, session));
    }

    #[test]
    fn a_token_with_any_changed_character_is_invalid() {
        let (user, session) = ids();
        let signer = Signer::new(KEY).unwrap();
        let token = signer.sign(user, session);
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(signer.verify(&changed), Err(TokenError::Invalid), "{changed}");
        }
        assert_eq!(Signer::new(b"another key").unwrap().verify(&token), Err(TokenError::Invalid));
    }

    #[test]
    fn unsigned_and_expired_tokens_are_refused() {
        let (sub, sid) = ids();
        let signer = Signer::new(KEY).unwrap();
        assert_eq!(signer.verify("eyJhbGciOiJub25lIn0.e30."), Err(TokenError::Invalid));
        assert_eq!(signer.verify(""), Err(TokenError::Invalid));
        let old = signer.sign_claims(&Claims { sub, sid, exp: 1 });
        assert_eq!(signer.verify(&old), Err(TokenError::Expired));
    }
}
