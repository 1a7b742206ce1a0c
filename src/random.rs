//! Random bytes of the platform: of `crypto.getRandomValues` in wasm, taken once when the module loads (threat model, rules 1 and 12).

/// The platform has no generator, or it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoRandomness;

/// Fills `bytes` where they lie. Few at a time: browsers give no more than 65,536.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    #[cfg(feature = "testing")]
    if repeated::fill(bytes) {
        return Ok(());
    }
    getrandom::fill(bytes).map_err(|_| NoRandomness)
}

/// Fills `bytes` where they lie. Few at a time: browsers give no more than 65,536.
#[cfg(target_arch = "wasm32")]
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    let length = u32::try_from(bytes.len()).map_err(|_| NoRandomness)?;
    // Exposed, so that what JavaScript writes there counts as written.
    let at = u32::try_from(bytes.as_mut_ptr().expose_provenance()).map_err(|_| NoRandomness)?;
    let filled = wasm::fill_random(&wasm_bindgen::memory(), at, length).unwrap_or(false);
    // Read afresh from here on.
    if std::hint::black_box(filled) { Ok(()) } else { Err(NoRandomness) }
}

#[cfg(all(not(target_arch = "wasm32"), feature = "testing"))]
pub use repeated::repeat_randomness;

/// Bytes that a test can have again.
#[cfg(all(not(target_arch = "wasm32"), feature = "testing"))]
mod repeated {
    use std::cell::Cell;

    thread_local! {
        static STATE: Cell<Option<u64>> = const { Cell::new(None) };
    }

    /// Has this thread draw the same bytes for the same seed from now on; `None` ends that. For tests: whoever knows the seed knows the
    /// keys.
    pub fn repeat_randomness(seed: impl Into<Option<u64>>) {
        STATE.set(seed.into());
    }

    pub(super) fn fill(bytes: &mut [u8]) -> bool {
        let Some(mut state) = STATE.get() else { return false };
        for byte in bytes {
            // splitmix64
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = (mixed ^ (mixed >> 31)).to_be_bytes()[0];
        }
        STATE.set(Some(state));
        true
    }
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use wasm_bindgen::JsValue;
    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen(module = "/src/random.js")]
    extern "C" {
        #[wasm_bindgen(js_name = fillRandom, catch)]
        pub(super) fn fill_random(memory: &JsValue, at: u32, length: u32) -> Result<bool, JsValue>;
    }
}
