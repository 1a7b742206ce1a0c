//! Building an operation, and the one gate before the key: nothing is signed that is not exactly as granted.

use alloy_primitives::{Bytes, U256};
use futures_util::future::try_join;

use super::lanes::{ENABLING_LANE, ESTIMATION_LANE};
use super::record::State;
use super::{Session, SessionError, mode};
use crate::call::Call;
use crate::host::Host;
use crate::key::SigningDigest;
use crate::protocol::Mode;
use crate::scope::{OperationCost, PaymasterRule, Spent, Usage, Violation, ViolationKind};
use crate::userop::v07::{Factory, UserOperation};
use crate::userop::{UserOpHash, UserOperation as AnyOperation, nonce, split_nonce};

/// An operation in its final form, not yet signed.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The operation.
    pub operation: UserOperation,
    /// Its hash.
    pub hash: UserOpHash,
    /// What it can cost at most.
    pub cost: OperationCost,
}

/// An operation that passed the gate.
pub(super) struct Authorised {
    /// What the key may sign.
    pub(super) digest: SigningDigest,
    /// What it can cost.
    pub(super) cost: OperationCost,
    /// What is used up once it is signed.
    pub(super) debit: Debit,
}

/// What is used up of the granted scope, and of a narrower one where there is one.
pub(super) struct Debit {
    pub(super) spent: Spent,
    pub(super) narrowed: Option<Spent>,
}

impl<H: Host> Session<H> {
    /// The operation that sending these calls would send now.
    ///
    /// # Errors
    /// As [`Session::send`].
    pub async fn prepare(&self, calls: &[Call]) -> Result<Prepared, SessionError> {
        self.check_all(calls)?;
        let state = self.usable_state().await?;
        let enabling = state.phase != super::Phase::Enabled;
        let mut operation = self.draft(&state, enabling, calls).await?;
        let _alone = self.client.lock_state(&self.terms.name()).await;
        let lane;
        (lane, operation.nonce) = self.place(&state, enabling).await?;
        self.sponsor(&mut operation).await?;
        let Authorised { cost, .. } = self.authorise(&state, enabling, lane, &operation)?;
        let hash = self.hash(&operation)?;
        Ok(Prepared { operation, hash, cost })
    }

    /// Refuses calls that break any rule, with all of them.
    pub(super) fn check_all(&self, calls: &[Call]) -> Result<(), SessionError> {
        match self.check(calls) {
            violations if violations.is_empty() => Ok(()),
            violations => Err(SessionError::OutOfScope(violations)),
        }
    }

    /// Refuses calls for which the count or the totals have no room left, before anybody is asked for gas.
    pub(super) fn check_totals(&self, state: &State, calls: &[Call]) -> Result<(), SessionError> {
        let usage = self.usage(calls, OperationCost { gas: U256::ZERO, max_fee_per_gas: 0 }, None);
        let mut violations = self.terms.scope.check_operation(&state.spent, &usage);
        if let Some((scope, spent)) = &state.narrowed {
            violations.extend(scope.check_operation(spent, &usage));
        }
        violations
            .retain(|violation| matches!(violation.kind, ViolationKind::Operations | ViolationKind::Spend));
        if violations.is_empty() { Ok(()) } else { Err(SessionError::OutOfScope(violations)) }
    }

    /// An operation with gas limits and fees, a dummy signature and, if a paymaster pays, its fields for
    /// estimation. One that enables the session has its nonce; any other still gets its own.
    pub(super) async fn draft(
        &self,
        state: &State,
        enabling: bool,
        calls: &[Call],
    ) -> Result<UserOperation, SessionError> {
        let mode = mode(enabling, &state.grant_signature.0);
        let call_data = self.protocol.encode_calls(calls)?;
        let estimated = async {
            let (nonce, factory) = self.estimation_place(mode).await?;
            let op = UserOperation {
                sender: self.terms.account,
                nonce,
                factory,
                call_data,
                // Estimated at a fee of 1, so that the gas budget does not bite on limits that are not known yet.
                max_fee_per_gas: 1,
                max_priority_fee_per_gas: 1,
                signature: self.grant.dummy_signature(mode),
                ..UserOperation::default()
            };
            self.estimated(op).await
        };
        let (mut op, fees) = try_join(estimated, self.client.fees()).await?;
        op.max_fee_per_gas = fees.max_fee_per_gas;
        op.max_priority_fee_per_gas = fees.max_priority_fee_per_gas;
        Ok(op)
    }

    /// Lane and nonce of the next operation, to be called while the state is locked.
    pub(super) async fn place(&self, state: &State, enabling: bool) -> Result<(u16, U256), SessionError> {
        // The chain says when the next one is due, by its own clock.
        if self.terms.scope.limits().every.is_some() {
            self.client.read_time().await?;
        }
        if !enabling {
            return self.next_nonce(state).await;
        }
        let key = self.grant.nonce_key(mode(true, &state.grant_signature.0), ENABLING_LANE);
        let node = &self.client.endpoints.node;
        let sequence = node.sequence(&self.entry_point(), self.terms.account, key).await?;
        Ok((ENABLING_LANE, nonce(key, sequence)))
    }

    /// Nonce to estimate with, and the factory if the account is not there yet.
    async fn estimation_place(&self, mode: Mode<'_>) -> Result<(U256, Option<Factory>), SessionError> {
        let nonce = nonce(self.grant.nonce_key(mode, ESTIMATION_LANE), 0);
        if matches!(mode, Mode::Use) {
            return Ok((nonce, None));
        }
        let code = self.client.endpoints.node.code(self.terms.account).await?;
        let account = self.protocol.account(self.terms.owner, self.terms.index);
        Ok((nonce, code.is_empty().then_some(account.factory)))
    }

