//! What an app gives, once it is known to be plain data: JSON text, read strictly. Nothing that is not known is passed over.

use wasm_bindgen::JsValue;

use super::error::throw;
use crate::error::Error;
use crate::json::{self, JsonError, Node};
use crate::scope::Scope;
use crate::session::{SessionError, SessionFault};
use crate::time::Timestamp;

/// Reads the options of a call; names beside `known` are refused. Paths begin with the name of an option.
pub(super) fn read<T>(
    text: &str,
    known: &[&str],
    read: impl FnOnce(Node<'_>) -> Result<T, Error>,
) -> Result<T, JsValue> {
    let options = || {
        let value = json::parse(text, "")?;
        let root = Node::root(&value, "");
        root.deny_unknown_beside(known, &["owner", "onStage", "signal"])?;
        read(root)
    };
    options().map_err(throw)
}

/// The option `scope`.
pub(super) fn scope(root: Node<'_>) -> Result<Scope, Error> {
    let scope = root.field("scope", |node| Ok(Scope::from_json(node.value())))?;
    scope.map_err(|fault| SessionError::from(SessionFault::Scope(fault)).into())
}

/// A point in time, by the clock of this device.
pub(super) fn time(node: Node<'_>) -> Result<Timestamp, JsonError> {
    use crate::host::Clock;
    json::instant(node, crate::browser::BrowserClock.now())
}
