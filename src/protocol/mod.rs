//! Account protocols: how a family of smart accounts is created, called, granted a session and revoked.
//!
//! A back end is pure: bytes in, bytes out, no I/O, no clock, no randomness. The session layer works with [`Protocol`] and
//! [`Grant`] and never names a back end; each back end also has a richer API of its own in its folder.

mod enforcement;
mod error;
mod inspection;
#[cfg(feature = "kernel-v3")]
pub mod kernel_v3;
mod revert;
mod status;
mod worst_case;

use std::fmt;

use alloy_primitives::aliases::U192;
use alloy_primitives::{Address, Bytes, ChainId, U256};

pub use enforcement::{Contract, EnforcedBy, EnforcementGas, EnforcementReport, GasPart, RuleEnforcement};
pub use error::{ProtocolError, ProtocolFault};
pub use inspection::{Chains, Exhibit, InspectedOperation, Inspection};
pub use revert::{ContractError, ENTRY_POINT_FAILURES, EntryPointFailure, entry_point_failure, known_error};
pub use status::{BudgetLeft, GrantStatus, Read};
pub use worst_case::{AssetKind, AssetRisk, Balances, BoundBy, Recipients};

pub use crate::call::Call;

use crate::abi::Function;
use crate::eip712::TypedData;
use crate::key::{KeyKind, Signature, SigningDigest};
use crate::scope::lint::Finding;
use crate::scope::{Keeper, Scope};
use crate::time::Validity;
use crate::userop::v07::{Factory, UserOperation};
use crate::userop::{EntryPoint, EntryPointVersion};

/// An account that may not be deployed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterfactualAccount {
    /// Its address.
    pub address: Address,
    /// What the first operation carries to create it.
    pub factory: Factory,
}

/// What a grant is made of.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// What the session may do.
    pub scope: &'a Scope,
    /// Account that acts.
    pub account: Address,
    /// Chain (EIP-155).
    pub chain_id: ChainId,
    /// Address of the session key.
    pub session_key: Address,
    /// When.
    pub validity: Validity,
    /// The account's grant nonce ([`AccountState::grant_nonce`]).
    pub grant_nonce: u32,
}

/// What an account says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountState {
    /// Whether it has code.
    pub deployed: bool,
    /// Its owner, while that is a single key that this protocol knows how to ask for.
    pub owner: Option<Address>,
    /// Grants are signed for this number; 0 before the first.
    pub grant_nonce: u32,
}

/// How an operation uses its grant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode<'a> {
    /// First use: the owner's signature travels along and the account stores the permission.
    Enable {
        /// The owner's answer to [`Grant::request`].
        grant_signature: &'a [u8],
    },
    /// Every later use.
    Use,
}

/// Without the signature: it opens a session.
impl fmt::Debug for Mode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Enable { .. } => "Enable { .. }",
            Self::Use => "Use",
        })
    }
}

/// How a grant is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revocation {
    /// Removes this permission. Needs it to be enabled.
    Remove,
    /// Ends every grant of the account so far, enabled or not yet used.
    InvalidateAll {
        /// The account's grant nonce, read from the chain.
        current_nonce: u32,
    },
}

/// A family of smart accounts.
pub trait Protocol: fmt::Debug {
    /// Stable name, as stored in records: `kernel_v3/0.3.3`.
    fn name(&self) -> &'static str;

    /// EntryPoint its operations go through.
    fn entry_point(&self) -> EntryPointVersion;

    /// Kinds of session key whose signatures the accounts' contracts check, at least one: the first is used unless
    /// another is asked for. Any other is refused before a key is made ([`KeyKind::choose`]).
    fn key_kinds(&self) -> &'static [KeyKind];

    /// The account of an owner; `index` tells several of one owner apart.
    fn account(&self, owner: Address, index: U256) -> CounterfactualAccount;

    /// Calldata that makes the account do `calls`, all or none.
    ///
    /// # Errors
    /// [`ProtocolFault::EmptyBatch`] without calls.
    fn encode_calls(&self, calls: &[Call]) -> Result<Bytes, ProtocolError>;

    /// The calls in canonical calldata of this protocol: what [`Protocol::encode_calls`] gives, and nothing else.
    ///
    /// # Errors
    /// [`ProtocolFault::NotACall`], [`ProtocolFault::Mode`] or [`ProtocolFault::Calldata`] for anything else.
    fn decode_calls(&self, call_data: &[u8]) -> Result<Vec<Call>, ProtocolError>;

    /// Views to read to know an account's owner and grant nonce; the answers go to [`Protocol::account_state`].
    fn account_reads(&self, account: Address) -> Vec<Read>;

    /// What the account says of itself, from the answers to [`Protocol::account_reads`] in order; empty answers mean that it has no
    /// code yet.
    ///
    /// # Errors
    /// [`ProtocolFault::Answer`] when an answer is not what the view returns.
    fn account_state(&self, answers: &[Bytes]) -> Result<AccountState, ProtocolError>;

