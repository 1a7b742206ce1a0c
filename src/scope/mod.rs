//! The scope of a session: which calls, with which arguments and how much value, and what all operations together may cost.
//!
//! A scope denies by default: what no rule allows is refused, `value` left out means 0, and there is no wildcard. The JSON form is
//! read by [`Scope::from_json`]; [`Scope::to_json`] writes the one canonical form, whose hash names the scope. The same value is
//! compiled for the chain, shown to the owner, stored, and checked before every signature.

mod arg;
mod check;
mod covers;
mod explain;
mod json;

use alloy_primitives::{Address, B256, U256, keccak256};

pub use arg::{ArgRule, Condition};
pub use check::{OperationCost, Spent, Violation, ViolationKind};
pub use explain::{Actor, Sentence, Topic};
pub use json::ScopeError;

use crate::abi::Function;

/// What a session may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    calls: Vec<CallRule>,
    limits: Limits,
    paymaster: PaymasterRule,
    accept: Vec<String>,
}

/// One allowed function of one contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRule {
    /// Contract.
    pub to: Address,
    /// Function.
    pub function: Function,
    /// A rule for each argument, in order.
    pub args: Vec<ArgRule>,
    /// Most wei per call.
    pub max_value: U256,
}

/// Limits on the operations of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Operations in all; `None` leaves their number to the gas budget.
    pub operations: Option<u64>,
    /// Highest fee per gas in wei that is paid. This package enforces it, no contract does.
    pub max_fee_per_gas: Option<u128>,
    /// Wei for gas in all: each operation counts its gas limits times its fee cap, whoever pays.
    pub gas_total: u128,
}

/// Who may pay for gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymasterRule {
    /// The account itself.
    None,
    /// This paymaster, for every operation.
    Only(Address),
    /// Any paymaster, or the account.
    Any,
}

impl Scope {
    /// Rules for calls, ordered by contract and function.
    #[must_use]
    pub fn calls(&self) -> &[CallRule] {
        &self.calls
    }

    /// Limits.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Who may pay for gas.
    #[must_use]
    pub const fn paymaster(&self) -> PaymasterRule {
        self.paymaster
    }

    /// Dangers and unenforced rules that were accepted by name.
    #[must_use]
    pub fn accepted(&self) -> &[String] {
        &self.accept
    }

    /// Hash of the canonical JSON text. The expiry is not part of it: renewals keep it.
    #[must_use]
    pub fn hash(&self) -> B256 {
        keccak256(self.to_json().to_string())
    }
}
