//! Who may go, with which nonce, and when it is signed. Gas is asked for side by side; signing and handing over go one by one, in
//! the order in which the app asked.

use super::effect::{Answer, Ask, Asked, Change, Effect, News, Stage, Wanted};
use super::op::{Op, Step};
use super::{Engine, Moment, Purpose, pace};
use crate::session::keep::{Entry, Lane, Phase, Place, Standing};
use crate::session::{SessionError, SessionFault};
use crate::userop::nonce;

/// Each of the two fees must be this many hundredths of the other operation's for a bundler to replace it, rounded up.
const OUTBID: (u128, u128) = (110, 100);
/// Seconds after which an operation whose page died is not handed over any more.
const FRESH: u64 = 120;

impl Engine {
    pub(super) fn go_on(&mut self, moment: &Moment<'_>) {
        self.start_drafts(moment);
        self.open_door(moment);
        self.look_around(moment);
    }

    /// What is not signed yet is not signed any more.
    pub(super) fn refuse_all(&mut self, refusal: &SessionError) {
        for at in 0..self.ops.len() {
            if self.ops.get(at).is_some_and(|op| matches!(op.step, Step::Waiting | Step::Ready)) {
                self.give_up(at, refusal.clone());
            }
        }
    }

    fn is_enabled(&self, moment: &Moment<'_>) -> bool {
        self.saw_enabled || moment.state.phase == Phase::Enabled
    }

    fn start_drafts(&mut self, moment: &Moment<'_>) {
        let enabled = self.is_enabled(moment);
        // Whoever has the lane but nothing for it would keep all other tabs waiting.
        let needs_it = |op: &Op| op.step == Step::Waiting || op.enables && op.step.goes_on();
        let replaces_in_it =
            |op: &Op| op.fixed.is_some_and(|place| place.lane == Lane::Enabling) && op.step.is_before_sent();
        let is_needed = self.ops.iter().any(replaces_in_it)
            || moment.state.phase != Phase::Enabled && self.ops.iter().any(needs_it);
        if self.holds(Lane::Enabling) && !is_needed {
            self.held.retain(|lane| *lane != Lane::Enabling);
            self.out.push(Effect::ReleaseEnabling);
        }
        let on_its_way = |op: &Op| op.enables && op.step != Step::Waiting && op.step.goes_on();
        let mut another_enables = self.ops.iter().any(on_its_way);
        let holds_enabling = self.holds(Lane::Enabling);
        for at in 0..self.ops.len() {
            let Some(op) = self.ops.get_mut(at) else { continue };
            if op.step != Step::Waiting {
                continue;
            }
            if enabled || op.fixed.is_some() || (!another_enables && holds_enabling) {
                another_enables = true;
                if op.not_before > moment.now {
                    continue;
                }
                op.enables = op.fixed.map_or(!enabled, |place| place.lane == Lane::Enabling);
                op.step = Step::Drafting;
                op.deadline = op.deadline.or_else(|| Some(moment.now.saturating_add(op.timeout)));
                let (id, calls, enabling) = (op.id.clone(), op.calls.clone(), op.enables);
                self.ask(Purpose::Draft(id), Ask::Draft { calls, enabling });
                continue;
            }
            if !op.queued && (another_enables || moment.state.is_enabling()) {
                op.queued = true;
                let id = op.id.clone();
                self.tell(&id, News::Reached(Stage::Queued, None));
            }
            if !another_enables {
                self.claim(Wanted::Enabling);
                another_enables = true;
            }
        }
    }

    /// Lets the first operation that no bundler has go on.
    fn open_door(&mut self, moment: &Moment<'_>) {
        let Some(at) = self.ops.iter().position(|op| op.step.is_before_sent()) else { return };
        let Some(op) = self.ops.get(at) else { return };
        if op.not_before > moment.now {
            return;
        }
        match op.step {
            Step::Ready => self.find_place(at, moment),
            Step::Pausing => self.offer(at),
            _ => {}
        }
    }

    pub(super) fn drafted(&mut self, at: usize, answer: Result<Answer, SessionError>, moment: &Moment<'_>) {
        let Some(op) = self.ops.get_mut(at) else { return };
        if op.step != Step::Drafting {
            // What was signed for it before landed meanwhile.
            return;
        }
        match answer {
            Ok(Answer::Draft(draft)) => {
                self.bundler_answered = true;
                (op.draft, op.step, op.tries) = (Some(draft), Step::Ready, 0);
                let id = op.id.clone();
                self.tell(&id, News::Reached(Stage::Estimated, None));
            }
            Ok(_) => {}
            Err(fault) => self.not_drafted(at, fault, moment),
        }
    }

