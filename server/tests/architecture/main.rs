//! Enforces the floors: a module imports from lower floors or from its own folder, never from above
//! or from the same floor (docs/decisions/0014-floors.md). Reads the sources of server and app.

mod imports;

use std::path::{Path, PathBuf};

use imports::{Import, Sources};

/// The floors of a crate, lowest first, and the foreign crates that only some folders may use.
struct Plan {
    /// The folder with the sources, below the repository's top.
    sources: &'static str,
    /// The top-level modules of each floor.
    floors: &'static [&'static [&'static str]],
    /// Modules that may import these modules only, on any floor.
    narrow: &'static [(&'static str, &'static [&'static str])],
    /// Foreign crates, and the top-level modules that may use them.
    foreign: &'static [(&'static str, &'static [&'static str])],
}

const SERVER: Plan = Plan {
    sources: "server/src",
    floors: &[
        &["base"],
        &["metrics"],
        &["store", "websocket"],
        &["config", "error"],
        &["outbound"],
        &["hub"],
        &["cluster"],
        &["delivery"],
        &["auth", "limits"],
        &["accounts", "emoji", "files", "rooms", "search"],
        &["links", "push"],
        &["chat"],
        &["gateway"],
        &["http"],
        &["startup"],
        &["run"],
        &["cli", "telemetry"],
        &["lib", "main"],
    ],
    narrow: &[],
    foreign: &[
        ("axum", &["http"]),
        ("leptos", &["http"]),
        ("leptos_axum", &["http"]),
        ("object_store", &["files"]),
        ("redis", &["cluster"]),
        ("rusqlite", &["store"]),
        ("tokio_postgres", &["store"]),
    ],
};

const APP: Plan = Plan {
    sources: "app/src",
    floors: &[
        &["page"],
        &["state"],
        &["sync"],
        &["browser"],
        &["session"],
        &["connect", "ui"],
        &["features"],
        &["boot"],
        &["pages"],
        &["document"],
        &["lib"],
    ],
    narrow: &[("ui", &["browser", "state"])],
    foreign: &[
        (
            "leptos",
            &[
                "boot", "browser", "connect", "document", "features", "lib", "pages", "session",
                "ui",
            ],
        ),
        ("leptos_meta", &["document", "pages", "ui"]),
        ("web_sys", &["browser", "connect", "features", "ui"]),
        ("gloo_net", &["browser", "connect"]),
    ],
};

impl Plan {
    /// Returns one line for each forbidden import.
    fn violations(&self, file: &Path, imports: &[Import]) -> Vec<String> {
        let name = file.iter().next().and_then(|first| Path::new(first).file_stem());
        let module = name.and_then(|name| name.to_str()).unwrap_or_default();
        let violation =
            |line: usize, why: String| format!("{}/{}:{line}: {why}", self.sources, file.display());
        let Some(own) = self.floor(module) else {
            return vec![violation(1, format!("`{module}` has no floor"))];
        };
        let forbidden = imports.iter().filter_map(|import| match import {
            Import::Own { module: other, line } => {
                if other == module {
                    return None;
                }
                let narrow = self.narrow.iter().find(|(name, _)| *name == module);
                let why = match self.floor(other) {
                    Some(_) if narrow.is_some_and(|(_, all)| !all.contains(&other.as_str())) => {
                        "is not one of those that it may import"
                    }
                    Some(floor) if floor < own => return None,
                    Some(floor) if floor == own => "is on the same floor",
                    Some(_) => "is on a higher floor",
                    None => "is not a module",
                };
                Some(violation(*line, format!("`{module}` imports `{other}`, which {why}")))
            }
            Import::Foreign { name, line } => {
                let (_, users) = self.foreign.iter().find(|(foreign, _)| foreign == name)?;
                let is_allowed = users.contains(&module);
                (!is_allowed)
                    .then(|| violation(*line, format!("`{module}` uses the crate `{name}`")))
            }
        });
        forbidden.collect()
    }

