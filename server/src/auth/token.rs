//! The token of a session: a JWT signed with HMAC-SHA-256 (RFC 7519, RFC 7515). The session cookie holds the same.
//!
//! Written here on the `hmac` crate, since JWT libraries bring every other algorithm, and choosing one by what the token
//! says is the classic hole: here there is one.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use protocol::{SessionId, UserId};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::base::clock::now;

/// `{"alg":"HS256","typ":"JWT"}`
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
/// How long a token works at most, in seconds: longer than anybody keeps one. What counts is its session, which lasts
/// as long as it is used (docs/protocol.md), and a program cannot be made to take a new token now and then.
const LIFETIME_S: i64 = 10 * 365 * 24 * 60 * 60;

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The person.
    pub sub: UserId,
    /// The session.
    pub sid: SessionId,
    /// When it stops to work, in seconds since the Unix epoch.
    pub exp: i64,
}

/// Why a token does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// Not one that this server signed.
    Wrong,
    /// `exp` has passed.
    Expired,
}

/// Signs and checks tokens.
pub struct Signer(Hmac<Sha256>);

impl Signer {
    /// With this key.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        // HMAC takes a key of any length (RFC 2104).
        Self(Hmac::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default())))
    }

    /// The token of a session.
    #[must_use]
    pub fn sign(&self, user: UserId, session: SessionId) -> String {
        self.sign_claims(&Claims {
            sub: user,
            sid: session,
            exp: now().as_millis() / 1000 + LIFETIME_S,
        })
    }

    fn sign_claims(&self, claims: &Claims) -> String {
        // Claims always serialise.
        let claims = serde_json::to_vec(claims).unwrap_or_default();
        let signed = format!("{HEADER}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims));
        let signature = self.0.clone().chain_update(&signed).finalize().into_bytes();
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    /// What a token says, where this server signed it and it has not expired.
    ///
    /// # Errors
    /// It is another's, or too old.
    pub fn verify(&self, token: &str) -> Result<Claims, TokenFault> {
        let claims = self.read(token).ok_or(TokenFault::Wrong)?;
        if claims.exp * 1000 <= now().as_millis() { Err(TokenFault::Expired) } else { Ok(claims) }
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
    fn what_was_signed_is_read_back() {
        let (user, session) = ids();
        let signer = Signer::new(KEY);
        let claims = signer.verify(&signer.sign(user, session)).unwrap();
        assert_eq!((claims.sub, claims.sid), (user, session));
    }

    #[test]
    fn any_changed_character_is_wrong() {
        let (user, session) = ids();
        let signer = Signer::new(KEY);
        let token = signer.sign(user, session);
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(signer.verify(&changed), Err(TokenFault::Wrong), "{changed}");
        }
        assert_eq!(Signer::new(b"another key").verify(&token), Err(TokenFault::Wrong));
    }

    #[test]
    fn unsigned_and_expired_tokens_are_refused() {
        let (sub, sid) = ids();
        let signer = Signer::new(KEY);
        assert_eq!(signer.verify("eyJhbGciOiJub25lIn0.e30."), Err(TokenFault::Wrong));
        assert_eq!(signer.verify(""), Err(TokenFault::Wrong));
        let old = signer.sign_claims(&Claims { sub, sid, exp: 1 });
        assert_eq!(signer.verify(&old), Err(TokenFault::Expired));
    }
}
