//! The seams to the outside: requests, storage, sealing, locks, time. Everything above works on these traits, so it runs natively
//! against scripted answers and in a browser against the real thing.
//!
//! Futures are not `Send`: a page has one thread. They own what they need, and dropping one cancels it.

#![expect(
    async_fn_in_trait,
    reason = "single-threaded by design: no future of this crate is sent to another thread"
)]

mod locks;
mod memory;
mod named;
mod p256;
mod patient;
mod rpc;
mod sealer;
mod store;
mod tabs;

use std::pin::Pin;
use std::time::Duration;

use serde_json::Value;

pub use locks::{LocalGuard, LocalLocks, Locks};
pub use memory::MemoryStore;
pub use named::Named;
pub use p256::P256Keys;
pub use patient::Patient;
#[cfg(any(target_arch = "wasm32", feature = "testing"))]
pub(crate) use rpc::read_answer;
pub(crate) use rpc::read_result;
pub use rpc::{RpcError, RpcFault, batch};
#[cfg(target_arch = "wasm32")]
pub(crate) use rpc::{origin_of, write_request};
pub use sealer::{SealError, Sealer};
pub use store::{Store, StoreError};
pub use tabs::{Channel, LocalChannel, LocalTabs, Mailbox, Tabs};

use crate::time::Timestamp;

/// A JSON-RPC endpoint: a node, a bundler, a paymaster, or a wallet (EIP-1193).
pub trait Rpc {
    /// What an error may say of where it is: scheme and host, never path or query, where API keys stand.
    fn origin(&self) -> &str {
        "the endpoint"
    }

    /// Asks for `method`. `params` is an array or an object.
    ///
    /// # Errors
    /// [`RpcError`] when there is no answer, or the answer is an error.
    async fn request(&self, method: &str, params: Value) -> Result<Value, RpcError>;
}

/// A wallet: an [`Rpc`] that also tells of changes (EIP-1193, "Events").
pub trait Wallet: Rpc {
    /// Ends when the wallet next announces that its accounts or its chain changed.
    async fn changed(&self);
}

/// Work that goes on whether anybody waits for it or not.
pub type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Time.
pub trait Clock {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// The same in milliseconds since 1970.
    fn millis(&self) -> u64;

    /// Ends after `time`.
    async fn sleep(&self, time: Duration);

    /// The same, but where a program ends once nothing is left to do, it does not wait for this.
    async fn rest(&self, time: Duration) {
        self.sleep(time).await;
    }
}

/// A place to live: one implementation per platform, and one for tests.
pub trait Host: 'static {
    /// Requests to nodes, bundlers and paymasters.
    type Http: Rpc;
    /// Records and states.
    type Store: Store;
    /// Sealing of keys and states.
    type Sealer: Sealer;
    /// Time.
    type Clock: Clock + Clone;
    /// Locks.
    type Locks: Locks;
    /// Channels to other tabs.
    type Tabs: Tabs;

    /// Records: what never changes of a session, and its sealed key. Each tab may have its own.
    fn store(&self) -> &Self::Store;
    /// States: what changes of a session. Shared by all tabs that can open its key.
    fn states(&self) -> &Self::Store;
    /// Sealing of keys and states.
    fn sealer(&self) -> &Self::Sealer;
    /// Time.
    fn clock(&self) -> &Self::Clock;
    /// Locks.
    fn locks(&self) -> &Self::Locks;
    /// Channels to other tabs.
    fn tabs(&self) -> &Self::Tabs;
    /// Runs a task beside everything else, as long as the page lives.
    fn spawn(&self, task: Task);
    /// Where the page comes from, such as `https://game.example`: part of what sealed keys are bound to.
    fn origin(&self) -> &str;
    /// Whether each tab has records of its own, while wrapping keys and states are shared.
    fn has_records_per_tab(&self) -> bool;
    /// Whether the key of this name opens without a gesture of the user.
    fn opens_silently(&self, name: &str) -> bool;
    /// Goes down to the next weaker place of storage after `cause`, where there is one that this cause does not rule out too. What
    /// is kept there ends sooner, never later. Answers whether it did.
    fn downgrade(&self, cause: &SealError) -> bool;
}
