//! Sealing under a WebCrypto key that scripts cannot export: AES-256-GCM, one wrapping key per session, a fresh IV per write.
//!
//! Key bytes leave wasm memory only into `encrypt`, and come back only from `decrypt`; the array between is wiped before anything else
//! runs. The functions are taken once, when this is made.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Function, Object, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::error::described;
use super::global::{self, method, object, promised, property};
use super::indexed_db::{IndexedDb, KEYS};
use crate::host::{SealError, Sealer};
use crate::key::SessionKey;

const ALGORITHM: &str = "AES-GCM";
/// Bytes of the initialisation vector: 96 bits, drawn afresh for every write.
const IV_LENGTH: usize = 12;
const KEY_LENGTH: u32 = 32;

/// Seals under keys of WebCrypto.
#[derive(Debug)]
pub struct WebCryptoSealer {
    subtle: JsValue,
    generate_key: Function,
    encrypt: Function,
    decrypt: Function,
    keys: WrappingKeys,
}

/// Where wrapping keys are.
#[derive(Debug)]
enum WrappingKeys {
    Memory(RefCell<BTreeMap<String, JsValue>>),
    Database(Rc<IndexedDb>),
}

impl WebCryptoSealer {
    /// Wrapping keys in memory.
    ///
    /// # Errors
    /// [`SealError::NoWebCrypto`].
    pub fn in_memory() -> Result<Self, SealError> {
        Self::new(WrappingKeys::Memory(RefCell::default()))
    }

    /// Wrapping keys in IndexedDB.
    ///
    /// # Errors
    /// [`SealError::NoWebCrypto`].
    pub fn in_database(database: Rc<IndexedDb>) -> Result<Self, SealError> {
        Self::new(WrappingKeys::Database(database))
    }

    fn new(keys: WrappingKeys) -> Result<Self, SealError> {
        let subtle = property(&global::get("crypto"), "subtle");
        let function = |name| method(&subtle, name).ok_or(SealError::NoWebCrypto);
        let (generate_key, encrypt, decrypt) =
            (function("generateKey")?, function("encrypt")?, function("decrypt")?);
        Ok(Self { subtle, generate_key, encrypt, decrypt, keys })
    }

    /// A new wrapping key, stored under `id`.
    async fn new_wrapping_key(&self, id: &str) -> Result<JsValue, SealError> {
        let algorithm = object(&[("name", JsValue::from_str(ALGORITHM)), ("length", JsValue::from(256))]);
        let usages = Array::of2(&JsValue::from_str("encrypt"), &JsValue::from_str("decrypt"));
        let made = self.generate_key.call3(&self.subtle, &algorithm, &JsValue::FALSE, &usages);
        let key = promised(made).await.map_err(|thrown| failed(&thrown))?;
        match &self.keys {
            WrappingKeys::Memory(keys) => {
                keys.borrow_mut().insert(id.to_owned(), key.clone());
            }
            WrappingKeys::Database(database) => database.put_value(KEYS, id, &key).await?,
        }
        Ok(key)
    }

    async fn wrapping_key(&self, id: &str) -> Result<JsValue, SealError> {
        let key = match &self.keys {
            WrappingKeys::Memory(keys) => keys.borrow().get(id).cloned().unwrap_or(JsValue::UNDEFINED),
            WrappingKeys::Database(database) => database.get_value(KEYS, id).await?,
        };
        if key.is_object() { Ok(key) } else { Err(SealError::NoWrappingKey) }
    }
}

impl Sealer for WebCryptoSealer {
    async fn seal(&self, id: &str, key: &SessionKey, bound: &[u8]) -> Result<Vec<u8>, SealError> {
        let wrapping_key = match self.wrapping_key(id).await {
            Err(SealError::NoWrappingKey) => self.new_wrapping_key(id).await?,
            found => found?,
        };
        let mut iv = [0; IV_LENGTH];
        getrandom::fill(&mut iv).map_err(|_| SealError::NoWebCrypto)?;
        let algorithm = algorithm(&iv, bound);
        let plain = Uint8Array::new_with_length(KEY_LENGTH);
        key.with_secret(|secret| plain.copy_from(secret));
        // WebCrypto copies its input before `encrypt` returns.
        let returned = self.encrypt.call3(&self.subtle, &algorithm, &wrapping_key, &plain);
        plain.fill(0, 0, KEY_LENGTH);
        let sealed = promised(returned).await.map_err(|thrown| failed(&thrown))?;
        let sealed = Uint8Array::new(&sealed.unchecked_into::<ArrayBuffer>());
        Ok([iv.as_slice(), &sealed.to_vec()].concat())
    }

    async fn open(&self, id: &str, sealed: &[u8], bound: &[u8]) -> Result<SessionKey, SealError> {
        let wrapping_key = self.wrapping_key(id).await?;
        let (iv, sealed) = sealed.split_first_chunk::<IV_LENGTH>().ok_or(SealError::NotOpened)?;
        let returned =
            self.decrypt.call3(&self.subtle, &algorithm(iv, bound), &wrapping_key, &Uint8Array::from(sealed));
        // Whatever it says: the one thing that can be wrong with these arguments is that they do not belong together.
        let opened = promised(returned).await.map_err(|_| SealError::NotOpened)?;
        let plain = Uint8Array::new(&opened.unchecked_into::<ArrayBuffer>());
        if plain.length() != KEY_LENGTH {
            return Err(SealError::NotOpened);
        }
        let key = SessionKey::read(|buffer| {
            plain.copy_to(buffer);
            plain.fill(0, 0, KEY_LENGTH);
        });
        key.map_err(|_| SealError::NotOpened)
    }

    async fn forget(&self, id: &str) -> Result<(), SealError> {
        match &self.keys {
            WrappingKeys::Memory(keys) => {
                keys.borrow_mut().remove(id);
                Ok(())
            }
            WrappingKeys::Database(database) => Ok(database.remove_value(KEYS, id).await?),
        }
    }
}

/// `{ name, iv, additionalData }`.
fn algorithm(iv: &[u8; IV_LENGTH], bound: &[u8]) -> Object {
    object(&[
        ("name", JsValue::from_str(ALGORITHM)),
        ("iv", Uint8Array::from(iv.as_slice()).into()),
        ("additionalData", Uint8Array::from(bound).into()),
    ])
}

fn failed(thrown: &JsValue) -> SealError {
    SealError::Failed { detail: described(thrown) }
}
