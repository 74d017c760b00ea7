//! Sends requests to push services (RFC 8030).

use std::{fmt, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Uri, header};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use protocol::Timestamp;

use super::{
    encrypt::{Recipient, encrypt},
    vapid::VapidKey,
};
use crate::{
    base::{clock::now, tls},
    config::PrivateNetworks,
    outbound::Connector,
    store::PushTarget,
};

/// The longest time until a push service answers.
const MAX_TIME: Duration = Duration::from_secs(10);
/// The time for which a push service keeps what a browser cannot receive yet, in seconds.
const KEPT_SECONDS: u32 = 24 * 60 * 60;

/// The answer of a push service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// The HTTP status.
    pub(super) status: u16,
    /// When to try again, if it says so.
    pub(super) retry_after: Option<Duration>,
}

/// Why a push service did not answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error("the keys of the browser are not valid")]
    Keys,
    #[error("the address of its push service is not one that is asked")]
    Address,
    #[error("its push service cannot be reached from this server")]
    Unreachable,
    #[error("its push service did not answer in time")]
    Slow,
    #[error("too many push services are slow at present; try again in a minute")]
    Busy,
}

/// Sends notifications to push services. Follows no redirects.
pub(super) struct Sender {
    client: Client<HttpsConnector<Connector>, Full<Bytes>>,
    connector: Connector,
    key: VapidKey,
}

impl Sender {
    /// Creates a sender. Push services in `networks` are asked although they are private.
    ///
    /// # Errors
    /// Fails with the reason if there are no certificates to trust.
    pub(super) fn new(networks: PrivateNetworks, key: VapidKey) -> Result<Self, String> {
        let mut tls = tls::client()?;
        // That client is for PostgreSQL.
        tls.alpn_protocols.clear();
        let connector = Connector::new(networks);
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_only()
            .enable_http1()
            .wrap_connector(connector.clone());
        // The address of a connection is checked when it is opened: none is kept.
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .retry_canceled_requests(false)
            .build(https);
        Ok(Self { client, connector, key })
    }

    /// Returns the public key of this server in base64url.
    pub(super) fn public_key(&self) -> String {
        self.key.public()
    }

    /// Checks that an endpoint may be asked: `https`, to a public address. Returns its usual form,
    /// so that each browser has one.
    ///
    /// # Errors
    /// Fails with what is wrong.
    pub(super) async fn check(&self, endpoint: &str) -> Result<String, &'static str> {
        let words = "must be an https address of a push service";
        let url = normal(endpoint).ok_or(words)?;
        let uri = address(&url).ok_or(words)?;
        let found = tokio::time::timeout(MAX_TIME, self.connector.addresses(&uri)).await;
        match found {
            Ok(Ok(_)) => Ok(url),
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                Err("must be at a public address")
            }
            _ => Err("must be at a host that this server can find"),
        }
    }

    /// Sends a text to a browser. Those with the same `topic` replace each other at the service,
    /// as long as the browser cannot receive them.
    ///
    /// # Errors
    /// Fails if the service does not answer.
    pub(super) async fn send(
        &self,
        to: &PushTarget,
        text: String,
        topic: Option<uuid::Uuid>,
    ) -> Result<Answer, NoAnswer> {
        let uri = address(&to.endpoint).ok_or(NoAnswer::Address)?;
        let recipient = Recipient { public: &to.p256dh, auth: &to.auth };
        let body = encrypt(recipient, text.as_bytes()).map_err(|_| NoAnswer::Keys)?;
        let authorization = self.key.authorization(&origin(&uri), now());
        let mut request = Request::post(uri)
            .header(header::AUTHORIZATION, authorization.map_err(|_| NoAnswer::Keys)?)
            .header(header::CONTENT_ENCODING, "aes128gcm")
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header("ttl", KEPT_SECONDS)
            .header("urgency", "high");
        if let Some(topic) = topic {
            request = request.header("topic", topic.simple().to_string());
        }
        let request = request.body(Full::new(body.into())).map_err(|_| NoAnswer::Address)?;
        let answer = tokio::time::timeout(MAX_TIME, self.client.request(request)).await;
        let response = answer.map_err(|_| NoAnswer::Slow)?.map_err(|_| NoAnswer::Unreachable)?;
        let retry_after = response.headers().get(header::RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| read_retry_after(value.to_str().ok()?));
        Ok(Answer { status: response.status().as_u16(), retry_after })
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

/// Returns the usual form of an address, without what is not sent.
fn normal(endpoint: &str) -> Option<String> {
    let mut url = url::Url::parse(endpoint).ok()?;
    url.set_fragment(None);
    Some(url.into())
}

/// Returns an endpoint as an address that may be asked.
fn address(endpoint: &str) -> Option<Uri> {
    let url = url::Url::parse(endpoint).ok()?;
    let has_user = !url.username().is_empty() || url.password().is_some();
    // Ports below 1024 belong to other services, such as mail.
    let is_port = url.port().is_none_or(|port| port >= 1024);
    let is_valid = url.scheme() == "https" && !has_user && is_port;
    url.as_str().parse().ok().filter(|_| is_valid)
}

/// Returns the origin of an address.
fn origin(uri: &Uri) -> String {
    let authority = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
    format!("https://{authority}")
}

/// Reads seconds or a date (RFC 9110, section 10.2.3).
fn read_retry_after(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(value.trim()).ok()?;
    let at = at.duration_since(std::time::UNIX_EPOCH).ok()?;
    let at = Timestamp::from_millis(i64::try_from(at.as_millis()).ok()?);
    let wait = at.as_millis().saturating_sub(now().as_millis());
    Some(Duration::from_millis(u64::try_from(wait).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_an_https_address_without_a_user_or_a_port_of_others() {
        for endpoint in [
            "https://push.example/abc",
            "https://push.example:8443/a?b=c",
            "https://[2606:4700::1]/x",
        ] {
            assert!(address(endpoint).is_some(), "{endpoint}");
        }
        for endpoint in [
            "http://push.example/abc",
            "https://user@push.example/",
            "https://push.example:25/",
            "ftp://push.example/",
            "push.example",
            "",
        ] {
            assert!(address(endpoint).is_none(), "{endpoint}");
        }
        for spelling in [
            "HTTPS://Push.Example:443/a b",
            " https://push.example/./a%20b#c\n",
            "https://push.example/x/../a%20b",
        ] {
            assert_eq!(normal(spelling).as_deref(), Some("https://push.example/a%20b"));
        }
        let uri = address("https://push.example:8443/a?b=c").unwrap();
        assert_eq!(origin(&uri), "https://push.example:8443");
    }

    #[test]
    fn a_time_to_retry_is_read_as_seconds_or_as_a_date() {
        assert_eq!(read_retry_after("120"), Some(Duration::from_secs(120)));
        let past = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(read_retry_after(past), Some(Duration::ZERO));
        assert_eq!(read_retry_after("soon"), None);
    }
}