    /// The operation with its gas limits and, if a paymaster pays, its fields for estimation.
    async fn estimated(&self, mut op: UserOperation) -> Result<UserOperation, SessionError> {
        let entry_point = self.entry_point();
        if self.is_sponsored()
            && let Some(paymaster) = &self.client.endpoints.paymaster
        {
            paymaster.prepare(&mut op, &entry_point).await.map_err(SessionError::Paymaster)?;
        }
        let gas = self.client.endpoints.bundler.estimate(&op, &entry_point).await?;
        op.call_gas_limit = gas.call_gas_limit;
        op.verification_gas_limit = gas.verification_gas_limit;
        op.pre_verification_gas = gas.pre_verification_gas;
        if let Some(paymaster) = &mut op.paymaster {
            // What the paymaster asks for itself counts more than what the bundler saw.
            let limit = |own: u128, seen: Option<u128>| if own == 0 { seen.unwrap_or_default() } else { own };
            paymaster.verification_gas_limit =
                limit(paymaster.verification_gas_limit, gas.paymaster_verification_gas_limit);
            paymaster.post_op_gas_limit = limit(paymaster.post_op_gas_limit, gas.paymaster_post_op_gas_limit);
        }
        Ok(op)
    }

    /// Asks the paymaster for its final fields, if it pays.
    pub(super) async fn sponsor(&self, op: &mut UserOperation) -> Result<(), SessionError> {
        if op.paymaster.is_some()
            && let Some(paymaster) = &self.client.endpoints.paymaster
        {
            paymaster.sponsor(op, &self.entry_point()).await.map_err(SessionError::Paymaster)?;
        }
        Ok(())
    }

    /// Whether a paymaster is to be asked.
    fn is_sponsored(&self) -> bool {
        self.terms.scope.paymaster() != PaymasterRule::None
    }

    /// Checks everything about an operation: account, nonce lane, factory, authorisation, execution mode, every call, gas and fees
    /// against the budgets, paymaster. Answers what the key may sign, and what is to be debited.
    pub(super) fn authorise(
        &self,
        state: &State,
        enabling: bool,
        lane: u16,
        op: &UserOperation,
    ) -> Result<Authorised, SessionError> {
        let not_as_granted = |field| Err(SessionError::NotAsGranted { field });
        let mode = mode(enabling, &state.grant_signature.0);
        if split_nonce(op.nonce).0 != self.grant.nonce_key(mode, lane) {
            return not_as_granted("nonce key");
        }
        let account = self.protocol.account(self.terms.owner, self.terms.index);
        if op.factory.as_ref().is_some_and(|factory| !enabling || *factory != account.factory) {
            return not_as_granted("factory");
        }
        if op.authorization.is_some() {
            return not_as_granted("authorisation");
        }
        let cost = cost(op)?;
        let calls = self.protocol.decode_calls(&op.call_data)?;
        let paymaster = op.paymaster.as_ref().map(|paymaster| paymaster.address);
        let mut violations: Vec<Violation> = self.check(&calls);
        let usage = self.usage(&calls, cost, paymaster);
        violations.extend(self.terms.scope.check_operation(&state.spent, &usage));
        let mut narrowed = None;
        if let Some((scope, spent)) = &state.narrowed {
            violations.extend(scope.check_operation(spent, &usage));
            narrowed = Some(scope.debit(spent, &usage));
        }
        if !violations.is_empty() {
            return Err(SessionError::OutOfScope(violations));
        }
        let spent = self.terms.scope.debit(&state.spent, &usage);
        let digest = self.grant.digest(mode, op, &self.entry_point())?;
        Ok(Authorised { digest, cost, debit: Debit { spent, narrowed } })
    }

    /// An operation as the limits of the scope see it.
    fn usage<'a>(
        &self,
        calls: &'a [Call],
        cost: OperationCost,
        paymaster: Option<alloy_primitives::Address>,
    ) -> Usage<'a> {
        let start = self.terms.validity.valid_after();
        let now = match self.terms.scope.limits().every {
            Some(_) => self.client.block_time(),
            None => self.client.now(),
        };
        Usage { calls, cost, paymaster, now, start }
    }

    pub(super) fn hash(&self, op: &UserOperation) -> Result<UserOpHash, SessionError> {
        let hash = AnyOperation::V07(op.clone()).hash(&self.entry_point());
        hash.map_err(|_| SessionError::NotAsGranted { field: "EntryPoint version" })
    }

    /// The signature field of an operation that was authorised.
    pub(super) async fn sign(
        &self,
        state: &State,
        enabling: bool,
        digest: &SigningDigest,
    ) -> Result<Bytes, SessionError> {
        let signature = self.key().await?.sign(digest)?;
        Ok(self.grant.signature(mode(enabling, &state.grant_signature.0), &signature))
    }
}

/// All gas limits at the highest fee.
fn cost(op: &UserOperation) -> Result<OperationCost, SessionError> {
    let paymaster = op
        .paymaster
        .as_ref()
        .map_or([0, 0], |paymaster| [paymaster.verification_gas_limit, paymaster.post_op_gas_limit]);
    let limits = [op.call_gas_limit, op.verification_gas_limit].into_iter().chain(paymaster).map(U256::from);
    let gas = limits.chain([op.pre_verification_gas]).try_fold(U256::ZERO, U256::checked_add);
    let gas = gas.ok_or(SessionError::NotAsGranted { field: "gas limits" })?;
    Ok(OperationCost { gas, max_fee_per_gas: op.max_fee_per_gas })
}
