//! Compares the hosts of URLs.

use url::Url;

/// Returns the host of a URL as it is compared: without the dot of the root. `Url` has made it
/// lower case, and an address of IPv4 of every spelling.
pub(crate) fn host_of(url: &Url) -> Option<&str> {
    url.host_str().map(|host| host.trim_end_matches('.')).filter(|host| !host.is_empty())
}
