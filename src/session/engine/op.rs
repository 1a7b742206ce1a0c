//! An operation on its way, as the engine sees it.

use alloy_primitives::B256;

use super::effect::Asked;
use crate::call::Call;
use crate::endpoint::receipt::{Landed, Receipt};
use crate::session::keep::{Entry, Fate, Place, Standing};
use crate::session::{GivenFees, SessionError};
use crate::userop::v07::UserOperation;

/// How often an operation is signed anew for the fee that a bundler names, or for more gas: prices rise, but not without end.
const MOST_RAISES: u8 = 2;

/// Calls on their way, from being asked for until their fate is final.
#[derive(Debug)]
pub(super) struct Op {
    pub(super) id: String,
    pub(super) calls: Vec<Call>,
    pub(super) step: Step,
    /// How long it may be tried to hand it over, and until when, once that began.
    pub(super) timeout: u64,
    pub(super) deadline: Option<u64>,
    /// Fees that the app gives: no others are paid.
    pub(super) fees: GivenFees,
    /// When the step may go on.
    pub(super) not_before: u64,
    /// Pauses so far.
    pub(super) tries: u32,
    /// Whether it carries the grant.
    pub(super) enables: bool,
    /// Whether it was told that it waits for another to enable the session.
    pub(super) queued: bool,
    /// An answer to a send was lost: an error says nothing from then on.
    pub(super) lost: bool,
    /// The session's state was read again for it.
    pub(super) refreshed: bool,
    /// The chain was looked at since what was signed for its nonce before was given up.
    pub(super) looked: bool,
    /// How often it was signed anew because of what a bundler said of its fees or gas.
    pub(super) raises: u8,
    /// How often the bundler that took it did not have it any more.
    pub(super) forgotten: u8,
    /// The least limit for verification gas that it may have.
    pub(super) least_gas: u128,
    /// A number of its lane that is further than what was signed here.
    pub(super) doubted: Option<u64>,
    /// It is to replace what a bundler may have for its nonce.
    pub(super) outbids: bool,
    /// The nonce that it must have, because it is to replace another.
    pub(super) fixed: Option<Place>,
    /// The nonce that was found for it.
    pub(super) at: Option<Place>,
    /// Gas limits and fees, once they are known.
    pub(super) draft: Option<Box<UserOperation>>,
    /// What was signed last.
    pub(super) entry: Option<Box<Entry>>,
    /// Everything that was signed for it.
    pub(super) hashes: Vec<B256>,
    /// Why it does not go on.
    pub(super) fault: Option<SessionError>,
    pub(super) watch: Watch,
    /// What the chain shows of it.
    pub(super) landed: Option<Landed>,
    /// The bundler's receipt, until the chain shows the same.
    pub(super) receipt: Option<Box<Receipt>>,
    pub(super) awaits_final: bool,
    /// Whether the app was told that nobody goes on with it.
    pub(super) is_given_up: bool,
}

/// Looking for an operation that a bundler took.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// When to ask next.
    pub(super) due: u64,
    /// Whether an answer is awaited.
    pub(super) asking: bool,
    pub(super) polls: u32,
    /// When there was a sign of it last, and how often it was asked for one.
    pub(super) seen: u64,
    pub(super) checks: u32,
    /// When it was taken, or the chain first showed its nonce to be used.
    pub(super) since: u64,
    /// Whether the question that is open, or was last, is the last one.
    pub(super) last_look: bool,
    /// How often its block was found gone.
    pub(super) missing: u32,
}

/// Where an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It waits for the session to be enabled, or for its time.
    Waiting,
    /// Gas limits and fees are asked for.
    Drafting,
    /// It waits for its turn.
    Ready,
    /// Its nonce is being found.
    Placing,
    /// The paymaster is asked.
    Sponsoring,
    /// It is being signed and written down.
    Signing,
    /// It was handed over; no answer yet.
    Offering,
    /// The chain is asked after an answer that was not "taken".
    Looking(Why),
    /// The bundler is asked whether it has it, after its answer was lost.
    Asking,
    /// It will be handed over again.
    Pausing,
    /// Its nonce is used; by which operation is not known yet.
    Resolving,
    /// A bundler took it.
    Sent,
    /// Nobody goes on with it; it may land all the same.
    GivenUp,
    /// Its nonce was used by another.
    Replaced,
    /// It is on chain.
    Included,
    /// Nothing more is to come.
    Over,
}

