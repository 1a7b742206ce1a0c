//! The scope of a session: which calls, with which arguments and how much value, and what all operations together may cost.
//!
//! A scope denies by default: what no rule allows is refused, `value` left out means 0, and there is no wildcard. The JSON form is
//! read by [`Scope::from_json`]; [`Scope::to_json`] writes it with every field, in the order in which it was written, and the hash of
//! the one form in which the lists are in order names the scope. The same value is
//! linted, compiled for the chain, shown to the owner, stored, and checked before every signature.

mod check;
mod condition;
mod covers;
pub(crate) mod english;
mod explain;
mod json;
mod known;
mod leaves;
pub mod lint;
mod range;
mod spend;

use alloy_primitives::{Address, B256, U256, keccak256};

pub use check::{OperationCost, Reserve, Spent, Usage, Violation, ViolationKind};
pub use condition::Condition;
pub(crate) use condition::{condition_order, is_one_word};
pub use covers::WiderThanScope;
pub use explain::{Actor, Keeper, Sentence, Token, Topic};
pub use json::ScopeError;
pub(crate) use json::read_wei;
pub(crate) use known::{Class, Known, known};
pub(crate) use leaves::{Leaf, leaves, member};
pub use spend::{Asset, SpendRule, SpentOn};

use crate::abi::{Function, Selector};
use crate::call::Call;
use crate::order::sort_by_key;

/// Places of rules in order of contract and selector.
fn order_of(calls: &[CallRule]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..calls.len()).collect();
    sort_by_key(&mut order, |place| calls.get(*place).map(|rule| (rule.to, rule.selector())));
    order
}

/// Whether an amount of wei bounds anything: there is less than this of any coin.
pub(crate) const fn is_gas_budget(wei: u128) -> bool {
    wei < 1 << 100
}

/// What a session may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    calls: Vec<CallRule>,
    /// Places of the rules for calls, ordered by contract and selector.
    order: Vec<usize>,
    spend: Vec<SpendRule>,
    limits: Limits,
    paymaster: PaymasterRule,
    signatures: Vec<SignatureRule>,
    accept: Vec<String>,
}

/// One allowed function of one contract, or plain transfers to one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRule {
    /// Contract.
    pub to: Address,
    /// Function; `None` is a plain transfer: empty calldata.
    pub function: Option<Function>,
    /// A condition for each argument, in order.
    pub args: Vec<Condition>,
    /// Most wei per call.
    pub max_value: U256,
}

/// Limits on the operations of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Operations in all; `None` leaves their number to the gas budget.
    pub operations: Option<u64>,
    /// Seconds between operations: the k-th, counted from 0, not before the session's start + k times this. Idle time adds up.
    pub every: Option<u64>,
    /// Highest fee per gas in wei that is paid. This package enforces it, no contract does.
    pub max_fee_per_gas: Option<u128>,
    /// Most wei that one operation may cost; `None` for a fifth of the total. This package enforces it, no contract does. The operation
    /// that enables the session may cost four fifths of the total in any case: see [`Limits::most_per_operation`].
    pub per_operation: Option<u128>,
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

/// Typed data (EIP-712) that the session may sign in the account's name (ERC-1271).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureRule {
    /// `verifyingContract` of its domain.
    pub contract: Address,
    /// Its type, as EIP-712 encodes it: `Mail(address to,string text)`.
    pub ty: String,
}

/// Fifths of the gas budget that the operation which enables the session may take, and that any later one may take by default.
const ENABLING_FIFTHS: u128 = 4;
const LATER_FIFTHS: u128 = 1;

impl Limits {
    /// Most wei that one operation may cost, so that no endpoint's estimate can take the whole budget at once.
    #[must_use]
    pub fn most_per_operation(&self, enables: bool) -> u128 {
        let fifths = |times: u128| {
            let rest = (self.gas_total % 5).saturating_mul(times) / 5;
            (self.gas_total / 5).saturating_mul(times).saturating_add(rest)
        };
        let later = self.per_operation.unwrap_or_else(|| fifths(LATER_FIFTHS));
        if enables { later.max(fifths(ENABLING_FIFTHS)) } else { later }
    }
}

