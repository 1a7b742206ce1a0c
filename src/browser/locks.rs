//! Web Locks: one lock for all tabs of an origin. Where there are none, locks reach no further than this page.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen_futures::JsFuture;

use super::global::{self, method, object, promised, property};
use super::held;
use crate::host::{LocalGuard, LocalLocks, Locks};
use crate::order::sort_by_key;

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
            held::drop(&release);
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
            // The browser gives the lock sooner or later, so there is one in the end.
            Self::Web(manager) => {
                BrowserGuard::Web(request(manager, name, false).await.unwrap_or(WebGuard(None)))
            }
            Self::Local(locks) => BrowserGuard::Local(locks.acquire(name).await),
        }
    }

    async fn try_acquire(&self, name: &str) -> Option<BrowserGuard> {
        match self {
            Self::Web(manager) => request(manager, name, true).await.map(BrowserGuard::Web),
            Self::Local(locks) => locks.try_acquire(name).await.map(BrowserGuard::Local),
        }
    }

    async fn held(&self, prefix: &str) -> Vec<String> {
        match self {
            Self::Web(manager) => held(manager, prefix).await.unwrap_or_default(),
            Self::Local(locks) => locks.held(prefix).await,
        }
    }

    fn reach_other_tabs(&self) -> bool {
        matches!(self, Self::Web(_))
    }
}

/// Names of held locks of the origin that start with `prefix`; `None` where the browser does not tell.
async fn held(manager: &JsValue, prefix: &str) -> Option<Vec<String>> {
    let query = method(manager, "query")?;
    let answer = promised(query.call0(manager)).await.ok()?;
    let held = property(&answer, "held");
    let names = Array::is_array(&held).then(|| Array::from(&held))?;
    let names = names.iter().filter_map(|lock| property(&lock, "name").as_string());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
    // Several can hold a shared lock.
    sort_by_key(&mut names, String::clone);
    names.dedup();
    Some(names)
}

/// The browser holds the lock until the promise that the callback gave resolves: that is what dropping the guard does. `None` where
/// somebody has the lock, if only a free one is wanted.
async fn request(manager: &JsValue, name: &str, if_available: bool) -> Option<WebGuard> {
    let mut guard = WebGuard(None);
    let held = Promise::new(&mut |release, _| {
        held::hold(&release);
        guard.0 = Some(release);
    });
    let answered = Promise::new(&mut |resolve, reject| {
        let held = held.clone();
        let callback = Closure::once_into_js(move |lock: JsValue| {
            let _ = resolve.call1(&JsValue::UNDEFINED, &lock);
            JsValue::from(held)
        });
        let Some(request) = method(manager, "request") else { return };
        let options = object(&[("ifAvailable", JsValue::from_bool(if_available))]);
        let Ok(ended) = request.call3(manager, &JsValue::from_str(name), &options, &callback) else { return };
        // A page that is about to go is refused; then waiting ends too, and so does the page.
        let refused = Closure::once_into_js(move || {
            let _ = reject.call0(&JsValue::UNDEFINED);
        });
        if let Some(catch) = method(&ended, "catch") {
            let _ = catch.call1(&ended, &refused);
        }
    });
    match JsFuture::from(answered).await {
        Ok(lock) if lock.is_null() => None,
        _ => Some(guard),
    }
}
