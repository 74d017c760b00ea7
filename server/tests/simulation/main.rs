//! Random plans: users with several tabs in several rooms, faulty networks, and servers that are
//! stopped, killed and restored. Checks the guarantees of docs/protocol.md ("Order, loss and
//! repeats").
//!
//! A plan is derived from a seed; only timing varies between runs. Environment variables:
//!
//! - `BANTER_SEED=7` runs the plan of this seed.
//! - `BANTER_PLANS=2000` sets the number of plans, or of repetitions of `BANTER_SEED`.
//! - `BANTER_FROM=500` begins with this seed, to run many plans in parts.
//! - `BANTER_NODES=3`, together with `bin/with-services`, runs each plan on three nodes with faulty
//!   connections to Redis and PostgreSQL.
//! - `BANTER_PROGRAM` names another build of the server.
//! - `BANTER_STRICT=1` also fails on known delays.

#![expect(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod check;
mod cluster;
mod control;
mod driver;
mod faulty_proxy;
mod memberships;
mod monitor;
mod plan;
#[path = "../integration/ports.rs"]
mod ports;
mod process;
mod random;
mod scenario;
mod scripted_client;
mod tab;

use std::collections::BTreeMap;

use tokio::task::LocalSet;

/// The default number of plans.
const PLANS: u64 = 220;
/// The default number of plans with several nodes.
const PLANS_OF_NODES: u64 = 30;
/// The number of tests that share the plans.
const SHARES: u64 = 4;

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

/// Runs the plans of one share.
fn run(share: u64) {
    let usual = if cluster::count() > 1 { PLANS_OF_NODES } else { PLANS };
    let seeds: Vec<u64> = match (setting("BANTER_SEED"), setting("BANTER_PLANS")) {
        (Some(seed), times) if share == 0 => vec![seed; times.unwrap_or(1) as usize],
        (Some(_), _) => Vec::new(),
        (None, plans) => {
            let from = setting("BANTER_FROM").unwrap_or_default();
            let seeds = from..from + plans.unwrap_or(usual);
            seeds.filter(|seed| seed % SHARES == share).collect()
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let template = runtime.block_on(process::Template::make());
    let mut counts = BTreeMap::<_, u64>::new();
    for (number, seed) in seeds.iter().enumerate() {
        let local = LocalSet::new();
        match local.block_on(&runtime, driver::run(&template, *seed)) {
            Ok(counted) => counted
                .into_iter()
                .for_each(|(what, count)| *counts.entry(what).or_default() += count),
            Err(what) => panic!(
                "\nplan {seed}, the {}th: {what}\nagain: BANTER_SEED={seed} BANTER_PLANS=20 \
                 cargo test --package server --test simulation -- plans_0",
                number + 1
            ),
        }
    }
    // Fails if the plans do not reach the interesting cases.
    for (what, among) in
        [("resumed", 20), ("thread read", 20), ("resume refused", 100), ("restored", 100)]
    {
        let happened = what == "restored" && cluster::count() > 1
            || seeds.len() < among
            || setting("BANTER_SEED").is_some()
            || counts.contains_key(what);
        assert!(happened, "the plans reach too few cases: {counts:?}");
    }
}

#[test]
fn plans_0() {
    run(0);
}

#[test]
fn plans_1() {
    run(1);
}

#[test]
fn plans_2() {
    run(2);
}

#[test]
fn plans_3() {
    run(3);
}
