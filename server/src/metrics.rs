//! The counters of this node for Prometheus (`GET /metrics`). Labels come from closed sets, never
//! from client input.

mod waiting;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use prometheus::{
    Encoder as _, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    Opts, Registry, TextEncoder, core::Collector,
};
use protocol::{ErrorCode, Request};
use waiting::WaitingBytes;

/// The upper bounds of the latency histograms, in seconds.
const LATENCIES: &[f64] =
    &[0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];

/// The counters of this node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Collectors>);

#[derive(Debug)]
struct Collectors {
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
    log_ins: IntCounterVec,
    waiting: WaitingBytes,
}

/// The result of a log-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogInResult {
    /// The user is signed in.
    Succeeded,
    /// There is no such user.
    UnknownUsername,
    /// The password is another.
    WrongPassword,
    /// The user is banned.
    Banned,
    /// The address has tried too often.
    TooMany,
    /// The server could not check it.
    Unavailable,
}

impl LogInResult {
    /// Returns the label in metrics and the reason in log lines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::UnknownUsername => "unknown_username",
            Self::WrongPassword => "wrong_password",
            Self::Banned => "banned",
            Self::TooMany => "too_many",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Values that are read when Prometheus asks for them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gauges {
    /// Open WebSockets, authenticated or not.
    pub sockets: usize,
    /// Authenticated WebSockets.
    pub connections: usize,
    /// Users with an authenticated WebSocket.
    pub users: usize,
    /// Rooms with a subscriber.
    pub rooms: usize,
    /// Subscriptions of all WebSockets.
    pub subscriptions: usize,
    /// True if Redis is connected.
    pub redis_up: bool,
    /// Nodes with a lease, as seen by this one.
    pub nodes: usize,
}

impl Metrics {
    /// Creates all metrics at zero.
    ///
    /// # Errors
    /// Fails if two metrics have the same name.
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
        let collectors = Collectors {
            sockets: gauge("banter_sockets", "Open WebSockets, authenticated or not")?,
            connections: gauge("banter_connections", "Authenticated WebSockets")?,
            users: gauge("banter_users_online", "Users with an authenticated WebSocket")?,
            rooms: gauge("banter_rooms", "Rooms with a subscriber")?,
            subscriptions: gauge("banter_subscriptions", "Subscriptions of all WebSockets")?,
            outbox_bytes: gauge("banter_outbox_bytes", "Bytes that wait for readers")?,
            outbox_max_bytes: gauge(
                "banter_outbox_max_bytes",
                "Bytes that wait for the slowest reader, rounded up to a power of two",
            )?,
            redis_up: gauge("banter_redis_up", "1 if Redis is connected, otherwise 0")?,
            nodes: gauge(
                "banter_nodes",
                "Nodes with a lease, as seen by this one; 0 without Redis",
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
                "WebSockets closed, by close code; 1006: without a close frame",
                "code",
            )?,
            errors: counters(
                "banter_errors_total",
                "WebSocket requests that failed, by error code",
                "code",
            )?,
            requests: latencies(
                "banter_request_duration_seconds",
                "Time from a WebSocket request to its reply, by type",
                "type",
            )?,
            deliveries: registered(
                &registry,
                Histogram::with_opts(latency(
                    "banter_delivery_duration_seconds",
                    "Time from the commit of an event until it is written to the readers of this \
                     node",
                )),
            )?,
            http: latencies(
                "banter_http_request_duration_seconds",
                "Time of HTTP requests, by status",
                "status",
            )?,
            waiting: WaitingBytes::default(),
            log_ins: counters("banter_logins_total", "Log-ins, by result", "result")?,
            registry: registry.clone(),
        };
        Ok(Self(Arc::new(collectors)))
    }

    /// Counts a message from a client. `None` is a message that cannot be decoded.
    pub fn received(&self, request: Option<&Request>) {
        self.0.received.with_label_values(&[request.map_or("invalid", Request::name)]).inc();
    }

    /// Counts bytes from a client.
    pub fn bytes_received(&self, bytes: usize) {
        self.0.bytes_received.inc_by(bytes as u64);
    }

    /// Counts messages handed to the kernel.
    pub fn sent(&self, messages: usize, bytes: usize) {
        self.0.sent.inc_by(messages as u64);
        self.0.bytes_sent.inc_by(bytes as u64);
    }

    /// Records that `after` bytes wait for a reader, instead of `before`.
    pub fn waiting(&self, before: usize, after: usize) {
        self.0.waiting.change(before, after);
    }

    /// Counts a closed socket.
    pub fn closed(&self, code: u16) {
        self.0.closes.with_label_values(&[code_name(code)]).inc();
    }

    /// Counts a request that failed.
    pub fn error(&self, code: ErrorCode) {
        self.0.errors.with_label_values(&[code.as_str()]).inc();
    }

    /// Records the time of a request that was replied to.
    pub fn replied(&self, name: &str, received_at: Instant) {
        self.0.requests.with_label_values(&[name]).observe(received_at.elapsed().as_secs_f64());
    }

    /// Records the time of an event that was written to all readers.
    pub fn delivered(&self, committed: Instant) {
        self.0.deliveries.observe(committed.elapsed().as_secs_f64());
    }

    /// Records the time of an HTTP request.
    pub fn http(&self, status: &str, took: Duration) {
        self.0.http.with_label_values(&[status]).observe(took.as_secs_f64());
    }

    /// Counts a log-in.
    pub fn log_in(&self, result: LogInResult) {
        self.0.log_ins.with_label_values(&[result.as_str()]).inc();
    }

    /// Returns all metrics in the text format of Prometheus.
    ///
    /// # Errors
    /// Fails if a metric cannot be written as text.
    pub fn render(&self, gauges: Gauges) -> prometheus::Result<String> {
        for (gauge, value) in [
            (&self.0.sockets, gauges.sockets),
            (&self.0.connections, gauges.connections),
            (&self.0.users, gauges.users),
            (&self.0.rooms, gauges.rooms),
            (&self.0.subscriptions, gauges.subscriptions),
            (&self.0.outbox_bytes, self.0.waiting.all()),
            (&self.0.outbox_max_bytes, self.0.waiting.most()),
            (&self.0.redis_up, usize::from(gauges.redis_up)),
            (&self.0.nodes, gauges.nodes),
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
    created: prometheus::Result<C>,
) -> prometheus::Result<C> {
    let collector = created?;
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

/// Returns the label of a close code. Codes that clients make up share one.
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
    use protocol::CloseCode;

    use super::*;

    #[test]
    fn every_close_code_has_a_label_of_its_own() {
        for code in CloseCode::ALL {
            assert_eq!(code_name(code.as_u16()), code.as_u16().to_string());
        }
        assert_eq!(code_name(4000), "other");
    }
}