impl CallRule {
    /// Selector of its function; `None` for a plain transfer.
    #[must_use]
    pub fn selector(&self) -> Option<Selector> {
        self.function.as_ref().map(Function::selector)
    }

    /// Signature of its function, or `plain transfer`.
    #[must_use]
    pub fn signature(&self) -> String {
        self.function.as_ref().map_or_else(|| english::PLAIN_TRANSFER.to_owned(), Function::signature)
    }
}

impl Scope {
    /// A call that does nothing, if the rules allow one: a plain transfer of nothing.
    #[must_use]
    pub fn call_without_effect(&self) -> Option<Call> {
        let rule = self.calls.iter().find(|rule| rule.function.is_none())?;
        Some(Call { to: rule.to, ..Call::default() })
    }

    /// The scope that a grant's bytes say, as far as a scope can say it: for reading only, never for a grant of its own.
    pub(crate) fn of_grant(
        calls: &[CallRule],
        gas: Option<(u128, Option<Address>)>,
        count: Option<(u64, u64, u64)>,
    ) -> Self {
        let (gas_total, paymaster) = gas.unwrap_or((u128::MAX, None));
        let limits = Limits {
            operations: count.map(|(_, count, _)| count),
            every: count.map(|(every, ..)| every).filter(|every| *every > 0),
            max_fee_per_gas: None,
            // The bytes say nothing of single operations.
            per_operation: Some(gas_total),
            gas_total,
        };
        let paymaster = paymaster.map_or(PaymasterRule::Any, PaymasterRule::Only);
        Self {
            order: order_of(calls),
            calls: calls.to_vec(),
            spend: Vec::new(),
            limits,
            paymaster,
            signatures: Vec::new(),
            accept: Vec::new(),
        }
    }

    /// Rules for calls, as they were written.
    #[must_use]
    pub fn calls(&self) -> &[CallRule] {
        &self.calls
    }

    /// Rules for calls with their places among [`Scope::calls`], ordered by contract and selector.
    pub fn sorted_calls(&self) -> impl Iterator<Item = (usize, &CallRule)> {
        self.order.iter().filter_map(|place| Some((*place, self.calls.get(*place)?)))
    }

    /// Totals that may be spent, as they were written.
    #[must_use]
    pub fn spend(&self) -> &[SpendRule] {
        &self.spend
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

    /// Typed data that may be signed.
    #[must_use]
    pub fn signatures(&self) -> &[SignatureRule] {
        &self.signatures
    }

    /// Dangers and unenforced rules that were accepted by name.
    #[must_use]
    pub fn accepted(&self) -> &[String] {
        &self.accept
    }

    /// Whether a danger or an unenforced rule was accepted by this name, such as `danger:long-expiry`.
    #[must_use]
    pub fn accepts(&self, name: &str) -> bool {
        self.accept.iter().any(|accepted| accepted == name)
    }

    /// Hash of the canonical JSON text: the order in which rules were written changes nothing. The expiry is not part of it: renewals
    /// keep it.
    #[must_use]
    pub fn hash(&self) -> B256 {
        keccak256(crate::json::text_of(&self.sorted().to_json()))
    }

    /// The same scope with its lists in order; acceptances by place name the new ones.
    fn sorted(&self) -> Self {
        let mut by_asset: Vec<usize> = (0..self.spend.len()).collect();
        sort_by_key(&mut by_asset, |place| self.spend.get(*place).map(|rule| rule.asset));
        let moved = |name: &String| {
            let moved = [("local:calls[", &self.order), ("local:spend[", &by_asset)].into_iter().find_map(
                |(list, order)| {
                    let (place, rest) = name.strip_prefix(list)?.split_once(']')?;
                    let place: usize = place.parse().ok()?;
                    let place = order.iter().position(|written| *written == place)?;
                    Some(format!("{list}{place}]{rest}"))
                },
            );
            moved.unwrap_or_else(|| name.clone())
        };
        let mut accept: Vec<String> = self.accept.iter().map(moved).collect();
        sort_by_key(&mut accept, String::clone);
        Self {
            calls: self.sorted_calls().map(|(_, rule)| rule.clone()).collect(),
            order: (0..self.order.len()).collect(),
            spend: by_asset.iter().filter_map(|place| self.spend.get(*place).cloned()).collect(),
            accept,
            ..self.clone()
        }
    }
}
