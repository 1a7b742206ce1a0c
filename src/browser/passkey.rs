//! Wrapping keys that a passkey derives (WebAuthn, PRF extension): one passkey for each app on the origin, one salt for each session.
//!
//! The passkey's secret goes through HKDF-SHA-256, bound to the session's name, into an AES-GCM key that scripts cannot export. The
//! handle of that key is kept until the session rests, so a resume takes one gesture. A passkey that the user deleted cannot be told
//! from a prompt that the user closed.

use wasm_bindgen::JsValue;

use super::vault;
use super::wrapping_keys::{Guard, WrappingKeys};
use crate::host::{LocalLocks, Locks, Named, SealError};

const SALT_LENGTH: usize = 32;

/// Passkeys of one app.
#[derive(Debug)]
pub(super) struct Passkeys {
    app: String,
    /// Derived keys of sessions that do not rest.
    derived: Named<JsValue>,
    /// The browser shows one prompt at a time and refuses a second.
    prompts: LocalLocks,
}

impl Passkeys {
    pub(super) fn new(app: &str) -> Self {
        Self { app: app.to_owned(), derived: Named::default(), prompts: LocalLocks::default() }
    }

    /// What will guard a new session; the app's passkey is made if there is none. The key it derives is kept.
    pub(super) async fn guard(&self, name: &str, keys: &WrappingKeys) -> Result<Guard, SealError> {
        let mut salt = vec![0; SALT_LENGTH];
        crate::random::fill(&mut salt).map_err(|_| SealError::NoWebCrypto)?;
        let _alone = self.prompts.acquire("").await;
        let (passkey, key) = match keys.passkey(&self.app).await? {
            Some(passkey) => {
                let key = vault::use_passkey(&passkey, &salt, &info(name)).await;
                (passkey, key)
            }
            None => {
                let (passkey, key) = vault::create_passkey(&self.app, &salt, &info(name)).await?;
                // One that derives nothing is of no use another time.
                if !matches!(key, Err(SealError::NoPasskey { .. })) {
                    keys.put_passkey(&self.app, &passkey).await?;
                }
                (passkey, key)
            }
        };
        self.derived.put(name, key?);
        Ok(Guard { passkey, salt })
    }

    /// The key that wraps a session key; asks the user unless it was derived since the session last rested.
    pub(super) async fn key(&self, name: &str, guard: &Guard) -> Result<JsValue, SealError> {
        let _alone = self.prompts.acquire("").await;
        let held = self.derived.get(name);
        if let Some(key) = held {
            return Ok(key);
        }
        let key = vault::use_passkey(&guard.passkey, &guard.salt, &info(name)).await?;
        self.derived.put(name, key.clone());
        Ok(key)
    }

    pub(super) fn has_key(&self, name: &str) -> bool {
        self.derived.holds(name)
    }

    pub(super) fn rest(&self, name: &str) {
        self.derived.remove(name);
    }
}

/// What a derived key is bound to.
fn info(name: &str) -> Vec<u8> {
    format!("hallpass\0{name}").into_bytes()
}
