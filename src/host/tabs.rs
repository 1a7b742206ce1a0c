//! Messages between the tabs of an origin, and an implementation within one page.
//!
//! Whatever runs on the origin can send them, so a message is never believed: it is a reason to look at what is stored.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

use super::Named;

/// Opens channels.
pub trait Tabs {
    /// An open channel; dropping it closes it.
    type Channel: Channel;

    /// Joins the channel of this name.
    fn join(&self, name: &str) -> Self::Channel;
}

/// A channel: everybody who joined hears everybody else, not themselves.
pub trait Channel {
    /// Tells all others. Nobody knows whether there are any.
    fn post(&self, message: &str);

    /// The next message of somebody else. Messages wait until they are fetched.
    async fn next(&self) -> String;
}

/// Things that wait until they are fetched. Clones are the same mailbox.
#[derive(Debug)]
pub struct Mailbox<T>(Rc<RefCell<Waiting<T>>>);

#[derive(Debug)]
struct Waiting<T> {
    things: VecDeque<T>,
    waker: Option<Waker>,
}

impl<T> Clone for Mailbox<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Default for Mailbox<T> {
    fn default() -> Self {
        Self(Rc::new(RefCell::new(Waiting { things: VecDeque::new(), waker: None })))
    }
}

impl<T> Mailbox<T> {
    /// Puts a thing behind the others.
    pub fn put(&self, thing: T) {
        let mut waiting = self.0.borrow_mut();
        waiting.things.push_back(thing);
        let waker = waiting.waker.take();
        drop(waiting);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether this is the only one left of its clones.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        Rc::strong_count(&self.0) == 1
    }

    /// The first thing, if there is one.
    #[must_use]
    pub fn take(&self) -> Option<T> {
        self.0.borrow_mut().things.pop_front()
    }

    /// The first thing, once there is one. For one reader at a time.
    pub async fn next(&self) -> T {
        poll_fn(|context| {
            let mut waiting = self.0.borrow_mut();
            match waiting.things.pop_front() {
                Some(thing) => Poll::Ready(thing),
                None => {
                    waiting.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

/// Who joined which channel.
type Members = Named<Vec<Weak<RefCell<Waiting<String>>>>>;

/// Channels that all clones share. They reach no further than this module's memory: not into other tabs.
#[derive(Clone, Debug, Default)]
pub struct LocalTabs(Rc<Members>);

/// A channel of [`LocalTabs`].
#[derive(Debug)]
pub struct LocalChannel {
    tabs: LocalTabs,
    name: String,
    mailbox: Mailbox<String>,
}

impl Tabs for LocalTabs {
    type Channel = LocalChannel;

    fn join(&self, name: &str) -> LocalChannel {
        let mailbox = Mailbox::default();
        let mut joined = self.0.get(name).unwrap_or_default();
        joined.retain(|member| member.strong_count() > 0);
        joined.push(Rc::downgrade(&mailbox.0));
        self.0.put(name, joined);
        LocalChannel { tabs: self.clone(), name: name.to_owned(), mailbox }
    }
}

impl Channel for LocalChannel {
    fn post(&self, message: &str) {
        let members = self.tabs.0.get(&self.name).unwrap_or_default();
        for other in members.iter().filter_map(Weak::upgrade) {
            if !Rc::ptr_eq(&other, &self.mailbox.0) {
                Mailbox(other).put(message.to_owned());
            }
        }
    }

    async fn next(&self) -> String {
        self.mailbox.next().await
    }
}
