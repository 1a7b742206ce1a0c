//! Which nonce an operation gets: the next free one of this page's lane, or the one that was given up last. Then it is signed. And which
//! lanes this page has.

use alloy_primitives::U256;

use super::effect::{Answer, Ask, Change, Effect, News, Stage, Wanted};
use super::op::{Op, Step};
use super::{Engine, Moment, Purpose, pace};
use crate::session::keep::{Entry, Lane, Place};
use crate::session::{SessionError, SessionFault};
use crate::userop::nonce;
use crate::userop::v07::UserOperation;

/// Each of the two fees must be this many hundredths of the other operation's for a bundler to replace it, rounded up.
const OUTBID: (u128, u128) = (110, 100);

impl Engine {
    /// Finds the nonce for an operation: the one that was given up last, or the next one.
    pub(super) fn find_place(&mut self, at: usize, moment: &Moment<'_>) {
        let Some(op) = self.ops.get(at) else { return };
        if !op.enables && !self.is_enabled(moment) {
            return self.back_to_waiting(at);
        }
        if op.enables && self.is_enabled(moment) && op.fixed.is_none() {
            return self.back_to_waiting(at);
        }
        let lane = match (op.fixed, op.enables, self.lane) {
            (Some(place), ..) if !self.holds(place.lane) => return self.claim(Wanted::This(place.lane)),
            (Some(place), ..) => place.lane,
            (None, true, _) if !self.holds(Lane::Enabling) => return self.back_to_waiting(at),
            (None, true, _) => Lane::Enabling,
            (None, false, Some(own)) if !self.standing(moment).contains(&own) => Lane::Use(own),
            // Not from one that stands to another: that would go back and forth without end.
            (None, false, _) => return self.claim(Wanted::Use { but: self.standing(moment) }),
        };
        let Some(next) = self.known(lane) else { return self.ask_place(at, lane) };
        let given_up = |hash| self.ops.iter().any(|op| op.is_given_up && op.hashes.contains(&hash));
        let is_taken = |place| self.ops.iter().any(|op| op.place() == Some(place) && op.step.goes_on());
        let sequence = moment.state.next_sequence(lane, next, given_up, is_taken);
        let place = self.ops.get(at).and_then(|op| op.fixed).unwrap_or(Place { lane, sequence });
        let is_alternative = moment.state.at(place).next().is_some();
        let Some(op) = self.ops.get_mut(at) else { return };
        if is_alternative && !op.looked {
            op.looked = true;
            return self.ask_place(at, lane);
        }
        self.prepare(at, place, moment);
    }

    fn ask_place(&mut self, at: usize, lane: Lane) {
        let Some(op) = self.ops.get_mut(at) else { return };
        op.step = Step::Placing;
        let id = op.id.clone();
        self.ask(Purpose::Place(id, lane), Ask::Sequence(lane));
    }

    pub(super) fn placed(
        &mut self,
        at: usize,
        lane: Lane,
        answer: Result<Answer, SessionError>,
        moment: &Moment<'_>,
    ) {
        let Some(op) = self.ops.get_mut(at) else { return };
        if op.step != Step::Placing {
            return;
        }
        op.step = Step::Ready;
        match answer {
            // Only what was signed here moves a lane. Whoever says that it moved further is asked twice: a nonce that does not follow
            // would wait for ever.
            Ok(Answer::Sequence(next))
                if next > moment.state.signed_up_to(lane) && op.doubted != Some(next) =>
            {
                op.doubted = Some(next);
                self.ask_place(at, lane);
            }
            Ok(Answer::Sequence(next)) => {
                // Somebody's operation used a nonce that is open here: the logs say whose.
                if moment
                    .state
                    .outbox
                    .iter()
                    .any(|entry| entry.place.lane == lane && entry.place.sequence < next)
                {
                    self.ask_landed(moment);
                }
                let before = self.known(lane).unwrap_or_default();
                self.set_free(lane, next.max(before));
            }
            Ok(_) => {}
            Err(fault) => self.pause_or(at, fault, moment),
        }
    }

