//! P-256 session keys of WebCrypto that scripts cannot export, kept as handles beside the wrapping keys.
//!
//! The private half never was bytes anywhere that this package or the page can read. What signs and checks is
//! in `p256.js`, which takes the browser's functions once, when it loads.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use super::error::described;
use super::indexed_db::{IndexedDb, KEYS};
use crate::host::{P256Keys, SealError};
use crate::key::{P256PublicKey, P256Signature, Sha256Of};

/// What names of key pairs start with in the object store that they share with wrapping keys.
const PREFIX: &str = "p256/";

#[wasm_bindgen(module = "/src/browser/p256.js")]
extern "C" {
    fn offered() -> bool;
    fn generate() -> Promise;
    #[wasm_bindgen(js_name = publicPoint)]
    fn public_point(pair: &JsValue) -> Promise;
    fn sign(pair: &JsValue, message: &[u8]) -> Promise;
    fn verify(pair: &JsValue, signature: &[u8], message: &[u8]) -> Promise;
}

/// P-256 keys of WebCrypto. No handle leaves this type but into the database.
#[derive(Debug)]
pub struct WebCryptoP256(Pairs);

/// Where key pairs are.
#[derive(Debug)]
enum Pairs {
    Memory(RefCell<BTreeMap<String, JsValue>>),
    Database(Rc<IndexedDb>),
}

impl WebCryptoP256 {
    /// Keys in memory: gone with the page.
    ///
    /// # Errors
    /// [`SealError::NoWebCrypto`].
    pub fn in_memory() -> Result<Self, SealError> {
        Self::new(Pairs::Memory(RefCell::default()))
    }

    /// Keys in IndexedDB.
    ///
    /// # Errors
    /// [`SealError::NoWebCrypto`].
    pub fn in_database(database: Rc<IndexedDb>) -> Result<Self, SealError> {
        Self::new(Pairs::Database(database))
    }

    fn new(pairs: Pairs) -> Result<Self, SealError> {
        if offered() { Ok(Self(pairs)) } else { Err(SealError::NoWebCrypto) }
    }

    async fn pair(&self, name: &str) -> Result<JsValue, SealError> {
        let name = stored_name(name);
        let pair = match &self.0 {
            Pairs::Memory(pairs) => pairs.borrow().get(&name).cloned().unwrap_or(JsValue::UNDEFINED),
            Pairs::Database(database) => database.get_value(KEYS, &name).await?,
        };
        if pair.is_undefined() { Err(SealError::NoWrappingKey) } else { Ok(pair) }
    }
}

impl P256Keys for WebCryptoP256 {
    async fn create(&self, name: &str) -> Result<P256PublicKey, SealError> {
        let pair = JsFuture::from(generate()).await.map_err(|thrown| failed(&thrown))?;
        let key = public_half(&pair).await?;
        let name = stored_name(name);
        match &self.0 {
            Pairs::Memory(pairs) => {
                pairs.borrow_mut().insert(name, pair);
            }
            Pairs::Database(database) => database.put_value(KEYS, &name, &pair).await?,
        }
        Ok(key)
    }

    async fn public_key(&self, name: &str) -> Result<P256PublicKey, SealError> {
        public_half(&self.pair(name).await?).await
    }

    async fn sign(
        &self,
        name: &str,
        key: &P256PublicKey,
        hash: &Sha256Of,
    ) -> Result<P256Signature, SealError> {
        let pair = self.pair(name).await?;
        if public_half(&pair).await? != *key {
            return Err(SealError::NotOpened);
        }
        // Whatever it says: the one thing that can be wrong here is the stored pair.
        let signed = JsFuture::from(sign(&pair, hash.preimage())).await.map_err(|_| SealError::NotOpened)?;
        let signature = P256Signature::normalised(&bytes(&signed)?)
            .map_err(|fault| SealError::Failed { detail: fault.to_string() })?;
        // A pair whose halves do not belong together signs too.
        let checked = verify(&pair, &signature.to_bytes(), hash.preimage());
        let holds = JsFuture::from(checked).await.map_err(|_| SealError::NotOpened)?;
        if holds.as_bool() == Some(true) { Ok(signature) } else { Err(SealError::NotOpened) }
    }

    async fn forget(&self, name: &str) -> Result<(), SealError> {
        let name = stored_name(name);
        match &self.0 {
            Pairs::Memory(pairs) => {
                pairs.borrow_mut().remove(&name);
                Ok(())
            }
            Pairs::Database(database) => Ok(database.remove_value(KEYS, &name).await?),
        }
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, SealError> {
        let prefix = stored_name(prefix);
        let found: Vec<String> = match &self.0 {
            Pairs::Memory(pairs) => {
                pairs.borrow().keys().filter(|name| name.starts_with(&prefix)).cloned().collect()
            }
            Pairs::Database(database) => database.names_in(KEYS, &prefix).await?,
        };
        Ok(found.iter().filter_map(|name| name.strip_prefix(PREFIX)).map(str::to_owned).collect())
    }
}

fn stored_name(name: &str) -> String {
    format!("{PREFIX}{name}")
}

/// The public half of what is stored; [`SealError::NotOpened`] when that is no key pair.
async fn public_half(pair: &JsValue) -> Result<P256PublicKey, SealError> {
    let point = JsFuture::from(public_point(pair)).await.map_err(|_| SealError::NotOpened)?;
    P256PublicKey::from_sec1(&Uint8Array::new(&point).to_vec()).map_err(|_| SealError::NotOpened)
}

/// Copies an array buffer of `N` bytes.
fn bytes<const N: usize>(buffer: &JsValue) -> Result<[u8; N], SealError> {
    let bytes = Uint8Array::new(buffer).to_vec();
    bytes.try_into().map_err(|bytes: Vec<u8>| SealError::Failed {
        detail: format!("{} bytes where {N} were expected", bytes.len()),
    })
}

fn failed(thrown: &JsValue) -> SealError {
    SealError::Failed { detail: described(thrown) }
}