    fn floor(&self, module: &str) -> Option<usize> {
        self.floors.iter().position(|floor| floor.contains(&module))
    }
}

fn check(plan: &Plan) {
    let top = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let sources = Sources::read(&top.join(plan.sources));
    let (mut violations, mut count) = (Vec::new(), 0);
    for (file, text) in sources.iter() {
        let imports = imports::of(file, text);
        count += imports.len();
        violations.extend(plan.violations(file, &imports));
    }
    assert!(count > 100, "only {count} imports were found in {}", plan.sources);
    assert!(violations.is_empty(), "forbidden imports:\n{}", violations.join("\n"));
}

#[test]
fn the_server_imports_only_from_lower_floors() {
    check(&SERVER);
}

#[test]
fn the_app_imports_only_from_lower_floors() {
    check(&APP);
}

/// Checks a source that is not in the tree.
fn planted(plan: &Plan, file: &str, text: &str) -> Vec<String> {
    plan.violations(Path::new(file), &imports::of(Path::new(file), text))
}

#[test]
fn each_kind_of_violation_is_found() {
    for (plan, file, text, found) in [
        (
            &SERVER,
            "store/log.rs",
            "\nuse crate::hub::Hub;",
            "server/src/store/log.rs:2: `store` imports `hub`, which is on a higher floor",
        ),
        (
            &SERVER,
            "hub.rs",
            "use crate::{base::clock, http::state::App};",
            "server/src/hub.rs:1: `hub` imports `http`, which is on a higher floor",
        ),
        (
            &SERVER,
            "limits/sockets.rs",
            "use super::super::auth::Auth;",
            "server/src/limits/sockets.rs:1: `limits` imports `auth`, \
             which is on the same floor",
        ),
        (
            &SERVER,
            "chat/send.rs",
            "fn send() {\n    crate::gateway::serve();\n}",
            "server/src/chat/send.rs:2: `chat` imports `gateway`, which is on a higher floor",
        ),
        (
            &SERVER,
            "hub/room.rs",
            "fn f() { println!(\"{}\", crate::run::NAME) }",
            "server/src/hub/room.rs:1: `hub` imports `run`, which is on a higher floor",
        ),
        (
            &SERVER,
            "base/clock.rs",
            "use super::super::store;",
            "server/src/base/clock.rs:1: `base` imports `store`, which is on a higher floor",
        ),
        (
            &SERVER,
            "chat.rs",
            "use axum::Json;",
            "server/src/chat.rs:1: `chat` uses the crate `axum`",
        ),
        (
            &SERVER,
            "hub.rs",
            "fn f(row: &rusqlite::Row<'_>) {}",
            "server/src/hub.rs:1: `hub` uses the crate `rusqlite`",
        ),
        (&SERVER, "news.rs", "", "server/src/news.rs:1: `news` has no floor"),
        (
            &APP,
            "state/room.rs",
            "use crate::sync::SyncEngine;",
            "app/src/state/room.rs:1: `state` imports `sync`, which is on a higher floor",
        ),
        (
            &APP,
            "ui/button.rs",
            "use crate::sync::SyncEngine;",
            "app/src/ui/button.rs:1: `ui` imports `sync`, \
             which is not one of those that it may import",
        ),
        (
            &APP,
            "sync.rs",
            "use leptos::prelude::*;",
            "app/src/sync.rs:1: `sync` uses the crate `leptos`",
        ),
    ] {
        assert_eq!(planted(plan, file, text), [found], "{text}");
    }
}

#[test]
fn allowed_imports_are_no_violations() {
    for text in [
        "use crate::base::clock::now;\nuse super::{Store, sql::Db};\nuse self::log::append;",
        "/// Unlike `crate::http`.\nconst NAME: &str = \"crate::http\"; // crate::http",
        "#[cfg(test)]\nmod tests {\n    use crate::http::state::App;\n}",
    ] {
        assert_eq!(planted(&SERVER, "store/rooms.rs", text), [""; 0], "{text}");
    }
}
