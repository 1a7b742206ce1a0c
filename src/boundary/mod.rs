//! The door for values: what JavaScript calls. Conversion only: every function takes plain data, reads it strictly, delegates, and gives
//! plain data back; a failure is thrown as an object with the stable code of [`crate::error::Error`].
//!
//! The TypeScript of `pkg-template/` wraps these; they are nobody's public surface.

#[cfg(feature = "kernel-v3")]
pub mod account;
#[cfg(feature = "kernel-v3")]
pub mod client;
mod error;
mod future;
mod given;
#[cfg(feature = "kernel-v3")]
pub mod review;
pub mod session;
#[cfg(feature = "testing")]
pub mod testing;
pub mod userop;
mod write;

/// The first call into a module that was started afresh after a trap: lets go of what the old one held of the browser's.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn afresh() {
    crate::browser::let_go();
}

/// Version of the package.
#[wasm_bindgen::prelude::wasm_bindgen(js_name = packageVersion)]
#[must_use]
pub fn package_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
