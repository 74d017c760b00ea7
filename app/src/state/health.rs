//! How the installation is, in words.

use protocol::http::{DiskHealth, FilesHealth, Health, RedisHealth, StoreKind};

use super::files::format_size;

/// The part of a space from which it is nearly full, in percent.
const NEARLY_FULL: u64 = 90;

/// A line about a part of the installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthLine {
    /// The part.
    pub name: &'static str,
    /// How it is, and what to do if something is wrong.
    pub about: String,
    /// Whether all is well.
    pub is_good: bool,
}

/// Returns the lines about an installation at `now`, in milliseconds.
#[must_use]
pub fn health_lines(health: &Health, now: i64) -> Vec<HealthLine> {
    let Health { version, started_at, connections, users, users_here, store, .. } = health;
    let good = |name, about| HealthLine { name, about, is_good: true };
    let kind = match store.kind {
        StoreKind::Sqlite => "SQLite",
        StoreKind::Postgresql => "PostgreSQL",
    };
    let plural = if *connections == 1 { "" } else { "s" };
    let people = format!("{users_here} of {users} here now, {connections} connection{plural}");
    let running = format_duration(now - started_at.as_millis());
    let mut lines = vec![
        good("Version", format!("{version}, running for {running}")),
        good("People", people),
        good("Store", format!("{kind}, {}", format_size(store.bytes))),
        files_line(&health.files),
    ];
    lines.extend(health.disk.as_ref().map(disk_line));
    lines.push(redis_line(health.redis.as_ref()));
    lines
}

fn files_line(FilesHealth { bytes, limit }: &FilesHealth) -> HealthLine {
    let used = format_size(*bytes);
    let (about, is_good) = match limit {
        None => (format!("{used}, no limit"), true),
        Some(limit) if is_nearly_full(*bytes, *limit) => (
            format!(
                "{used} of {}, nearly full: raise BANTER_MAX_STORAGE, or files are refused soon",
                format_size(*limit)
            ),
            false,
        ),
        Some(limit) => (format!("{used} of {}", format_size(*limit)), true),
    };
    HealthLine { name: "Files", about, is_good }
}

fn disk_line(DiskHealth { free, size }: &DiskHealth) -> HealthLine {
    let space = format!("{} of {} free", format_size(*free), format_size(*size));
    let is_good = !is_nearly_full(size.saturating_sub(*free), *size);
    let about = if is_good {
        space
    } else {
        format!("{space}, nearly full: free some space, or messages are refused once it is full")
    };
    HealthLine { name: "Disk", about, is_good }
}

fn redis_line(redis: Option<&RedisHealth>) -> HealthLine {
    let (about, is_good) = match redis {
        None => ("Not set, one node".to_owned(), true),
        Some(RedisHealth { connected: false, .. }) => (
            "Not reachable, so messages between nodes are late: check that Redis runs, and \
             BANTER_REDIS_URL"
                .to_owned(),
            false,
        ),
        Some(RedisHealth { nodes: 1, .. }) => ("Connected, one node".to_owned(), true),
        Some(RedisHealth { nodes, .. }) => (format!("Connected, {nodes} nodes"), true),
    };
    HealthLine { name: "Redis", about, is_good }
}

fn is_nearly_full(used: u64, size: u64) -> bool {
    u128::from(used) * 100 >= u128::from(size) * u128::from(NEARLY_FULL)
}

/// Formats a duration by its largest unit: `12 days`, `1 hour`.
fn format_duration(millis: i64) -> String {
    let minutes = millis.max(0) / 60_000;
    let (count, unit) = match minutes {
        0 => return "less than a minute".to_owned(),
        1..60 => (minutes, "minute"),
        60..1_440 => (minutes / 60, "hour"),
        _ => (minutes / 1_440, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use protocol::{Timestamp, http::StoreHealth};

    use super::*;

    fn health() -> Health {
        Health {
            version: "0.1.0".to_owned(),
            started_at: Timestamp::from_millis(0),
            connections: 1,
            users: 42,
            users_here: 18,
            store: StoreHealth { kind: StoreKind::Sqlite, bytes: 212_000_000 },
            files: FilesHealth { bytes: 1_200_000_000, limit: Some(40_000_000_000) },
            disk: Some(DiskHealth { free: 11_000_000_000, size: 100_000_000_000 }),
            redis: None,
        }
    }

    fn of(health: &Health) -> Vec<(&'static str, String, bool)> {
        let lines = health_lines(health, 12 * 86_400_000).into_iter();
        lines.map(|line| (line.name, line.about, line.is_good)).collect()
    }

    #[test]
    fn each_part_has_a_line() {
        let expected = [
            ("Version", "0.1.0, running for 12 days"),
            ("People", "18 of 42 here now, 1 connection"),
            ("Store", "SQLite, 212 MB"),
            ("Files", "1.2 GB of 40 GB"),
            ("Disk", "11 GB of 100 GB free"),
            ("Redis", "Not set, one node"),
        ];
        assert_eq!(of(&health()), expected.map(|(name, about)| (name, about.to_owned(), true)));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_cure() {
        let wrong = Health {
            files: FilesHealth { bytes: 90, limit: Some(100) },
            disk: Some(DiskHealth { free: 10, size: 100 }),
            redis: Some(RedisHealth { connected: false, nodes: 1 }),
            ..health()
        };
        let lines = of(&wrong);
        for (index, cure) in [(3, "BANTER_MAX_STORAGE"), (4, "free some"), (5, "BANTER_REDIS_URL")]
        {
            let (name, about, is_good) = &lines[index];
            assert!(!is_good && about.contains(cure), "{name}: {about}");
        }
        let more = Health {
            files: FilesHealth { bytes: 1, limit: None },
            disk: None,
            redis: Some(RedisHealth { connected: true, nodes: 3 }),
            ..health()
        };
        let lines = of(&more);
        assert_eq!(lines[3], ("Files", "1 byte, no limit".to_owned(), true));
        assert_eq!(lines[4], ("Redis", "Connected, 3 nodes".to_owned(), true));
    }

    #[test]
    fn durations_have_one_unit() {
        for (minutes, expected) in
            [(0, "less than a minute"), (1, "1 minute"), (119, "1 hour"), (2_880, "2 days")]
        {
            assert_eq!(format_duration(minutes * 60_000), expected);
        }
    }
}
