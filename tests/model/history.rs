//! What happened in a schedule: all that the judge may go by.

use alloy_primitives::{B256, U256};

/// What an app was told of calls it wanted made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It goes on.
    Goes,
    Included(bool),
    Final(bool),
    LandedLate(bool),
    Replaced,
    Dropped,
    /// Nobody goes on with it, and nothing was signed.
    NotSent,
    /// Nobody goes on with it, but it may land.
    Unknown,
}

impl Told {
    pub const fn is_end(self) -> bool {
        !matches!(self, Self::Goes)
    }
}

/// Calls that an app wanted made.
#[derive(Clone, Debug, Default)]
pub struct Send {
    /// All that was told, in order.
    pub told: Vec<Told>,
    /// What a fresh look at storage says at the end; `None` where nothing is stored of it.
    pub stored: Option<Told>,
    /// How often it is on chain in the end.
    pub effects: u64,
    /// Whether the page that was asked for it died before it was told an end.
    pub is_orphan: bool,
}

/// An operation that was handed to an endpoint for the first time.
#[derive(Clone, Copy, Debug)]
pub struct Handed {
    pub nonce: U256,
    pub hash: B256,
    /// Which page did it; every page has a number of its own.
    pub page: u64,
    /// Whether pages that had handed another over for this nonce had given the lane up by then.
    pub is_alone: bool,
}

/// What was used up on chain at a time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Used {
    pub value: u64,
    pub operations: u64,
    pub gas: U256,
}

#[derive(Clone, Debug, Default)]
pub struct History {
    pub sends: Vec<Send>,
    /// What must not be of itself.
    pub odd: Vec<String>,
    pub handed: Vec<Handed>,
    /// After each change of the chain.
    pub used: Vec<Used>,
    /// What is granted.
    pub limits: Used,
    /// How a fresh call with room ended after everything was well again; `None` where there was no room.
    pub fresh: Option<Told>,
    pub log: Vec<String>,
}