/// Why the chain is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// No answer, or none that says anything.
    Lost,
    /// A clear refusal.
    Refused,
    /// A refusal because of the nonce.
    Nonce,
    /// A refusal because it pays no more than what the bundler has for the nonce.
    Underpriced,
    /// A refusal that a newer view of the chain explains.
    Stale,
}

impl Step {
    /// Whether it is tried, or awaited.
    pub(super) const fn goes_on(self) -> bool {
        self.is_before_sent() || matches!(self, Self::Sent)
    }

    /// Whether a bundler did not take it yet and it is still tried.
    pub(super) const fn is_before_sent(self) -> bool {
        !matches!(self, Self::Sent | Self::GivenUp | Self::Replaced | Self::Included | Self::Over)
    }
}

impl Op {
    pub(super) fn new(asked: Asked) -> Self {
        Self {
            id: asked.id,
            calls: asked.calls,
            step: Step::Waiting,
            timeout: asked.timeout,
            fees: asked.fees,
            deadline: None,
            not_before: 0,
            tries: 0,
            enables: false,
            queued: false,
            lost: false,
            refreshed: false,
            looked: false,
            raises: 0,
            forgotten: 0,
            least_gas: 0,
            doubted: None,
            outbids: false,
            fixed: None,
            at: None,
            draft: None,
            entry: None,
            hashes: Vec::new(),
            fault: None,
            watch: Watch::default(),
            landed: None,
            receipt: None,
            awaits_final: false,
            is_given_up: false,
        }
    }

    /// One whose page is gone.
    pub(super) fn adopted(entry: Entry, fate: Option<Fate>, now: u64, is_fresh: bool) -> Self {
        let asked = Asked { id: entry.id.clone(), calls: Vec::new(), timeout: 0, fees: GivenFees::default() };
        let mut op = Self::new(asked);
        op.step = match entry.standing {
            Standing::Accepted | Standing::Handed => Step::Sent,
            // Nobody knows whether it was handed over. One that is not fresh would surprise.
            Standing::Signed if is_fresh => Step::Pausing,
            Standing::Signed | Standing::GivenUp => Step::GivenUp,
        };
        op.is_given_up = op.step == Step::GivenUp;
        op.lost = true;
        op.enables = entry.place.lane == crate::session::keep::Lane::Enabling;
        op.watch = Watch { due: now, seen: now, since: now, ..Watch::default() };
        if fate.is_some() {
            (op.step, op.is_given_up) = (Step::Replaced, true);
        }
        op.take(entry, fate);
        op
    }

    /// Takes what was signed for it, and what the chain last showed of that.
    pub(super) fn take(&mut self, entry: Entry, fate: Option<Fate>) {
        self.hashes.push(entry.hash);
        if let Some(Fate::Included { block, transaction, success, .. }) = fate {
            let (hash, nonce) = (entry.hash, entry.operation.nonce);
            let (gas_cost, gas_used) = Default::default();
            self.landed = Some(Landed { hash, nonce, success, gas_cost, gas_used, block, transaction });
            (self.step, self.is_given_up) = (Step::Included, false);
        }
        self.entry = Some(Box::new(entry));
    }

    /// Whether it was signed for the app, which hands it over itself.
    pub(super) fn is_handed(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| entry.standing == Standing::Handed)
    }

    /// Whether it may be signed anew, for more gas or a higher fee.
    pub(super) fn may_be_raised(&self) -> bool {
        self.draft.is_some() && self.raises < MOST_RAISES
    }

    pub(super) fn hash(&self) -> Option<B256> {
        self.entry.as_ref().map(|entry| entry.hash)
    }

    pub(super) fn place(&self) -> Option<Place> {
        self.entry.as_ref().map(|entry| entry.place)
    }
}
