//! What this node counts, for Prometheus (`GET /metrics`). Labels come from closed sets, never from what a client says.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use prometheus::{
    Encoder as _, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    Opts, Registry, TextEncoder, core::Collector,
};
use protocol::{ErrorCode, Request};

use crate::{cluster::Nodes, hub::Hub, limits::Admission};

/// Upper bounds of the latency histograms, in seconds.
const LATENCIES: &[f64] =
    &[0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];

/// The counters of this node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    registry: Registry,
    sockets: IntGauge,
    connections: IntGauge,
    users: IntGauge,
    rooms: IntGauge,
    subscriptions: IntGauge,
    outbox_bytes: IntGauge,
    outbox_max_bytes: IntGauge,
    redis_up: IntGauge,
    nodes: IntGauge,
    received: IntCounterVec,
    sent: IntCounter,
    bytes_received: IntCounter,
    bytes_sent: IntCounter,
    closes: IntCounterVec,
    errors: IntCounterVec,
    requests: HistogramVec,
    deliveries: Histogram,
    http: HistogramVec,
}

impl Metrics {
    /// All at zero.
    ///
    /// # Errors
    /// Two of them have one name.
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let gauge = |name, help| registered(&registry, IntGauge::new(name, help));
        let counter = |name, help| registered(&registry, IntCounter::new(name, help));
        let counters = |name, help, label| {
            registered(&registry, IntCounterVec::new(Opts::new(name, help), &[label]))
        };
        let latency = |name, help| HistogramOpts::new(name, help).buckets(LATENCIES.to_vec());
        let latencies = |name, help, label| {
            registered(&registry, HistogramVec::new(latency(name, help), &[label]))
        };
        let shared = Shared {
            sockets: gauge("banter_sockets", "Open WebSockets, authenticated or not")?,
            connections: gauge("banter_connections", "Authenticated WebSockets")?,
            users: gauge("banter_users_online", "People with an authenticated WebSocket")?,
            rooms: gauge("banter_rooms", "Rooms that somebody follows")?,
            subscriptions: gauge("banter_subscriptions", "Rooms followed, counted per WebSocket")?,
            outbox_bytes: gauge("banter_outbox_bytes", "Bytes that wait for readers")?,
            outbox_max_bytes: gauge(
                "banter_outbox_max_bytes",
                "Bytes that wait for the slowest reader",
            )?,
            redis_up: gauge("banter_redis_up", "Whether Redis is there; 0 also where none is set")?,
            nodes: gauge(
                "banter_nodes",
                "Nodes that live, as this one sees it; 0 while Redis is away, or where none is set",
            )?,
            received: counters(
                "banter_messages_received_total",
                "Messages from clients, by type",
                "type",
            )?,
            sent: counter("banter_messages_sent_total", "Messages to clients")?,
            bytes_received: counter("banter_bytes_received_total", "Bytes from WebSockets")?,
            bytes_sent: counter("banter_bytes_sent_total", "Bytes to WebSockets")?,
            closes: counters(
                "banter_closes_total",
                "WebSockets ended, by close code; 1006: cut off",
                "code",
            )?,
            errors: counters(
                "banter_errors_total",
                "Requests over WebSockets that failed, by code",
                "code",
            )?,
            requests: latencies(
                "banter_request_duration_seconds",
                "From a request over a WebSocket to its answer, by type",
                "type",
            )?,
            deliveries: registered(
                &registry,
                Histogram::with_opts(latency(
                    "banter_delivery_duration_seconds",
                    "From an event's commit until it was written to this node's readers",
                )),
            )?,
            http: latencies(
                "banter_http_request_duration_seconds",
                "HTTP requests, by status",
                "status",
            )?,
            registry: registry.clone(),
        };
        Ok(Self(Arc::new(shared)))
    }

    /// A message from a client. `None`: one that cannot be read.
    pub fn received(&self, request: Option<&Request>) {
        self.0.received.with_label_values(&[request.map_or("invalid", Request::name)]).inc();
    }

    /// Bytes from a client.
    pub fn bytes_received(&self, bytes: usize) {
        self.0.bytes_received.inc_by(bytes as u64);
    }

    /// Messages handed to the kernel.
    pub fn sent(&self, messages: usize, bytes: usize) {
        self.0.sent.inc_by(messages as u64);
        self.0.bytes_sent.inc_by(bytes as u64);
    }

    /// A socket has ended.
    pub fn closed(&self, code: u16) {
        self.0.closes.with_label_values(&[code_name(code)]).inc();
    }

    /// A request was answered by an error.
    pub fn error(&self, code: ErrorCode) {
        self.0.errors.with_label_values(&[code.as_str()]).inc();
    }

    /// A request of that type was answered.
    pub fn answered(&self, name: &str, begun: Instant) {
        self.0.requests.with_label_values(&[name]).observe(begun.elapsed().as_secs_f64());
    }

    /// An event was written to all readers that take it.
    pub fn delivered(&self, committed: Instant) {
        self.0.deliveries.observe(committed.elapsed().as_secs_f64());
    }

    /// An HTTP request was answered.
    pub fn http(&self, status: axum::http::StatusCode, took: Duration) {
        self.0.http.with_label_values(&[status.as_str()]).observe(took.as_secs_f64());
    }

    /// All of it, as Prometheus reads it.
    ///
    /// # Errors
    /// It cannot be written as text.
    pub fn render(
        &self,
        hub: &Hub,
        admission: &Admission,
        nodes: &Nodes,
    ) -> prometheus::Result<String> {
        let (counts, (waiting, most)) = (hub.counts(), hub.waiting_bytes());
        for (gauge, value) in [
            (&self.0.sockets, admission.counts().0),
            (&self.0.connections, counts.clients),
            (&self.0.users, counts.users),
            (&self.0.rooms, counts.rooms),
            (&self.0.subscriptions, counts.subscriptions),
            (&self.0.outbox_bytes, waiting),
            (&self.0.outbox_max_bytes, most),
            (&self.0.redis_up, usize::from(nodes.are_many() && !nodes.are_cut_off())),
            (&self.0.nodes, nodes.living().len()),
        ] {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.0.registry.gather(), &mut text)?;
        String::from_utf8(text).map_err(|error| prometheus::Error::Msg(error.to_string()))
    }
}

