//! Handing an operation over, and what an answer means. "Taken" is the only answer that ends the trying; after every other one the
//! chain is asked first, since what was handed over may have landed whatever was said.

use super::effect::{Answer, Ask, Change, News, Stage};
use super::op::{Op, Step, Why};
use super::{Engine, Moment, Purpose, pace};
use crate::endpoint::bundler::{Known, LeastFee, Meaning};
use crate::session::keep::{Entry, Lane, Standing};
use crate::session::{SessionError, SessionFault};

/// Parts of the gas that was too little for verification that the next try has.
const MORE_GAS: (u128, u128) = (3, 2);

impl Engine {
    /// Hands an operation over, or hands it over again: the same bytes change nothing if they had arrived.
    pub(super) fn offer(&mut self, at: usize) {
        let Some(op) = self.ops.get_mut(at) else { return };
        let Some(Entry { operation, hash, .. }) = op.entry.as_deref().cloned() else { return };
        op.step = Step::Offering;
        let id = op.id.clone();
        self.ask(Purpose::Send(id), Ask::Send { operation, hash });
    }

    pub(super) fn offered(&mut self, at: usize, answer: Result<(), SessionError>, moment: &Moment<'_>) {
        let Some(op) = self.ops.get_mut(at) else { return };
        if op.step != Step::Offering {
            return;
        }
        let fault = match answer {
            Ok(()) => return self.accepted(at, true, moment),
            Err(fault) => fault,
        };
        let meaning = match &*fault {
            SessionFault::Bundler(error) => error.meaning(),
            _ => Meaning::Unclear,
        };
        self.bundler_answered |= fault.is_answer();
        self.send_answered |= fault.is_answer();
        op.fault = Some(fault);
        let why = match meaning {
            Meaning::Known => return self.accepted(at, false, moment),
            Meaning::Unclear => Why::Lost,
            Meaning::Nonce => Why::Nonce,
            Meaning::Underpriced => Why::Underpriced,
            Meaning::Stale => Why::Stale,
            Meaning::Refused => Why::Refused,
        };
        op.lost |= why == Why::Lost;
        op.step = Step::Looking(why);
        let Some(place) = op.place() else { return };
        let id = op.id.clone();
        // One before it is on its way, and the bundler takes no other until that is on chain.
        if why == Why::Nonce && !self.is_first_of_its_lane(place) {
            return self.offer_later(at, true, moment);
        }
        self.ask(Purpose::Look(id), Ask::Sequence(place.lane));
    }

    /// The bundler has it: since now, or for a while.
    fn accepted(&mut self, at: usize, is_new: bool, moment: &Moment<'_>) {
        (self.bundler_answered, self.send_answered) = (true, true);
        let Some(op) = self.ops.get_mut(at) else { return };
        let Some(hash) = op.hash() else { return };
        let was_sent = op.watch.since > 0 && !op.is_given_up;
        op.step = Step::Sent;
        op.fault = None;
        op.watch.seen = moment.now;
        // One that it had all the time is looked for at the pace that this had reached.
        if is_new || !was_sent {
            (op.watch.due, op.watch.polls) =
                (moment.now.saturating_add(pace::first_look(self.usual_wait)), 0);
        }
        if op.watch.since == 0 {
            op.watch.since = moment.now;
        }
        let id = op.id.clone();
        if !was_sent {
            self.tell(&id, News::Reached(Stage::Sent, Some(hash)));
        }
        self.store(Change::Standing(hash, Standing::Accepted));
    }

    /// What the chain says of the lane after an answer that was not "taken".
    pub(super) fn looked(&mut self, at: usize, answer: Result<Answer, SessionError>, moment: &Moment<'_>) {
        let Some(op) = self.ops.get_mut(at) else { return };
        let (Step::Looking(why), Some(place)) = (op.step, op.place()) else { return };
        let on_chain = match answer {
            Ok(Answer::Sequence(next)) => Some(next),
            _ => None,
        };
        if on_chain.is_some_and(|next| next > place.sequence) {
            self.raise_free(place.lane, on_chain.unwrap_or_default());
            return self.resolve(at, moment);
        }
        match why {
            Why::Lost => self.ask_known(at),
            Why::Refused if op.lost => self.ask_known(at),
            Why::Refused => self.refused(at),
            Why::Underpriced => self.outbid(at),
            Why::Stale => self.refused(at),
            // Taken before, and its turn: whoever refuses it now has it.
            Why::Nonce if op.watch.since > 0 && on_chain == Some(place.sequence) => {
                op.step = Step::Sent;
                op.watch.seen = moment.now;
            }
            // Behind others of its lane it waits for them; else the bundler sees the chain a little later than the node.
            Why::Nonce => {
                let is_behind = on_chain.is_some_and(|next| next < place.sequence);
                if is_behind && self.is_first_of_its_lane(place) {
                    // Nothing is on its way that it could wait for: what landed before it may have been taken back.
                    self.finality.look_at(moment.now);
                }
                self.offer_later(at, is_behind, moment);
            }
        }
    }

