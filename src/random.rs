//! Random bytes of the platform: of `crypto.getRandomValues` in wasm, taken once when the module loads (threat model, rules 1 and 12).

/// The platform has no generator, or it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoRandomness;

/// Fills `bytes` where they lie. Few at a time: browsers give no more than 65,536.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
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
