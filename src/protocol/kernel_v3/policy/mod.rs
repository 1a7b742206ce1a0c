//! Policies: contracts that must all agree before a permission is used.

mod call;
mod limits;

use alloy_primitives::{Address, Bytes, address};

pub(super) use call::{CALL_POLICIES, call_policy_data, call_policy_data_with, rule_data};
pub use call::{CallPermission, CallPolicy, CallPolicyVersion, CallType, Condition, Rule};
#[cfg(feature = "testing")]
pub use limits::timestamp_unbounded;
pub(super) use limits::{GAS, RATE_LIMIT, TIMESTAMP};
pub use limits::{GasPolicy, RateLimit, timestamp};

use crate::abi::{Tuple, word_address, words};

/// SignaturePolicy: restricts who may ask for ERC-1271 signatures.
pub(super) const SIGNATURE_CALLER: Address = address!("0xF6A936c88D97E6fad13b98d2FD731Ff17eeD591d");

/// Uses that an entry is left out of. On the signer entry: uses that the whole permission refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkipFlag([u8; 2]);

impl SkipFlag {
    /// Always checked.
    pub const NONE: Self = Self([0, 0]);
    /// Not for user operations.
    pub const NOT_FOR_USER_OPERATIONS: Self = Self([0, 1]);
    /// Not for ERC-1271 signatures.
    pub const NOT_FOR_SIGNATURES: Self = Self([0, 2]);

    /// A flag from its two bytes, as stored on chain.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 2]) -> Self {
        Self(bytes)
    }

    /// Whether the entry is left out of user operations, or refuses them: the account looks at this bit, whatever the others say.
    #[must_use]
    pub const fn skips_user_operations(&self) -> bool {
        self.0[1] & 1 != 0
    }

    /// The same for ERC-1271 signatures.
    #[must_use]
    pub const fn skips_signatures(&self) -> bool {
        self.0[1] & 2 != 0
    }

    /// The two bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 2] {
        &self.0
    }
}

impl std::fmt::Display for SkipFlag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::hex::data(&self.0))
    }
}

/// A policy contract and what it is told: one entry of a permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyEntry {
    flag: SkipFlag,
    contract: Address,
    data: Bytes,
}

impl PolicyEntry {
    /// An entry of any policy contract, always checked.
    #[must_use]
    pub const fn new(contract: Address, data: Bytes) -> Self {
        Self { flag: SkipFlag::NONE, contract, data }
    }

    /// The same entry with another flag.
    #[must_use]
    pub fn with_flag(self, flag: SkipFlag) -> Self {
        Self { flag, ..self }
    }

    /// Flag.
    #[must_use]
    pub const fn flag(&self) -> SkipFlag {
        self.flag
    }

    /// Policy contract.
    #[must_use]
    pub const fn contract(&self) -> Address {
        self.contract
    }

    /// What the contract is told.
    #[must_use]
    pub const fn data(&self) -> &Bytes {
        &self.data
    }

    /// `flag ‖ contract ‖ data`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [self.flag.as_bytes(), self.contract.as_slice(), self.data.as_ref()].concat()
    }
}

/// ERC-1271 signatures only when one of these contracts asks. Restricts no user operation.
#[must_use]
pub fn signature_caller(allowed: &[Address]) -> PolicyEntry {
    let callers = words(allowed.iter().map(|caller| word_address(*caller)));
    PolicyEntry::new(SIGNATURE_CALLER, Tuple::new(1).dynamic(&callers).finish().into())
}

/// Allows everything. A key with this policy alone can replace the owner.
#[cfg(feature = "testing")]
#[must_use]
pub fn sudo() -> PolicyEntry {
    PolicyEntry::new(address!("0x67b436caD8a6D025DF6C82C5BB43fbF11fC5B9B7"), Bytes::new())
}
