//! Web Locks: one lock for all tabs of an origin. Where there are none, locks reach no further than this page.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::global::{self, method, property};
use crate::host::{LocalGuard, LocalLocks, Locks};

/// `navigator.locks`, or locks of this page.
#[derive(Debug)]
pub enum BrowserLocks {
    /// The browser's lock manager.
    Web(JsValue),
    /// This page only.
    Local(LocalLocks),
}

/// A held lock.
#[derive(Debug)]
pub enum BrowserGuard {
    /// Of the browser.
    Web(WebGuard),
    /// Of this page.
    Local(LocalGuard),
}

/// Lets a lock go when dropped, also one that is not held yet.
#[derive(Debug)]
pub struct WebGuard(Option<Function>);

impl Drop for WebGuard {
    fn drop(&mut self) {
        if let Some(release) = self.0.take() {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

impl BrowserLocks {
    /// The best this place has.
    #[must_use]
    pub fn new() -> Self {
        let manager = property(&global::get("navigator"), "locks");
        match method(&manager, "request") {
            Some(_) => Self::Web(manager),
            None => Self::Local(LocalLocks::default()),
        }
    }
}

impl Default for BrowserLocks {
    fn default() -> Self {
        Self::new()
    }
}

impl Locks for BrowserLocks {
    type Guard = BrowserGuard;

    async fn acquire(&self, name: &str) -> BrowserGuard {
        match self {
            Self::Web(manager) => BrowserGuard::Web(acquire(manager, name).await),
            Self::Local(locks) => BrowserGuard::Local(locks.acquire(name).await),
        }
    }
}

/// The browser holds the lock until the promise that the callback gave resolves: that is what dropping the guard does.
async fn acquire(manager: &JsValue, name: &str) -> WebGuard {
    let mut guard = WebGuard(None);
    let held = Promise::new(&mut |release, _| guard.0 = Some(release));
    let acquired = Promise::new(&mut |resolve, reject| {
        let held = held.clone();
        let callback = Closure::once_into_js(move || {
            let _ = resolve.call0(&JsValue::UNDEFINED);
            JsValue::from(held)
        });
        let Some(request) = method(manager, "request") else { return };
        let Ok(ended) = request.call2(manager, &JsValue::from_str(name), &callback) else { return };
        // A page that is about to go is refused; then waiting ends too, and so does the page.
        let refused = Closure::once_into_js(move || {
            let _ = reject.call0(&JsValue::UNDEFINED);
        });
        if let (Some(catch), true) = (method(&ended, "catch"), refused.is_function()) {
            let _ = catch.call1(&ended, refused.unchecked_ref::<Function>());
        }
    });
    let _ = JsFuture::from(acquired).await;
    guard
}
