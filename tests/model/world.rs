//! The world of one schedule: its chain and endpoints, what time it is, and what is noted for the judge.

use std::cell::RefCell;
use std::rc::Rc;

use alloy_primitives::{B256, U256};
use hallpass::host::Clock;
use hallpass::session::News;
use hallpass::testing::{ManualClock, ScriptedRpc};

use super::bundler::Pooled;
use super::chain::GWEI;
use super::history::{Handed, Used};
use super::ledger::Ledger;
use super::luck::{Luck, Role};
use super::rng::Rng;

pub type Shared = Rc<RefCell<World>>;

/// How the node tells which blocks are final.
#[derive(Clone, Copy, Debug)]
pub enum Finality {
    /// By a tag so many blocks behind the latest.
    Behind(u64),
    /// By a tag that does not move any more.
    Stands(u64),
    /// Not at all.
    Untold,
}

pub struct World {
    pub rng: Rng,
    pub clock: ManualClock,
    pub ledger: Ledger,
    pub pool: Vec<Pooled>,
    pub luck: Luck,
    pub is_honest: bool,
    pub fee: u64,
    pub finality: Finality,
    /// Until when each endpoint is down, in milliseconds.
    pub down: [u64; 3],
    pub handed: Vec<Handed>,
    pub used: Vec<Used>,
    pub log: Vec<String>,
    /// Of each page, whether it is closed, and how many operations had been handed over when it rested last.
    pub pages: Vec<(bool, usize)>,
    /// Operations by the id of their sending, and those that nobody goes on with.
    pub signed: Vec<(String, B256)>,
    pub given_up: Vec<B256>,
    /// What was in blocks that are gone.
    pub undone: Vec<B256>,
    /// The last block that was made.
    made: u64,
    began: u64,
}

impl World {
    pub fn shared(mut rng: Rng, clock: ManualClock, ledger: Ledger) -> Shared {
        let (now, luck) = (Clock::millis(&clock), Luck::drawn(&mut rng));
        let made = ledger.height(now);
        let finality = match rng.below(6) {
            0 => Finality::Untold,
            1 => Finality::Stands(made.saturating_sub(4)),
            _ => Finality::Behind(rng.between(3, 12)),
        };
        Rc::new(RefCell::new(Self {
            rng,
            clock,
            ledger,
            pool: Vec::new(),
            luck,
            is_honest: false,
            fee: GWEI,
            finality,
            down: [0; 3],
            handed: Vec::new(),
            used: Vec::new(),
            log: vec![format!("{luck:?} {finality:?}")],
            pages: Vec::new(),
            signed: Vec::new(),
            given_up: Vec::new(),
            undone: Vec::new(),
            made,
            began: now,
        }))
    }

    pub fn now(&self) -> u64 {
        Clock::millis(&self.clock)
    }

    /// Writes down what happens.
    pub fn say(&mut self, text: String) {
        let passed = self.now() - self.began;
        self.log.push(format!("{:>6}.{:03} {text}", passed / 1_000, passed % 1_000));
    }

    /// Makes the blocks whose time has come.
    pub fn advance(&mut self) {
        let height = self.ledger.height(self.now());
        while self.made < height && !self.pool.is_empty() {
            self.made += 1;
            self.make_block(self.made);
        }
        self.made = height;
    }

    /// The block that an endpoint answers by: one behind it, now and then.
    pub fn view_of(&mut self, role: Role) -> u64 {
        let height = self.ledger.height(self.now());
        let most = if role == Role::Node { 3 } else { 1 };
        let is_behind = !self.is_honest && self.rng.below(100) < self.luck.lag;
        if is_behind { height - self.rng.between(1, most) } else { height }
    }

    pub fn note_used(&mut self) {
        let all = &self.ledger.included;
        let used = Used {
            value: all.iter().map(super::ledger::Included::value).sum(),
            operations: u64::try_from(all.len()).unwrap(),
            gas: all.iter().map(super::ledger::Included::cost).sum(),
        };
        self.used.push(used);
        let last = self.ledger.included.last().unwrap();
        let (hash, success, block, nonce) = (last.hash.to_string(), last.success, last.block, last.op.nonce);
        self.say(format!("block {block} has {} for {nonce:#x}, success {success}", &hash[..8]));
    }

    /// A page handed an operation over, heard or not.
    pub fn note_handed(&mut self, page: u64, hash: B256, nonce: U256) {
        if self.handed.iter().any(|handed| handed.hash == hash) {
            return;
        }
        let (pages, given_up) = (&self.pages, &self.given_up);
        // The lane that enables goes from page to page: who has nothing more for it gives it up.
        let enables = nonce >> 248 == U256::from(1);
        let has_gone = |(at, handed): (usize, &Handed)| {
            let (is_closed, rested) = pages[usize::try_from(handed.page).unwrap()];
            is_closed || rested > at || enables && given_up.contains(&handed.hash)
        };
        let mut others =
            self.handed.iter().enumerate().filter(|(_, it)| it.nonce == nonce && it.page != page);
        let is_alone = others.all(has_gone);
        self.handed.push(Handed { nonce, hash, page, is_alone });
    }

    /// News of an operation.
    pub fn note_news(&mut self, id: &str, news: &News) {
        match news {
            News::Reached(_, Some(hash)) => self.signed.push((id.to_owned(), *hash)),
            News::Failed { .. } | News::Replaced { .. } => {
                let of_it = self.signed.iter().filter(|(of, _)| of == id).map(|(_, hash)| *hash);
                self.given_up.extend(of_it);
            }
            _ => {}
        }
    }

    /// The page may have lost its lanes: from here on they can be another's.
    pub fn note_rest(&mut self, page: u64) {
        let handed = self.handed.len();
        self.pages[usize::try_from(page).unwrap()].1 = handed;
    }
}

/// An endpoint as a page reaches it.
pub fn endpoint(world: &Shared, role: Role, page: u64) -> ScriptedRpc {
    let (answering, pacing) = (Rc::clone(world), Rc::clone(world));
    let clock = world.borrow().clock.clone();
    let answer = move |method: &str, params: &serde_json::Value| {
        answering.borrow_mut().answer(role, page, method, params)
    };
    ScriptedRpc::new(answer).at_a_distance(clock, move |_| {
        let mut world = pacing.borrow_mut();
        let luck = if world.is_honest { Luck::default() } else { world.luck };
        luck.pace(&mut world.rng)
    })
}