    /// Waits for better times, as long as there is time.
    pub(super) fn pause_or(&mut self, at: usize, fault: SessionError, moment: &Moment<'_>) {
        let Some(op) = self.ops.get_mut(at) else { return };
        let pause = pace::offer(op.tries, moment.chance).max(fault.retry_after());
        let ends = op.deadline.unwrap_or_default();
        if fault.may_pass() && moment.now.saturating_add(pause) < ends {
            op.tries = op.tries.saturating_add(1);
            op.not_before = moment.now.saturating_add(pause);
            op.step = Step::Ready;
        } else {
            self.give_up(at, fault);
        }
    }

    /// Lanes in which what is first does not move.
    fn standing(&self, moment: &Moment<'_>) -> Vec<u16> {
        let waits = |op: &&Op| {
            op.step == Step::Sent && moment.now.saturating_sub(op.watch.since) > pace::STANDS_AFTER
        };
        let mut lanes = Vec::new();
        for op in self.ops.iter().filter(waits) {
            if let Some(Place { lane: Lane::Use(id), .. }) = op.place()
                && !lanes.contains(&id)
            {
                lanes.push(id);
            }
        }
        lanes
    }

    /// Sets the nonce, asks the paymaster if there is one, and has it signed.
    fn prepare(&mut self, at: usize, place: Place, moment: &Moment<'_>) {
        let highest = moment
            .state
            .at(place)
            .map(|entry| (entry.operation.max_fee_per_gas, entry.operation.max_priority_fee_per_gas));
        let highest = highest.fold((0, 0), |(a, b): (u128, u128), (c, d)| (a.max(c), b.max(d)));
        let Some(op) = self.ops.get_mut(at) else { return };
        let Some(draft) = &mut op.draft else { return self.back_to_waiting(at) };
        draft.nonce = nonce(nonce_key(moment, place.lane, op.enables), place.sequence);
        if op.outbids {
            draft.max_fee_per_gas = draft.max_fee_per_gas.max(outbid(highest.0));
            draft.max_priority_fee_per_gas =
                draft.max_priority_fee_per_gas.max(outbid(highest.1)).min(draft.max_fee_per_gas);
        }
        // Two operations are told apart by their hash, so no two may be the same.
        let is_same = |entry: &Entry, draft: &UserOperation| {
            let (signature, paymaster) = (draft.signature.clone(), draft.paymaster.clone());
            UserOperation { signature, paymaster, ..entry.operation.as_ref().clone() } == *draft
        };
        while moment.state.at(place).any(|entry| entry.id != op.id && is_same(entry, draft)) {
            draft.pre_verification_gas = draft.pre_verification_gas.saturating_add(U256::ONE);
        }
        op.at = Some(place);
        let (id, operation) = (op.id.clone(), draft.clone());
        if operation.paymaster.is_some() {
            op.step = Step::Sponsoring;
            return self.ask(Purpose::Sponsor(id), Ask::Sponsor(operation));
        }
        op.step = Step::Signing;
        self.out.push(Effect::Sign { id, place, operation });
    }

    pub(super) fn sponsored(&mut self, at: usize, answer: Result<Answer, SessionError>, moment: &Moment<'_>) {
        let Some(op) = self.ops.get_mut(at) else { return };
        if op.step != Step::Sponsoring {
            return;
        }
        match answer {
            Ok(Answer::Sponsored(operation)) => {
                let Some(place) = op.at else { return };
                op.step = Step::Signing;
                let id = op.id.clone();
                self.tell(&id, News::Reached(Stage::Sponsored, None));
                self.out.push(Effect::Sign { id, place, operation });
            }
            Ok(_) => {}
            Err(fault) => self.pause_or(at, fault, moment),
        }
    }

