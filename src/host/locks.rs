//! Locks, and an implementation within one page for platforms without Web Locks.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use super::Named;

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
type Queue = RefCell<VecDeque<(u64, Option<Waker>)>>;

#[derive(Debug, Default)]
struct State {
    queues: Named<Rc<Queue>>,
    last: Cell<u64>,
}

/// Locks that all clones share. They reach no further than this module's memory: not into other tabs.
#[derive(Clone, Debug, Default)]
pub struct LocalLocks(Rc<State>);

/// A place in the queue of a lock; its first place holds the lock. Dropping it gives the place up.
#[derive(Debug)]
pub struct LocalGuard {
    state: Rc<State>,
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
        (!self.0.queues.holds(name)).then(|| self.enqueue(name))
    }

    async fn held(&self, prefix: &str) -> Vec<String> {
        self.0.queues.names(prefix)
    }

    fn reach_other_tabs(&self) -> bool {
        false
    }
}

impl LocalLocks {
    /// Takes the last place in the queue at once; [`LocalGuard::turn`] waits until it is the first.
    #[must_use]
    pub fn enqueue(&self, name: &str) -> LocalGuard {
        let place = self.0.last.get().wrapping_add(1);
        self.0.last.set(place);
        let queue = self.0.queues.get(name).unwrap_or_default();
        queue.borrow_mut().push_back((place, None));
        self.0.queues.put(name, queue);
        LocalGuard { state: Rc::clone(&self.0), name: name.to_owned(), place }
    }
}

impl LocalGuard {
    /// Waits until everybody before has gone.
    pub async fn turn(&self) {
        poll_fn(|context| {
            let Some(queue) = self.state.queues.get(&self.name) else { return Poll::Ready(()) };
            let mut queue = queue.borrow_mut();
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
        let Some(queue) = self.state.queues.get(&self.name) else { return };
        let mut queue = queue.borrow_mut();
        queue.retain(|(place, _)| *place != self.place);
        let next = queue.front_mut().and_then(|(_, waker)| waker.take());
        if queue.is_empty() {
            self.state.queues.remove(&self.name);
        }
        drop(queue);
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
        assert!(!locks.0.queues.holds("a"));
    }
}
