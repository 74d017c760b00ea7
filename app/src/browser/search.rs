//! Searches in the address of the page, and those that this device remembers.

use leptos::prelude::window;
use protocol::UserId;
use web_sys::UrlSearchParams;

use super::{calls::escape, storage::Area};
use crate::{page::address::View, state::search::Asked};

/// The searches that are remembered.
const MAX_RECENT: usize = 8;

/// Returns the address of a search.
pub(crate) fn path_of(Asked { query, room }: &Asked) -> String {
    let query = (!query.is_empty()).then(|| format!("q={}", escape(query)));
    let room = room.as_ref().map(|room| format!("room={}", escape(room)));
    let both: Vec<_> = query.into_iter().chain(room).collect();
    let path = View::Search.path();
    if both.is_empty() { path.to_owned() } else { format!("{path}?{}", both.join("&")) }
}

/// Returns the search in the address of the page, if it is that of a search.
pub(crate) fn asked_here() -> Option<Asked> {
    let location = window().location();
    location.pathname().ok().filter(|path| path == View::Search.path())?;
    let params = UrlSearchParams::new_with_str(&location.search().ok()?).ok()?;
    let room = params.get("room").filter(|room| !room.is_empty());
    Some(Asked { query: params.get("q").unwrap_or_default(), room })
}

/// Shows a search in the address of the page, without another entry in the browser's history.
pub(crate) fn show(asked: &Asked) {
    let Ok(history) = window().history() else { return };
    if let Ok(state) = history.state() {
        let _ = history.replace_state_with_url(&state, "", Some(&path_of(asked)));
    }
}

fn key(user: UserId) -> String {
    format!("banter/{user}/searches")
}

/// Returns the last searches of a user on this device, the latest first.
pub(crate) fn recent(user: UserId) -> Vec<Asked> {
    let stored = Area::Device.get(&key(user)).unwrap_or_default();
    let mut recent: Vec<Asked> = serde_json::from_str(&stored).unwrap_or_default();
    recent.truncate(MAX_RECENT);
    recent
}

/// Remembers a search, and returns those that are remembered then.
pub(crate) fn remember(user: UserId, asked: &Asked) -> Vec<Asked> {
    let mut recent = recent(user);
    recent.retain(|known| known != asked);
    recent.insert(0, asked.clone());
    recent.truncate(MAX_RECENT);
    store(user, &recent);
    recent
}

/// Stores searches in place of those that are remembered.
pub(crate) fn store(user: UserId, recent: &[Asked]) {
    match serde_json::to_string(recent) {
        Ok(stored) if !recent.is_empty() => {
            Area::Device.set(&key(user), &stored);
        }
        _ => Area::Device.remove(&key(user)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_has_an_address() {
        let asked = |query: &str, room: Option<&str>| {
            path_of(&Asked { query: query.to_owned(), room: room.map(str::to_owned) })
        };
        assert_eq!(asked("", None), "/search");
        assert_eq!(asked("a b", None), "/search?q=a%20b");
        assert_eq!(asked("\"é\" in:x", Some("y")), "/search?q=%22%C3%A9%22%20in%3Ax&room=y");
        assert_eq!(asked("", Some("y")), "/search?room=y");
    }
}