    fn ask_known(&mut self, at: usize) {
        let Some(op) = self.ops.get_mut(at) else { return };
        let Some(hash) = op.hash() else { return };
        op.step = Step::Asking;
        let id = op.id.clone();
        self.ask(Purpose::Known(id), Ask::Known(hash));
    }

    pub(super) fn asked_for(&mut self, at: usize, answer: Result<Answer, SessionError>, moment: &Moment<'_>) {
        let Some(op) = self.ops.get(at) else { return };
        match (op.step, answer) {
            (Step::Asking, Ok(Answer::Known(Known::Waiting | Known::Included))) => {
                self.accepted(at, false, moment)
            }
            (Step::Asking, _) => self.offer_later(at, false, moment),
            _ => {}
        }
    }

    /// A bundler that takes no later operation may have forgotten an earlier one: it is asked for the first of the lane.
    fn suspect_first(&mut self, lane: Lane, moment: &Moment<'_>) {
        let usual_wait = self.usual_wait;
        let in_lane =
            |op: &&mut Op| op.step == Step::Sent && op.place().is_some_and(|place| place.lane == lane);
        let first = self.ops.iter_mut().filter(in_lane).min_by_key(|op| op.place());
        let is_unseen = |op: &&mut Op| {
            moment.now.saturating_sub(op.watch.seen) > pace::suspect(op.watch.checks, usual_wait)
        };
        if let Some(op) = first.filter(is_unseen) {
            (op.watch.seen, op.watch.due) = (0, moment.now);
        }
    }

    /// What waits in a lane for those before it is handed over at once when one of them is on chain. Where each waits for a block of its
    /// own, many take long: their time counts from the last that landed.
    pub(super) fn hurry(&mut self, lane: Lane, moment: &Moment<'_>) {
        for op in self.ops.iter_mut().filter(|op| op.step.is_before_sent()) {
            let end = moment.now.saturating_add(op.timeout);
            op.deadline = op.deadline.map(|deadline| deadline.max(end));
            if op.step == Step::Pausing && op.place().is_some_and(|place| place.lane == lane) {
                (op.not_before, op.tries) = (moment.now, 0);
            }
        }
    }

    /// Hands it over again after a pause, as long as there is time.
    fn offer_later(&mut self, at: usize, is_behind: bool, moment: &Moment<'_>) {
        if is_behind && let Some(place) = self.ops.get(at).and_then(Op::place) {
            self.suspect_first(place.lane, moment);
        }
        let (answered, usual_wait) = (self.bundler_answered, self.usual_wait);
        let send_answered = self.send_answered;
        let Some(op) = self.ops.get_mut(at) else { return };
        let pause =
            if is_behind { pace::behind(op.tries, usual_wait) } else { pace::offer(op.tries, moment.chance) };
        let pause = pause.max(op.fault.as_ref().map_or(0, |fault| fault.retry_after()));
        op.tries = op.tries.saturating_add(1);
        let end = op.deadline.unwrap_or_default();
        let began = end.saturating_sub(op.timeout);
        // One that answers late is waited for; one that fails at once, again and again, is down.
        let is_heard = answered && (send_answered || op.tries < pace::TRIES_OF_A_SEND);
        let end = if is_heard { end } else { end.min(began.saturating_add(pace::NEVER_ANSWERED)) };
        if moment.now.saturating_add(pause) < end {
            (op.step, op.not_before) = (Step::Pausing, moment.now.saturating_add(pause));
            return;
        }
        let fault = op.fault.take();
        let fault = match (op.hash(), fault) {
            (Some(hash), Some(cause)) if op.lost => SessionError::from(SessionFault::Unknown { hash, cause }),
            (Some(hash), None) => SessionError::from(SessionFault::NotIncluded { hash }),
            (_, Some(fault)) => fault,
            (None, None) => return,
        };
        self.give_up(at, fault);
    }

