//! How bad a world is.

use crate::differential::rng::Rng;

/// Once in how many times something happens, if ever.
pub type Often = Option<u64>;

/// What one run's bundler, node and app tend to do.
#[derive(Clone, Copy, Debug)]
pub struct Nature {
    /// The bundler lands what it is sent, whatever it answers.
    pub lands_at_once: Often,
    /// It lands something that it kept, at any request of anybody.
    pub lands_any_time: Often,
    /// It does not say that it took what it was sent.
    pub refuses: Often,
    /// It says something untrue about operations.
    pub lies: Often,
    /// It does not answer at all.
    pub hangs: Often,
    /// It names gas limits with which calls are undone.
    pub quotes_badly: Often,
    /// The node's answer is one block old.
    pub node_is_late: Often,
    pub has_logs: bool,
    /// Blocks until one is final; `None` where the chain has no such tag.
    pub final_depth: Option<u64>,
    /// Blocks that are not final are taken back, at any request of anybody.
    pub reorganises: Often,
    /// The app's page dies between two purchases, and comes back.
    pub reloads: Often,
    pub tabs: usize,
    /// Wei that may be spent, and operations that may be made, if there is a limit.
    pub spend: u64,
    pub operations: Option<u64>,
}

impl Nature {
    pub fn draw(rng: &mut Rng) -> Self {
        Self {
            lands_at_once: *rng.pick(&[Some(2), Some(2), Some(4), None]),
            lands_any_time: *rng.pick(&[Some(12), Some(60), Some(300), None]),
            refuses: *rng.pick(&[Some(1), Some(2), Some(2), Some(4)]),
            lies: *rng.pick(&[Some(2), Some(4), Some(10), None]),
            hangs: *rng.pick(&[Some(5), None, None]),
            quotes_badly: *rng.pick(&[Some(6), None]),
            node_is_late: *rng.pick(&[Some(3), Some(10), None, None]),
            has_logs: !rng.once_in(8),
            final_depth: *rng.pick(&[Some(2), Some(8), Some(60), None]),
            reorganises: *rng.pick(&[Some(30), Some(200), None, None]),
            reloads: *rng.pick(&[Some(5), Some(12), None]),
            tabs: usize::try_from(rng.between(1, 2)).expect("a small number"),
            spend: 10 * rng.between(20, 60),
            operations: rng.once_in(2).then(|| rng.between(4, 12)),
        }
    }

    pub fn happens(often: Often, rng: &mut Rng) -> bool {
        often.is_some_and(|times| rng.once_in(times))
    }
}
