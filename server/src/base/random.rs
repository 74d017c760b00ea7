//! Random values from the operating system.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

/// Returns 32 random bytes as URL-safe text.
///
/// # Errors
/// Fails if the operating system provides no random bytes.
pub fn random_token() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// Returns a random number from 0 to 1 for spreading work over time. Returns 0 if the operating
/// system provides no random bytes: the work then starts without a spread.
#[must_use]
pub fn jitter() -> f32 {
    let mut random = [0; 2];
    let _ = getrandom::fill(&mut random);
    f32::from(u16::from_le_bytes(random)) / f32::from(u16::MAX)
}
