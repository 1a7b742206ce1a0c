//! What this page holds of the browser's, known outside of the module too.

use js_sys::Function;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/src/browser/held.js")]
extern "C" {
    /// Held until `release` is called.
    pub(super) fn hold(release: &Function);
    /// Held no more.
    pub(super) fn drop(release: &Function);
    /// Lets go of everything.
    #[wasm_bindgen(js_name = letGo)]
    pub fn let_go();
}