    /// The grant that enforces a scope.
    ///
    /// # Errors
    /// [`ProtocolError`] for a rule that the account's contracts cannot enforce, and for a target that no session may have.
    fn grant(&self, terms: &Terms<'_>) -> Result<Box<dyn Grant>, ProtocolError>;

    /// Who enforces each rule of a scope, made by reading the compiled policies back.
    ///
    /// # Errors
    /// As [`Protocol::grant`], and [`ProtocolFault::Disagreement`] when the policies do not say what the scope says.
    fn enforcement(&self, terms: &Terms<'_>) -> Result<EnforcementReport, ProtocolError>;

    /// What can hurt because of how these accounts' contracts work; `report` where there is one.
    fn lint(&self, terms: &Terms<'_>, report: Option<&EnforcementReport>) -> Vec<Finding>;

    /// What the accounts' contracts make of any scope: whether they keep totals, and known weaknesses in sentences for the owner.
    fn keeper(&self) -> Keeper<'static>;

    /// A grant from the bytes that [`Grant::record`] gave.
    ///
    /// # Errors
    /// [`ProtocolFault::Record`] when they are not such bytes.
    fn restore_grant(&self, record: &[u8]) -> Result<Box<dyn Grant>, ProtocolError>;
}

/// One session's permission on one account: what the owner signs, and how operations use it.
pub trait Grant: fmt::Debug {
    /// Account it is for.
    fn account(&self) -> Address;

    /// Chain it was made on. Whether it binds the grant: [`Grant::is_chain_bound`].
    fn chain_id(&self) -> ChainId;

    /// Whether the owner's signature is good on this chain only.
    fn is_chain_bound(&self) -> bool;

    /// Address of the session key.
    fn session_key(&self) -> Address;

    /// What the owner signs.
    fn request(&self) -> &TypedData;

    /// Upper 192 bits of the nonce (`EntryPoint.getNonce(account, key)`): lanes of one grant run in parallel.
    fn nonce_key(&self, mode: Mode<'_>, lane: u16) -> U192;

    /// What the session key signs for an operation.
    ///
    /// # Errors
    /// [`ProtocolFault::NotOfThisGrant`] when EntryPoint version, chain, sender or nonce key are not those of this grant in this mode.
    fn digest(
        &self,
        mode: Mode<'_>,
        op: &UserOperation,
        entry_point: &EntryPoint,
    ) -> Result<SigningDigest, ProtocolError>;

    /// The operation's signature field.
    fn signature(&self, mode: Mode<'_>, session_signature: &Signature) -> Bytes;

    /// A signature field of the right size for gas estimation, before the session key signs. In enable mode it needs the
    /// owner's real signature: the account checks it while estimating.
    fn dummy_signature(&self, mode: Mode<'_>) -> Bytes;

    /// Views to read (in one batch) to know whether the grant works; the answers go to [`Grant::status`].
    fn status_reads(&self) -> Vec<Read>;

    /// Whether the grant works, from the answers to [`Grant::status_reads`] in order; an empty answer is a call to an account
    /// without code.
    ///
    /// # Errors
    /// [`ProtocolFault::Answer`] when an answer is not what the view returns.
    fn status(&self, answers: &[Bytes]) -> Result<GrantStatus, ProtocolError>;

    /// Views of the budgets that contracts keep for the grant once it is enabled; the answers go to [`Grant::budget`].
    fn budget_reads(&self) -> Vec<Read>;

    /// What is left of those budgets, from the answers to [`Grant::budget_reads`] in order.
    ///
    /// # Errors
    /// [`ProtocolFault::Answer`] when an answer is not what the view returns.
    fn budget(&self, answers: &[Bytes]) -> Result<BudgetLeft, ProtocolError>;

    /// The call that takes the grant back: sent by the owner, as a plain transaction to the account where its root validator
    /// lets the owner do so, or as a call of the account to itself in the owner's own operation.
    ///
    /// # Errors
    /// [`ProtocolFault::NonceExhausted`] when the account's grant nonce cannot be raised.
    fn revocation(&self, how: Revocation) -> Result<Call, ProtocolError>;

    /// The most that a thief with the session key can take, from what the chain enforces alone.
    fn worst_case(&self, balances: &Balances) -> Vec<AssetRisk>;

    /// Contracts that the account calls to check operations under this grant.
    fn contracts(&self) -> Vec<Address>;

    /// Gas of the operation that first uses the grant, from above; `deployed` says whether the account is there already.
    fn first_use_gas(&self, deployed: bool) -> U256;

    /// Gas that verifying an operation with these calls takes, from above: what an endpoint estimates below it may fail on chain.
    fn verification_gas(&self, verifying: Verifying, calls: &[Call]) -> u64;

    /// Everything needed to rebuild the grant, without secrets.
    fn record(&self) -> Bytes;
}

/// What the account does when it verifies an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verifying {
    /// It is deployed, then enables the grant.
    Deployment,
    /// It enables the grant.
    Enabling,
    /// It knows the grant.
    Use,
}

/// The protocol that [`Protocol::name`] names, if this build has it.
#[must_use]
pub fn by_name(name: &str) -> Option<Box<dyn Protocol>> {
    #[cfg(feature = "kernel-v3")]
    if let Some(kernel) = kernel_v3::Kernel::by_name(name) {
        return Some(Box::new(kernel));
    }
    let _ = name;
    None
}

/// What an exhibit says, if a back end of this build knows its kind. `functions` give names to selectors; without them only
/// well-known ones have names.
#[must_use]
pub fn inspect(exhibit: &Exhibit, functions: &[Function]) -> Option<Inspection> {
    #[cfg(feature = "kernel-v3")]
    if let Some(found) = kernel_v3::inspect::inspect(exhibit, functions) {
        return Some(found);
    }
    let _ = (exhibit, functions);
    None
}
