//! What the engine is told and what it wants done: the whole of its contact with the world.

use alloy_primitives::B256;

use crate::call::Call;
use crate::endpoint::bundler::Known;
use crate::endpoint::node::{Block, Fees};
use crate::endpoint::receipt::{Landed, Log, Receipt};
use crate::session::keep::{Entry, Fate, Lane, Place, Standing};
use crate::session::{GivenFees, SessionError};
use crate::userop::v07::UserOperation;

/// Numbers a request, so that its answer finds its way.
pub(in crate::session) type Request = u64;

/// Something that happened.
#[derive(Debug)]
pub(in crate::session) enum Event {
    /// The app wants calls made. They are in scope.
    Asked(Asked),
    /// The app does not want them any more.
    GivenUp(String),
    /// The app wants an operation replaced by these calls, which do nothing.
    Cancelled { id: String, by: Asked },
    /// The app waits until an operation is final.
    AwaitsFinal(String),
    /// Operations of the outbox whose page is gone are this page's now.
    Adopted(Vec<(Entry, Option<Fate>)>),
    /// An endpoint answered, or did not in time.
    Answered { request: Request, answer: Result<Answer, SessionError> },
    /// An operation was signed and written down, or could not be.
    Signed { id: String, outcome: Result<Box<Entry>, SessionError> },
    /// A lane is this page's now.
    Claimed(Wanted, Lane),
    /// There is no such lane to be had.
    NotClaimed(Wanted, SessionError),
    /// Nothing more is to be signed: the session is locked, revoked, over or gone.
    Refused(SessionError),
    /// Lanes may be lost: the page sleeps.
    LanesLost,
    /// The time of an [`Effect::WakeAt`] came. Timers may ring a little early.
    Rang(u64),
    /// The stored state changed.
    Changed,
}

/// Calls that the app wants made.
#[derive(Debug)]
pub(in crate::session) struct Asked {
    /// Id of the sending.
    pub(in crate::session) id: String,
    pub(in crate::session) calls: Vec<Call>,
    /// Milliseconds for which it may be tried to hand them over.
    pub(in crate::session) timeout: u64,
    /// Fees that the app gives.
    pub(in crate::session) fees: GivenFees,
}

/// Something to be done.
#[derive(Debug)]
pub(in crate::session) enum Effect {
    /// Ask an endpoint.
    Ask { request: Request, ask: Ask },
    /// Check, sign and write down, all in one step; then [`Event::Signed`].
    Sign { id: String, place: Place, operation: Box<UserOperation> },
    /// Change what is stored.
    Store(Change),
    /// Get a lane; then [`Event::Claimed`] or [`Event::NotClaimed`].
    Claim(Wanted),
    /// Give the lane of enabling operations back.
    ReleaseEnabling,
    /// Send [`Event::Rang`] at this time, in milliseconds. Nobody waits for what happens then if it is idle.
    WakeAt { at: u64, idle: bool },
    /// Tell whoever watches an operation.
    Tell { id: String, news: News },
}

/// A lane to be claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) enum Wanted {
    /// That of enabling operations; it is waited for.
    Enabling,
    /// Any that no other tab has, but none of these.
    Use { but: Vec<u16> },
    /// This one, if no other tab has it.
    This(Lane),
}

/// A question for an endpoint.
#[derive(Debug)]
pub(in crate::session) enum Ask {
    /// An operation with gas limits and fees, and at least this much gas for verification.
    Draft { calls: Vec<Call>, enabling: bool, fees: GivenFees, least: u128 },
    /// Fees as they are now.
    Fees,
    /// The paymaster's final fields.
    Sponsor(Box<UserOperation>),
    /// Hands an operation over.
    Send { operation: Box<UserOperation>, hash: B256 },
    /// Whether the bundler has an operation.
    Known(B256),
    /// The bundler's receipt.
    Receipt(B256),
    /// Operations of the account that are on chain in blocks from this one on.
    Landed { since: u64 },
    /// Operations of the account that a transaction has.
    LandedIn(B256),
    /// What a transaction logged.
    Logs(B256),
    /// The chain's next number in a lane.
    Sequence(Lane),
    /// The latest block, and the latest final one.
    Blocks,
    /// The session's state, from storage and chain.
    Refresh,
}

/// What was answered.
#[derive(Debug)]
pub(in crate::session) enum Answer {
    Draft(Box<UserOperation>),
    Fees(Fees),
    Sponsored(Box<UserOperation>),
    Sent,
    Known(Known),
    Receipt(Option<Box<Receipt>>),
    /// All that landed in blocks from this one on, which is later than what was asked for where the node takes no more.
    Landed {
        from: u64,
        events: Vec<Landed>,
    },
    Logs(Vec<Log>),
    Sequence(u64),
    Blocks {
        latest: Block,
        last_final: Option<Block>,
    },
    Refreshed,
}

/// A change of what is stored.
#[derive(Clone, Debug)]
pub(in crate::session) enum Change {
    /// How far an open operation came.
    Standing(B256, Standing),
    /// The chain shows by which operation a nonce was used.
    Settled { place: Place, by: B256, fate: Fate },
    /// What was signed for a nonce cannot land any more.
    Dropped(Place),
    /// A block is gone, and an operation in it may land again.
    Reopened(Box<Entry>),
}

/// News of an operation for the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It reached a stage on its way.
    Reached(Stage, Option<B256>),
    /// It is on chain.
    Included(Box<Receipt>),
    /// Its block is final, by the chain's own word or by its depth.
    Final {
        /// Its receipt.
        receipt: Box<Receipt>,
        /// The chain has no word for it: 64 blocks and two minutes passed.
        by_depth: bool,
    },
    /// Its nonce was used by another operation, so it never lands.
    Replaced {
        /// The one that was last tried.
        hash: B256,
        /// The other one.
        by: B256,
    },
    /// Its time is over and it is not on chain, so it never lands.
    Dropped(B256),
    /// Nobody goes on with it.
    Failed {
        /// Why.
        fault: Box<SessionError>,
        /// The operation, if one was signed. It may land all the same.
        hash: Option<B256>,
    },
    /// It landed after the app was told that nobody goes on with it.
    LandedLate(Box<Receipt>),
}

/// Stages of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Its calls are in scope.
    Checked,
    /// It waits for the operation that enables the session.
    Queued,
    /// Gas limits and fees are known.
    Estimated,
    /// A paymaster pays.
    Sponsored,
    /// It is signed, and written down.
    Signed,
    /// A bundler took it.
    Sent,
    /// It is on chain.
    Included,
    /// Its block is final.
    Final,
    /// Another operation used its nonce.
    Replaced,
    /// It can never land.
    Dropped,
    /// It may land or not: nobody could find out in time.
    Unknown,
}

impl Stage {
    /// All of them, in the order of an operation's life.
    pub const ALL: [Self; 11] = [
        Self::Checked,
        Self::Queued,
        Self::Estimated,
        Self::Sponsored,
        Self::Signed,
        Self::Sent,
        Self::Included,
        Self::Final,
        Self::Replaced,
        Self::Dropped,
        Self::Unknown,
    ];

    /// Stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Checked => "checked",
            Self::Queued => "queued",
            Self::Estimated => "estimated",
            Self::Sponsored => "sponsored",
            Self::Signed => "signed",
            Self::Sent => "sent",
            Self::Included => "included",
            Self::Final => "final",
            Self::Replaced => "replaced",
            Self::Dropped => "dropped",
            Self::Unknown => "unknown",
        }
    }
}
