//! What another app shares, where no service worker takes it (`public/sw.js`).

use axum::response::Redirect;

/// The address to which browsers send what is shared.
pub const SHARE_PATH: &str = "/share";

/// `POST /share`
///
/// Reads nothing, neither what is shared nor who shares it, and leads to the page, which says that
/// nothing has arrived. So any page may send it: it does no more than a link.
pub async fn share() -> Redirect {
    Redirect::to(SHARE_PATH)
}
