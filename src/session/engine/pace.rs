//! When to ask again. All times are milliseconds.

/// Pause before the first question for a receipt is repeated, and the longest one.
const RECEIPT: (u64, u64) = (150, 4_000);
/// Pause before an operation is offered again, and the longest one.
const OFFER: (u64, u64) = (200, 2_000);
/// Pause before one is offered again that the bundler does not take before others are included, and the longest one.
const BEHIND: (u64, u64) = (300, 4_000);
/// Operations that usually wait no longer than this for a block are looked for at once, and often.
const FAST: u64 = 4_000;
/// The longest wait for a block that is taken for usual.
pub(super) const LONGEST_USUAL: u64 = 30_000;
/// Pause between looks at operations that nobody waits for.
const IDLE: (u64, u64) = (40_000, 120_000);
/// Pause between looks whether a block is final, while somebody waits for it.
const FINAL: (u64, u64) = (1_000, 12_000);

/// How long a bundler is tried that never answered, or never to what was handed over.
pub(super) const NEVER_ANSWERED: u64 = 8_000;
/// How often at least what was handed over is tried, where no such try was ever answered.
pub(super) const TRIES_OF_A_SEND: u32 = 5;
/// After so long without a sign of it, a bundler is asked whether it still has an operation: soon at first, later no longer than this.
const FORGOTTEN: (u64, u64) = (3_500, 58_000);
/// The same while nothing is known of the pace of blocks: a bundler knows nothing of one that it is just sending.
const NOT_HEARD_OF: u64 = 9_000;
/// The same when those behind it are not taken.
const SUSPECT: (u64, u64) = (2_000, 58_000);
/// How long an operation that nobody has news of is waited for before the app is told that its fate is unknown.
pub(super) const UNKNOWN_AFTER: u64 = 600_000;
/// How long the chain may show a nonce used without showing by which operation.
pub(super) const UNSEEN_FOR: u64 = 50_000;
/// How long the first operation of a lane may stand before new ones take another lane.
pub(super) const STANDS_AFTER: u64 = 180_000;
/// Blocks and time after which a block counts as final where the chain does not say so.
pub(super) const FINAL_BY_DEPTH: (u64, u64) = (64, 120_000);

/// The pause after so many tries: each 1.6 times the one before.
fn growing((first, most): (u64, u64), tries: u32) -> u64 {
    let mut pause = first;
    for _ in 0..tries.min(32) {
        pause = pause.saturating_mul(8).checked_div(5).unwrap_or(most).min(most);
    }
    pause
}

/// Up to a quarter more or less, so that many pages do not come back at once.
fn spread(pause: u64, chance: u64) -> u64 {
    let quarter = pause.checked_div(4).unwrap_or_default();
    let room = quarter.saturating_mul(2).saturating_add(1);
    pause.saturating_sub(quarter).saturating_add(chance.checked_rem(room).unwrap_or_default())
}

/// Twice as long each time.
fn doubling((first, most): (u64, u64), tries: u32) -> u64 {
    first.saturating_mul(1_u64.checked_shl(tries.min(16)).unwrap_or(u64::MAX)).min(most)
}

/// Whether blocks are known to be slow.
pub(super) const fn is_slow(usual_wait: u64) -> bool {
    usual_wait > FAST
}

/// When to look first for what was taken.
pub(super) fn first_look(usual_wait: u64) -> u64 {
    if is_slow(usual_wait) { receipt(0, usual_wait) } else { 0 }
}

/// What lands at once is told at once, and slow blocks take few questions.
pub(super) fn receipt(tries: u32, usual_wait: u64) -> u64 {
    let (first, most) = RECEIPT;
    let first = if is_slow(usual_wait) { usual_wait / 8 } else { first };
    doubling((first, most), tries)
}

/// When one that waits for those before it is offered again, if none of them is seen to land.
pub(super) fn behind(tries: u32, usual_wait: u64) -> u64 {
    let (first, most) = BEHIND;
    doubling((first.max(half(usual_wait)), most.max(half(usual_wait))), tries)
}

const fn half(wait: u64) -> u64 {
    wait.div_ceil(2)
}

pub(super) fn offer(tries: u32, chance: u64) -> u64 {
    spread(growing(OFFER, tries), chance)
}

pub(super) fn forgotten(checks: u32, usual_wait: u64) -> u64 {
    let least = if usual_wait == 0 { NOT_HEARD_OF } else { longer(usual_wait) };
    growing(FORGOTTEN, checks.saturating_mul(2)).max(least)
}

pub(super) fn suspect(checks: u32, usual_wait: u64) -> u64 {
    growing(SUSPECT, checks.saturating_mul(2)).max(longer(usual_wait))
}

/// Half as long again.
const fn longer(wait: u64) -> u64 {
    wait.saturating_add(half(wait))
}

pub(super) fn idle(tries: u32) -> u64 {
    growing(IDLE, tries)
}

pub(super) fn until_final(tries: u32, is_awaited: bool) -> u64 {
    if is_awaited { growing(FINAL, tries) } else { idle(tries) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_most_and_twelve_second_blocks_take_few_questions() {
        assert_eq!(receipt(0, 0), 150);
        assert_eq!(receipt(100, 30_000), 4_000);
        let mut waited = 0;
        let questions = (0..).take_while(|tries| {
            waited += receipt(*tries, 0);
            waited < 12_000
        });
        assert!(questions.count() <= 7);
        let mut waited = first_look(12_000);
        let questions = (0..).take_while(|tries| {
            waited += receipt(*tries, 12_000);
            waited < 12_000
        });
        assert!(questions.count() <= 3, "once it is known that blocks are slow");
        for chance in [0, 7, u64::MAX] {
            assert!((150..=250).contains(&offer(0, chance)));
        }
    }
}