    fn not_drafted(&mut self, at: usize, fault: SessionError, moment: &Moment<'_>) {
        let answered = self.bundler_answered;
        let Some(op) = self.ops.get_mut(at) else { return };
        if fault.may_be_explained() && !op.refreshed {
            op.refreshed = true;
            op.fault = Some(fault);
            let id = op.id.clone();
            return self.ask(Purpose::Refresh(id), Ask::Refresh);
        }
        if fault.may_pass() {
            let began = op.deadline.map_or(moment.now, |end| end.saturating_sub(op.timeout));
            let patience = if answered { op.timeout } else { op.timeout.min(pace::NEVER_ANSWERED) };
            let pause = pace::offer(op.tries, moment.chance);
            if moment.now.saturating_add(pause) < began.saturating_add(patience) {
                op.tries = op.tries.saturating_add(1);
                (op.step, op.not_before) = (Step::Waiting, moment.now.saturating_add(pause));
                return;
            }
        }
        self.give_up(at, fault);
    }

    /// The state was read again: it explains the refusal, or what was refused is built anew, or the refusal stands.
    pub(super) fn refreshed(&mut self, at: usize, moment: &Moment<'_>) {
        let enabled = self.is_enabled(moment);
        let Some(op) = self.ops.get_mut(at) else { return };
        if !op.step.is_before_sent() {
            return;
        }
        let Some(fault) = op.fault.take() else { return };
        if let Some(refusal) = &moment.refusal {
            return self.give_up(at, refusal.clone());
        }
        let mode_is_the_same = op.enables != enabled;
        // What was signed may still land: then the same calls are signed for its nonce or not at all.
        if !fault.is_stale_view() || !(op.hashes.is_empty() || mode_is_the_same) {
            return self.give_up(at, fault);
        }
        (op.step, op.draft) = (Step::Waiting, None);
        (op.fixed, op.looked) = (op.place().or(op.fixed), true);
    }

    /// Finds the nonce for an operation: the one that was given up last, or the next one.
    fn find_place(&mut self, at: usize, moment: &Moment<'_>) {
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
    fn pause_or(&mut self, at: usize, fault: SessionError, moment: &Moment<'_>) {
        let Some(op) = self.ops.get_mut(at) else { return };
        let pause = pace::offer(op.tries, moment.chance);
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
                    op.take(*entry);
                    (op.lost, op.tries) = (false, 0);
                }
                self.tell(id, News::Reached(Stage::Signed, Some(hash)));
                self.offer(at);
            }
            Err(fault) => self.give_up(at, fault),
        }
    }

    fn back_to_waiting(&mut self, at: usize) {
        if let Some(op) = self.ops.get_mut(at) {
            (op.step, op.draft) = (Step::Waiting, None);
        }
    }

    fn back_to_ready(&mut self, at: usize) {
        if let Some(op) = self.ops.get_mut(at) {
            (op.step, op.at, op.looked) = (Step::Ready, None, false);
        }
    }

    pub(super) fn holds(&self, lane: Lane) -> bool {
        self.held.contains(&lane)
    }

    fn hold(&mut self, lane: Lane) {
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

    /// Takes operations over whose page is gone.
    pub(super) fn adopt(&mut self, entries: Vec<Entry>, moment: &Moment<'_>) {
        for entry in entries {
            self.hold(entry.place.lane);
            let known = self.ops.iter_mut().find(|op| op.id == entry.id);
            match known {
                Some(op) if op.hashes.contains(&entry.hash) => {}
                Some(op) => op.take(entry),
                None => {
                    let (hash, was_signed) = (entry.hash, entry.standing == Standing::Signed);
                    let age = (moment.now / 1000).saturating_sub(entry.at.seconds());
                    let mut op = Op::adopted(entry, moment.now, age < FRESH);
                    op.deadline = Some(moment.now.saturating_add(FRESH.saturating_mul(1000)));
                    // Before everything that is asked for here.
                    let front = self.ops.iter().take_while(|op| op.calls.is_empty()).count();
                    let is_left = op.step == Step::GivenUp && was_signed;
                    self.ops.insert(front, op);
                    if is_left {
                        self.give_up(front, SessionFault::NotIncluded { hash }.into());
                    }
                }
            }
        }
    }

    /// The app does not want calls any more: what is not signed yet is not signed.
    pub(super) fn withdraw(&mut self, id: &str, fault: SessionError) -> bool {
        let before = |op: &Op| op.id == id && op.hashes.is_empty() && op.step != Step::Signing;
        let found = self.ops.iter().position(before);
        if let Some(at) = found {
            self.give_up(at, fault);
        }
        found.is_some()
    }

    /// Replaces an operation by one that does nothing.
    pub(super) fn cancel(&mut self, id: &str, by: Asked) {
        if self.withdraw(id, SessionError::from(SessionFault::Cancelled)) {
            return;
        }
        let Some(at) = self.ops.iter().position(|op| op.id == id) else { return };
        let Some(op) = self.ops.get(at) else { return };
        let mut other = Op::new(by);
        (other.fixed, other.outbids, other.looked) = (op.place(), true, true);
        self.ops.insert(at, other);
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
