//! A page of the app: it takes the session up, listens to its news, and asks for calls.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{Either, select};
use hallpass::call::Call;
use hallpass::host::Clock;
use hallpass::session::{AtLeast, Client, News, NoSession, Session, SessionEvent, Watched};
use hallpass::testing::TestHost;

use super::history::{Send, Told};
use super::start::{Kind, client};
use super::world::Shared;

/// What the app knows of what it wanted, over all its pages.
#[derive(Default)]
pub struct Book {
    pub sends: Vec<Wanted>,
    /// Answers to a restore that a stored session must not get.
    pub odd: Vec<String>,
}

/// Calls that the app wanted made.
pub struct Wanted {
    pub id: Option<String>,
    pub call: Call,
    pub page: u64,
    pub send: Send,
}

impl Book {
    fn tell(&mut self, id: &str, told: Told) -> Option<usize> {
        let at = self.sends.iter().position(|wanted| wanted.id.as_deref() == Some(id))?;
        self.sends[at].send.told.push(told);
        Some(at)
    }
}

pub struct Tab {
    pub page: u64,
    pub host: TestHost,
    pub client: Rc<Client<TestHost>>,
    session: Rc<RefCell<Option<Rc<Session<TestHost>>>>>,
    world: Shared,
    book: Rc<RefCell<Book>>,
}

impl Tab {
    /// Opens a page; it goes on taking the session up until it has it.
    pub fn open(host: &TestHost, world: &Shared, book: &Rc<RefCell<Book>>, kind: Kind) -> Self {
        let page = u64::try_from(world.borrow().pages.len()).unwrap();
        world.borrow_mut().pages.push((false, 0));
        world.borrow_mut().say(format!("page {page} opens"));
        let host = host.new_tab();
        let client = client(&host, world, page, kind);
        let tab = Self {
            page,
            host,
            client,
            session: Rc::default(),
            world: Rc::clone(world),
            book: Rc::clone(book),
        };
        let life = live(
            Rc::clone(&tab.client),
            kind,
            page,
            Rc::clone(&tab.session),
            Rc::clone(world),
            Rc::clone(book),
        );
        tab.host.page.spawn(Box::pin(life));
        tab
    }

    /// The page dies, whatever it is at.
    pub fn close(self) {
        let Self { page, host, client, session, world, book } = self;
        world.borrow_mut().say(format!("page {page} dies"));
        world.borrow_mut().pages[usize::try_from(page).unwrap()].0 = true;
        for wanted in book.borrow_mut().sends.iter_mut().filter(|wanted| wanted.page == page) {
            wanted.send.is_orphan = true;
        }
        host.page.close();
        drop((session.take(), client));
    }

    pub fn session(&self) -> Option<Rc<Session<TestHost>>> {
        self.session.borrow().clone()
    }

    /// Asks for a call; where it is in the book.
    pub fn send(&self, call: Call, timeout: u64) -> Option<usize> {
        let session = self.session()?;
        let at = self.book.borrow().sends.len();
        let outcome = session.begin(std::slice::from_ref(&call), timeout);
        let told = if outcome.is_ok() { Told::Goes } else { Told::NotSent };
        self.world.borrow_mut().say(format!(
            "page {} wants send {at}, {} wei: {:?}",
            self.page,
            call.value,
            outcome.as_ref().err()
        ));
        let id = outcome.ok().map(|sending| sending.id().to_owned());
        let send = Send { told: vec![told], ..Send::default() };
        self.book.borrow_mut().sends.push(Wanted { id, call, page: self.page, send });
        Some(at)
    }
}

async fn live(
    client: Rc<Client<TestHost>>,
    kind: Kind,
    page: u64,
    slot: Rc<RefCell<Option<Rc<Session<TestHost>>>>>,
    world: Shared,
    book: Rc<RefCell<Book>>,
) {
    let scope = kind.scope();
    let session = loop {
        // A node that never answers is asked again, as a page would that is loaded anew.
        let restored = Box::pin(client.restore(&scope, None, AtLeast::default()));
        let patience = Box::pin(client.host().clock.sleep(Duration::from_secs(20)));
        let Either::Left((restored, _)) = select(restored, patience).await else { continue };
        match restored {
            Ok(Ok(session)) => break session,
            Ok(Err(reason)) => {
                world.borrow_mut().say(format!("page {page} restores {reason:?}"));
                if !matches!(reason, NoSession::BudgetLow | NoSession::Expired) {
                    book.borrow_mut().odd.push(format!("restore answered {reason:?}"));
                }
                return;
            }
            Err(_) => client.host().clock.sleep(Duration::from_secs(1)).await,
        }
    };
    slot.replace(Some(Rc::clone(&session)));
    world.borrow_mut().say(format!("page {page} has the session"));
    let watch = session.watch();
    loop {
        match watch.next().await {
            Watched::Event(SessionEvent::Operation { id, news }) => {
                world.borrow_mut().note_news(&id, &news);
                let at = book.borrow_mut().tell(&id, told(&news));
                let who = at.map_or(format!("operation {}", &id[..4]), |at| format!("send {at}"));
                world.borrow_mut().say(format!("page {page} is told of {who}: {}", brief(&news)));
            }
            Watched::Elsewhere(said) => session.read_anew(said).await,
            Watched::Event(_) => {}
            Watched::Over => return,
        }
    }
}

const fn told(news: &News) -> Told {
    match news {
        News::Reached(..) => Told::Goes,
        News::Included(receipt) => Told::Included(receipt.success),
        News::Final { receipt, .. } => Told::Final(receipt.success),
        News::LandedLate(receipt) => Told::LandedLate(receipt.success),
        News::Replaced { .. } => Told::Replaced,
        News::Dropped(_) => Told::Dropped,
        News::Failed { hash: None, .. } => Told::NotSent,
        News::Failed { hash: Some(_), .. } => Told::Unknown,
    }
}

fn brief(news: &News) -> String {
    match news {
        News::Reached(stage, hash) => {
            format!(
                "{} {}",
                stage.name(),
                hash.map(|hash| hash.to_string()[..8].to_owned()).unwrap_or_default()
            )
        }
        News::Failed { fault, hash } => format!("failed, {hash:?}: {fault}"),
        other => format!("{:?}", told(other)),
    }
}
