//! The engine of a session: a machine without I/O. It is told what happened and says what is to be done, so the fate of every
//! operation is decided in one place, in plain order, and every order of events can be tried in a test.
//!
//! - `queue`: who may go, and when. `place`: with which nonce, and that it is signed.
//! - `offer`: handing over, and what an answer means.
//! - `fate`: what the chain shows, and what follows from it.
//! - `watch`: when to look again.
//!
//! Five rules hold whatever endpoints say (`SECURITY.md`, P7). What is signed is written down first. What was handed over may land
//! until the chain shows otherwise. Only the chain ends it. What follows a refusal or a lost answer in a lane is signed for the same
//! nonce. And nobody is told anything that the chain did not show.

mod effect;
mod fate;
mod offer;
mod op;
mod pace;
mod place;
mod queue;
mod watch;

use alloy_primitives::B256;

pub(super) use effect::{Answer, Ask, Asked, Change, Effect, Event, Request, Wanted};
pub use effect::{News, Stage};

use super::keep::{Lane, Place, State};
use super::{SessionError, SessionFault};
use crate::endpoint::node::Block;
use crate::endpoint::receipt::Landed;
use crate::protocol::Grant;
use op::{Op, Step};

/// What is so when something happens.
pub(super) struct Moment<'a> {
    /// Milliseconds since 1970.
    pub(super) now: u64,
    /// A random number.
    pub(super) chance: u64,
    /// The stored state, as last read or written.
    pub(super) state: &'a State,
    /// Why nothing more is signed, if so.
    pub(super) refusal: Option<SessionError>,
    /// Unix seconds at which the grant ends.
    pub(super) valid_until: u64,
    pub(super) grant: &'a dyn Grant,
}

/// What an answer is for. Operations go by their id.
#[derive(Debug)]
enum Purpose {
    Draft(String),
    Sponsor(String),
    Send(String),
    /// The number of this lane, before it is signed.
    Place(String, Lane),
    /// The same after an answer that was not "taken".
    Look(String),
    /// Whether the bundler has it, after a lost answer.
    Known(String),
    Receipt(String),
    /// Whether the bundler still has it.
    StillKnown(String),
    /// The number of its lane, when the bundler does not have it any more.
    Forgotten(String),
    /// Fees, before it is offered again.
    Market(String),
    /// What the transaction has that a bundler names, or in which it was, where the node finds nothing by itself; with the latest
    /// block, to know whether that is final.
    Proof(String, Option<Block>),
    /// What its transaction logged.
    Logs(String, Box<Landed>),
    /// State and chain, after a refusal that they may explain.
    Refresh(String),
    Landed,
    Blocks,
}

/// The machine of one open session.
#[derive(Debug, Default)]
pub(super) struct Engine {
    /// In the order in which they were asked for.
    ops: Vec<Op>,
    /// The lane of this page, once it has one.
    lane: Option<u16>,
    /// Lanes that no other page has: that one, that of enabling, and those of pages that are gone.
    held: Vec<Lane>,
    /// The chain showed that the session is enabled, even if that is not stored yet.
    saw_enabled: bool,
    /// Lanes that are being claimed. That of enabling may be waited for while the session is enabled by another tab.
    claiming: Vec<Wanted>,
    /// The next number of lanes on chain, as this page knows it.
    free: Vec<(Lane, u64)>,
    open: Vec<(Request, Purpose)>,
    last: Request,
    /// Whether the question for what landed is asked, and whether it must be asked again after the answer.
    landing: (bool, bool),
    /// Whether the bundler ever answered, and whether it ever answered to an operation that was handed over.
    bundler_answered: bool,
    send_answered: bool,
    /// How long operations take from being taken to a block, by those that landed.
    usual_wait: u64,
    finality: watch::Finality,
    /// When the driver is to ring next, and whether that is idle.
    armed: Option<(u64, bool)>,
    out: Vec<Effect>,
}

impl Engine {
    /// Takes what happened; what is to be done then comes in order.
    pub(super) fn handle(&mut self, event: Event, moment: &Moment<'_>) -> Vec<Effect> {
        match event {
            Event::Asked(asked) => {
                self.tell(&asked.id, News::Reached(Stage::Checked, None));
                self.ops.push(Op::new(asked));
            }
            Event::Adopted(entries) => self.adopt(entries, moment),
            Event::GivenUp(id) => _ = self.withdraw(&id, SessionError::from(SessionFault::GivenUp)),
            Event::Cancelled { id, by } => self.cancel(&id, by),
            Event::AwaitsFinal(id) => self.await_final(&id, moment),
            Event::Claimed(wanted, lane) => self.claimed(&wanted, lane),
            Event::NotClaimed(wanted, fault) => self.not_claimed(&wanted, fault),
            Event::Refused(fault) => self.refuse_all(&fault),
            Event::LanesLost => self.lose_lanes(),
            Event::Signed { id, outcome } => self.signed(&id, outcome, moment),
            Event::Answered { request, answer } => self.answered(request, answer, moment),
            Event::Rang(rang) => self.armed = self.armed.filter(|(at, _)| *at != rang),
            Event::Changed => {}
        }
        self.go_on(moment);
        self.ops.retain(|op| op.step != Step::Over);
        self.arm(moment);
        std::mem::take(&mut self.out)
    }

