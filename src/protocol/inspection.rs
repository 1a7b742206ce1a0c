//! What the bytes that a wallet shows, or that somebody sent, allow. Nothing beside the bytes is believed.

use alloy_primitives::{Address, Bytes, ChainId, U256};

use super::AssetRisk;
use crate::call::Call;
use crate::eip712::TypedData;
use crate::scope::lint::Finding;
use crate::scope::{CallRule, Sentence};
use crate::userop::v07::UserOperation;

/// What to look at.
#[derive(Clone, Debug)]
pub enum Exhibit {
    /// Typed data that an owner is asked to sign.
    TypedData(Box<TypedData>),
    /// A user operation.
    Operation(Box<UserOperation>),
    /// The signature field of an operation that enables a session.
    Signature(Bytes),
}

impl Exhibit {
    /// Stable name of its kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::TypedData(_) => "typed-data",
            Self::Operation(_) => "user-operation",
            Self::Signature(_) => "enable-signature",
        }
    }
}

/// On which chains a grant is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chains {
    /// On this one.
    One(ChainId),
    /// On every chain where the account has this address.
    Every,
}

/// What was found in the bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Account protocol and version, where the bytes say it.
    pub protocol: Option<&'static str>,
    /// Account.
    pub account: Option<Address>,
    /// Chains, where the bytes say it.
    pub chains: Option<Chains>,
    /// Address of the session key.
    pub session_key: Option<Address>,
    /// Contract that checks the session key's signatures, with its name where it is known.
    pub signer: Option<(Address, Option<&'static str>)>,
    /// Id of the permission.
    pub permission_id: Option<Bytes>,
    /// Number that the grant is signed for.
    pub nonce: Option<u32>,
    /// First and last second of the session; no last one is for ever.
    pub window: Option<(u64, Option<u64>)>,
    /// Whether the owner's signature is among the bytes.
    pub owner_signature: bool,
    /// Rules for calls.
    pub calls: Vec<CallRule>,
    /// Wei for gas, and the paymaster that must pay.
    pub gas: Option<(u128, Option<Address>)>,
    /// Operations in all.
    pub operations: Option<u64>,
    /// Seconds between operations, and when the first is valid.
    pub rate: Option<(u64, u64)>,
    /// Whether the key can sign messages in the account's name.
    pub messages_allowed: bool,
    /// What the operation itself does.
    pub operation: Option<InspectedOperation>,
    /// What can hurt.
    pub findings: Vec<Finding>,
    /// What could be lost.
    pub worst_case: Vec<AssetRisk>,
    /// The grant in sentences.
    pub sentences: Vec<Sentence>,
    /// How many of the bytes were understood, and how many there are.
    pub covered: (usize, usize),
    /// What was not understood.
    pub unknown: Vec<String>,
}

/// What one operation does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectedOperation {
    /// Account.
    pub sender: Address,
    /// Its calls, or why they are not understood.
    pub calls: Result<Vec<Call>, String>,
    /// Its nonce.
    pub nonce: U256,
    /// How it is validated: `enable`, `use`, `owner`, or another word.
    pub mode: &'static str,
    /// Wei that it can cost at most.
    pub most_cost: U256,
}
