//! What a page is set up with, and which tier it can have.

use std::fmt;

use js_sys::Function;
use wasm_bindgen::JsValue;

use super::global::{self, property};
use super::tiers::{Place, Places};
use super::{Custody, Downgrade, IndexedDb, SessionStorage, is_shared_host, vault};
use crate::host::SealError;

/// How an app sets up its place in a browser.
pub struct BrowserOptions {
    /// Name of the app on its origin.
    pub app: String,
    /// Tier asked for by name; `None` takes `Tab` in windows and `Memory` elsewhere.
    pub custody: Option<Custody>,
    /// `undefined`, or an object with `get`, `put`, `remove` and `names`, see [`super::CustomStore`]. It goes before `custody`.
    pub custom_store: JsValue,
    /// Origins that may frame the page, such as `https://portal.example`.
    pub allowed_frames: Vec<String>,
    /// Called at each downgrade with four texts: names of the tier before and after, code, message.
    pub on_downgrade: Option<Function>,
}

/// Without what the app's objects hold.
impl fmt::Debug for BrowserOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowserOptions")
            .field("app", &self.app)
            .field("custody", &self.custody)
            .field("allowed_frames", &self.allowed_frames)
            .finish_non_exhaustive()
    }
}

/// The tier where none is asked for. A window whose storage is switched off goes down from `Tab`, so that it is told.
pub(super) fn usual_custody() -> Custody {
    if global::get("document").is_object() { Custody::Tab } else { Custody::Memory }
}

/// The way down from a tier that this place does not offer; `None` where it does.
pub(super) fn offered(asked: Custody, places: &Places) -> Option<Downgrade> {
    let location = global::get("location");
    let text = |name| property(&location, name).as_string().unwrap_or_default();
    let host = text("hostname");
    let stays = matches!(asked, Custody::Device | Custody::Passkey);
    if stays && is_shared_host(&host, &text("pathname")) {
        let message = format!("unrelated apps share {host}, so nothing is kept there");
        return Some(Downgrade { from: asked, to: Custody::Memory, code: "shared-host", message });
    }
    let cause = match asked {
        Custody::Memory | Custody::Custom => return None,
        _ if !places.has(Place::Database) => SealError::Store(IndexedDb::missing()),
        Custody::Tab if !places.has(Place::Session) => SealError::Store(SessionStorage::missing()),
        Custody::Passkey if !vault::has_passkeys() => {
            SealError::NoPasskey { detail: "the browser offers no WebAuthn here".to_owned() }
        }
        Custody::Tab | Custody::Device | Custody::Passkey => return None,
    };
    let (to, code) = asked.below(&cause, false)?;
    Some(Downgrade { from: asked, to, code, message: cause.to_string() })
}
