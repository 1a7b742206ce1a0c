//! The most that a stolen session key can cost, from what the chain enforces alone.

use alloy_primitives::{Address, U256};

/// What an account holds. What is not given is not known, not zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Balances {
    /// Native coin in wei.
    pub native: Option<U256>,
    /// Wei deposited for gas at the EntryPoint.
    pub deposit: Option<U256>,
    /// Units of tokens.
    pub tokens: Vec<(Address, U256)>,
}

impl Balances {
    /// What pays for gas, if both parts are known.
    #[must_use]
    pub fn for_gas(&self) -> Option<U256> {
        Some(self.native?.saturating_add(self.deposit?))
    }

    /// Units of a token.
    #[must_use]
    pub fn token(&self, address: Address) -> Option<U256> {
        self.tokens.iter().find(|(token, _)| *token == address).map(|(_, units)| *units)
    }
}

/// What a thief with the session key can take of one asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetRisk {
    /// Which asset.
    pub asset: AssetKind,
    /// Wei or smallest units at most; `None` when nothing known bounds it.
    pub most: Option<U256>,
    /// What bounds it.
    pub bound_by: BoundBy,
    /// Who can receive it.
    pub recipients: Recipients,
    /// All of it in a sentence.
    pub text: String,
}

/// An asset that a session can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AssetKind {
    /// Native coin and EntryPoint deposit, spent on gas.
    Gas,
    /// Native coin, as value of calls.
    Native,
    /// A token that a known function of it moves or approves.
    Token(Address),
    /// Whatever functions of this contract can do for the account that no list knows.
    Contract(Address),
    /// Whatever any contract does for the account when it is sent a token: receiver and instructions are the thief's.
    Contracts,
    /// Everything that the account's signature opens: permits, orders, logins.
    Signatures,
    /// The account itself.
    Everything,
}

impl AssetKind {
    /// Stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gas => "gas",
            Self::Native => "native",
            Self::Token(_) => "token",
            Self::Contract(_) => "contract",
            Self::Contracts => "contracts",
            Self::Signatures => "signatures",
            Self::Everything => "everything",
        }
    }

    /// The contract that it is about.
    #[must_use]
    pub const fn contract(self) -> Option<Address> {
        match self {
            Self::Token(address) | Self::Contract(address) => Some(address),
            _ => None,
        }
    }
}

/// What bounds a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundBy {
    /// A rule that the chain enforces.
    Rule,
    /// What the account holds.
    Balance,
    /// Nothing known.
    Nothing,
}

impl BoundBy {
    /// Stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Balance => "balance",
            Self::Nothing => "none",
        }
    }
}

/// Who can receive an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipients {
    /// These addresses.
    Only(Vec<Address>),
    /// Whoever the thief names.
    Anyone,
    /// Nobody: it is used up.
    Nobody,
}

impl AssetRisk {
    /// A risk bounded by a rule, by what is held, or by nothing, whichever is least.
    #[must_use]
    pub fn least_of(
        asset: AssetKind,
        rule: Option<U256>,
        held: Option<U256>,
        recipients: Recipients,
    ) -> Self {
        let (most, bound_by) = match (rule, held) {
            (Some(rule), Some(held)) if held < rule => (Some(held), BoundBy::Balance),
            (Some(rule), _) => (Some(rule), BoundBy::Rule),
            (None, Some(held)) => (Some(held), BoundBy::Balance),
            (None, None) => (None, BoundBy::Nothing),
        };
        Self { asset, most, bound_by, recipients, text: String::new() }
    }
}
