//! Adding custom emoji.

use reqwest::{Method, RequestBuilder};

use super::Caller;
use crate::support::{TestUser, png};

/// Adds one as the owner, and others that are refused.
pub(super) async fn add(caller: &mut Caller<'_>, ada: &TestUser, bo: &TestUser) {
    let emoji = "/api/emoji/{name}";
    let of = |user: &TestUser, bytes: Vec<u8>| {
        let token = user.token.clone();
        move |request: RequestBuilder| request.bearer_auth(token).body(bytes)
    };
    for (user, name, bytes, status) in [
        (bo, "blobcat", png(9, 9), 403),
        (ada, "blobcat", png(9, 9), 201),
        (ada, "blobcat", png(9, 9), 409),
        (ada, "blobdog", b"no image".to_vec(), 415),
        (ada, "blobdog", b"GIF89a".to_vec(), 422),
        (ada, "blobdog", vec![0; 65_537], 413),
    ] {
        let found = caller.call(Method::PUT, emoji, &[("name", name)], of(user, bytes)).await.0;
        assert_eq!(found, status, "{name}");
    }
}
