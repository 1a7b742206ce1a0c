//! The part of sealing that JavaScript does: see `vault.js`.
//!
//! Key bytes leave wasm memory only into `encrypt`, read where they lie, and come back only from `decrypt`, written where they belong.
//! What passes between here and there is where, never the bytes.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::error::described;
use crate::host::SealError;
use crate::key::SessionKey;

/// Bytes of the initialisation vector: 96 bits, drawn afresh for every write.
const IV_LENGTH: usize = 12;

#[wasm_bindgen(module = "/src/browser/vault.js")]
extern "C" {
    #[wasm_bindgen(js_name = hasWebCrypto)]
    pub(super) fn has_web_crypto() -> bool;
    #[wasm_bindgen(js_name = hasPasskeys)]
    pub(super) fn has_passkeys() -> bool;
    #[wasm_bindgen(js_name = newKey)]
    fn new_key_js() -> Promise;
    #[wasm_bindgen(js_name = sealBytes)]
    fn seal_bytes(key: &JsValue, memory: &JsValue, at: u32, length: u32, bound: &[u8]) -> Promise;
    #[wasm_bindgen(js_name = openBytes)]
    fn open_bytes(key: &JsValue, iv: &[u8], sealed: &[u8], bound: &[u8]) -> Promise;
    #[wasm_bindgen(js_name = openedLength)]
    fn opened_length(slot: &JsValue) -> u32;
    #[wasm_bindgen(js_name = takeOpened)]
    fn take_opened(slot: &JsValue, memory: &JsValue, at: u32, length: u32) -> bool;
    #[wasm_bindgen(js_name = createPasskey)]
    fn create_passkey_js(app: &str, salt: &[u8], info: &[u8]) -> Promise;
    #[wasm_bindgen(js_name = usePasskey)]
    fn use_passkey_js(passkey: &JsValue, salt: &[u8], info: &[u8]) -> Promise;
}

/// A wrapping key that scripts cannot export.
pub(super) async fn new_key() -> Result<JsValue, SealError> {
    resolved(new_key_js()).await
}

/// Seals a session key under a wrapping key.
pub(super) async fn seal_key(
    wrapping: &JsValue,
    key: &SessionKey,
    bound: &[u8],
) -> Result<Vec<u8>, SealError> {
    // The bytes are read before the call returns.
    let sealing = key.with_secret(|secret| begin_sealing(wrapping, secret, bound));
    sealed_bytes(sealing).await
}

/// Seals other bytes under a wrapping key.
pub(super) async fn seal(wrapping: &JsValue, plain: &[u8], bound: &[u8]) -> Result<Vec<u8>, SealError> {
    sealed_bytes(begin_sealing(wrapping, plain, bound)).await
}

/// Opens a session key.
pub(super) async fn open_key(
    wrapping: &JsValue,
    sealed: &[u8],
    bound: &[u8],
) -> Result<SessionKey, SealError> {
    let slot = opened(wrapping, sealed, bound).await?;
    let mut is_whole = false;
    let key = SessionKey::read(|buffer| is_whole = take(&slot, buffer));
    key.ok().filter(|_| is_whole).ok_or(SealError::NotOpened)
}

/// Opens other bytes.
pub(super) async fn open(wrapping: &JsValue, sealed: &[u8], bound: &[u8]) -> Result<Vec<u8>, SealError> {
    let slot = opened(wrapping, sealed, bound).await?;
    let length = usize::try_from(opened_length(&slot)).unwrap_or_default();
    let mut plain = vec![0; length];
    if take(&slot, &mut plain) { Ok(plain) } else { Err(SealError::NotOpened) }
}

/// A new passkey, and the key that it derives or the reason why it did not. Asks the user once or twice.
pub(super) async fn create_passkey(
    app: &str,
    salt: &[u8],
    info: &[u8],
) -> Result<(JsValue, Result<JsValue, SealError>), SealError> {
    let made: js_sys::Array = resolved(create_passkey_js(app, salt, info)).await?.unchecked_into();
    Ok((made.get(0), refused(made.get(1))))
}

/// The key that a passkey derives. Asks the user.
pub(super) async fn use_passkey(passkey: &JsValue, salt: &[u8], info: &[u8]) -> Result<JsValue, SealError> {
    resolved(use_passkey_js(passkey, salt, info)).await
}

fn begin_sealing(wrapping: &JsValue, plain: &[u8], bound: &[u8]) -> Promise {
    let (at, length) = (address(plain.as_ptr()), size(plain));
    seal_bytes(wrapping, &wasm_bindgen::memory(), at, length, bound)
}

async fn sealed_bytes(sealing: Promise) -> Result<Vec<u8>, SealError> {
    Ok(resolved(sealing).await?.unchecked_into::<Uint8Array>().to_vec())
}

/// Where opened bytes wait.
async fn opened(wrapping: &JsValue, sealed: &[u8], bound: &[u8]) -> Result<JsValue, SealError> {
    let (iv, sealed) = sealed.split_first_chunk::<IV_LENGTH>().ok_or(SealError::NotOpened)?;
    resolved(open_bytes(wrapping, iv, sealed, bound)).await
}

/// Moves opened bytes into `buffer`, if they are exactly as many.
fn take(slot: &JsValue, buffer: &mut [u8]) -> bool {
    let length = size(buffer);
    take_opened(slot, &wasm_bindgen::memory(), address(buffer.as_mut_ptr()), length)
}

/// A place in wasm memory as JavaScript counts it. Exposed, so that what JavaScript reads and writes there counts as such.
fn address(place: *const u8) -> u32 {
    u32::try_from(place.expose_provenance()).unwrap_or_default()
}

fn size(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or_default()
}

/// What a function of the vault resolves to.
async fn resolved(promise: Promise) -> Result<JsValue, SealError> {
    match JsFuture::from(promise).await {
        Ok(value) => refused(value),
        Err(thrown) => Err(SealError::Failed { detail: described(&thrown) }),
    }
}

/// A text says why there is nothing else.
fn refused(value: JsValue) -> Result<JsValue, SealError> {
    let Some(text) = value.as_string() else { return Ok(value) };
    let (code, detail) = text.split_once(':').unwrap_or((&text, ""));
    let detail = detail.to_owned();
    Err(match code {
        "no-webcrypto" => SealError::NoWebCrypto,
        "not-opened" => SealError::NotOpened,
        "no-passkey" => SealError::NoPasskey { detail },
        "passkey-declined" => SealError::PasskeyDeclined,
        _ => SealError::Failed { detail },
    })
}
