//! When to look again: for receipts of what was sent, for what a bundler forgot, for blocks that become final, and now and then for
//! operations that nobody waits for.

use super::effect::{Answer, Ask, Change, Effect, News};
use super::fate::included;
use super::op::Step;
use super::{Engine, Moment, Purpose, pace};
use crate::endpoint::bundler::Known;
use crate::endpoint::node::{Block, Fees};
use crate::session::keep::{Phase, Place};
use crate::session::{SessionError, SessionFault};

/// With the first of so many questions the node is asked beside the bundler: what lands at once is told at once, and what a bundler
/// does not see is told all the same.
const ASK_BOTH: u32 = 8;

/// Waiting for blocks to become final.
#[derive(Debug, Default)]
pub(super) struct Finality {
    due: Option<u64>,
    asking: bool,
    looks: u32,
    /// The last final block, and when it was first seen to be that.
    last_final: Option<(Block, u64)>,
    /// Since when the chain has no such block.
    missing_since: Option<u64>,
    /// The first block seen to be behind the end of the grant.
    over_at: Option<u64>,
    /// The latest block of the look that is under way.
    latest: Option<Block>,
}

impl Finality {
    /// There is something to wait for.
    pub(super) fn start(&mut self) {
        (self.looks, self.due) = (0, None);
    }

    /// Looks at this time.
    pub(super) fn look_at(&mut self, due: u64) {
        self.due = Some(due);
    }

    /// What landed could not be read: then nothing is known to be final.
    pub(super) fn look_later(&mut self) {
        self.latest = None;
    }

    /// Whether the chain's own word for final does not help.
    fn stands(&self, now: u64) -> bool {
        let since = match self.last_final {
            Some((_, since)) => since,
            None => self.missing_since.unwrap_or(now),
        };
        now.saturating_sub(since) >= pace::FINAL_BY_DEPTH.1
    }
}

impl Engine {
    pub(super) fn look_around(&mut self, moment: &Moment<'_>) {
        for at in 0..self.ops.len() {
            self.look_for(at, moment);
        }
        self.look_for_final(moment);
    }

    /// Whether earlier operations of its lane are on their way: then theirs come first.
    pub(super) fn is_first_of_its_lane(&self, place: Place) -> bool {
        !self
            .ops
            .iter()
            .filter(|op| op.step == Step::Sent)
            .filter_map(|op| op.place())
            .any(|other| other.lane == place.lane && other.sequence < place.sequence)
    }

    fn look_for(&mut self, at: usize, moment: &Moment<'_>) {
        let Some(op) = self.ops.get(at) else { return };
        let (Some(hash), Some(place)) = (op.hash(), op.place()) else { return };
        let is_due = op.watch.due <= moment.now && !op.watch.asking;
        if !is_due || !matches!(op.step, Step::Sent | Step::Resolving) || !self.is_first_of_its_lane(place) {
            return;
        }
        if let Some(event) = op.landed {
            // What it waited for says no more of it.
            return self.describe(at, event);
        }
        let waited = moment.now.saturating_sub(op.watch.since);
        let too_long = if op.step == Step::Resolving { pace::UNSEEN_FOR } else { pace::UNKNOWN_AFTER };
        let is_late = waited > too_long;
        // Time that a page slept through tells nothing: it is looked for once more.
        if is_late && op.watch.last_look {
            return self.give_up_unknown(at);
        }
        let is_first = op.watch.polls == 0 && pace::is_slow(self.usual_wait);
        let both = op.watch.polls.is_multiple_of(ASK_BOTH) && !is_first
            || op.receipt.is_some()
            || op.step == Step::Resolving
            || is_late;
        let forgotten =
            moment.now.saturating_sub(op.watch.seen) >= pace::forgotten(op.watch.checks, self.usual_wait);
        let Some(op) = self.ops.get_mut(at) else { return };
        op.watch.asking = true;
        op.watch.last_look = is_late;
        op.watch.polls = op.watch.polls.saturating_add(1);
        let id = op.id.clone();
        if forgotten && !is_late && op.step == Step::Sent {
            op.watch.checks = op.watch.checks.saturating_add(1);
            return self.ask(Purpose::StillKnown(id), Ask::Known(hash));
        }
        self.ask(Purpose::Receipt(id), Ask::Receipt(hash));
        if is_late && !self.finality.asking {
            // From the block that is the latest now: what was known of it before may be wrong.
            self.finality.asking = true;
            self.ask(Purpose::Blocks, Ask::Blocks);
        } else if both {
            self.ask_landed(moment);
        }
    }

    fn give_up_unknown(&mut self, at: usize) {
        let Some(op) = self.ops.get(at) else { return };
        if let Some(hash) = op.hash() {
            let fault = SessionError::from(SessionFault::NotIncluded { hash });
            self.give_up(at, fault);
            self.finality.start();
        }
    }

    fn later(&mut self, at: usize, moment: &Moment<'_>) {
        if let Some(op) = self.ops.get_mut(at) {
            op.watch.asking = false;
            if op.landed.is_none() {
                let pause = pace::receipt(op.watch.polls.saturating_sub(1), self.usual_wait);
                op.watch.due = moment.now.saturating_add(pause);
            }
        }
    }

