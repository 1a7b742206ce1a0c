//! Building an operation, and the one gate before the key: nothing is signed that is not exactly as granted.

use std::rc::Rc;

use alloy_primitives::aliases::U192;
use alloy_primitives::{Bytes, U256};
use futures_util::future::try_join;

use super::keep::{Lane, Place, Standing, State};
use super::lanes::{ENABLING_LANE, ESTIMATION_LANE};
use super::{GivenFees, Session, SessionError, SessionFault, mode};
use crate::call::Call;
use crate::endpoint::bundler::BundlerError;
use crate::host::Host;
use crate::key::{Signature, SigningDigest};
use crate::protocol::{Mode, Verifying};
use crate::scope::{OperationCost, PaymasterRule, Reserve, Usage, Violation, ViolationKind};
use crate::userop::v07::{Factory, UserOperation};
use crate::userop::{UserOpHash, nonce, split_nonce};

/// An operation in its final form, not yet signed.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The operation.
    pub operation: Box<UserOperation>,
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
    /// What is set apart for it.
    pub(super) reserve: Reserve,
}

impl<H: Host> Session<H> {
    /// The operation that sending these calls for these fees would send now.
    ///
    /// # Errors
    /// As [`Session::send`].
    pub async fn prepare(self: &Rc<Self>, calls: &[Call], fees: GivenFees) -> Result<Prepared, SessionError> {
        self.check_all(calls)?;
        let state = self.usable_state().await?;
        let enabling = state.phase != super::Phase::Enabled;
        let mut operation = self.draft(&state, enabling, calls, (fees, 0)).await?;
        let lane = if enabling { Lane::Enabling } else { self.own_lane().await? };
        let key = self.nonce_key(&state, lane);
        let node = &self.client.endpoints.node;
        let on_chain = node.sequence(&self.entry_point(), self.terms.account, key).await?;
        let state = self.read_state().await?;
        let place = Place { lane, sequence: state.next_sequence(lane, on_chain, |_| false, |_| false) };
        operation.nonce = nonce(key, place.sequence);
        self.sponsor(&mut operation).await?;
        let Authorised { cost, .. } = self.authorise(&state, place, &operation)?;
        let hash = self.hash(&operation)?;
        Ok(Prepared { operation, hash, cost })
    }

    /// Refuses calls that break any rule, with all of them.
    pub(super) fn check_all(&self, calls: &[Call]) -> Result<(), SessionError> {
        match self.check(calls) {
            violations if violations.is_empty() => Ok(()),
            violations => Err(SessionError::from(SessionFault::OutOfScope(violations))),
        }
    }

    /// Refuses calls for which the count or the totals have no room left, before anybody is asked for gas. What was given up is left
    /// out: they may be signed for its nonce.
    pub(super) fn check_totals(&self, state: &State, calls: &[Call]) -> Result<(), SessionError> {
        let usage = self.usage(calls, OperationCost { gas: U256::ZERO, max_fee_per_gas: 0 }, None);
        let given_up = state.outbox.iter().find(|entry| entry.standing == Standing::GivenUp);
        let mut violations = self.check_budgets(state, given_up.map(|entry| entry.place), &usage);
        violations
            .retain(|violation| matches!(violation.kind, ViolationKind::Operations | ViolationKind::Spend));
        if violations.is_empty() {
            Ok(())
        } else {
            Err(SessionError::from(SessionFault::OutOfScope(violations)))
        }
    }

    /// Every limit that an operation breaks beside everything that may land, but for what was signed for its own nonce: of those only
    /// one can.
    fn check_budgets(&self, state: &State, at: Option<Place>, usage: &Usage<'_>) -> Vec<Violation> {
        let scope = &self.terms.scope;
        let mut violations =
            scope.check_operation(&state.committed(scope, &state.spent, usage.now, at), usage);
        if let Some((scope, spent)) = &state.narrowed {
            let committed = state.committed(scope, spent, usage.now, at);
            violations.extend(scope.check_operation(&committed, usage));
        }
        violations
    }

