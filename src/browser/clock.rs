//! Time from the platform.

use std::time::Duration;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::global;
use crate::host::Clock;
use crate::time::Timestamp;

/// `Date.now` and `setTimeout`.
#[derive(Clone, Copy, Debug)]
pub struct BrowserClock;

impl Clock for BrowserClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.millis() / 1000).unwrap_or(Timestamp::MAX)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates at both ends"
    )]
    fn millis(&self) -> u64 {
        js_sys::Date::now() as u64
    }

    async fn sleep(&self, time: Duration) {
        wait(time, false).await;
    }

    async fn rest(&self, time: Duration) {
        wait(time, true).await;
    }
}

/// A running timer. It is stopped when nobody waits for it any more.
struct Timer(JsValue);

impl Drop for Timer {
    fn drop(&mut self) {
        let global = js_sys::global();
        if let Some(clear_timeout) = global::method(&global, "clearTimeout") {
            let _ = clear_timeout.call1(&global, &self.0);
        }
    }
}

/// `is_idle`: where a program ends once nothing is left to do (Node.js), this keeps it from nothing.
async fn wait(time: Duration, is_idle: bool) {
    let global = js_sys::global();
    let Some(set_timeout) = global::method(&global, "setTimeout") else { return };
    // Platforms take no longer time, and ring at once instead. Whoever waits looks at the clock then.
    let milliseconds = i32::try_from(time.as_millis()).unwrap_or(i32::MAX);
    let mut timer = Timer(JsValue::UNDEFINED);
    let elapsed = Promise::new(&mut |resolve, _| {
        timer.0 = set_timeout.call2(&global, &resolve, &JsValue::from(milliseconds)).unwrap_or_default();
    });
    if is_idle && let Some(unref) = global::method(&timer.0, "unref") {
        let _ = unref.call0(&timer.0);
    }
    let _ = JsFuture::from(elapsed).await;
}