    pub(super) fn signed(&mut self, id: &str, outcome: Result<Box<Entry>, SessionError>, _: &Moment<'_>) {
        let Some(at) = self.ops.iter().position(|op| op.id == id) else { return };
        if let Some((Some(landed), Ok(entry))) = self.ops.get(at).map(|op| (op.landed, &outcome)) {
            // What was signed for its nonce before landed meanwhile.
            let (place, fate) = (entry.place, super::fate::included(&landed, false));
            return self.store(Change::Settled { place, by: landed.hash, fate });
        }
        if self.ops.get(at).is_some_and(|op| op.step != Step::Signing) {
            return;
        }
        match outcome {
            // The lane was lost meanwhile: nothing was signed, and another is found.
            Err(error) if matches!(*error, SessionFault::Busy) => {
                let lost = self.ops.get(at).and_then(|op| op.at).map(|place| place.lane);
                self.held.retain(|lane| Some(*lane) != lost);
                self.lane = self.lane.filter(|own| Some(Lane::Use(*own)) != lost);
                self.back_to_ready(at);
            }
            Ok(entry) => {
                let hash = entry.hash;
                if let Some(op) = self.ops.get_mut(at) {
                    op.take(*entry, None);
                    (op.lost, op.tries) = (false, 0);
                }
                self.tell(id, News::Reached(Stage::Signed, Some(hash)));
                self.offer(at);
            }
            Err(fault) => self.offer_as_it_is_or(at, fault),
        }
    }

    pub(super) fn back_to_waiting(&mut self, at: usize) {
        if let Some(op) = self.ops.get_mut(at) {
            (op.step, op.draft) = (Step::Waiting, None);
        }
    }

    pub(super) fn back_to_ready(&mut self, at: usize) {
        if let Some(op) = self.ops.get_mut(at) {
            (op.step, op.at, op.looked) = (Step::Ready, None, false);
        }
    }

    pub(super) fn holds(&self, lane: Lane) -> bool {
        self.held.contains(&lane)
    }

    pub(super) fn hold(&mut self, lane: Lane) {
        if !self.holds(lane) {
            self.held.push(lane);
        }
    }

    pub(super) fn claim(&mut self, wanted: Wanted) {
        if !self.claiming.contains(&wanted) {
            self.claiming.push(wanted.clone());
            self.out.push(Effect::Claim(wanted));
        }
    }

    pub(super) fn claimed(&mut self, wanted: &Wanted, lane: Lane) {
        self.claiming.retain(|claiming| claiming != wanted);
        self.hold(lane);
        if let (Wanted::Use { .. }, Lane::Use(own)) = (wanted, lane) {
            self.lane = Some(own);
        }
    }

    pub(super) fn not_claimed(&mut self, wanted: &Wanted, fault: SessionError) {
        self.claiming.retain(|claiming| claiming != wanted);
        let step = if *wanted == Wanted::Enabling { Step::Waiting } else { Step::Ready };
        if let Some(at) = self.ops.iter().position(|op| op.step == step) {
            self.give_up(at, fault);
        }
    }

    /// Other tabs may have the lanes now: nothing more is signed for a nonce in them.
    pub(super) fn lose_lanes(&mut self) {
        self.lane = None;
        self.held.clear();
        self.free.clear();
        for at in 0..self.ops.len() {
            let step = self.ops.get(at).map(|op| op.step);
            if matches!(step, Some(Step::Placing | Step::Sponsoring)) {
                self.back_to_ready(at);
            }
        }
    }
}

fn outbid(fee: u128) -> u128 {
    let (times, parts) = OUTBID;
    fee.saturating_mul(times).div_ceil(parts)
}

pub(super) fn nonce_key(moment: &Moment<'_>, lane: Lane, enables: bool) -> alloy_primitives::aliases::U192 {
    let signature = if enables { moment.state.grant_signature.0.as_ref() } else { &[] };
    let mode = crate::session::mode(enables, signature);
    match lane {
        Lane::Enabling => moment.grant.nonce_key(mode, crate::session::lanes::ENABLING_LANE),
        Lane::Use(id) => moment.grant.nonce_key(mode, id),
    }
}
