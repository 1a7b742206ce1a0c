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
        let global = js_sys::global();
        let Some(set_timeout) = global::method(&global, "setTimeout") else { return };
        let milliseconds = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        let elapsed = Promise::new(&mut |resolve, _| {
            let _ = set_timeout.call2(&global, &resolve, &JsValue::from(milliseconds));
        });
        let _ = JsFuture::from(elapsed).await;
    }
}
