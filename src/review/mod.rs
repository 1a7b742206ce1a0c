//! All that can be told of a scope before anything is asked of its owner: what can hurt, who enforces what, what it costs, what a
//! stolen key could take, and what must be accepted by name. No network.

mod inspect;
mod json;

use alloy_primitives::Address;

pub use inspect::inspect_text;
#[cfg(target_arch = "wasm32")]
pub(crate) use json::{QUESTION, read_balances, read_tokens, review_of};
pub use json::{
    ReviewError, review_json, write_findings, write_gas, write_report, write_risks, write_sentences,
};

use crate::protocol::{
    AssetRisk, Balances, EnforcedBy, EnforcementReport, Protocol, ProtocolError, ProtocolFault,
    RuleEnforcement, Terms,
};
use crate::scope::lint::{Circumstances, Finding, sort};
use crate::scope::{Actor, Scope, Sentence, Token};
use crate::time::{Timestamp, Validity};

/// What a session is to be.
#[derive(Clone, Debug)]
pub struct Proposal<'a> {
    /// What it may do.
    pub scope: &'a Scope,
    /// Account that acts.
    pub account: Address,
    /// Its owner.
    pub owner: Address,
    /// Time.
    pub now: Timestamp,
    /// First second of the session; 0 where it begins at once.
    pub starts_at: Timestamp,
    /// Last second of the session.
    pub valid_until: Timestamp,
    /// Whether its key is kept only as long as a tab lives.
    pub tab: bool,
}

/// What there is to say of a proposal.
#[derive(Clone, Debug)]
pub struct Review {
    /// What can hurt, worst first.
    pub findings: Vec<Finding>,
    /// What `accept` must have added for a request to go through.
    pub not_accepted: Vec<String>,
    /// Who enforces what, or why the account's contracts cannot.
    pub enforcement: Result<EnforcementReport, ProtocolError>,
}

impl Review {
    /// Whether a request would go through, as far as can be told without the chain.
    #[must_use]
    pub fn passes(&self, scope: &Scope) -> bool {
        self.enforcement.is_ok()
            && self.not_accepted.is_empty()
            && !self.findings.iter().any(|finding| finding.stops(scope))
    }
}

/// Stands for a session key that does not exist yet.
const NO_KEY: Address = Address::repeat_byte(0x5e);

fn terms<'a>(proposal: &Proposal<'a>) -> Result<Terms<'a>, ProtocolError> {
    let validity = Validity::new(proposal.starts_at, proposal.valid_until)
        .map_err(|_| ProtocolFault::TooLarge { field: "expiry", bits: 48 })?;
    Ok(Terms {
        scope: proposal.scope,
        account: proposal.account,
        chain_id: 1,
        session_key: NO_KEY,
        validity,
        grant_nonce: 0,
    })
}

/// Reviews a proposal for accounts of a protocol.
#[must_use]
pub fn review(protocol: &dyn Protocol, proposal: &Proposal<'_>) -> Review {
    let scope = proposal.scope;
    let seconds = proposal.valid_until.seconds().saturating_sub(proposal.now.seconds());
    let mut findings = scope.lint(&Circumstances { seconds: Some(seconds), tab: proposal.tab });
    let enforcement = terms(proposal).and_then(|terms| {
        let report = protocol.enforcement(&terms);
        findings.extend(protocol.lint(&terms, report.as_ref().ok()));
        report
    });
    let local = enforcement.as_ref().map(|report| report.unaccepted(scope)).unwrap_or_default();
    findings.extend(unused_acceptances(scope, &findings, enforcement.as_ref().ok()));
    sort(&mut findings);
    let stopping = findings.iter().filter(|finding| finding.stops(scope));
    let mut not_accepted: Vec<String> = stopping.filter_map(Finding::acceptance).chain(local).collect();
    crate::order::sort_by_key(&mut not_accepted, String::clone);
    not_accepted.dedup();
    Review { findings, not_accepted, enforcement }
}

/// The sentences for the owner of a proposal.
#[must_use]
pub fn explain(protocol: &dyn Protocol, proposal: &Proposal<'_>, tokens: &[Token]) -> Vec<Sentence> {
    let Proposal { account, owner, starts_at, valid_until, .. } = *proposal;
    let actor = Actor { account, owner, starts_at, valid_until };
    proposal.scope.explain(&actor, tokens, &protocol.keeper())
}

/// The most that a thief could take, worst first.
///
/// # Errors
/// As [`Protocol::grant`].
pub fn worst_case(
    protocol: &dyn Protocol,
    proposal: &Proposal<'_>,
    balances: &Balances,
) -> Result<Vec<AssetRisk>, ProtocolError> {
    Ok(protocol.grant(&terms(proposal)?)?.worst_case(balances))
}

/// Acceptances of what is not there.
fn unused_acceptances(
    scope: &Scope,
    findings: &[Finding],
    report: Option<&EnforcementReport>,
) -> Vec<Finding> {
    let is_used = |name: &str| match (name.strip_prefix("local:"), report) {
        (Some(path), Some(report)) => {
            let is_local =
                |rule: &RuleEnforcement| matches!(rule.by, EnforcedBy::Local { implicit: false, .. });
            report.rules.iter().any(|rule| rule.path == path && is_local(rule))
        }
        // What cannot be compiled cannot be told.
        (Some(_), None) => true,
        (None, _) => findings.iter().any(|finding| finding.acceptance().as_deref() == Some(name)),
    };
    let unused = scope.accepted().iter().filter(|name| !is_used(name));
    unused.map(|name| Finding::new("unused-accept", "accept", format!("nothing here needs {name}"))).collect()
}
