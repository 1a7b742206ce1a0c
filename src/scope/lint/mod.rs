//! The linter: what in a scope can hurt its owner, with a stable id, what it means and what to do about it.
//!
//! Errors stop a request unless the scope accepts them by name. Rules that need to know the account's contracts are found by its
//! protocol back end and told with the same ids.

mod calls;
mod general;
mod names;
mod rules;
mod whole;

pub use rules::{RULES, Rule, Severity};
pub(crate) use whole::small_share;

use super::known::{Class, known};
use super::{CallRule, Scope};
use crate::order::sort_by_key;

/// Something in a scope that can hurt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which rule.
    pub rule: &'static Rule,
    /// Place in the scope as it was written, such as `calls[1].args[0]`; empty for the scope as a whole.
    pub path: String,
    /// What was found there.
    pub message: String,
}

impl Finding {
    /// A finding of the rule with this id.
    pub(crate) fn new(id: &'static str, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { rule: rules::by_id(id), path: path.into(), message: message.into() }
    }

    /// The name under which the scope can accept it.
    #[must_use]
    pub fn acceptance(&self) -> Option<String> {
        self.rule.acceptable.then(|| format!("danger:{}", self.rule.id))
    }

    /// Whether it stops a request for this scope.
    #[must_use]
    pub fn stops(&self, scope: &Scope) -> bool {
        self.rule.severity == Severity::Error && self.acceptance().is_none_or(|name| !scope.accepts(&name))
    }
}

/// What the linter knows beside the scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Seconds that the session is to last.
    pub seconds: Option<u64>,
    /// Whether its key is kept only as long as a tab lives.
    pub tab: bool,
}

impl Scope {
    /// What can hurt in this scope, worst first. What depends on the account's contracts is not among it.
    #[must_use]
    pub fn lint(&self, circumstances: &Circumstances) -> Vec<Finding> {
        let mut found = Vec::new();
        for (index, rule) in self.calls.iter().enumerate() {
            calls::lint(self, index, rule, &mut found);
        }
        whole::lint(self, circumstances, &mut found);
        sort(&mut found);
        found
    }
}

/// Worst first.
pub(crate) fn sort(findings: &mut [Finding]) {
    sort_by_key(findings, |finding| finding.rule.severity);
}

/// What a rule is about, in a sentence.
pub(super) fn title(id: &str) -> Option<&'static str> {
    RULES.iter().find(|rule| rule.id == id).map(|rule| rule.title)
}

/// Whether a danger of this name exists and can be accepted.
pub(super) fn is_acceptable(id: &str) -> bool {
    RULES.iter().any(|rule| rule.id == id && rule.acceptable)
}

/// Order of what can hurt: the more harmless, the larger.
pub(super) fn harmlessness(rule: &CallRule) -> u8 {
    let class = rule.selector().and_then(known).map(|known| known.class);
    match class {
        Some(Class::Governance | Class::Wrap | Class::Deposit) => 3,
        Some(Class::Allowance | Class::Transfer | Class::ThirdPartyTransfer | Class::Swap) => 1,
        Some(_) => 0,
        None if rule.function.is_none() || !rule.max_value.is_zero() => 2,
        None => 4,
    }
}
