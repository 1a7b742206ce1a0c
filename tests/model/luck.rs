//! What goes wrong, and how often: drawn anew for each schedule, so that some are calm but for one kind of trouble.

use std::time::Duration;

use hallpass::testing::Pace;

use super::rng::Rng;

/// An endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Node,
    Bundler,
    Paymaster,
}

/// What becomes of one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    None,
    /// The request does not arrive.
    Unheard,
    /// What was asked for is done, and the answer lost.
    Lost,
    /// An error that says nothing about the matter.
    Busy,
    /// Something that nobody can read.
    Odd,
    /// An answer that is not true.
    Lie,
}

/// How often in a hundred times.
#[derive(Clone, Copy, Debug, Default)]
pub struct Luck {
    /// Of each endpoint.
    pub trouble: [u64; 3],
    pub late: u64,
    pub hangs: u64,
    /// Answers that are not true, among troubles.
    pub lies: u64,
    /// Nodes that are some blocks behind.
    pub lag: u64,
    /// Operations that a bundler loses after it took them.
    pub forgets: u64,
    /// Operations that take minutes.
    pub slow: u64,
    /// Operations whose calls are undone.
    pub reverts: u64,
}

impl Luck {
    pub fn drawn(rng: &mut Rng) -> Self {
        let mut some = |most: u64| if rng.once_in(2) { 0 } else { rng.between(1, most) };
        Self {
            trouble: [some(12), some(50), some(40)],
            late: some(20),
            hangs: some(6),
            lies: some(80),
            lag: some(60),
            forgets: some(30),
            slow: some(30),
            reverts: some(20),
        }
    }

    pub fn trouble(&self, rng: &mut Rng, role: Role) -> Trouble {
        if rng.below(100) >= self.trouble[role as usize] {
            return Trouble::None;
        }
        if rng.below(100) < self.lies {
            return Trouble::Lie;
        }
        *rng.pick(&[Trouble::Unheard, Trouble::Lost, Trouble::Lost, Trouble::Busy, Trouble::Odd])
    }

    pub fn pace(&self, rng: &mut Rng) -> Pace {
        let short = |rng: &mut Rng| Some(Duration::from_millis(rng.between(1, 150)));
        let mut pace = Pace { there: short(rng), back: short(rng) };
        if rng.below(100) < self.late {
            let long = Some(Duration::from_millis(rng.between(200, 25_000)));
            if rng.once_in(2) { pace.there = long } else { pace.back = long }
        }
        if rng.below(100) < self.hangs {
            if rng.once_in(2) { pace.there = None } else { pace.back = None }
        }
        pace
    }
}
