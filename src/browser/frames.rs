//! Who frames this page (threat model, rule 14): a key is sealed and opened only where every frame around is of the page's own origin
//! or of one that was allowed by name.

use wasm_bindgen::JsValue;

use super::global::{self, method, property};
use crate::host::SealError;

/// What a frame is called whose origin the browser does not tell.
const UNKNOWN: &str = "an unknown origin";
/// More frames than any page is in; ends the walk to the top in any case.
const MOST_FRAMES: u32 = 64;

/// Refuses where a frame around is of another origin than the page's own or those in `allowed`. Workers have no frame around that they
/// could see.
pub(super) fn check(allowed: &[String]) -> Result<(), SealError> {
    match foreign_ancestor(allowed) {
        Some(by) => Err(SealError::Framed { by }),
        None => Ok(()),
    }
}

fn foreign_ancestor(allowed: &[String]) -> Option<String> {
    let window = global::get("window");
    let top = property(&window, "top");
    if !window.is_object() || !global::get("document").is_object() || !top.is_object() || top == window {
        return None;
    }
    let location = global::get("location");
    let own = property(&location, "origin").as_string().filter(|origin| origin != "null");
    let is_foreign = |origin: &String| {
        let named = allowed.iter().any(|allowed| allowed.trim_end_matches('/') == origin);
        !named && own.as_ref() != Some(origin)
    };
    match ancestor_origins(&property(&location, "ancestorOrigins")) {
        Some(origins) => origins.into_iter().find(is_foreign),
        None => walk(&window, is_foreign),
    }
}

/// Origins of all frames around, the nearest first, where the browser lists them.
fn ancestor_origins(list: &JsValue) -> Option<Vec<String>> {
    let item = method(list, "item")?;
    let mut origins = Vec::new();
    for index in 0..MOST_FRAMES {
        match item.call1(list, &JsValue::from(index)).ok()?.as_string() {
            Some(origin) => origins.push(origin),
            None => break,
        }
    }
    // Framed, yet no frame is listed: nothing is known.
    Some(origins).filter(|origins| !origins.is_empty())
}

/// From frame to frame up to the top. Only windows of the own origin tell theirs; of others, only the nearest may be known, as the one
/// that the page was opened from.
fn walk(window: &JsValue, is_foreign: impl Fn(&String) -> bool) -> Option<String> {
    let mut frame = window.clone();
    for depth in 0..MOST_FRAMES {
        let parent = property(&frame, "parent");
        if !parent.is_object() {
            return Some(UNKNOWN.to_owned());
        }
        if parent == frame {
            return None;
        }
        let told = property(&property(&parent, "location"), "origin").as_string();
        let referrer = || if depth == 0 { origin_of_referrer() } else { None };
        let is_told = told.is_some();
        let Some(origin) = told.or_else(referrer) else { return Some(UNKNOWN.to_owned()) };
        if is_foreign(&origin) {
            return Some(origin);
        }
        // A page that navigated within its frame has itself as referrer, which says nothing of a frame that does not tell its origin.
        if !is_told && property(&global::get("location"), "origin").as_string() == Some(origin) {
            return Some(UNKNOWN.to_owned());
        }
        frame = parent;
    }
    Some(UNKNOWN.to_owned())
}

fn origin_of_referrer() -> Option<String> {
    let referrer = property(&global::get("document"), "referrer").as_string()?;
    let origin = crate::host::origin_of(&referrer);
    (!origin.is_empty()).then(|| origin.to_owned())
}
