//! What the chain shows, and what follows from it. An operation is told to be included only when a node shows the EntryPoint's event
//! for it; a bundler's receipt alone is news, not proof.

use alloy_primitives::U256;

use super::effect::{Answer, Ask, Change, News, Stage};
use super::op::{Op, Step};
use super::place::nonce_key;
use super::{Engine, Moment, Purpose};
use crate::endpoint::node::Block;
use crate::endpoint::receipt::{Landed, Receipt};
use crate::session::SessionError;
use crate::session::keep::{Fate, Lane, Place};
use crate::userop::nonce;

impl Engine {
    /// The nonce is used: by which operation?
    pub(super) fn resolve(&mut self, at: usize, moment: &Moment<'_>) {
        if let Some(op) = self.ops.get_mut(at) {
            op.step = Step::Resolving;
            op.watch.due = moment.now;
            op.watch.since = moment.now;
            op.watch.polls = 0;
        }
        self.ask_landed(moment);
    }

    /// Asks the node which operations of the account landed since the oldest open one was signed.
    pub(super) fn ask_landed(&mut self, moment: &Moment<'_>) {
        let of_ops = self.ops.iter().filter_map(|op| op.landed.as_ref().map(|landed| landed.block));
        let of_entries = moment.state.outbox.iter().map(|entry| entry.since);
        let of_tries = self.ops.iter().filter_map(|op| op.entry.as_ref()).map(|entry| entry.since);
        let Some(since) = of_ops.chain(of_entries).chain(of_tries).min() else { return };
        if self.landing.0 {
            self.landing.1 = true;
            return;
        }
        self.landing = (true, false);
        self.ask(Purpose::Landed, Ask::Landed { since });
    }

    pub(super) fn landed(&mut self, answer: Result<Answer, SessionError>, moment: &Moment<'_>) {
        let again = std::mem::take(&mut self.landing).1;
        match answer {
            Ok(Answer::Landed { from, events }) => {
                for event in &events {
                    self.take_event(event, moment);
                }
                self.find_missing(from, &events, moment);
                self.prove_otherwise(from);
                self.look_whether_all_final(Some(from), moment);
            }
            // It is asked again before long.
            Err(fault) if fault.may_pass() => self.finality.look_later(),
            _ => {
                self.prove_otherwise(u64::MAX);
                self.look_whether_all_final(None, moment);
            }
        }
        if again {
            self.ask_landed(moment);
        }
    }

    /// One operation of the account is on chain.
    fn take_event(&mut self, event: &Landed, moment: &Moment<'_>) {
        let Some(place) = self.place_of(event.nonce, moment) else { return };
        for at in 0..self.ops.len() {
            let Some(op) = self.ops.get_mut(at) else { continue };
            if op.hashes.contains(&event.hash) {
                op.watch.missing = 0;
                match op.landed {
                    Some(ref mut known) if known.hash == event.hash && known.success == event.success => {
                        // A reorganisation may have put it into another block.
                        *known = *event;
                        // Its page is gone, and all that it knew.
                        if op.step == Step::Included && op.receipt.is_none() {
                            self.describe(at, *event);
                        }
                    }
                    _ => self.include(at, *event, place, moment),
                }
            } else if op.place() == Some(place) {
                // Whatever a receipt had said, or a block that is gone.
                (op.landed, op.receipt) = (None, None);
                self.replaced(at, place, event);
            }
        }
    }

    /// The place of a nonce, if something was signed for it here.
    fn place_of(&self, wanted: U256, moment: &Moment<'_>) -> Option<Place> {
        let signed = self.ops.iter().filter_map(Op::place);
        let stored = moment.state.outbox.iter().map(|entry| entry.place);
        signed.chain(stored).find(|place| {
            nonce(nonce_key(moment, place.lane, place.lane == Lane::Enabling), place.sequence) == wanted
        })
    }

    fn include(&mut self, at: usize, event: Landed, place: Place, moment: &Moment<'_>) {
        self.hurry(place.lane, moment);
        let Some(op) = self.ops.get_mut(at) else { return };
        if op.step == Step::Sent {
            let waited = moment.now.saturating_sub(op.watch.since);
            let usual = if self.usual_wait == 0 { waited } else { self.usual_wait.midpoint(waited) };
            self.usual_wait = usual.clamp(1, super::pace::LONGEST_USUAL);
        }
        op.landed = Some(event);
        self.saw_enabled |= place.lane == Lane::Enabling;
        self.raise_free(place.lane, place.sequence.saturating_add(1));
        self.store(Change::Settled { place, by: event.hash, fate: included(&event, false) });
        let Some(op) = self.ops.get_mut(at) else { return };
        if op.receipt.is_none() && op.watch.asking {
            // The bundler is being asked: its receipt says more than the event.
            op.step = Step::Resolving;
            return;
        }
        self.describe(at, event);
    }

    /// Tells that it is included, in the bundler's words if they agree with the chain.
    pub(super) fn describe(&mut self, at: usize, event: Landed) {
        let Some(op) = self.ops.get_mut(at) else { return };
        let id = op.id.clone();
        let told = op.receipt.take().filter(|receipt| {
            receipt.user_op_hash == event.hash && receipt.transaction_hash == event.transaction
        });
        match told {
            Some(mut receipt) => {
                // The bundler's words, but the chain's facts.
                (receipt.success, receipt.block_number) = (event.success, event.block);
                (receipt.gas_cost, receipt.gas_used) = (event.gas_cost, event.gas_used);
                if receipt.success {
                    receipt.revert = None;
                }
                self.tell_included(at, receipt);
            }
            None => {
                op.step = Step::Resolving;
                op.watch.due = u64::MAX;
                self.ask(Purpose::Logs(id, Box::new(event)), Ask::Logs(event.transaction));
            }
        }
    }

