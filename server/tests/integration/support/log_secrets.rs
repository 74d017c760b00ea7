//! Captures the whole log of a test process and searches it for secrets.

use std::{
    io::Write,
    sync::{Mutex, Once},
};

use tracing_subscriber::{
    Layer as _, filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// Shorter texts could occur by chance.
const MIN_BYTES: usize = 8;

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static SECRETS: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(super) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let of_the_server = ["server", "app", "axum", "tower", "hyper::server", "rusqlite"];
        let targets = of_the_server.into_iter().fold(Targets::new(), |targets, target| {
            targets.with_target(target, tracing::Level::TRACE)
        });
        let lines = fmt::layer().with_writer(|| Log).with_ansi(false).with_filter(targets);
        tracing_subscriber::registry().with(lines).init();
        register(super::PASSWORD);
    });
}

/// Registers a text that no log may contain from now on.
pub(crate) fn register(secret: &str) {
    if secret.len() >= MIN_BYTES {
        SECRETS.lock().unwrap().push(secret.to_owned());
    }
}

pub(super) fn check() {
    check_log(&LOG.lock().unwrap());
}

/// Returns the lines of the log that contain a text.
pub(crate) fn lines(text: &str) -> Vec<String> {
    let log = LOG.lock().unwrap();
    let log = String::from_utf8_lossy(&log);
    log.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
}

/// Checks that nothing in the log begins a line, or changes how one is shown, but the server.
pub(crate) fn check_lines() {
    let log = LOG.lock().unwrap();
    for line in String::from_utf8_lossy(&log).lines() {
        let is_begun = line.starts_with(|first: char| first.is_ascii_digit());
        assert!(is_begun, "a line of the log that the server did not begin: {line:?}");
        let odd = |odd: char| {
            odd.is_control() && odd != '\t'
                || matches!(odd, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!line.contains(odd), "a line of the log with control characters: {line:?}");
    }
}

/// Checks the log of another process.
pub(crate) fn check_log(log: &[u8]) {
    let log = String::from_utf8_lossy(log);
    for secret in SECRETS.lock().unwrap().iter() {
        assert!(!log.contains(secret), "the log contains {secret}: {log}");
    }
}

#[test]
fn the_log_is_captured() {
    watch();
    tracing::error!(target: "server", "a line that could be found");
    assert!(String::from_utf8_lossy(&LOG.lock().unwrap()).contains("could be found"));
}
