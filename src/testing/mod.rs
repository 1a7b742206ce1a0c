//! Stand-ins for the seams, for tests only: answers from a script, storage in memory, a clock that moves by hand.

mod many_rules;
mod store_contract;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use serde_json::Value;

pub use many_rules::many_rules;
pub use store_contract::check_store;

use crate::host::{Clock, Host, LocalLocks, MemoryStore, Rpc, RpcError, SealError, Sealer, Wallet};
use crate::key::SessionKey;
use crate::time::Timestamp;

type Answer = dyn FnMut(&str, &Value) -> Result<Value, RpcError>;

/// An endpoint whose answers a function gives; it remembers what it was asked. Clones are the same endpoint.
#[derive(Clone)]
pub struct ScriptedRpc {
    answer: Rc<RefCell<Answer>>,
    asked: Rc<RefCell<Vec<(String, Value)>>>,
    slow: Rc<RefCell<Vec<(String, usize)>>>,
}

impl std::fmt::Debug for ScriptedRpc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptedRpc").field("asked", &self.asked.borrow().len()).finish_non_exhaustive()
    }
}

impl ScriptedRpc {
    /// An endpoint that answers with `answer`.
    pub fn new(answer: impl FnMut(&str, &Value) -> Result<Value, RpcError> + 'static) -> Self {
        Self { answer: Rc::new(RefCell::new(answer)), asked: Rc::default(), slow: Rc::default() }
    }

    /// Lets the next answer to a method wait until other futures have had this many turns.
    pub fn delay_next(&self, method: &str, turns: usize) {
        self.slow.borrow_mut().push((method.to_owned(), turns));
    }

    /// Methods asked for so far.
    #[must_use]
    pub fn methods(&self) -> Vec<String> {
        self.asked.borrow().iter().map(|(method, _)| method.clone()).collect()
    }

    /// How often a method was asked for.
    #[must_use]
    pub fn count(&self, method: &str) -> usize {
        self.asked.borrow().iter().filter(|(asked, _)| asked == method).count()
    }

    /// Parameters of the last request of a method.
    #[must_use]
    pub fn last(&self, method: &str) -> Option<Value> {
        self.asked.borrow().iter().rev().find(|(asked, _)| asked == method).map(|(_, params)| params.clone())
    }
}

impl Rpc for ScriptedRpc {
    async fn request(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        self.asked.borrow_mut().push((method.to_owned(), params.clone()));
        let slow = self.slow.borrow().iter().position(|(name, _)| name == method);
        let turns = slow.map_or(1, |at| self.slow.borrow_mut().remove(at).1);
        for _ in 0..turns {
            yield_once().await;
        }
        (self.answer.borrow_mut())(method, &params)
    }
}

/// A wallet whose answers a function gives; `null` for a method means that it never answers.
#[derive(Clone, Debug)]
pub struct ScriptedWallet {
    rpc: ScriptedRpc,
    announced: Rc<Cell<bool>>,
}

impl ScriptedWallet {
    /// A wallet that answers with `rpc`.
    #[must_use]
    pub fn new(rpc: ScriptedRpc) -> Self {
        Self { rpc, announced: Rc::default() }
    }

    /// What it was asked.
    #[must_use]
    pub const fn rpc(&self) -> &ScriptedRpc {
        &self.rpc
    }

    /// Announces once that accounts or chain changed.
    pub fn announce_change(&self) {
        self.announced.set(true);
    }
}

impl Rpc for ScriptedWallet {
    async fn request(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        match self.rpc.request(method, params).await? {
            Value::Null => poll_fn(|_| Poll::Pending).await,
            answer => Ok(answer),
        }
    }
}

impl Wallet for ScriptedWallet {
    async fn changed(&self) {
        poll_fn(|context| {
            if self.announced.take() {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

/// Sealing without a cipher: keeps a copy of the key and gives it back only for the same id, bytes and binding.
#[derive(Debug, Default)]
pub struct PlainSealer(RefCell<BTreeMap<String, [u8; 32]>>);

impl Sealer for PlainSealer {
    async fn seal(&self, id: &str, key: &SessionKey, bound: &[u8]) -> Result<Vec<u8>, SealError> {
        let secret = key.with_secret(|secret| *secret);
        self.0.borrow_mut().insert(id.to_owned(), secret);
        Ok(alloy_primitives::keccak256(bound).to_vec())
    }

    async fn open(&self, id: &str, sealed: &[u8], bound: &[u8]) -> Result<SessionKey, SealError> {
        let secret = self.0.borrow().get(id).copied().ok_or(SealError::NoWrappingKey)?;
        if sealed != alloy_primitives::keccak256(bound).as_slice() {
            return Err(SealError::NotOpened);
        }
        SessionKey::read(|buffer| buffer.copy_from_slice(&secret)).map_err(|_| SealError::NotOpened)
    }

    async fn forget(&self, id: &str) -> Result<(), SealError> {
        self.0.borrow_mut().remove(id);
        Ok(())
    }
}

impl PlainSealer {
    /// How many keys can still be opened.
    #[must_use]
    pub fn held(&self) -> usize {
        self.0.borrow().len()
    }

    /// Loses every key, as a browser that clears its storage.
    pub fn lose_all(&self) {
        self.0.borrow_mut().clear();
    }
}

/// A clock that stands still but for [`ManualClock::advance`] and for sleeping, which takes no real time.
#[derive(Clone, Debug)]
pub struct ManualClock(Rc<Cell<Duration>>);

impl ManualClock {
    /// A clock that shows these Unix seconds.
    #[must_use]
    pub fn at(seconds: u64) -> Self {
        Self(Rc::new(Cell::new(Duration::from_secs(seconds))))
    }

    /// Moves the clock.
    pub fn advance(&self, time: Duration) {
        self.0.set(self.0.get().saturating_add(time));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.0.get().as_secs()).unwrap_or(Timestamp::MAX)
    }

    async fn sleep(&self, time: Duration) {
        self.advance(time);
        yield_once().await;
    }
}

/// A platform of stand-ins. Clones share storage, keys, locks and time: two clones are two tabs.
#[derive(Clone, Debug)]
pub struct TestHost {
    /// Records.
    pub store: Rc<MemoryStore>,
    /// Keys.
    pub sealer: Rc<PlainSealer>,
    /// Time.
    pub clock: ManualClock,
    locks: LocalLocks,
}

impl TestHost {
    /// An empty platform at these Unix seconds.
    #[must_use]
    pub fn at(seconds: u64) -> Self {
        Self {
            store: Rc::default(),
            sealer: Rc::default(),
            clock: ManualClock::at(seconds),
            locks: LocalLocks::default(),
        }
    }
}

impl Host for TestHost {
    type Http = ScriptedRpc;
    type Store = MemoryStore;
    type Sealer = PlainSealer;
    type Clock = ManualClock;
    type Locks = LocalLocks;

    fn store(&self) -> &MemoryStore {
        &self.store
    }

    fn sealer(&self) -> &PlainSealer {
        &self.sealer
    }

    fn clock(&self) -> &ManualClock {
        &self.clock
    }

    fn locks(&self) -> &LocalLocks {
        &self.locks
    }

    fn origin(&self) -> &str {
        "https://game.example"
    }
}

/// Lets other futures run.
async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
