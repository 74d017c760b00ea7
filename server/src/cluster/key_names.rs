//! Names in the keys of Redis, which must not tell who uses this installation, and from where.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _, digest::InvalidLength};
use sha2::Sha256;

/// Separates this use of the signing key from the signing of tokens, which begin differently.
const PURPOSE: &str = "names of Redis keys";
/// The length of a hidden name in bytes: far more than what makes two names collide by chance.
const LENGTH: usize = 16;

/// Hides names by a key that all nodes share. Without the key, a guess cannot be checked.
pub(super) struct KeyNames(Hmac<Sha256>);

impl KeyNames {
    pub(super) fn new(signing_key: &[u8]) -> Result<Self, InvalidLength> {
        let derived = Hmac::<Sha256>::new_from_slice(signing_key)?.chain_update(PURPOSE).finalize();
        Hmac::new_from_slice(&derived.into_bytes()).map(Self)
    }

    /// Returns the name that stands for `name`, the same on all nodes.
    pub(super) fn hide(&self, kind: &str, name: &str) -> String {
        let hidden = self.0.clone().chain_update(kind).chain_update([0]).chain_update(name);
        BASE64_URL_SAFE_NO_PAD.encode(&hidden.finalize().into_bytes()[..LENGTH])
    }
}

impl std::fmt::Debug for KeyNames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyNames(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_hidden_alike_by_the_same_key_alone() {
        let names = KeyNames::new(b"one key").unwrap();
        let hidden = names.hide("log-ins", "(192.0.2.1, \"ada\")");
        assert!(!hidden.contains("ada") && !hidden.contains("192"), "{hidden}");
        assert_eq!(
            hidden,
            KeyNames::new(b"one key").unwrap().hide("log-ins", "(192.0.2.1, \"ada\")")
        );
        assert_ne!(
            hidden,
            KeyNames::new(b"another").unwrap().hide("log-ins", "(192.0.2.1, \"ada\")")
        );
        assert_ne!(names.hide("a", "x"), names.hide("b", "x"));
    }
}
