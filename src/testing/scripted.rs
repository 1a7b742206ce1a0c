//! Endpoints and wallets that answer from a script.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use serde_json::Value;

use super::yield_once;
use crate::host::{Rpc, RpcError, Wallet};

type Answer = dyn FnMut(&str, &Value) -> Result<Value, RpcError>;

/// An endpoint whose answers a function gives; it remembers what it was asked. Clones are the same endpoint.
#[derive(Clone)]
pub struct ScriptedRpc {
    answer: Rc<RefCell<Answer>>,
    asked: Rc<RefCell<Vec<(String, Value)>>>,
    slow: Rc<RefCell<Vec<(String, usize)>>>,
    hanging: Rc<RefCell<Vec<String>>>,
}

impl std::fmt::Debug for ScriptedRpc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptedRpc").field("asked", &self.asked.borrow().len()).finish_non_exhaustive()
    }
}

impl ScriptedRpc {
    /// An endpoint that answers with `answer`.
    pub fn new(answer: impl FnMut(&str, &Value) -> Result<Value, RpcError> + 'static) -> Self {
        Self {
            answer: Rc::new(RefCell::new(answer)),
            asked: Rc::default(),
            slow: Rc::default(),
            hanging: Rc::default(),
        }
    }

    /// Lets the next answer to a method wait until other futures have had this many turns.
    pub fn delay_next(&self, method: &str, turns: usize) {
        self.slow.borrow_mut().push((method.to_owned(), turns));
    }

    /// Never answers the next request for a method.
    pub fn hang_next(&self, method: &str) {
        self.hanging.borrow_mut().push(method.to_owned());
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
        let hanging = self.hanging.borrow().iter().position(|name| name == method);
        if let Some(at) = hanging {
            self.hanging.borrow_mut().remove(at);
            return poll_fn(|_| Poll::Pending).await;
        }
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
    waiting: Rc<RefCell<Option<Waker>>>,
}

impl ScriptedWallet {
    /// A wallet that answers with `rpc`.
    #[must_use]
    pub fn new(rpc: ScriptedRpc) -> Self {
        Self { rpc, announced: Rc::default(), waiting: Rc::default() }
    }

    /// What it was asked.
    #[must_use]
    pub const fn rpc(&self) -> &ScriptedRpc {
        &self.rpc
    }

    /// Announces once that accounts or chain changed.
    pub fn announce_change(&self) {
        self.announced.set(true);
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
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
            self.waiting.replace(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}
