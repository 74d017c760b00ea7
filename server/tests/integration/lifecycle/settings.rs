//! Settings that make no sense, and how they are shown.

use std::{
    io::{BufRead as _, BufReader},
    process::Command,
};

#[test]
fn the_settings_in_effect_are_printed_without_secrets() {
    let output = Command::new(env!("CARGO_BIN_EXE_banter"))
        .args(["config", "--heartbeat=mobile"])
        .env("BANTER_SECRET", "0123456789abcdef0123456789abcdef")
        .env("BANTER_MAX_SOCKETS", "7")
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for line in [
        "BANTER_HEARTBEAT=mobile  # flag",
        "BANTER_MAX_SOCKETS=7  # environment",
        "BANTER_SECRET=(set, not shown)  # environment",
        "BANTER_RATE_LIMIT=on  # default",
    ] {
        assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("0123456789abcdef"), "{text}");
}

#[test]
fn an_invalid_setting_is_reported_in_one_line() {
    for (name, value) in [
        ("BANTER_HEARTBEAT", "often"),
        ("BANTER_MAX_SOCKETS", "many"),
        ("BANTER_RATE_LIMIT", "slow"),
        ("BANTER_ECHO", "maybe"),
        ("BANTER_TRUSTED_PROXIES", "the proxy"),
        ("BANTER_TRUSTED_PROXIES", "0.0.0.0/0"),
        ("BANTER_PUBLIC_URL", "chat.example.org"),
        ("BANTER_PUBLIC_URL", "https://*.example.org"),
        ("BANTER_PUBLIC_URL", "http://0.0.0.0:3000"),
        ("BANTER_PUBLIC_URL", "https://chat.example.org:0"),
        ("BANTER_SECRET", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("BANTER_SECRET", "short"),
        ("REDIS_URL", "http://localhost"),
        ("BANTER_MAX_SOCKETS_PER_USER", "0"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_banter"))
            .args(["serve", "--leptos-site-addr=127.0.0.1:0", "--data-dir=/nonexistent/banter"])
            // Banter would report the variables of the tests as unknown settings.
            .env_clear()
            .env(name, value)
            .output()
            .unwrap();
        assert!(!output.status.success(), "{name}");
        let lines: Vec<_> =
            BufReader::new(&output.stderr[..]).lines().map_while(Result::ok).collect();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains(name), "{lines:?}");
        assert!(name != "BANTER_SECRET" || !lines[0].contains(value), "{lines:?}");
    }
}

#[test]
fn a_flag_without_a_value_is_reported() {
    for (flag, variable) in [
        ("--data-dir", "BANTER_DATA_DIR"),
        ("--database-url", "DATABASE_URL"),
        ("--drain", "BANTER_DRAIN"),
    ] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_banter")).args(["serve", flag]).output().unwrap();
        let problem = String::from_utf8(output.stderr).unwrap();
        assert_eq!(problem, format!("banter: {variable} ({flag}): needs a value\n"));
    }
}

#[test]
fn config_names_each_address_that_serve_would_refuse() {
    let config = |settings: &[(&str, &str)], flags: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_banter"))
            .arg("config")
            .args(flags)
            .env_clear()
            .envs(settings.iter().copied())
            .output()
            .unwrap();
        let lines = |bytes: Vec<u8>| -> Vec<String> {
            String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
        };
        (output.status.code(), lines(output.stdout), lines(output.stderr))
    };
    let (status, printed, faults) = config(&[], &[]);
    assert_eq!((status, faults), (Some(0), Vec::new()), "{printed:?}");
    let wrong = [
        ("LEPTOS_SITE_ADDR", "here"),
        ("BANTER_PUBLIC_URL", "chat.example.org"),
        ("DATABASE_URL", "postgres://ada:hunter2hunter2@there:port/chat"),
        ("REDIS_URL", "http://:hunter2hunter2@localhost"),
        ("BANTER_TRUSTED_PROXIES", "the proxy"),
    ];
    let (status, printed, faults) = config(&wrong, &[]);
    assert_eq!((status, faults.len()), (Some(1), wrong.len()), "{faults:?}");
    for (name, _) in wrong {
        let of_setting = faults.iter().filter(|line| line.starts_with(&format!("banter: {name}")));
        assert_eq!(of_setting.count(), 1, "{name}: {faults:?}");
        assert!(printed.iter().any(|line| line.starts_with(&format!("{name}="))), "{printed:?}");
    }
    assert!(!format!("{printed:?}{faults:?}").contains("hunter2hunter2"), "{faults:?}");
    for (name, value) in wrong {
        let (status, _, faults) = config(&[(name, value)], &[]);
        assert_eq!((status, faults.len()), (Some(1), 1), "{name}: {faults:?}");
    }
    for flags in [
        ["--leptos-site-addr=192.0.2.1:3000"],
        ["--database-url=mysql://there"],
        ["--redis-url=redis://one:port"],
        ["--public-url=https://chat.example.org/chat"],
        ["--max-sockets=many"],
    ] {
        let (status, _, faults) = config(&[], &flags);
        assert_eq!((status, faults.len()), (Some(1), 1), "{flags:?}: {faults:?}");
    }
    // A running Banter on the address is no fault of the settings.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = format!("--leptos-site-addr={}", listener.local_addr().unwrap());
    assert_eq!(config(&[], &[&taken]).0, Some(0));
}