    /// An operation with gas limits and fees, a dummy signature and, if a paymaster pays, its fields for
    /// estimation. One that enables the session has its nonce; any other still gets its own. Its limit for verification gas is `least`
    /// or more.
    pub(super) async fn draft(
        &self,
        state: &State,
        enabling: bool,
        calls: &[Call],
        (given, least): (GivenFees, u128),
    ) -> Result<Box<UserOperation>, SessionError> {
        let mode = mode(enabling, &state.grant_signature.0);
        let call_data = self.protocol.encode_calls(calls)?;
        let drafted = async {
            let (nonce, factory) = self.estimation_place(mode).await?;
            let op = Box::new(UserOperation {
                sender: self.terms.account,
                nonce,
                factory,
                call_data,
                // Estimated at a fee of 1, so that the gas budget does not bite on limits that are not known yet.
                max_fee_per_gas: 1,
                max_priority_fee_per_gas: 1,
                signature: self.grant.dummy_signature(mode),
                ..UserOperation::default()
            });
            Ok((self.estimated(op.clone()).await, op))
        };
        let fees = self.client.fees_for(given, self.terms.scope.limits().max_fee_per_gas);
        let ((estimated, mut op), fees) = match self.client.is_quoting() {
            true => (drafted.await?, fees.await?),
            false => try_join(drafted, fees).await?,
        };
        let set_fees = |op: &mut UserOperation| {
            op.max_fee_per_gas = fees.max_fee_per_gas;
            op.max_priority_fee_per_gas = fees.max_priority_fee_per_gas;
        };
        let mut op = match estimated {
            // Some endpoints take no placeholder for a fee.
            Err(fault) if fault.least_fee().is_some() => {
                set_fees(&mut op);
                self.estimated(op).await?
            }
            Err(fault) => return Err(self.explained(fault, calls).await),
            Ok(op) => op,
        };
        set_fees(&mut op);
        let usual = self.check_verification_gas(&op, enabling, calls)?;
        let asked = op.verification_gas_limit;
        // Behind other operations a bundler sees storage that they warmed, and estimates less than it takes once those have landed.
        let seen = state.most_verification_gas(enabling).min(usual.saturating_mul(2));
        op.verification_gas_limit =
            asked.max(usual).max(seen).max(least.min(usual.saturating_mul(MOST_RAISED)));
        Ok(op)
    }

    /// What verifying an operation usually takes; refuses what is far above.
    fn check_verification_gas(
        &self,
        op: &UserOperation,
        enabling: bool,
        calls: &[Call],
    ) -> Result<u128, SessionError> {
        let verifying = match (enabling, &op.factory) {
            (true, Some(_)) => Verifying::Deployment,
            (true, None) => Verifying::Enabling,
            (false, _) => Verifying::Use,
        };
        let usual = u128::from(self.grant.verification_gas(verifying, calls));
        let asked = op.verification_gas_limit;
        match asked > usual.saturating_mul(FAR_ABOVE) {
            true => Err(SessionError::from(SessionFault::Estimate { asked, usual })),
            false => Ok(usual),
        }
    }

    /// A call that sends more than the account has reverts without a word: then that is told.
    async fn explained(&self, fault: SessionError, calls: &[Call]) -> SessionError {
        let value = calls.iter().fold(U256::ZERO, |sum, call| sum.saturating_add(call.value));
        let is_silent = matches!(&*fault, SessionFault::Bundler(BundlerError::Refused(refusal))
            if refusal.revert.is_none() && refusal.entry_point.is_none_or(|it| it.code == "AA23"));
        if value.is_zero() || !is_silent {
            return fault;
        }
        let address = self.terms.account;
        match self.client.endpoints.node.balance(address).await {
            Ok(balance) if balance < value => {
                let purpose = "for the value that these calls send";
                SessionFault::FundsNeeded { purpose, wei: value.saturating_sub(balance), address }.into()
            }
            _ => fault,
        }
    }

    /// Nonce key of a lane.
    pub(super) fn nonce_key(&self, state: &State, lane: Lane) -> U192 {
        match lane {
            Lane::Enabling => self.grant.nonce_key(mode(true, &state.grant_signature.0), ENABLING_LANE),
            Lane::Use(id) => self.grant.nonce_key(Mode::Use, id),
        }
    }

