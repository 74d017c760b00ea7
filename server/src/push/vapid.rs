//! The key by which push services know this server (VAPID, RFC 8292).

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use protocol::Timestamp;
use ring::{
    error::{KeyRejected, Unspecified},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::json;

/// The time for which a token is valid. At most a day is allowed.
const LIFETIME_SECONDS: i64 = 12 * 60 * 60;

/// The key, and how to reach who runs the server.
pub(super) struct VapidKey {
    key: EcdsaKeyPair,
    contact: Option<String>,
}

impl VapidKey {
    /// Makes a new key, as PKCS#8.
    ///
    /// # Errors
    /// Fails if the system has no random numbers.
    pub(super) fn generate() -> Result<Vec<u8>, Unspecified> {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)?;
        Ok(pkcs8.as_ref().to_vec())
    }

    /// Reads a key. `public_url` is the address of this server, which tokens name if it is `https`.
    ///
    /// # Errors
    /// Fails if it is none.
    pub(super) fn new(pkcs8: &[u8], public_url: &str) -> Result<Self, KeyRejected> {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &random)?;
        let contact = public_url.starts_with("https://").then(|| public_url.to_owned());
        Ok(Self { key, contact })
    }

    /// Returns the public key in base64url.
    pub(super) fn public(&self) -> String {
        BASE64URL.encode(self.key.public_key().as_ref())
    }

    /// Returns the header `Authorization` of a request to the push service at `origin`.
    ///
    /// # Errors
    /// Fails if the system has no random numbers.
    pub(super) fn authorization(
        &self,
        origin: &str,
        now: Timestamp,
    ) -> Result<String, Unspecified> {
        let expires = now.as_millis() / 1000 + LIFETIME_SECONDS;
        let mut claims = json!({ "aud": origin, "exp": expires });
        if let Some(contact) = &self.contact {
            claims["sub"] = json!(contact);
        }
        let header = BASE64URL.encode(r#"{"typ":"JWT","alg":"ES256"}"#);
        let signed = format!("{header}.{}", BASE64URL.encode(claims.to_string()));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes())?;
        let signature = BASE64URL.encode(signature.as_ref());
        Ok(format!("vapid t={signed}.{signature}, k={}", self.public()))
    }
}

impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VapidKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_token_is_signed_and_names_the_service_and_the_server() {
        let pkcs8 = VapidKey::generate().unwrap();
        let key = VapidKey::new(&pkcs8, "https://chat.example").unwrap();
        let now = Timestamp::from_millis(1_000_000);
        let header = key.authorization("https://push.example", now).unwrap();
        let (token, public) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!(public, key.public());
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let public = BASE64URL.decode(public).unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &public)
            .verify(signed.as_bytes(), &BASE64URL.decode(signature).unwrap())
            .unwrap();
        let claims = BASE64URL.decode(signed.split_once('.').unwrap().1).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        let expected = json!({
            "aud": "https://push.example", "exp": 1_000 + 43_200, "sub": "https://chat.example",
        });
        assert_eq!(claims, expected);
        assert!(VapidKey::new(b"no key", "").is_err());
    }
}
