//! For benchmarks: a session key with imported bytes, and its hot path. Not in the npm package.

use alloy_primitives::{Address, B256, keccak256};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::error::throw;
use super::userop::hash;
use crate::call::Call;
use crate::hex;
use crate::key::{SessionKey, SigningDigest, personal_message_hash};
use crate::scope::Scope;
use crate::userop::EntryPointVersion;

/// A session key of known bytes.
#[wasm_bindgen]
#[derive(Debug)]
pub struct TestingKey(SessionKey);

#[wasm_bindgen]
impl TestingKey {
    /// Imports 32 bytes.
    ///
    /// # Errors
    /// Throws `key.out-of-range`.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: &[u8]) -> Result<Self, JsValue> {
        let bytes = bytes.try_into().map_err(|_| throw(crate::key::KeyError::OutOfRange))?;
        SessionKey::import(bytes).map(Self).map_err(throw)
    }

    /// `r ‖ s ‖ v` over 32 bytes.
    ///
    /// # Errors
    /// Throws `key.self-check`.
    pub fn sign(&self, digest: &[u8]) -> Result<Vec<u8>, JsValue> {
        let digest = SigningDigest::raw(B256::try_from(digest).unwrap_or_default());
        Ok(self.0.sign(&digest).map_err(throw)?.to_bytes().to_vec())
    }

    /// `r ‖ s ‖ v` over the personal-message form of an operation's hash.
    ///
    /// # Errors
    /// Throws as `userOperationHash` and [`TestingKey::sign`].
    #[wasm_bindgen(js_name = hashSign)]
    pub fn hash_sign(&self, operation: &str, entry_point: &str, chain_id: &str) -> Result<Vec<u8>, JsValue> {
        let version: EntryPointVersion = entry_point.parse().map_err(throw)?;
        let chain_id = hex::parse_quantity(chain_id).map_err(throw)?;
        let hash = hash(operation, version, u64::try_from(chain_id).unwrap_or_default())?;
        let digest = SigningDigest::raw(personal_message_hash(hash.as_b256().as_slice()));
        Ok(self.0.sign(&digest).map_err(throw)?.to_bytes().to_vec())
    }
}

/// A scope of many rules, and a call that the one in the middle allows.
#[wasm_bindgen]
#[derive(Debug)]
pub struct TestingScope {
    scope: Scope,
    calls: Vec<Call>,
}

#[wasm_bindgen]
impl TestingScope {
    /// With this many rules of two conditions each.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(rules: usize) -> Self {
        let (scope, call) = crate::testing::many_rules(rules);
        Self { scope, calls: vec![call] }
    }

    /// Number of violations.
    #[must_use]
    pub fn check(&self) -> usize {
        self.scope.check_calls(Address::ZERO, &self.calls).len()
    }
}

/// Makes a key and gives its address.
///
/// # Errors
/// Throws `key.no-randomness`.
#[wasm_bindgen(js_name = testingKeygen)]
pub fn keygen() -> Result<Vec<u8>, JsValue> {
    Ok(SessionKey::generate().map_err(throw)?.address().to_vec())
}

/// keccak-256.
#[wasm_bindgen(js_name = testingKeccak)]
#[must_use]
pub fn keccak(data: &[u8]) -> Vec<u8> {
    keccak256(data).to_vec()
}