    /// Nonce to estimate with, and the factory if the account is not there yet.
    async fn estimation_place(&self, mode: Mode<'_>) -> Result<(U256, Option<Factory>), SessionError> {
        let nonce = nonce(self.grant.nonce_key(mode, ESTIMATION_LANE), 0);
        if matches!(mode, Mode::Use) {
            return Ok((nonce, None));
        }
        let deployed = match self.seen_deployed.take() {
            Some(deployed) => deployed,
            None => !self.client.endpoints.node.code(self.terms.account).await?.is_empty(),
        };
        let account = self.protocol.account(self.terms.owner, self.terms.index);
        Ok((nonce, (!deployed).then_some(account.factory)))
    }

    /// The operation with its gas limits and, if a paymaster pays, its fields for estimation.
    async fn estimated(&self, mut op: Box<UserOperation>) -> Result<Box<UserOperation>, SessionError> {
        let entry_point = self.entry_point();
        if self.is_sponsored()
            && let Some(paymaster) = &self.client.endpoints.paymaster
        {
            paymaster
                .prepare(&mut op, &entry_point)
                .await
                .map_err(|fault| SessionError::from(SessionFault::Paymaster(fault)))?;
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
            paymaster
                .sponsor(op, &self.entry_point())
                .await
                .map_err(|fault| SessionError::from(SessionFault::Paymaster(fault)))?;
        }
        Ok(())
    }

    /// Whether a paymaster is to be asked.
    fn is_sponsored(&self) -> bool {
        self.terms.scope.paymaster() != PaymasterRule::None
    }

    /// Checks everything about an operation: account, nonce, factory, authorisation, execution mode, every call, gas and fees against
    /// the budgets, paymaster.
    pub(super) fn authorise(
        &self,
        state: &State,
        place: Place,
        op: &UserOperation,
    ) -> Result<Authorised, SessionError> {
        let not_as_granted = |field| Err(SessionError::from(SessionFault::NotAsGranted { field }));
        let enabling = place.lane == Lane::Enabling;
        if split_nonce(op.nonce) != (self.nonce_key(state, place.lane), place.sequence) {
            return not_as_granted("nonce");
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
        // A paymaster may set it, too.
        self.check_verification_gas(op, enabling, &calls)?;
        let mut violations: Vec<Violation> = self.check(&calls);
        violations.extend(self.check_budgets(state, Some(place), &self.usage(&calls, cost, paymaster)));
        let narrowed = state.narrowed.iter().map(|(scope, _)| scope);
        let scopes = std::iter::once(&self.terms.scope).chain(narrowed);
        violations.extend(scopes.filter_map(|scope| scope.check_share(cost, enabling)).take(1));
        if !violations.is_empty() {
            return Err(SessionError::from(SessionFault::OutOfScope(violations)));
        }
        let reserve = self.reserve(state, &calls, cost);
        let digest = self.grant.digest(mode(enabling, &state.grant_signature.0), op, &self.entry_point())?;
        Ok(Authorised { digest, cost, reserve })
    }

    /// What an operation takes of the budgets, of a narrower scope's too.
    fn reserve(&self, state: &State, calls: &[Call], cost: OperationCost) -> Reserve {
        let mut reserve = self.terms.scope.reserve(calls, cost);
        if let Some((scope, _)) = &state.narrowed {
            reserve.dearest(&scope.reserve(calls, cost));
        }
        reserve
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

    /// The signature field of an operation.
    pub(super) fn signature(&self, state: &State, lane: Lane, signature: &Signature) -> Bytes {
        self.grant.signature(mode(lane == Lane::Enabling, &state.grant_signature.0), signature)
    }
}

/// Times the usual gas to which an operation is raised that had too little.
const MOST_RAISED: u128 = 4;
/// Times the usual gas for verification that an estimate is refused from.
const FAR_ABOVE: u128 = 8;

/// All gas limits at the highest fee.
fn cost(op: &UserOperation) -> Result<OperationCost, SessionError> {
    let paymaster = op
        .paymaster
        .as_ref()
        .map_or([0, 0], |paymaster| [paymaster.verification_gas_limit, paymaster.post_op_gas_limit]);
    let limits = [op.call_gas_limit, op.verification_gas_limit].into_iter().chain(paymaster).map(U256::from);
    let gas = limits.chain([op.pre_verification_gas]).try_fold(U256::ZERO, U256::checked_add);
    let gas = gas.ok_or_else(|| SessionError::from(SessionFault::NotAsGranted { field: "gas limits" }))?;
    Ok(OperationCost { gas, max_fee_per_gas: op.max_fee_per_gas })
}
