//! Sealing under a WebCrypto key that scripts cannot export: AES-256-GCM, one wrapping key per session, a fresh IV per write.

use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::passkey::Passkeys;
use super::tiers::Tiers;
use super::wrapping_keys::{Entry, WrappingKeys};
use super::{Custody, IndexedDb, frames, vault};
use crate::host::{Named, SealError, Sealer};
use crate::key::SessionKey;

/// Seals under keys of WebCrypto.
#[derive(Debug)]
pub struct WebCryptoSealer {
    keys: WrappingKeys,
    tiers: Rc<Tiers>,
    passkeys: Passkeys,
    /// Whether a passkey guards the key of a name, as far as it was looked up.
    guarded: Named<bool>,
    allowed_frames: Vec<String>,
}

impl WebCryptoSealer {
    /// Wrapping keys in memory.
    ///
    /// # Errors
    /// [`SealError::NoWebCrypto`].
    pub fn in_memory() -> Result<Self, SealError> {
        Self::new("", None, Tiers::new(Custody::Memory), Vec::new())
    }

    /// Wrapping keys in IndexedDB.
    ///
    /// # Errors
    /// [`SealError::NoWebCrypto`].
    pub fn in_database(database: Rc<IndexedDb>) -> Result<Self, SealError> {
        Self::new("", Some(database), Tiers::new(Custody::Device), Vec::new())
    }

    pub(super) fn new(
        app: &str,
        database: Option<Rc<IndexedDb>>,
        tiers: Rc<Tiers>,
        allowed_frames: Vec<String>,
    ) -> Result<Self, SealError> {
        if !vault::has_web_crypto() {
            return Err(SealError::NoWebCrypto);
        }
        let keys = WrappingKeys::new(database, Rc::clone(&tiers));
        let passkeys = Passkeys::new(app);
        Ok(Self { keys, tiers, passkeys, guarded: Named::default(), allowed_frames })
    }

    /// Whether a passkey guards the key of this name. Of names that were not looked up yet, the tier that this page began with tells.
    pub(super) fn is_guarded(&self, name: &str) -> bool {
        let known = self.guarded.get(name);
        known.unwrap_or(self.tiers.top() == Custody::Passkey)
    }

    /// Whether the key of this name opens without a gesture.
    pub(super) fn opens_silently(&self, name: &str) -> bool {
        !self.is_guarded(name) || self.passkeys.has_key(name)
    }

    async fn look_up(&self, name: &str) -> Result<Option<Entry>, SealError> {
        let entry = self.keys.get(name).await?;
        if let Some(entry) = &entry {
            self.guarded.put(name, entry.guard.is_some());
        }
        Ok(entry)
    }

    async fn entry(&self, name: &str) -> Result<Entry, SealError> {
        self.look_up(name).await?.ok_or(SealError::NoWrappingKey)
    }

    async fn new_entry(&self, name: &str) -> Result<Entry, SealError> {
        let guard = match self.tiers.current() {
            Custody::Passkey => Some(self.passkeys.guard(name, &self.keys).await?),
            _ => None,
        };
        let entry = Entry { key: vault::new_key().await?, guard };
        self.keys.put(name, &entry).await?;
        self.guarded.put(name, entry.guard.is_some());
        Ok(entry)
    }

    /// What wraps the session key of a name.
    async fn wrapping_key(&self, name: &str, entry: Entry) -> Result<JsValue, SealError> {
        match &entry.guard {
            Some(guard) => self.passkeys.key(name, guard).await,
            None => Ok(entry.key),
        }
    }
}

impl Sealer for WebCryptoSealer {
    async fn seal_key(&self, name: &str, key: &SessionKey, bound: &[u8]) -> Result<Vec<u8>, SealError> {
        frames::check(&self.allowed_frames)?;
        let entry = match self.look_up(name).await? {
            Some(entry) => entry,
            None => self.new_entry(name).await?,
        };
        vault::seal_key(&self.wrapping_key(name, entry).await?, key, bound).await
    }

    async fn open_key(&self, name: &str, sealed: &[u8], bound: &[u8]) -> Result<SessionKey, SealError> {
        frames::check(&self.allowed_frames)?;
        let entry = self.entry(name).await?;
        vault::open_key(&self.wrapping_key(name, entry).await?, sealed, bound).await
    }

    async fn seal(&self, name: &str, plain: &[u8], bound: &[u8]) -> Result<Vec<u8>, SealError> {
        vault::seal(&self.entry(name).await?.key, plain, bound).await
    }

    async fn open(&self, name: &str, sealed: &[u8], bound: &[u8]) -> Result<Vec<u8>, SealError> {
        vault::open(&self.entry(name).await?.key, sealed, bound).await
    }

    fn rest(&self, name: &str) {
        self.passkeys.rest(name);
    }

    async fn forget(&self, name: &str) -> Result<(), SealError> {
        self.passkeys.rest(name);
        self.keys.remove(name).await?;
        self.guarded.remove(name);
        Ok(())
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, SealError> {
        Ok(self.keys.names(prefix).await?)
    }
}
