//! Who may go, and when. Gas is asked for side by side; signing and handing over go one by one, in the order in which the app asked.

use super::effect::{Answer, Ask, Asked, Effect, News, Stage, Wanted};
use super::op::{Op, Step};
use super::{Engine, Moment, Purpose, pace};
use crate::session::keep::{Entry, Fate, Lane, Phase, Standing};
use crate::session::{SessionError, SessionFault};

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

    pub(super) fn is_enabled(&self, moment: &Moment<'_>) -> bool {
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
                let (fees, least) = (op.fees, op.least_gas);
                self.ask(Purpose::Draft(id), Ask::Draft { calls, enabling, fees, least });
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
            let pause = pace::offer(op.tries, moment.chance).max(fault.retry_after());
            if moment.now.saturating_add(pause) < began.saturating_add(patience) {
                op.tries = op.tries.saturating_add(1);
                (op.step, op.not_before) = (Step::Waiting, moment.now.saturating_add(pause));
                return;
            }
        }
        self.offer_as_it_is_or(at, fault);
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

    /// Takes operations over whose page is gone.
    pub(super) fn adopt(&mut self, entries: Vec<(Entry, Option<Fate>)>, moment: &Moment<'_>) {
        for (entry, fate) in entries {
            self.hold(entry.place.lane);
            let known = self.ops.iter_mut().find(|op| op.id == entry.id);
            match known {
                Some(op) if op.hashes.contains(&entry.hash) => {}
                Some(op) => op.take(entry, fate),
                None => {
                    let (hash, was_signed) = (entry.hash, entry.standing == Standing::Signed);
                    let age = (moment.now / 1000).saturating_sub(entry.at.seconds());
                    let mut op = Op::adopted(entry, fate, moment.now, age < FRESH);
                    op.deadline = Some(moment.now.saturating_add(FRESH.saturating_mul(1000)));
                    // Before everything that is asked for here.
                    let front = self.ops.iter().take_while(|op| op.calls.is_empty()).count();
                    let is_left = op.step == Step::GivenUp && was_signed;
                    self.ops.insert(front, op);
                    if is_left {
                        self.give_up(front, SessionFault::NotIncluded { hash }.into());
                    }
                    // Its bundler may know where it is, if the node does not search that far back.
                    if let Some(op) = self.ops.get(front).filter(|op| op.step == Step::GivenUp) {
                        let id = op.id.clone();
                        self.ask(Purpose::Receipt(id), Ask::Receipt(hash));
                    }
                }
            }
        }
        // What landed may not be there any more.
        if self.ops.iter().any(|op| op.landed.is_some() && op.receipt.is_none()) {
            self.ask_landed(moment);
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
        (other.fixed, other.outbids, other.looked) = (op.place().or(op.at), true, true);
        self.ops.insert(at, other);
    }
}