    /// Its transaction's logs came, or did not: then the event has to do.
    pub(super) fn logs(
        &mut self,
        at: usize,
        event: Landed,
        answer: Result<Answer, SessionError>,
        _: &Moment<'_>,
    ) {
        // A reorganisation put another in its place meanwhile.
        if self.ops.get(at).is_none_or(|op| op.landed.is_none_or(|landed| landed.hash != event.hash)) {
            return;
        }
        let receipt = match answer {
            Ok(Answer::Logs(logs)) => event.receipt_with(logs),
            _ => event.receipt(),
        };
        self.tell_included(at, Box::new(receipt));
    }

    fn tell_included(&mut self, at: usize, receipt: Box<Receipt>) {
        let Some(op) = self.ops.get_mut(at) else { return };
        op.step = Step::Included;
        op.receipt = Some(receipt.clone());
        let id = op.id.clone();
        let news = match std::mem::take(&mut op.is_given_up) {
            true => News::LandedLate(receipt),
            false => News::Included(receipt),
        };
        self.tell(&id, news);
        self.finality.start();
    }

    /// Another operation used the nonce, so what was signed for it here never lands.
    fn replaced(&mut self, at: usize, place: Place, event: &Landed) {
        let Some(op) = self.ops.get_mut(at) else { return };
        if op.step == Step::Replaced {
            return;
        }
        let Some(hash) = op.hash() else { return };
        self.raise_free(place.lane, place.sequence.saturating_add(1));
        let is_ours = self.ops.iter().any(|op| op.hashes.contains(&event.hash));
        self.store(Change::Settled { place, by: event.hash, fate: included(event, false) });
        let Some(op) = self.ops.get_mut(at) else { return };
        // A reorganisation may still bring it back, as long as the other is one of ours.
        op.step = if is_ours { Step::Replaced } else { Step::Over };
        op.is_given_up = true;
        let id = op.id.clone();
        self.tell(&id, News::Replaced { hash, by: event.hash });
    }

    /// Operations whose block is gone: a reorganisation took it, or the node that answered is behind.
    fn find_missing(&mut self, since: u64, events: &[Landed], moment: &Moment<'_>) {
        for at in 0..self.ops.len() {
            self.find_missing_one(at, since, events, moment);
        }
    }

    fn find_missing_one(&mut self, at: usize, since: u64, events: &[Landed], moment: &Moment<'_>) {
        let Some(op) = self.ops.get_mut(at) else { return };
        let Some(landed) = &op.landed else { return };
        let is_there = events.iter().any(|event| event.hash == landed.hash);
        if op.step != Step::Included || landed.block < since || is_there {
            return;
        }
        op.watch.missing = op.watch.missing.saturating_add(1);
        if op.watch.missing > 2 {
            self.reopen(at, moment);
        }
    }

    fn reopen(&mut self, at: usize, moment: &Moment<'_>) {
        let Some(op) = self.ops.get_mut(at) else { return };
        let Some(entry) = op.entry.clone() else { return };
        (op.step, op.landed, op.receipt) = (Step::Sent, None, None);
        op.watch.due = moment.now;
        op.watch.since = moment.now;
        op.watch.polls = 0;
        op.watch.missing = 0;
        // Whether the bundler still has it is asked at once.
        (op.watch.seen, op.watch.checks) = (0, 0);
        let (id, hash) = (op.id.clone(), entry.hash);
        self.saw_enabled &= entry.place.lane != Lane::Enabling;
        self.lower_free(entry.place);
        self.store(Change::Reopened(entry));
        self.tell(&id, News::Reached(Stage::Sent, Some(hash)));
    }

    /// A node that does not search logs, or none from before block `from`: then the transactions that bundlers name in receipts show
    /// what landed. A receipt alone proves nothing, not even for a nonce that is used: another operation may have used it, and what it
    /// took of the budgets is not known.
    fn prove_otherwise(&mut self, from: u64) {
        let waiting = |op: &&Op| {
            let is_searched = op.entry.as_ref().is_some_and(|entry| from <= entry.since);
            op.landed.is_none() != op.receipt.is_none() && op.step != Step::Over && !is_searched
        };
        let named = |op: &Op| {
            let of_receipt = op.receipt.as_ref().map(|receipt| receipt.transaction_hash);
            Some((op.id.clone(), of_receipt.or_else(|| Some(op.landed?.transaction))?))
        };
        let all: Vec<_> = self.ops.iter().filter(waiting).filter_map(named).collect();
        for (id, transaction) in all {
            self.ask(Purpose::Proof(id, None), Ask::LandedIn(transaction));
        }
    }

    /// What the transaction shows in which an operation was or is said to be; with `latest`, to know whether that is final.
    pub(super) fn proved(
        &mut self,
        at: usize,
        latest: Option<Block>,
        answer: Result<Answer, SessionError>,
        moment: &Moment<'_>,
    ) {
        let Ok(Answer::Landed { events, .. }) = answer else { return };
        let id = self.ops.get(at).map(|op| op.id.clone());
        for event in &events {
            self.take_event(event, moment);
        }
        let Some(at) = self.ops.iter().position(|op| Some(&op.id) == id.as_ref()) else { return };
        let Some(landed) = self.ops.get(at).and_then(|op| op.landed) else { return };
        if let Some(latest) = latest {
            self.find_missing_one(at, 0, &events, moment);
            self.look_whether_final(at, latest, Some(landed.block), moment);
        }
    }
}

pub(super) const fn included(event: &Landed, is_final: bool) -> Fate {
    Fate::Included { block: event.block, transaction: event.transaction, success: event.success, is_final }
}
