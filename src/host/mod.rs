//! The seams to the outside: requests, storage, sealing, locks, time. Everything above works on these traits, so it runs natively
//! against scripted answers and in a browser against the real thing.
//!
//! Futures are not `Send`: a page has one thread. They own what they need, and dropping one cancels it.

mod locks;
mod memory;
mod rpc;

use std::time::Duration;

use serde_json::Value;

pub use locks::{LocalGuard, LocalLocks};
pub use memory::MemoryStore;
pub(crate) use rpc::read_result;
pub use rpc::{RpcError, batch};
#[cfg(target_arch = "wasm32")]
pub(crate) use rpc::{origin_of, read_answer, write_request};

use crate::key::SessionKey;
use crate::time::Timestamp;

/// A JSON-RPC endpoint: a node, a bundler, a paymaster, or a wallet (EIP-1193).
#[expect(
    async_fn_in_trait,
    reason = "single-threaded by design: no future of this crate is sent to another thread"
)]
pub trait Rpc {
    /// Asks for `method`. `params` is an array or an object.
    ///
    /// # Errors
    /// [`RpcError`] when there is no answer, or the answer is an error.
    async fn request(&self, method: &str, params: Value) -> Result<Value, RpcError>;
}

/// A wallet: an [`Rpc`] that also tells of changes (EIP-1193, "Events").
#[expect(
    async_fn_in_trait,
    reason = "single-threaded by design: no future of this crate is sent to another thread"
)]
pub trait Wallet: Rpc {
    /// Ends when the wallet next announces that its accounts or its chain changed.
    async fn changed(&self);
}

/// Named texts that outlive the page, or not: that is the implementation's promise.
#[expect(
    async_fn_in_trait,
    reason = "single-threaded by design: no future of this crate is sent to another thread"
)]
pub trait Store {
    /// The text under `name`.
    ///
    /// # Errors
    /// [`StoreError`] when the storage cannot be read.
    async fn get(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// Puts a text under `name`, whole or not at all.
    ///
    /// # Errors
    /// [`StoreError`] when the storage cannot be written; then the old text is still there.
    async fn put(&self, name: &str, text: &str) -> Result<(), StoreError>;

    /// Removes what is under `name`, if anything.
    ///
    /// # Errors
    /// [`StoreError`] when the storage cannot be written.
    async fn remove(&self, name: &str) -> Result<(), StoreError>;

    /// Names that start with `prefix`, sorted.
    ///
    /// # Errors
    /// [`StoreError`] when the storage cannot be read.
    async fn names(&self, prefix: &str) -> Result<Vec<String>, StoreError>;
}

/// Why storage fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The browser offers no such storage here (private mode, a sandboxed frame, a policy).
    #[error("this browser offers no {what} here: {detail}")]
    Unavailable {
        /// Which storage.
        what: &'static str,
        /// What the browser said.
        detail: String,
    },
    /// The storage is full.
    #[error("the browser's storage for this site is full")]
    Quota,
    /// Anything else the browser said.
    #[error("storage failed: {detail}")]
    Failed {
        /// What the browser said.
        detail: String,
    },
}

/// Seals session keys under a wrapping key that this crate never sees (threat model, rules 8 to 11).
#[expect(
    async_fn_in_trait,
    reason = "single-threaded by design: no future of this crate is sent to another thread"
)]
pub trait Sealer {
    /// Seals `key` under a wrapping key made for `id`, bound to `bound`.
    ///
    /// # Errors
    /// [`SealError`] when the platform cannot.
    async fn seal(&self, id: &str, key: &SessionKey, bound: &[u8]) -> Result<Vec<u8>, SealError>;

    /// Opens what [`Sealer::seal`] gave for the same `id` and `bound`.
    ///
    /// # Errors
    /// [`SealError::NoWrappingKey`] when the wrapping key is gone, [`SealError::NotOpened`] for anything altered.
    async fn open(&self, id: &str, sealed: &[u8], bound: &[u8]) -> Result<SessionKey, SealError>;

    /// Deletes the wrapping key of `id`: what it sealed can never be opened again.
    ///
    /// # Errors
    /// [`SealError`] when the platform cannot.
    async fn forget(&self, id: &str) -> Result<(), SealError>;
}

/// Why a key cannot be sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// WebCrypto is missing: the page is not a secure context.
    #[error("WebCrypto is not available; serve the page over https or from localhost")]
    NoWebCrypto,
    /// The wrapping key is not there: cleared by the user or the browser, or another browser's record.
    #[error("the wrapping key of this session is gone")]
    NoWrappingKey,
    /// The record was altered, or belongs to another session, account, chain or origin.
    #[error("the sealed key does not open: it was altered, or belongs to another session")]
    NotOpened,
    /// Storage of wrapping keys failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Anything else the platform said.
    #[error("sealing failed: {detail}")]
    Failed {
        /// What the platform said.
        detail: String,
    },
}

/// Time.
#[expect(
    async_fn_in_trait,
    reason = "single-threaded by design: no future of this crate is sent to another thread"
)]
pub trait Clock {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Ends after `time`.
    async fn sleep(&self, time: Duration);
}

/// Locks with names, first come, first served; across tabs where the platform can (Web Locks).
#[expect(
    async_fn_in_trait,
    reason = "single-threaded by design: no future of this crate is sent to another thread"
)]
pub trait Locks {
    /// Holds the lock until dropped.
    type Guard;

    /// Waits for the lock.
    async fn acquire(&self, name: &str) -> Self::Guard;

    /// Takes the lock if nobody has it.
    async fn try_acquire(&self, name: &str) -> Option<Self::Guard>;
}

/// A place to live: one implementation per platform, and one for tests.
pub trait Host {
    /// Requests to nodes, bundlers and paymasters.
    type Http: Rpc;
    /// Records.
    type Store: Store;
    /// Sealing of keys.
    type Sealer: Sealer;
    /// Time.
    type Clock: Clock;
    /// Locks.
    type Locks: Locks;

    /// Records.
    fn store(&self) -> &Self::Store;
    /// Sealing of keys.
    fn sealer(&self) -> &Self::Sealer;
    /// Time.
    fn clock(&self) -> &Self::Clock;
    /// Locks.
    fn locks(&self) -> &Self::Locks;
    /// Where the page comes from, such as `https://game.example`: part of what sealed keys are bound to.
    fn origin(&self) -> &str;
}
