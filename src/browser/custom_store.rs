//! A store of the app's: an object with `get(name)`, `put(name, text)`, `remove(name)` and `names(prefix)`, which answer at once or by
//! promises.
//!
//! What it gets is sealed, and what it answers is not believed: anything but texts is a failure.

use std::fmt;

use js_sys::{Array, Function};
use wasm_bindgen::{JsCast, JsValue};

use super::error::described;
use super::global::{method, promised};
use crate::host::{Store, StoreError};
use crate::order::sort_by_key;

/// The app's object.
#[derive(Clone)]
pub struct CustomStore(JsValue);

/// Without what the object holds.
impl fmt::Debug for CustomStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomStore(..)")
    }
}

impl CustomStore {
    /// The object as a store.
    ///
    /// # Errors
    /// [`StoreError::Failed`] names the method that is missing.
    pub fn from_js(object: &JsValue) -> Result<Self, StoreError> {
        let store = Self(object.clone());
        for name in ["get", "put", "remove", "names"] {
            store.method(name)?;
        }
        Ok(store)
    }

    fn method(&self, name: &str) -> Result<Function, StoreError> {
        method(&self.0, name).ok_or_else(|| failed(format!("it has no method {name}")))
    }

    async fn ask(&self, name: &str, argument: &str, text: Option<&str>) -> Result<JsValue, StoreError> {
        let (method, argument) = (self.method(name)?, JsValue::from_str(argument));
        let mut may_repeat = true;
        loop {
            let returned = match text {
                Some(text) => method.call2(&self.0, &argument, &JsValue::from_str(text)),
                None => method.call1(&self.0, &argument),
            };
            match promised(returned).await {
                Ok(answer) => return Ok(answer),
                // What fails once may be done again: each call may be made twice.
                Err(_) if may_repeat => may_repeat = false,
                Err(thrown) => return Err(failed(format!("{name}: {}", described(&thrown)))),
            }
        }
    }
}

impl Store for CustomStore {
    async fn get(&self, name: &str) -> Result<Option<String>, StoreError> {
        let answer = self.ask("get", name, None).await?;
        match answer.as_string() {
            None if !answer.is_undefined() && !answer.is_null() => {
                Err(failed("get answers neither a text nor nothing".to_owned()))
            }
            text => Ok(text),
        }
    }

    async fn put(&self, name: &str, text: &str) -> Result<(), StoreError> {
        self.ask("put", name, Some(text)).await.map(drop)
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.ask("remove", name, None).await.map(drop)
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let answer = self.ask("names", prefix, None).await?;
        let list = answer.dyn_into::<Array>().map_err(|_| failed("names answers no list".to_owned()))?;
        let mut names = Vec::new();
        for name in list.iter() {
            let name = name.as_string().ok_or_else(|| failed("names lists what is no text".to_owned()))?;
            // The app may leave the choice to us, or list a name twice.
            if name.starts_with(prefix) && !names.contains(&name) {
                names.push(name);
            }
        }
        sort_by_key(&mut names, String::clone);
        Ok(names)
    }
}

fn failed(detail: String) -> StoreError {
    StoreError::Failed { detail: format!("the app's store: {detail}") }
}
