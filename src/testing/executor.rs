//! Runs futures on a clock that moves only when nothing else can go on, so that waits of minutes take no time and every order of
//! events can be repeated.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crate::host::{Clock, Task};
use crate::time::Timestamp;

/// Who waits for a time, by time and order.
type Timers = BTreeMap<(Duration, u64), Waker>;

/// A clock that stands still but for [`ManualClock::advance`], and for [`block_on`] when everything waits for time.
#[derive(Clone, Debug)]
pub struct ManualClock(Rc<Time>);

#[derive(Debug)]
struct Time {
    now: Cell<Duration>,
    last: Cell<u64>,
    timers: RefCell<Timers>,
}

impl ManualClock {
    /// A clock that shows these Unix seconds.
    #[must_use]
    pub fn at(seconds: u64) -> Self {
        let time = Time {
            now: Cell::new(Duration::from_secs(seconds)),
            last: Cell::new(0),
            timers: RefCell::default(),
        };
        let clock = Self(Rc::new(time));
        CLOCKS.with_borrow_mut(|clocks| clocks.push(Rc::downgrade(&clock.0)));
        clock
    }

    /// Moves the clock.
    pub fn advance(&self, time: Duration) {
        self.0.move_to(self.0.now.get().saturating_add(time));
    }
}

impl Time {
    fn move_to(&self, now: Duration) {
        self.now.set(self.now.get().max(now));
        loop {
            let Some(due) = self.timers.borrow().first_key_value().map(|(due, _)| *due) else { return };
            if due.0 > self.now.get() {
                return;
            }
            let waker = self.timers.borrow_mut().remove(&due);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    /// Moves to the first time that somebody waits for.
    fn move_on(&self) -> bool {
        let next = self.timers.borrow().first_key_value().map(|((due, _), _)| *due);
        if let Some(next) = next {
            self.move_to(next);
        }
        next.is_some()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.0.now.get().as_secs()).unwrap_or(Timestamp::MAX)
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.0.now.get().as_millis()).unwrap_or(u64::MAX)
    }

    async fn sleep(&self, time: Duration) {
        let due = self.0.now.get().saturating_add(time);
        self.0.last.set(self.0.last.get().saturating_add(1));
        let key = (due, self.0.last.get());
        poll_fn(|context| {
            if self.0.now.get() >= due {
                return Poll::Ready(());
            }
            self.0.timers.borrow_mut().insert(key, context.waker().clone());
            Poll::Pending
        })
        .await;
        self.0.timers.borrow_mut().remove(&key);
        super::yield_once().await;
    }
}

/// A page whose tasks run until it is closed.
#[derive(Clone, Debug, Default)]
pub struct Page(Rc<Cell<bool>>);

impl Page {
    /// Ends everything that runs in it, wherever it is.
    pub fn close(&self) {
        self.0.set(true);
        TASKS.with_borrow_mut(|tasks| tasks.retain(|task| !task.page.0.get()));
    }

    /// Whether it was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.get()
    }

    /// Runs a task in it.
    pub fn spawn(&self, task: Task) {
        if !self.0.get() {
            TASKS.with_borrow_mut(|tasks| {
                tasks.push(Spawned {
                    page: self.clone(),
                    task,
                    woken: Arc::new(Woken(AtomicBool::new(true))),
                });
            });
        }
    }
}

struct Spawned {
    page: Page,
    task: Task,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

thread_local! {
    static CLOCKS: RefCell<Vec<std::rc::Weak<Time>>> = const { RefCell::new(Vec::new()) };
    static TASKS: RefCell<Vec<Spawned>> = const { RefCell::new(Vec::new()) };
}

/// Runs a future, and the tasks of all pages of this thread beside it, to the future's end.
///
/// # Panics
/// When nothing can go on and nobody waits for time: then it would hang for ever.
#[expect(clippy::panic, reason = "a test that hangs is a failed test")]
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    match run_until(future, || false) {
        Some(output) => output,
        None => panic!("nothing can go on"),
    }
}

/// The same, but gives up when it is told to, or when nothing can go on.
pub fn run_until<T>(future: impl Future<Output = T>, is_over: impl Fn() -> bool) -> Option<T> {
    let mut future = pin!(future);
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    loop {
        if woken.0.swap(false, Ordering::Relaxed)
            && let Poll::Ready(output) = poll(future.as_mut(), &woken)
        {
            return Some(output);
        }
        let ran = run_tasks();
        if is_over() || (!ran && !woken.0.load(Ordering::Relaxed) && !move_clocks()) {
            return None;
        }
    }
}

fn poll<F: Future + ?Sized>(future: Pin<&mut F>, woken: &Arc<Woken>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(&Waker::from(Arc::clone(woken))))
}

/// Gives each task that was woken a turn.
fn run_tasks() -> bool {
    let mut ran = false;
    let turn: Vec<Spawned> = TASKS.with_borrow_mut(std::mem::take);
    for mut spawned in turn {
        if spawned.page.0.get() {
            continue;
        }
        if spawned.woken.0.swap(false, Ordering::Relaxed) {
            ran = true;
            if poll(spawned.task.as_mut(), &spawned.woken).is_ready() || spawned.page.0.get() {
                continue;
            }
        }
        TASKS.with_borrow_mut(|tasks| tasks.push(spawned));
    }
    ran
}

/// The first clock that somebody waits on goes on.
fn move_clocks() -> bool {
    let clocks: Vec<Rc<Time>> = CLOCKS.with_borrow_mut(|clocks| {
        clocks.retain(|clock| clock.strong_count() > 0);
        clocks.iter().filter_map(std::rc::Weak::upgrade).collect()
    });
    clocks.iter().any(|clock| clock.move_on())
}
