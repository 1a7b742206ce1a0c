//! What a session may do, who sees to it, and what its key is worth to a thief.

use super::keep::State;
use super::{Session, SessionError, SessionFault};
use crate::call::Call;
use crate::host::Host;
use crate::protocol::{self, AssetRisk, Balances, EnforcementReport};
use crate::scope::{Actor, Reserve, Scope, Sentence, Spent, Token, Violation};

impl<H: Host> Session<H> {
    /// Every rule that calls break; none means they are in scope. No network.
    #[must_use]
    pub fn check(&self, calls: &[Call]) -> Vec<Violation> {
        let mut violations = self.terms.scope.check_calls(self.terms.account, calls);
        if violations.is_empty()
            && let Some((narrower, _)) = &self.state.borrow().narrowed
        {
            violations = narrower.check_calls(self.terms.account, calls);
        }
        violations
    }

    /// Holds this session to a narrower scope from now on, in every tab and over reloads; its budgets are counted from here. Only this
    /// package keeps it: the grant on chain stays as wide as it was.
    ///
    /// # Errors
    /// [`SessionFault::Wider`] when the scope allows anything that the session does not.
    pub async fn narrow(&self, scope: &Scope) -> Result<(), SessionError> {
        let mut is_narrower = false;
        let mut narrow = |state: &mut State| {
            let (widest, spent) = match &state.narrowed {
                Some((narrowed, spent)) => (narrowed, spent.clone()),
                None => (&self.terms.scope, Spent::default()),
            };
            if let Ok(narrower) = widest.narrow(scope) {
                is_narrower = true;
                // What was used up of the narrower budgets stays used up.
                let assets = narrower.spend().iter().map(|rule| {
                    let before = widest.spend().iter().position(|other| other.asset == rule.asset);
                    before.map(|index| spent.on(index)).unwrap_or_default()
                });
                let spent = Spent { assets: assets.collect(), ..spent };
                state.narrowed = Some((narrower, spent));
                // What was taken before is not of these budgets, so it is not given back to them.
                for settled in &mut state.history {
                    settled.over = Reserve::default();
                }
            }
        };
        self.update(&mut narrow).await?;
        if is_narrower { Ok(()) } else { Err(SessionError::from(SessionFault::Wider)) }
    }

    /// What the session may do, in sentences for its owner; amounts of these tokens in their units.
    #[must_use]
    pub fn explain(&self, tokens: &[Token]) -> Vec<Sentence> {
        let actor = Actor {
            account: self.terms.account,
            owner: self.terms.owner,
            starts_at: super::starts_at(&self.terms).unwrap_or_default(),
            valid_until: self.terms.validity.valid_until(),
        };
        self.terms.scope.explain(&actor, tokens, &self.protocol.keeper())
    }

    /// Who enforces which of its rules.
    ///
    /// # Errors
    /// [`SessionFault::Protocol`] when the stored grant does not say what the scope says.
    pub fn enforcement(&self) -> Result<EnforcementReport, SessionError> {
        let report = self.protocol.enforcement(&protocol::Terms {
            scope: &self.terms.scope,
            account: self.terms.account,
            chain_id: self.terms.chain_id,
            session_key: self.terms.key,
            validity: self.terms.validity,
            grant_nonce: 0,
        })?;
        Ok(report.with_code_hashes(&self.terms.codes))
    }

    /// The most that a thief with its key could take, from what the chain enforces alone.
    #[must_use]
    pub fn worst_case(&self, balances: &Balances) -> Vec<AssetRisk> {
        self.grant.worst_case(balances)
    }
}