    /// Signs it for the fee that the bundler named, in the same nonce. What is above the scope's is refused before it is signed.
    fn pay_more(&mut self, at: usize, least: LeastFee) {
        let Some(op) = self.ops.get_mut(at) else { return };
        let Some(draft) = &mut op.draft else { return };
        if least.is_tip {
            draft.max_priority_fee_per_gas = draft.max_priority_fee_per_gas.max(least.wei);
        }
        draft.max_fee_per_gas = draft.max_fee_per_gas.max(least.wei).max(draft.max_priority_fee_per_gas);
        op.raises = op.raises.saturating_add(1);
        (op.fixed, op.looked, op.step) = (op.place(), true, Step::Ready);
    }

    /// Where a bundler took it before, what was to be signed in its place can be done without: the same bytes are offered again.
    pub(super) fn offer_as_it_is_or(&mut self, at: usize, fault: SessionError) {
        let Some(op) = self.ops.get_mut(at) else { return };
        if op.watch.since == 0 || op.entry.is_none() || !fault.leaves_the_old_alone() {
            return self.give_up(at, fault);
        }
        (op.fixed, op.outbids) = (None, false);
        self.offer(at);
    }

    /// Estimates it anew, and signs it in the same nonce.
    pub(super) fn estimate_again(&mut self, at: usize) {
        let Some(op) = self.ops.get_mut(at) else { return };
        let had = op.entry.as_ref().map_or(0, |entry| entry.operation.verification_gas_limit);
        let (times, parts) = MORE_GAS;
        op.least_gas = had.saturating_mul(times).div_ceil(parts);
        op.raises = op.raises.saturating_add(1);
        (op.fixed, op.looked) = (op.place(), true);
        self.back_to_waiting(at);
    }

    /// A clear refusal: the app is told, unless state and chain explain it.
    fn refused(&mut self, at: usize) {
        let Some(op) = self.ops.get_mut(at) else { return };
        let Some(fault) = op.fault.take() else { return };
        let is_ours = op.entry.as_ref().is_some_and(|entry| self.held.contains(&entry.place.lane));
        if is_ours && op.may_be_raised() {
            if fault.wants_more_gas() {
                return self.estimate_again(at);
            }
            if let Some(least) = fault.least_fee()
                && op.fees.are_quoted()
            {
                return self.pay_more(at, least);
            }
        }
        if fault.may_be_explained() && !op.refreshed && !op.calls.is_empty() {
            op.refreshed = true;
            op.fault = Some(fault);
            let id = op.id.clone();
            return self.ask(Purpose::Refresh(id), Ask::Refresh);
        }
        self.give_up(at, fault);
    }

    /// The bundler has another operation for this nonce: one of ours that it had refused, or not answered for.
    fn outbid(&mut self, at: usize) {
        let Some(op) = self.ops.get_mut(at) else { return };
        // Fees that the app gives are not raised.
        let cannot = op.draft.is_none() || !op.fees.are_quoted() || op.outbids && op.hashes.len() > 1;
        let is_ours = op.place().is_some_and(|place| self.held.contains(&place.lane));
        if cannot || !is_ours {
            return match op.watch.since > 0 {
                // It was sent, and another of its nonce is now: the chain says which lands.
                true => op.step = Step::Sent,
                false if op.lost => self.ask_known(at),
                false => self.refused(at),
            };
        }
        op.outbids = true;
        op.fixed = op.place();
        op.looked = true;
        op.step = Step::Ready;
    }

    /// Nobody goes on with it. What was signed for it may land all the same.
    pub(super) fn give_up(&mut self, at: usize, fault: SessionError) {
        let Some(op) = self.ops.get_mut(at) else { return };
        let (id, hash, place) = (op.id.clone(), op.hash(), op.place());
        op.step = if hash.is_some() { Step::GivenUp } else { Step::Over };
        op.is_given_up = true;
        let hashes = op.hashes.clone();
        for hash in hashes {
            self.store(Change::Standing(hash, Standing::GivenUp));
        }
        if let Some(place) = place {
            self.lower_free(place);
        }
        self.tell(&id, News::Failed { fault: Box::new(fault), hash });
    }
}
