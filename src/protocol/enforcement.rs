//! Who enforces which rule of a scope: the chain, or this package alone.

use alloy_primitives::{Address, B256};

use crate::scope::Scope;

/// What becomes of a scope on chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnforcementReport {
    /// Every rule, in order of the scope.
    pub rules: Vec<RuleEnforcement>,
    /// Gas that it takes.
    pub gas: EnforcementGas,
    /// Why bundlers that keep to ERC-7562 refuse it; `None` when they take it.
    pub refused_by_strict_bundlers: Option<String>,
}

/// Who enforces one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleEnforcement {
    /// Place in the scope as it was written, such as `calls[0].args[1]`.
    pub path: String,
    /// The rule in words.
    pub rule: String,
    /// Who enforces it.
    pub by: EnforcedBy,
}

/// Who enforces a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnforcedBy {
    /// A contract.
    Chain(Contract),
    /// This package, in this browser: a stolen key is not bound by it.
    Local {
        /// Why the chain does not.
        reason: &'static str,
        /// Whether every scope has it, so that it need not be accepted by name.
        implicit: bool,
    },
}

/// A contract that enforces rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Name and version.
    pub name: &'static str,
    /// Address.
    pub address: Address,
    /// Hash of its code, where the chain was asked.
    pub code_hash: Option<B256>,
}

/// Gas of a grant, from measured figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnforcementGas {
    /// What it is made of.
    pub parts: Vec<GasPart>,
}

/// Gas of one part of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GasPart {
    /// Which part.
    pub what: String,
    /// In the operation that enables it and deploys the account.
    pub first: u64,
    /// In every later operation; of a part per call, in one that calls this function.
    pub later: u64,
    /// Whether a later operation pays it only for a call of this rule's function.
    pub per_call: bool,
}

impl EnforcementGas {
    /// Gas of the operation that enables it and deploys the account.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.first))
    }

    /// Gas of a later operation with one call, of the rule that costs most; what the called contract itself takes is not in it.
    #[must_use]
    pub fn later(&self) -> u64 {
        let fixed = self.parts.iter().filter(|part| !part.per_call);
        let fixed = fixed.fold(0_u64, |sum, part| sum.saturating_add(part.later));
        let call = self.parts.iter().filter(|part| part.per_call).map(|part| part.later).max();
        fixed.saturating_add(call.unwrap_or_default())
    }
}

impl EnforcementReport {
    /// The same report with the code hashes that the chain gave.
    #[must_use]
    pub fn with_code_hashes(mut self, hashes: &[(Address, B256)]) -> Self {
        for rule in &mut self.rules {
            if let EnforcedBy::Chain(contract) = &mut rule.by {
                let found = hashes.iter().find(|(address, _)| *address == contract.address);
                contract.code_hash = found.map(|(_, hash)| *hash);
            }
        }
        self
    }

    /// Names under which rules that only this package enforces must be accepted, and are not yet.
    #[must_use]
    pub fn unaccepted(&self, scope: &Scope) -> Vec<String> {
        let explicit =
            self.rules.iter().filter(|rule| matches!(rule.by, EnforcedBy::Local { implicit: false, .. }));
        explicit.map(|rule| format!("local:{}", rule.path)).filter(|name| !scope.accepts(name)).collect()
    }
}