    pub(super) fn receipt(&mut self, at: usize, answer: Result<Answer, SessionError>, moment: &Moment<'_>) {
        self.later(at, moment);
        let Some(op) = self.ops.get_mut(at) else { return };
        if !matches!(op.step, Step::Sent | Step::Resolving | Step::GivenUp) {
            return;
        }
        if let Some(event) = op.landed {
            if let Ok(Answer::Receipt(receipt)) = answer {
                op.receipt = receipt;
            }
            return self.describe(at, event);
        }
        match answer {
            Ok(Answer::Receipt(Some(receipt))) => {
                op.receipt = Some(receipt);
                self.ask_landed(moment);
            }
            // It is on chain, if written otherwise than usual: the node knows.
            Err(fault) if fault.is_malformed() => self.ask_landed(moment),
            _ => {}
        }
    }

    /// Whether the bundler still has it.
    pub(super) fn still_known(
        &mut self,
        at: usize,
        answer: Result<Answer, SessionError>,
        moment: &Moment<'_>,
    ) {
        self.later(at, moment);
        let Some(op) = self.ops.get_mut(at) else { return };
        if op.step != Step::Sent {
            return;
        }
        match answer {
            Ok(Answer::Known(Known::Waiting)) => return op.watch.seen = moment.now,
            Ok(Answer::Known(Known::Included)) => {
                op.watch.seen = moment.now;
                return self.ask_landed(moment);
            }
            _ => {}
        }
        let (id, Some(place)) = (op.id.clone(), op.place()) else { return };
        // Bundlers know nothing of one that they are just sending; whoever has it says so to the same bytes.
        if op.watch.checks < 2 && !op.is_handed() {
            (op.watch.seen, op.tries, op.not_before) = (moment.now, 0, 0);
            op.deadline = Some(moment.now.saturating_add(op.timeout.max(pace::NEVER_ANSWERED)));
            return self.offer(at);
        }
        op.watch.asking = true;
        self.ask(Purpose::Forgotten(id), Ask::Sequence(place.lane));
    }

    /// What the chain says of the nonce of one that the bundler does not have.
    pub(super) fn forgotten(&mut self, at: usize, answer: Result<Answer, SessionError>, moment: &Moment<'_>) {
        self.later(at, moment);
        let Some(op) = self.ops.get_mut(at) else { return };
        let (Step::Sent, Some(place)) = (op.step, op.place()) else { return };
        op.watch.seen = moment.now;
        match answer {
            Ok(Answer::Sequence(next)) if next > place.sequence => self.ask_landed(moment),
            // The app hands it over itself, when it wants.
            Ok(Answer::Sequence(_)) if op.is_handed() => {}
            Ok(Answer::Sequence(_)) => {
                let id = op.id.clone();
                op.watch.asking = true;
                self.ask(Purpose::Market(id), Ask::Fees);
            }
            _ => {}
        }
    }

    /// Offers it again: as it is, or for more where the market rose above it.
    pub(super) fn offer_again(
        &mut self,
        at: usize,
        answer: Result<Answer, SessionError>,
        moment: &Moment<'_>,
    ) {
        self.later(at, moment);
        let Some(op) = self.ops.get_mut(at) else { return };
        if op.step != Step::Sent {
            return;
        }
        let Some(entry) = &op.entry else { return };
        let is_ours = self.held.contains(&entry.place.lane);
        let highest = entry.operation.max_fee_per_gas;
        op.deadline = Some(moment.now.saturating_add(op.timeout.max(pace::NEVER_ANSWERED)));
        (op.tries, op.not_before) = (0, 0);
        op.forgotten = op.forgotten.saturating_add(1);
        // Bundlers drop what has too little gas when they bundle it, without a word.
        if op.forgotten > 1 && is_ours && op.may_be_raised() {
            return self.estimate_again(at);
        }
        match (answer, &mut op.draft) {
            (Ok(Answer::Fees(Fees { max_fee_per_gas, max_priority_fee_per_gas })), Some(draft))
                if max_fee_per_gas > highest && is_ours && op.fees.are_quoted() =>
            {
                draft.max_fee_per_gas = max_fee_per_gas;
                draft.max_priority_fee_per_gas = max_priority_fee_per_gas;
                (op.fixed, op.outbids, op.looked, op.step) = (op.place(), true, true, Step::Ready);
            }
            _ => self.offer(at),
        }
    }

    /// Waits until an operation's block is final, at the pace of somebody who waits.
    pub(super) fn await_final(&mut self, id: &str, _: &Moment<'_>) {
        if let Some(op) = self.find(id) {
            op.awaits_final = true;
            self.finality.start();
        }
    }

