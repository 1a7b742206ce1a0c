//! Kernel 3.1, 3.2 and 3.3 (ERC-7579 accounts on EntryPoint 0.7): a session is a *permission*, one signer contract and a list
//! of policy contracts that must all agree.
//!
//! What these contracts enforce was measured on their deployed code, with one exception: the code at the address of
//! CallPolicy 0.0.4, the default, is not proved equal to its public source. CallPolicy 0.0.3 is, and can be chosen.

mod account;
mod budget;
mod compile;
mod decompile;
mod errors;
mod execution;
mod gas;
mod grant;
pub(super) mod inspect;
mod legacy;
mod lint;
mod nonce;
mod options;
mod permission;
mod policy;
mod record;
mod report;
mod revocation;
mod signature;
mod signer;
mod status;
mod version;
mod worst_case;

pub use account::{Deployer, counterfactual, init_data};
pub use errors::{EMPTY_REVERT_CAUSE, ERRORS};
#[cfg(feature = "testing")]
pub use execution::testing as execution_testing;
pub use execution::{EXECUTE, decode_calls, encode_calls};
pub use grant::{KernelGrant, enable_nonce};
pub use legacy::{WebAuthnVersion, call_policy as legacy_call_policy, webauthn as legacy_webauthn};
pub use nonce::{ValidationId, nonce_key, root_nonce_key};
pub use options::{GrantOptions, HashForm, SelectorData};
pub use permission::{Permission, PermissionId};
pub use policy::{
    CallPermission, CallPolicy, CallPolicyVersion, CallType, Condition, GasPolicy, PolicyEntry, RateLimit,
    Rule, SkipFlag, signature_caller, timestamp,
};
#[cfg(feature = "testing")]
pub use policy::{sudo, timestamp_unbounded};
pub use record::VERSION as RECORD_VERSION;
pub use revocation::{invalidate_nonce, uninstall_validation};
pub use signature::{CHAIN_AGNOSTIC_MAGIC, deployless_signature};
pub use signer::{DUMMY_ECDSA_SIGNATURE, Signer};
use version::MACHINERY;
pub use version::{ECDSA_VALIDATOR, KernelVersion, META_FACTORY};

use alloy_primitives::{Address, Bytes, U256};

use super::{
    AccountState, Call, CounterfactualAccount, EnforcementReport, Grant, Protocol, ProtocolError, Read, Terms,
};
use crate::key::KeyKind;
use crate::scope::Keeper;
use crate::scope::lint::Finding;
use crate::userop::EntryPointVersion;

/// Kernel accounts of one version, owned by an ECDSA key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel {
    version: KernelVersion,
}

impl Kernel {
    /// Kernel accounts of this version.
    #[must_use]
    pub const fn new(version: KernelVersion) -> Self {
        Self { version }
    }

    /// Kernel accounts of the version that a protocol name such as `kernel_v3/0.3.3` says, if sessions are for it.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        let versions = [KernelVersion::V3_1, KernelVersion::V3_2, KernelVersion::V3_3];
        versions.into_iter().find(|version| version.protocol_name() == name).map(Self::new)
    }

    /// Version.
    #[must_use]
    pub const fn version(&self) -> KernelVersion {
        self.version
    }
}

impl Protocol for Kernel {
    fn name(&self) -> &'static str {
        self.version.protocol_name()
    }

    fn entry_point(&self) -> EntryPointVersion {
        EntryPointVersion::V07
    }

    fn key_kinds(&self) -> &'static [KeyKind] {
        // No signer contract takes a plain P-256 signature; the WebAuthn ones take assertions.
        &[KeyKind::Secp256k1]
    }

    fn account(&self, owner: Address, index: U256) -> CounterfactualAccount {
        counterfactual(self.version, owner, index, Deployer::MetaFactory)
    }

    fn encode_calls(&self, calls: &[Call]) -> Result<Bytes, ProtocolError> {
        encode_calls(calls)
    }

    fn decode_calls(&self, call_data: &[u8]) -> Result<Vec<Call>, ProtocolError> {
        decode_calls(call_data)
    }

    fn account_reads(&self, account: Address) -> Vec<Read> {
        status::account_reads(self.version, account)
    }

    fn account_state(&self, answers: &[Bytes]) -> Result<AccountState, ProtocolError> {
        status::account_state(self.version, answers)
    }

    fn grant(&self, terms: &Terms<'_>) -> Result<Box<dyn Grant>, ProtocolError> {
        Ok(Box::new(compile::grant(self.version, terms)?))
    }

    fn enforcement(&self, terms: &Terms<'_>) -> Result<EnforcementReport, ProtocolError> {
        report::report(self.version, terms)
    }

    fn lint(&self, terms: &Terms<'_>, report: Option<&EnforcementReport>) -> Vec<Finding> {
        lint::lint(self.version, terms, report)
    }

    fn keeper(&self) -> Keeper<'static> {
        let cautions: &[&str] = match self.version {
            // A batch item with a negative data pointer shows the policy another selector than the account sends: none.
            KernelVersion::V3_0 | KernelVersion::V3_1 => &[
                "On this account's version (Kernel 3.1) whoever has the session key can also call each of these contracts \
                 without any function, with as much payment as the function allows.",
            ],
            KernelVersion::V3_2 | KernelVersion::V3_3 => &[],
        };
        Keeper { keeps_totals: false, cautions }
    }

    fn restore_grant(&self, bytes: &[u8]) -> Result<Box<dyn Grant>, ProtocolError> {
        Ok(Box::new(record::read(self.version, bytes)?))
    }
}
