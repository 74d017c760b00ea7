//! Encrypts the content of a notification for one browser (RFC 8291, RFC 8188).

use ring::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral},
    error::Unspecified,
    hkdf::{HKDF_SHA256, KeyType, Salt},
    rand::{SecureRandom as _, SystemRandom},
};

/// The length of a point of the curve P-256, uncompressed.
pub(super) const PUBLIC_KEY_BYTES: usize = 65;
/// The length of the authentication secret.
pub(super) const AUTH_BYTES: usize = 16;
/// The length of the salt.
const SALT_BYTES: usize = 16;
/// The length of records. There is one, which is shorter.
const RECORD_BYTES: u32 = 4096;
/// The end of the last record.
const LAST_RECORD: u8 = 2;

/// The keys of a browser.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recipient<'a> {
    /// The public key.
    pub(super) public: &'a [u8],
    /// The authentication secret.
    pub(super) auth: &'a [u8],
}

/// A length of key material.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// Returns whether a public key is a point of the curve.
pub(super) fn is_point(public: &[u8]) -> bool {
    encrypt(Recipient { public, auth: &[0; AUTH_BYTES] }, b"").is_ok()
}

/// Encrypts a text, as the body of a request with `Content-Encoding: aes128gcm`.
///
/// # Errors
/// Fails if the public key is no point of the curve.
pub(super) fn encrypt(to: Recipient<'_>, text: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let random = SystemRandom::new();
    let private = EphemeralPrivateKey::generate(&ECDH_P256, &random)?;
    let public = private.compute_public_key()?;
    let mut salt = [0; SALT_BYTES];
    random.fill(&mut salt)?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, to.public);
    agree_ephemeral(private, &theirs, |secret| seal(to, public.as_ref(), secret, salt, text))?
}

/// Encrypts with a secret that both sides have agreed on. `ours` is the public key of this side.
fn seal(
    to: Recipient<'_>,
    ours: &[u8],
    secret: &[u8],
    salt: [u8; SALT_BYTES],
    text: &[u8],
) -> Result<Vec<u8>, Unspecified> {
    let info = [b"WebPush: info\0", to.public, ours];
    let mut input = [0; 32];
    derive(to.auth, secret, &info, &mut input)?;
    let (mut key, mut nonce) = ([0; 16], [0; 12]);
    derive(&salt, &input, &[b"Content-Encoding: aes128gcm\0"], &mut key)?;
    derive(&salt, &input, &[b"Content-Encoding: nonce\0"], &mut nonce)?;
    let mut record = [text, &[LAST_RECORD]].concat();
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
    let nonce = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut record)?;
    let id_length = u8::try_from(ours.len()).map_err(|_| Unspecified)?;
    Ok([&salt, &RECORD_BYTES.to_be_bytes()[..], &[id_length], ours, &record].concat())
}

/// Derives key material (RFC 5869).
fn derive(salt: &[u8], secret: &[u8], info: &[&[u8]], key: &mut [u8]) -> Result<(), Unspecified> {
    let pseudorandom = Salt::new(HKDF_SHA256, salt).extract(secret);
    pseudorandom.expand(info, Length(key.len()))?.fill(key)
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        BASE64URL.decode(text).unwrap()
    }

    /// The example of RFC 8291, section 5 and appendix A.
    #[test]
    fn the_example_of_the_standard_comes_out_byte_for_byte() {
        let public = bytes(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAi\
             w4",
        );
        let auth = bytes("BTBZMqHH6r4Tts7J_aSIgg");
        let ours = bytes(
            "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7\
             A8",
        );
        let secret = bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let to = Recipient { public: &public, auth: &auth };
        let text = b"When I grow up, I want to be a watermelon";
        let body = seal(to, &ours, &secret, salt, text).unwrap();
        let expected = bytes(
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocI\
             nmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWG\
             NWQexSgSxsj_Qulcy4a-fN",
        );
        assert_eq!(body, expected);
    }

    #[test]
    fn what_is_no_point_of_the_curve_is_refused() {
        let auth = [1; AUTH_BYTES];
        for public in [vec![4; PUBLIC_KEY_BYTES], vec![0; PUBLIC_KEY_BYTES], vec![4; 3]] {
            assert!(encrypt(Recipient { public: &public, auth: &auth }, b"text").is_err());
        }
    }
}
