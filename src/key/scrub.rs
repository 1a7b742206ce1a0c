//! Overwriting what a computation with secrets left on the stack.
//!
//! Types that zeroize on drop wipe the value they end as, not the copies made on the way (moves, spilled registers, temporaries
//! of the curve library). Those lie below the frame of the function that worked with the secret, so a call from the same place
//! that fills as much stack with zeros wipes them.

use std::hint::black_box;

/// More than the deepest call tree that touches a secret uses; the memory scan in `tests/web.rs` fails when it is too little.
const DEPTH: usize = 16 * 1024;

/// Runs `work` in a frame of its own and overwrites the stack it used.
#[inline(never)]
pub(super) fn scrubbed<T>(work: impl FnOnce() -> T) -> T {
    let result = in_own_frame(work);
    overwrite();
    result
}

#[inline(never)]
fn in_own_frame<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
fn overwrite() {
    let mut stack = [0_u8; DEPTH];
    // Keeps the array, and so the write, from being optimised away.
    black_box(&mut stack);
}