    fn look_for_final(&mut self, moment: &Moment<'_>) {
        let is_awaited = self.ops.iter().any(|op| op.awaits_final && op.step == Step::Included);
        let is_needed = |step: Step| matches!(step, Step::Included | Step::GivenUp | Step::Replaced);
        if !self.ops.iter().any(|op| is_needed(op.step)) {
            self.finality.due = None;
            return;
        }
        if self.finality.asking {
            return;
        }
        let due = *self.finality.due.get_or_insert_with(|| {
            moment.now.saturating_add(pace::until_final(self.finality.looks, is_awaited))
        });
        if due <= moment.now {
            self.finality.asking = true;
            self.finality.looks = self.finality.looks.saturating_add(1);
            self.ask(Purpose::Blocks, Ask::Blocks);
        }
    }

    pub(super) fn blocks(&mut self, answer: Result<Answer, SessionError>, moment: &Moment<'_>) {
        (self.finality.asking, self.finality.due) = (false, None);
        let Ok(Answer::Blocks { latest, last_final }) = answer else { return };
        match (last_final, self.finality.last_final) {
            (Some(found), Some((known, _))) if found.number <= known.number => {}
            (Some(found), _) => self.finality.last_final = Some((found, moment.now)),
            (None, _) => _ = self.finality.missing_since.get_or_insert(moment.now),
        }
        if latest.time.seconds() > moment.valid_until {
            self.finality.over_at.get_or_insert(latest.number);
        }
        // What is in these blocks is asked after them, so that nothing counts as final that a reorganisation took.
        self.finality.latest = Some(latest);
        self.ask_landed(moment);
    }

    /// After a look at what landed from this block on: what of it is final, and what can never land?
    pub(super) fn look_whether_all_final(&mut self, from: Option<u64>, moment: &Moment<'_>) {
        if let Some(latest) = self.finality.latest.take() {
            for at in 0..self.ops.len() {
                self.look_whether_final(at, latest, from, moment);
            }
        }
    }

    pub(super) fn look_whether_final(
        &mut self,
        at: usize,
        latest: Block,
        from: Option<u64>,
        moment: &Moment<'_>,
    ) {
        let last_final = self.finality.last_final.map(|(block, _)| block).unwrap_or_default();
        let stands = self.finality.stands(moment.now);
        let over_at = self.finality.over_at.map(|block| block.saturating_add(pace::FINAL_BY_DEPTH.0));
        let is_long_over = stands && over_at.is_some_and(|block| latest.number >= block);
        let Some(op) = self.ops.get_mut(at) else { return };
        let Some(place) = op.place() else { return };
        let id = op.id.clone();
        if let (Step::Included, Some(event), Some(receipt)) = (op.step, op.landed, op.receipt.clone()) {
            // Its block was not looked at: then its transaction is.
            if from.is_none_or(|from| from > event.block) {
                return self.ask(Purpose::Proof(id, Some(latest)), Ask::LandedIn(event.transaction));
            }
            let by_depth = stands && latest.number >= event.block.saturating_add(pace::FINAL_BY_DEPTH.0);
            if op.watch.missing == 0 && (last_final.number >= event.block || by_depth) {
                self.store(Change::Settled { place, by: event.hash, fate: included(&event, true) });
                self.tell(&id, News::Final { receipt, by_depth: last_final.number < event.block });
                self.end_all_at(place);
            }
        } else if matches!(op.step, Step::Sent | Step::GivenUp)
            // All blocks were looked at in which it could be.
            && from.is_some_and(|from| op.entry.as_ref().is_some_and(|entry| from <= entry.since))
            && (last_final.time.seconds() > moment.valid_until || is_long_over)
            // One that lies about time alone drops nothing.
            && moment.now > moment.valid_until.saturating_mul(1_000)
            && moment.state.phase != Phase::Pending
            && let Some(hash) = op.hash()
        {
            op.step = Step::Over;
            self.store(Change::Dropped(place));
            self.tell(&id, News::Dropped(hash));
        }
    }

    /// Nothing signed for this nonce has an open fate any more.
    fn end_all_at(&mut self, place: Place) {
        for op in self.ops.iter_mut().filter(|op| op.place() == Some(place)) {
            op.step = Step::Over;
        }
    }

    /// Has the driver ring when something is due next.
    pub(super) fn arm(&mut self, moment: &Moment<'_>) {
        let mut next: Option<u64> = None;
        for op in &self.ops {
            let due = match op.step {
                Step::Waiting | Step::Ready | Step::Pausing => op.not_before,
                Step::Sent | Step::Resolving if !op.watch.asking => op.watch.due,
                _ => continue,
            };
            if due > moment.now && due < u64::MAX {
                next = Some(next.map_or(due, |next| next.min(due)));
            }
        }
        let is_awaited = self.ops.iter().any(|op| op.awaits_final);
        let idle = next.is_none() && !is_awaited;
        if let Some(due) = self.finality.due.filter(|due| !self.finality.asking && *due > moment.now) {
            next = Some(next.map_or(due, |next| next.min(due)));
        }
        let Some(at) = next else { return };
        if self.armed.is_none_or(|(armed, was_idle)| at < armed || (was_idle && !idle)) {
            self.armed = Some((at, idle));
            self.out.push(Effect::WakeAt { at, idle });
        }
    }
}