fn registered<C: Collector + Clone + 'static>(
    registry: &Registry,
    made: prometheus::Result<C>,
) -> prometheus::Result<C> {
    let collector = made?;
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

/// Clients may name codes of their own: these share a label.
fn code_name(code: u16) -> &'static str {
    match code {
        1000 => "1000",
        1001 => "1001",
        1002 => "1002",
        1003 => "1003",
        1005 => "1005",
        1006 => "1006",
        1007 => "1007",
        1008 => "1008",
        1009 => "1009",
        1011 => "1011",
        1012 => "1012",
        1013 => "1013",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use protocol::{ClientId, Role, SessionId, User, UserId};
    use uuid::Uuid;

    use super::*;
    use crate::{limits::testing::admission, websocket::outbox::testing};

    #[tokio::test]
    async fn what_waits_is_told_for_all_readers_and_for_the_slowest() {
        let (metrics, hub) = (Metrics::new().unwrap(), Hub::default());
        let admission = admission(&[]);
        let mut connections = Vec::new();
        for bytes in [10, 20] {
            let (outbox, line) = testing::outbox().await;
            let user = User {
                id: UserId(Uuid::new_v4()),
                username: "x".into(),
                name: "x".into(),
                role: Role::Member,
            };
            let ids = (ClientId(Uuid::new_v4()), SessionId(Uuid::new_v4()));
            connections
                .push((hub.connect(ids.0, user, ids.1, outbox.clone(), Arc::default()), line));
            outbox.push_event(Bytes::from(vec![0; bytes]));
        }
        let text = metrics.render(&hub, &admission, &Nodes::default()).unwrap();
        for line in ["banter_outbox_bytes 30", "banter_outbox_max_bytes 20", "banter_connections 2"]
        {
            assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
        }
    }
}
