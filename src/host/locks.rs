//! Locks, and an implementation within one page for platforms without Web Locks.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// Locks with names, first come, first served; across tabs where the platform can (Web Locks).
pub trait Locks {
    /// Holds the lock until dropped.
    type Guard;

    /// Waits for the lock.
    async fn acquire(&self, name: &str) -> Self::Guard;

    /// Takes the lock if nobody has it.
    async fn try_acquire(&self, name: &str) -> Option<Self::Guard>;

    /// Names that start with `prefix` and are held by somebody.
    async fn held(&self, prefix: &str) -> Vec<String>;

    /// Whether other tabs see these locks.
    fn reach_other_tabs(&self) -> bool;
}

/// Who waits for a lock, the holder first. A place in the queue is told apart by its number.
type Queue = VecDeque<(u64, Option<Waker>)>;

#[derive(Debug, Default)]
struct State {
    queues: HashMap<String, Queue>,
    last: u64,
}

/// Locks that all clones share. They reach no further than this module's memory: not into other tabs.
#[derive(Clone, Debug, Default)]
pub struct LocalLocks(Rc<RefCell<State>>);

/// A place in the queue of a lock; its first place holds the lock. Dropping it gives the place up.
#[derive(Debug)]
pub struct LocalGuard {
    state: Rc<RefCell<State>>,
    name: String,
    place: u64,
}

impl Locks for LocalLocks {
    type Guard = LocalGuard;

    async fn acquire(&self, name: &str) -> LocalGuard {
        let guard = self.enqueue(name);
        guard.turn().await;
        guard
    }

    async fn try_acquire(&self, name: &str) -> Option<LocalGuard> {
        let taken = self.0.borrow().queues.contains_key(name);
        (!taken).then(|| self.enqueue(name))
    }

    async fn held(&self, prefix: &str) -> Vec<String> {
        self.0.borrow().queues.keys().filter(|name| name.starts_with(prefix)).cloned().collect()
    }

    fn reach_other_tabs(&self) -> bool {
        false
    }
}

impl LocalLocks {
    /// Takes the last place in the queue at once; [`LocalGuard::turn`] waits until it is the first.
    #[must_use]
    pub fn enqueue(&self, name: &str) -> LocalGuard {
        let mut state = self.0.borrow_mut();
        state.last = state.last.wrapping_add(1);
        let place = state.last;
        state.queues.entry(name.to_owned()).or_default().push_back((place, None));
        LocalGuard { state: Rc::clone(&self.0), name: name.to_owned(), place }
    }
}

impl LocalGuard {
    /// Waits until everybody before has gone.
    pub async fn turn(&self) {
        poll_fn(|context| {
            let mut state = self.state.borrow_mut();
            let Some(queue) = state.queues.get_mut(&self.name) else { return Poll::Ready(()) };
            match queue.iter_mut().position(|(place, _)| *place == self.place) {
                Some(0) | None => Poll::Ready(()),
                Some(at) => {
                    if let Some((_, waker)) = queue.get_mut(at) {
                        *waker = Some(context.waker().clone());
                    }
                    Poll::Pending
                }
            }
        })
        .await;
    }
}

impl Drop for LocalGuard {
    fn drop(&mut self) {
        let mut state = self.state.borrow_mut();
        let Some(queue) = state.queues.get_mut(&self.name) else { return };
        queue.retain(|(place, _)| *place != self.place);
        let next = queue.front_mut().and_then(|(_, waker)| waker.take());
        if queue.is_empty() {
            state.queues.remove(&self.name);
        }
        drop(state);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Context;

    use super::*;

    #[test]
    fn first_come_first_served_and_who_leaves_frees_the_place() {
        let locks = LocalLocks::default();
        let mut context = Context::from_waker(Waker::noop());
        let mut first = Box::pin(locks.acquire("a"));
        let Poll::Ready(held) = first.as_mut().poll(&mut context) else { panic!("nobody else waits") };
        let mut second = Box::pin(locks.acquire("a"));
        let mut third = Box::pin(locks.acquire("a"));
        assert!(second.as_mut().poll(&mut context).is_pending());
        assert!(third.as_mut().poll(&mut context).is_pending());
        assert!(Box::pin(locks.acquire("b")).as_mut().poll(&mut context).is_ready());
        drop(second);
        assert!(third.as_mut().poll(&mut context).is_pending());
        drop(held);
        let mut refused = Box::pin(locks.try_acquire("a"));
        assert!(matches!(refused.as_mut().poll(&mut context), Poll::Ready(None)));
        assert!(third.as_mut().poll(&mut context).is_ready());
        drop(third);
        assert!(locks.0.borrow().queues.is_empty());
    }
}
