//! A page with a session: real storage, sealing, locks and channels of this browser, a scripted chain and wallet.

use std::rc::Rc;
use std::time::Duration;

use hallpass::browser::{Browser, BrowserClock, BrowserOptions, Custody};
use hallpass::endpoint::owner::Owner;
use hallpass::host::{Clock, Host, SealError, Task};
use hallpass::key::SessionKey;
use hallpass::session::{AtLeast, Client, NoSession, Session, SessionError};
use hallpass::testing::{ManualClock, ScriptedRpc, ScriptedWallet};
use hallpass::time::Timestamp;
use wasm_bindgen::JsValue;

use super::chain::Chain;
use super::player::{NOW, client, moved, no_rule, scope, terms, wallet};

/// How much faster time goes here: what waits for seconds does not take them.
const RATE: u32 = 10;

/// A clock that is moved by hand and goes on by itself besides.
#[derive(Clone)]
pub struct PageClock {
    moved: ManualClock,
    start: u64,
}

impl Clock for PageClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.millis() / 1000).unwrap()
    }

    fn millis(&self) -> u64 {
        self.moved.millis() + BrowserClock.millis().saturating_sub(self.start) * u64::from(RATE)
    }

    async fn sleep(&self, time: Duration) {
        BrowserClock.sleep(time / RATE).await;
    }
}

/// This browser, with a scripted network and a clock that can be moved by hand.
pub struct Page {
    browser: Browser,
    clock: PageClock,
    origin: Option<&'static str>,
}

impl Host for Page {
    type Http = ScriptedRpc;
    type Store = <Browser as Host>::Store;
    type Sealer = <Browser as Host>::Sealer;
    type Clock = PageClock;
    type Locks = <Browser as Host>::Locks;
    type Tabs = <Browser as Host>::Tabs;

    fn store(&self) -> &Self::Store {
        self.browser.store()
    }

    fn states(&self) -> &Self::Store {
        self.browser.states()
    }

    fn sealer(&self) -> &Self::Sealer {
        self.browser.sealer()
    }

    fn clock(&self) -> &PageClock {
        &self.clock
    }

    fn locks(&self) -> &Self::Locks {
        self.browser.locks()
    }

    fn tabs(&self) -> &Self::Tabs {
        self.browser.tabs()
    }

    fn spawn(&self, task: Task) {
        self.browser.spawn(task);
    }

    fn origin(&self) -> &str {
        self.origin.unwrap_or_else(|| self.browser.origin())
    }

    fn has_records_per_tab(&self) -> bool {
        self.browser.has_records_per_tab()
    }

    fn opens_silently(&self, name: &str) -> bool {
        self.browser.opens_silently(name)
    }

    fn downgrade(&self, cause: &SealError) -> bool {
        self.browser.downgrade(cause)
    }
}

/// A player on a chain of his own, who opens and leaves pages.
pub struct Visit {
    pub chain: Chain,
    pub wallet: ScriptedWallet,
    pub custody: Custody,
    clock: ManualClock,
}

pub type App = Rc<Client<Page>>;

impl Visit {
    pub fn new(custody: Custody) -> Self {
        let key = Rc::new(SessionKey::generate().unwrap());
        let chain = Chain::new(key.address());
        // What is taken is on chain at once: time is real here.
        chain.state.borrow_mut().patience = 0;
        let wallet = ScriptedWallet::new(wallet(key, no_rule()));
        Self { chain, wallet, custody, clock: ManualClock::at(NOW) }
    }

    /// The tier that stays in each scope: windows have sessionStorage, workers have not.
    pub fn usual() -> Self {
        Self::new(if super::seams::in_window() { Custody::Tab } else { Custody::Device })
    }

    /// The page, loaded anew.
    pub fn open(&self) -> App {
        self.open_from(None)
    }

    /// The page as if it came from this origin.
    pub fn open_from(&self, origin: Option<&'static str>) -> App {
        let browser = Browser::new(BrowserOptions {
            app: "game".to_owned(),
            custody: Some(self.custody),
            custom_store: JsValue::UNDEFINED,
            allowed_frames: Vec::new(),
            on_downgrade: None,
        });
        let clock = PageClock { moved: self.clock.clone(), start: BrowserClock.millis() };
        client(Page { browser: browser.unwrap(), clock, origin }, &self.chain, false)
    }

    pub async fn request(&self, app: &App) -> Result<Rc<Session<Page>>, SessionError> {
        app.request(&Owner::new(self.wallet.clone()), &terms(&scope(|_| ()), 3600), &|_| ()).await
    }

    pub async fn enabled(&self, app: &App) -> Rc<Session<Page>> {
        let session = self.request(app).await.unwrap();
        act(&session).await.unwrap();
        session
    }

    pub async fn leave(self) {
        let app = self.open();
        while let Ok(Ok(session)) = restore(&app).await {
            session.forget().await.unwrap();
        }
    }
}

pub async fn restore(app: &App) -> Result<Result<Rc<Session<Page>>, NoSession>, SessionError> {
    app.restore(&scope(|_| ()), None, AtLeast::default()).await
}

pub async fn act(session: &Rc<Session<Page>>) -> Result<bool, SessionError> {
    let sent = session.send(&[moved(1, 1)], &|_| ()).await?;
    Ok(session.included(sent).await?.success)
}
