//! Promises over futures. A promise owns everything it works on, so nothing can be freed under it.

use std::pin::Pin;

use futures_util::future::{Either, select};
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;

use super::error::{aborted, throw};
use crate::browser;
use crate::error::Error;

/// Work behind a promise. Boxed, so that there is one machine for promises and not one for each kind of work.
type Work = Pin<Box<dyn Future<Output = Result<JsValue, Error>>>>;

/// A promise of what a future gives; it rejects with the object that TypeScript turns into a `HallpassError`.
pub(super) fn promise(work: impl Future<Output = Result<JsValue, Error>> + 'static) -> Promise {
    promise_of(Box::pin(work))
}

fn promise_of(work: Work) -> Promise {
    future_to_promise(async move { work.await.map_err(throw) })
}

/// The same, ended early by an `AbortSignal`: the work is dropped, as when the page dies.
pub(super) fn abortable(
    signal: &JsValue,
    work: impl Future<Output = Result<JsValue, Error>> + 'static,
) -> Promise {
    abortable_of(signal, Box::pin(work))
}

fn abortable_of(signal: &JsValue, work: Work) -> Promise {
    let signal = signal.clone();
    future_to_promise(async move {
        let abort = Box::pin(browser::aborted(&signal));
        match select(work, abort).await {
            Either::Left((outcome, _)) => outcome.map_err(throw),
            Either::Right((reason, _)) => Err(aborted(&reason)),
        }
    })
}