    /// Where an operation of this page is.
    pub(super) fn stage(&self, id: &str) -> Option<(Stage, Option<B256>)> {
        let op = self.ops.iter().find(|op| op.id == id)?;
        let stage = match op.step {
            Step::Waiting if op.queued => Stage::Queued,
            Step::Waiting | Step::Drafting => Stage::Checked,
            Step::Ready | Step::Placing | Step::Sponsoring | Step::Signing => Stage::Estimated,
            Step::Offering | Step::Looking(_) | Step::Asking | Step::Pausing | Step::Resolving => {
                Stage::Signed
            }
            Step::Sent => Stage::Sent,
            Step::GivenUp => Stage::Unknown,
            Step::Replaced => Stage::Replaced,
            Step::Included => Stage::Included,
            Step::Over => Stage::Final,
        };
        Some((stage, op.landed.as_ref().map(|landed| landed.hash).or_else(|| op.hash())))
    }

    fn answered(&mut self, request: Request, answer: Result<Answer, SessionError>, moment: &Moment<'_>) {
        let Some(at) = self.open.iter().position(|(open, _)| *open == request) else { return };
        let (_, purpose) = self.open.swap_remove(at);
        if let Purpose::Landed = purpose {
            return self.landed(answer, moment);
        }
        if let Purpose::Blocks = purpose {
            return self.blocks(answer, moment);
        }
        let (Purpose::Draft(id)
        | Purpose::Sponsor(id)
        | Purpose::Send(id)
        | Purpose::Place(id, _)
        | Purpose::Look(id)
        | Purpose::Known(id)
        | Purpose::Receipt(id)
        | Purpose::StillKnown(id)
        | Purpose::Forgotten(id)
        | Purpose::Market(id)
        | Purpose::Proof(id, _)
        | Purpose::Logs(id, _)
        | Purpose::Refresh(id)) = &purpose
        else {
            return;
        };
        let Some(at) = self.ops.iter().position(|op| op.id == *id) else { return };
        match (purpose, answer) {
            (Purpose::Draft(_), answer) => self.drafted(at, answer, moment),
            (Purpose::Sponsor(_), answer) => self.sponsored(at, answer, moment),
            (Purpose::Send(_), answer) => self.offered(at, answer.map(|_| ()), moment),
            (Purpose::Place(_, lane), answer) => self.placed(at, lane, answer, moment),
            (Purpose::Look(_), answer) => self.looked(at, answer, moment),
            (Purpose::Known(_), answer) => self.asked_for(at, answer, moment),
            (Purpose::Refresh(_), _) => self.refreshed(at, moment),
            (Purpose::Receipt(_), answer) => self.receipt(at, answer, moment),
            (Purpose::StillKnown(_), answer) => self.still_known(at, answer, moment),
            (Purpose::Forgotten(_), answer) => self.forgotten(at, answer, moment),
            (Purpose::Market(_), answer) => self.offer_again(at, answer, moment),
            (Purpose::Proof(_, latest), answer) => self.proved(at, latest, answer, moment),
            (Purpose::Logs(_, landed), answer) => self.logs(at, *landed, answer, moment),
            (Purpose::Landed | Purpose::Blocks, _) => {}
        }
    }

    fn ask(&mut self, purpose: Purpose, ask: Ask) {
        self.last = self.last.wrapping_add(1);
        self.open.push((self.last, purpose));
        self.out.push(Effect::Ask { request: self.last, ask });
    }

    fn tell(&mut self, id: &str, news: News) {
        self.out.push(Effect::Tell { id: id.to_owned(), news });
    }

    fn store(&mut self, change: Change) {
        self.out.push(Effect::Store(change));
    }

    /// The next number of a lane on chain, as this page knows it.
    fn known(&self, lane: Lane) -> Option<u64> {
        self.free.iter().find(|(known, _)| *known == lane).map(|(_, next)| *next)
    }

    fn set_free(&mut self, lane: Lane, next: u64) {
        self.free.retain(|(known, _)| *known != lane);
        self.free.push((lane, next));
    }

    fn raise_free(&mut self, lane: Lane, next: u64) {
        if self.known(lane).is_none_or(|known| known < next) {
            self.set_free(lane, next);
        }
    }

    /// The next one in a lane is signed for this nonce at the latest: nobody goes on with what was signed for it, and whatever came
    /// behind it would wait for ever.
    fn lower_free(&mut self, place: Place) {
        if self.known(place.lane).is_some_and(|known| known > place.sequence) {
            self.set_free(place.lane, place.sequence);
        }
    }

    fn find(&mut self, id: &str) -> Option<&mut Op> {
        self.ops.iter_mut().find(|op| op.id == id)
    }
}
