//! The steps of a plan, drawn completely from a seed before anything runs.

use crate::random::Random;

/// An action of a user or a fault. Its numbers select among the objects that exist when it is
/// executed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// A user sends messages to a room that is open in the tab.
    Write {
        tab: usize,
        room: usize,
        count: usize,
        mention: Option<usize>,
    },
    /// A client sends texts of maximum length without waiting.
    WriteLarge {
        user: usize,
        room: usize,
        count: usize,
    },
    /// A client sends many short messages without waiting.
    WriteMany {
        user: usize,
        room: usize,
        count: usize,
    },
    Edit {
        user: usize,
        message: usize,
        mention: Option<usize>,
    },
    Delete {
        user: usize,
        message: usize,
    },
    React {
        user: usize,
        message: usize,
        emoji: usize,
        on: bool,
    },
    Read {
        user: usize,
        device: usize,
        room: usize,
        back: usize,
    },
    /// A user marks a room as unread from a message on.
    ReadBack {
        user: usize,
        device: usize,
        room: usize,
        back: usize,
    },
    /// A user replies in a thread, quotes a message, or both.
    Reply {
        user: usize,
        thread: Option<usize>,
        quote: Option<usize>,
        in_room: bool,
        mention: Option<usize>,
    },
    /// A user reads a thread up to one of its last replies, or marks it as unread from there on.
    ReadThread {
        user: usize,
        device: usize,
        thread: usize,
        reply: usize,
        back: bool,
    },
    Follow {
        user: usize,
        device: usize,
        thread: usize,
        on: bool,
    },
    Pin {
        user: usize,
        message: usize,
        on: bool,
    },
    /// One of the people of a direct room sends messages to it.
    WriteDirect {
        user: usize,
        room: usize,
        count: usize,
    },
    /// One of the people of a direct room hides it.
    HideDirect {
        user: usize,
        room: usize,
    },
    /// A user asks for what a room, a thread or a message has besides its log.
    Look {
        user: usize,
        room: usize,
        message: usize,
        what: usize,
    },
    Page {
        user: usize,
        room: usize,
        cursor: usize,
        seq: usize,
    },
    Typing {
        user: usize,
        room: usize,
    },
    Open {
        tab: usize,
        room: usize,
    },
    /// A user scrolls to the end of the room in view, or away from it.
    SetAtEnd {
        tab: usize,
        at_end: bool,
    },
    /// A user updates a message of the room in view.
    Change {
        tab: usize,
        message: usize,
        kind: usize,
    },
    Older {
        tab: usize,
    },
    SuspendTab {
        tab: usize,
    },
    ResumeTab {
        tab: usize,
    },
    Reload {
        tab: usize,
    },
    Cut {
        proxy: usize,
    },
    Disconnect {
        proxy: usize,
    },
    Stall {
        proxy: usize,
        up: bool,
        down: bool,
    },
    BlackHole {
        proxy: usize,
    },
    Heal {
        proxy: usize,
    },
    Restart,
    Kill {
        down_for: usize,
    },
    /// Clients send without waiting, and the server is killed at the first acknowledgement.
    KillOnAck {
        user: usize,
        room: usize,
        count: usize,
    },
    Remove {
        user: usize,
    },
    Add {
        user: usize,
    },
    Backup,
    Restore,
    /// Closes the connections of a node to Redis.
    CutRedis {
        node: usize,
    },
    /// Disconnects a node from Redis until healed.
    DisconnectRedis {
        node: usize,
    },
    /// Holds back all bytes between a node and Redis.
    StallRedis {
        node: usize,
    },
    /// Kills Redis, which loses all its data.
    KillRedis,
    /// Closes the connections of a node to the database.
    CutDatabase {
        node: usize,
    },
    /// Disconnects a node from the database until healed.
    DisconnectDatabase {
        node: usize,
    },
    /// Suspends the process of a node.
    Suspend {
        node: usize,
    },
    /// Ends all faults of nodes and services.
    HealNodes,
    /// Waits without any action.
    Pause {
        ms: usize,
    },
    /// Waits for a number of further frames from the server, or a timeout.
    Await {
        frames: usize,
    },
}

#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) users: usize,
    pub(crate) rooms: usize,
    /// The user of each tab, and the number of the user's device.
    pub(crate) tabs: Vec<(usize, usize)>,
    pub(crate) steps: Vec<Step>,
}

impl Plan {
    /// Draws a plan for a number of nodes.
    pub(crate) fn of(random: &mut Random, nodes: usize) -> Self {
        let users = 2 + random.below(4);
        let rooms = 2 + random.below(3);
        let mut tabs = Vec::new();
        for user in 0..users {
            let shared = random.chance(60);
            for tab in 0..[1, 1, 2, 3][random.below(4)] {
                tabs.push((user, if shared { 0 } else { tab }));
            }
        }
        // Each plan weights the steps differently, so that rare ones also occur together.
        let usual = if nodes > 1 { &WEIGHTS[..] } else { &WEIGHTS[..SINGLE_NODE_STEPS] };
        let weights: Vec<usize> =
            usual.iter().map(|usual| usual * [0, 1, 1, 2, 4][random.below(5)]).collect();
        let count = 15 + random.below(40);
        let mut steps = vec![Step::Write { tab: 0, room: 0, count: 2, mention: None }];
        for _ in 0..count {
            let mut ticket = random.below(weights.iter().sum::<usize>().max(1));
            let kind = weights.iter().position(|weight| {
                let is_it = ticket < *weight;
                ticket = ticket.saturating_sub(*weight);
                is_it
            });
            steps.push(step(kind.unwrap_or(0), random));
        }
        Self { users, rooms, tabs, steps }
    }
}

/// The weight of each kind of step.
const WEIGHTS: [usize; 46] = [
    30, 1, 1, 10, 5, 10, 6, 5, 2, 6, 3, 4, 5, 5, 6, 4, 5, 3, 6, 2, 3, 3, 3, 4, 3, 3, 8, 6, 12, 12,
    26, 5, 8, 4, 6, 8, 2, 6, 4, 3, 3, 2, 4, 3, 2, 5,
];
/// The number of steps that also apply to a single node.
const SINGLE_NODE_STEPS: usize = 38;

fn step(kind: usize, random: &mut Random) -> Step {
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
        30..=37 => conversation_step(kind, random),
        38 => Step::CutRedis { node: any(random) },
        39 => Step::DisconnectRedis { node: any(random) },
        40 => Step::StallRedis { node: any(random) },
        41 => Step::KillRedis,
        42 => Step::CutDatabase { node: any(random) },
        43 => Step::DisconnectDatabase { node: any(random) },
        44 => Step::Suspend { node: any(random) },
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
            }
        }
        31 => Step::Pin { user: any(random), message: any(random), on: random.chance(65) },
        32 => Step::ReadThread {
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
        _ => Step::Look {
            user: any(random),
            room: any(random),
            message: any(random),
            what: random.below(6),
        },
    }
}
