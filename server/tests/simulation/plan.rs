//! The steps of a plan, drawn completely from a seed before anything runs.

mod draw;
mod step;

pub(crate) use step::Step;

use self::draw::{READ_THREAD, SINGLE_NODE_STEPS, WEIGHTS, draw};
use crate::random::Random;

/// The number of steps after all else was acknowledged.
const LAST_STEPS: usize = 4;

#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) users: usize,
    pub(crate) rooms: usize,
    /// The user of each tab, and the number of the user's device.
    pub(crate) tabs: Vec<(usize, usize)>,
    pub(crate) steps: Vec<Step>,
    /// The steps after all else was acknowledged: threads are read up to replies that are there.
    pub(crate) last: Vec<Step>,
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
            steps.push(draw(kind.unwrap_or(0), random));
        }
        let last = (0..LAST_STEPS).map(|_| draw(READ_THREAD, random)).collect();
        Self { users, rooms, tabs, steps, last }
    }
}
