//! Draws single steps.

use super::Step;
use crate::random::Random;

/// The weight of each kind of step.
pub(super) const WEIGHTS: [usize; 49] = [
    30, 1, 1, 10, 5, 10, 24, 5, 2, 6, 3, 4, 5, 5, 6, 4, 5, 3, 6, 2, 3, 3, 3, 4, 3, 3, 8, 6, 12, 12,
    26, 8, 16, 4, 6, 8, 2, 6, 16, 3, 9, 4, 3, 3, 2, 4, 3, 2, 5,
];
/// The number of steps that also apply to a single node.
pub(super) const SINGLE_NODE_STEPS: usize = 41;
/// The kind of [`Step::ReadThread`].
pub(super) const READ_THREAD: usize = 32;

/// Draws the numbers of a step of a kind.
pub(super) fn draw(kind: usize, random: &mut Random) -> Step {
    let any = |random: &mut Random| random.below(1 << 20);
    let mention = |random: &mut Random| random.chance(25).then(|| random.below(1 << 20));
    match kind {
        0 => Step::Write {
            tab: any(random),
            room: any(random),
            count: [1, 1, 1, 2, 5][random.below(5)],
            mention: mention(random),
        },
        1 => Step::WriteLarge { user: any(random), room: any(random), count: 5 + random.below(12) },
        2 => Step::WriteMany {
            user: any(random),
            room: any(random),
            count: [60, 120, 520][random.below(3)],
        },
        3 => Step::Edit { user: any(random), message: any(random), mention: mention(random) },
        4 => Step::Delete { user: any(random), message: any(random) },
        5 => Step::React {
            user: any(random),
            message: any(random),
            emoji: random.below(2),
            on: random.chance(65),
        },
        6 => Step::Read {
            user: any(random),
            device: any(random),
            room: any(random),
            back: random.below(6),
            less: random.chance(50).then(|| 1 + random.below(4)),
        },
        7 => Step::Page {
            user: any(random),
            room: any(random),
            cursor: random.below(4),
            seq: any(random),
        },
        8 => Step::Typing { user: any(random), room: any(random) },
        9 => Step::Open { tab: any(random), room: any(random) },
        10 => Step::Older { tab: any(random) },
        11 => Step::SuspendTab { tab: any(random) },
        12 => Step::ResumeTab { tab: any(random) },
        13 => Step::Reload { tab: any(random) },
        14 => Step::Cut { proxy: any(random) },
        15 => Step::Disconnect { proxy: any(random) },
        16 => {
            let up = random.chance(50);
            Step::Stall { proxy: any(random), up, down: !up || random.chance(20) }
        }
        17 => Step::BlackHole { proxy: any(random) },
        18 => Step::Heal { proxy: any(random) },
        19 => Step::Restart,
        20 => Step::Kill { down_for: random.below(6) },
        21 => Step::KillOnAck { user: any(random), room: any(random), count: 1 + random.below(40) },
        22 => Step::Remove { user: any(random) },
        23 => Step::Add { user: any(random) },
        24 => Step::Backup,
        25 => Step::Restore,
        26 => Step::Pause { ms: random.below(15) },
        27 => Step::SetAtEnd { tab: any(random), at_end: random.chance(60) },
        28 => Step::Change { tab: any(random), message: any(random), kind: random.below(8) },
        29 => Step::Await { frames: 1 + random.below(12) },
        30..=40 => conversation_step(kind, random),
        41 => Step::CutRedis { node: any(random) },
        42 => Step::DisconnectRedis { node: any(random) },
        43 => Step::StallRedis { node: any(random) },
        44 => Step::KillRedis,
        45 => Step::CutDatabase { node: any(random) },
        46 => Step::DisconnectDatabase { node: any(random) },
        47 => Step::Suspend { node: any(random) },
        _ => Step::HealNodes,
    }
}

/// Threads, quotes, pins and direct rooms.
fn conversation_step(kind: usize, random: &mut Random) -> Step {
    let any = |random: &mut Random| random.below(1 << 20);
    match kind {
        30 => {
            let quotes = random.chance(20);
            Step::Reply {
                user: any(random),
                thread: (!quotes || random.chance(50)).then(|| random.below(1 << 20)),
                quote: quotes.then(|| random.below(1 << 20)),
                in_room: random.chance(30),
                mention: random.chance(30).then(|| random.below(1 << 20)),
                count: [1, 1, 2, 4][random.below(4)],
            }
        }
        31 => Step::Pin { user: any(random), message: any(random), on: random.chance(65) },
        READ_THREAD => Step::ReadThread {
            user: any(random),
            device: any(random),
            thread: any(random),
            reply: random.below(4),
            back: random.chance(35),
        },
        33 => Step::Follow {
            user: any(random),
            device: any(random),
            thread: any(random),
            on: random.chance(55),
        },
        34 => Step::ReadBack {
            user: any(random),
            device: any(random),
            room: any(random),
            back: random.below(6),
        },
        35 => Step::WriteDirect {
            user: any(random),
            room: any(random),
            count: [1, 1, 2, 4][random.below(4)],
        },
        36 => Step::HideDirect { user: any(random), room: any(random) },
        37 => Step::Look {
            user: any(random),
            room: any(random),
            message: any(random),
            what: random.below(6),
        },
        38 => Step::DeleteReply {
            thread: any(random),
            reply: [0, 0, 0, 1][random.below(4)],
            by_owner: random.chance(30),
        },
        39 => Step::SetTopic,
        _ => Step::OpenThread {
            tab: any(random),
            thread: random.chance(85).then(|| random.below(1 << 20)),
        },
    }
}
