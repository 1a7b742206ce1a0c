//! Endpoints and wallets that answer from a script.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use serde_json::Value;

use super::{ManualClock, yield_once};
use crate::host::{Clock, Rpc, RpcError, Wallet};

type Answer = dyn FnMut(&str, &Value) -> Result<Value, RpcError>;
type Paces = dyn FnMut(&str) -> Pace;

/// How long a request is on its way, and its answer. Without a time it never arrives.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Until the endpoint does what it is asked for.
    pub there: Option<Duration>,
    /// From then until the answer is here.
    pub back: Option<Duration>,
}

/// An endpoint whose answers a function gives; it remembers what it was asked. Clones are the same endpoint.
#[derive(Clone)]
pub struct ScriptedRpc {
    answer: Rc<RefCell<Answer>>,
    asked: Rc<RefCell<Vec<(String, Value)>>>,
    slow: Rc<RefCell<Vec<(String, usize)>>>,
    hanging: Rc<RefCell<Vec<String>>>,
    paces: Option<(ManualClock, Rc<RefCell<Paces>>)>,
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
            paces: None,
        }
    }

    /// The same endpoint, as far away as `paces` says for each method.
    #[must_use]
    pub fn at_a_distance(self, clock: ManualClock, paces: impl FnMut(&str) -> Pace + 'static) -> Self {
        Self { paces: Some((clock, Rc::new(RefCell::new(paces)))), ..self }
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
        let Some((clock, paces)) = &self.paces else { return (self.answer.borrow_mut())(method, &params) };
        let Pace { there, back } = (paces.borrow_mut())(method);
        travel(clock, there).await;
        let answer = (self.answer.borrow_mut())(method, &params);
        travel(clock, back).await;
        answer
    }
}

async fn travel(clock: &ManualClock, time: Option<Duration>) {
    match time {
        Some(Duration::ZERO) => {}
        Some(time) => clock.sleep(time).await,
        None => std::future::pending().await,
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
