//! Sealing without a cipher.

use std::cell::RefCell;
use std::collections::BTreeMap;

use alloy_primitives::keccak256;

use super::Faults;
use crate::host::{SealError, Sealer};
use crate::key::SessionKey;

/// Keeps a copy of each key and gives it back only for the same name, bytes and binding; puts a checksum before other bytes.
#[derive(Debug, Default)]
pub struct PlainSealer {
    keys: RefCell<BTreeMap<String, [u8; 32]>>,
    faults: Faults,
}

impl PlainSealer {
    /// One without keys.
    #[must_use]
    pub fn new(faults: Faults) -> Self {
        Self { keys: RefCell::default(), faults }
    }

    /// Another one with the same keys.
    #[must_use]
    pub fn copied(&self, faults: Faults) -> Self {
        Self { keys: self.keys.clone(), faults }
    }

    /// How many keys can still be opened.
    #[must_use]
    pub fn held(&self) -> usize {
        self.keys.borrow().len()
    }

    /// Loses every key, as a browser that clears its storage.
    pub fn lose_all(&self) {
        self.keys.borrow_mut().clear();
    }

    fn key(&self, name: &str) -> Result<[u8; 32], SealError> {
        self.keys.borrow().get(name).copied().ok_or(SealError::NoWrappingKey)
    }
}

/// Of everything that must be the same again.
fn tag(key: &[u8; 32], plain: &[u8], bound: &[u8]) -> [u8; 32] {
    keccak256([key.as_slice(), &keccak256(bound).0, plain].concat()).0
}

impl Sealer for PlainSealer {
    async fn seal_key(&self, name: &str, key: &SessionKey, bound: &[u8]) -> Result<Vec<u8>, SealError> {
        let work = async {
            let secret = key.with_secret(|secret| *secret);
            self.keys.borrow_mut().insert(name.to_owned(), secret);
            Ok(tag(&secret, &[], bound).to_vec())
        };
        self.faults.step(work).await
    }

    async fn open_key(&self, name: &str, sealed: &[u8], bound: &[u8]) -> Result<SessionKey, SealError> {
        let work = async {
            let secret = self.key(name)?;
            if sealed != tag(&secret, &[], bound) {
                return Err(SealError::NotOpened);
            }
            SessionKey::read(|buffer| buffer.copy_from_slice(&secret)).map_err(|_| SealError::NotOpened)
        };
        self.faults.step(work).await
    }

    async fn seal(&self, name: &str, plain: &[u8], bound: &[u8]) -> Result<Vec<u8>, SealError> {
        let work = async { Ok([tag(&self.key(name)?, plain, bound).as_slice(), plain].concat()) };
        self.faults.step(work).await
    }

    async fn open(&self, name: &str, sealed: &[u8], bound: &[u8]) -> Result<Vec<u8>, SealError> {
        let work = async {
            let (found, plain) = sealed.split_first_chunk::<32>().ok_or(SealError::NotOpened)?;
            match *found == tag(&self.key(name)?, plain, bound) {
                true => Ok(plain.to_vec()),
                false => Err(SealError::NotOpened),
            }
        };
        self.faults.step(work).await
    }

    fn rest(&self, _: &str) {}

    async fn forget(&self, name: &str) -> Result<(), SealError> {
        let work = async {
            self.keys.borrow_mut().remove(name);
            Ok(())
        };
        self.faults.step(work).await
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, SealError> {
        let names = |keys: &BTreeMap<String, _>| {
            keys.keys().filter(|name| name.starts_with(prefix)).cloned().collect()
        };
        self.faults.step(async { Ok(names(&self.keys.borrow())) }).await
    }
}
