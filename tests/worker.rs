//! The browser suite in a dedicated worker (`wasm-pack test --headless --chrome --test worker`).
#![cfg(target_arch = "wasm32")]
#![allow(missing_docs, reason = "a test program")]

#[path = "web/mod.rs"]
mod web;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);
