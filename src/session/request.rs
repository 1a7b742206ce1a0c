//! Asking the owner: everything that can be checked is checked before the one prompt.

use std::rc::Rc;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};

use super::keep::{GrantSignature, Phase, Record, State, StoredTerms};
use super::storage::Stored;
use super::{Client, Session, SessionError, SessionFault, random_id};
use crate::endpoint::owner::{Owner, OwnerError};
use crate::host::{Clock, Host, Wallet};
use crate::key::{KeyKind, SessionKey, Signature, recover_address};
use crate::protocol::{self, Grant, GrantStatus, ProtocolError, ProtocolFault};
use crate::review::{Proposal, review};
use crate::scope::{PaymasterRule, Scope};
use crate::time::{Timestamp, Validity};

/// Seconds that a request waits for its answer over a reload.
const PENDING_TIME: u64 = 600;
/// What the code of a delegated account starts with (EIP-7702).
const DELEGATION: [u8; 3] = [0xef, 0x01, 0x00];

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What the session may do.
    pub scope: Scope,
    /// First second of the session, where it does not begin at once.
    pub starts_at: Option<Timestamp>,
    /// Last second of the session.
    pub valid_until: Timestamp,
    /// The owner, if it must be this one; else the wallet's first account.
    pub owner: Option<Address>,
    /// Kind of the session key; the account's own choice if none is named.
    pub key: Option<KeyKind>,
}

/// Stages of a request, told before each begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestStage {
    /// The owner's account is looked for. May open the wallet's connection prompt.
    Connecting,
    /// Account, chain and funds are read.
    Funding,
    /// The wallet is brought to the chain. Opens a prompt.
    Switching,
    /// The wallet shows the grant.
    AwaitingSignature,
    /// The answer is checked.
    Verifying,
    /// The session is stored and can act.
    Stored,
}

impl RequestStage {
    /// Stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Funding => "funding",
            Self::Switching => "switching",
            Self::AwaitingSignature => "awaiting-signature",
            Self::Verifying => "verifying",
            Self::Stored => "stored",
        }
    }
}

impl<H: Host> Client<H> {
    /// Asks the owner for a session. The key is sealed as pending before the wallet shows the grant, so that
    /// [`Client::resume`] can take a late answer up.
    ///
    /// # Errors
    /// [`SessionError`]. When the owner declines, nothing is left behind.
    pub async fn request<W: Wallet>(
        self: &Rc<Self>,
        owner: &Owner<W>,
        terms: &Terms,
        stage: &impl Fn(RequestStage),
    ) -> Result<Rc<Session<H>>, SessionError> {
        self.request_in_place_of(None, owner, terms, stage).await
    }

    /// Asks for a session that takes over from another one, where there is one.
    pub(super) async fn request_in_place_of<W: Wallet>(
        self: &Rc<Self>,
        renews: Option<String>,
        owner: &Owner<W>,
        terms: &Terms,
        stage: &impl Fn(RequestStage),
    ) -> Result<Rc<Session<H>>, SessionError> {
        // Before the wallet opens, for an owner that may still be another.
        self.check_scope(terms.owner.unwrap_or_default(), terms)?;
        self.start_where_possible(true).await?;
        self.drop_stale_requests().await?;
        stage(RequestStage::Connecting);
        let address = choose(&owner.connect().await?, terms.owner)?;
        self.check_scope(address, terms)?;
        stage(RequestStage::Funding);
        let stored = self.prepare(address, terms, renews).await?;
        // The key is sealed: it need not lie in memory while the wallet is open.
        let session = Session::new(Rc::clone(self), stored)?;
        self.finish(owner, session, stage).await
    }

    /// Takes up the newest request that a reload cut off, if there is one: with the owner's signature if it arrived some other way,
    /// else by asking the wallet for the same signature again.
    ///
    /// # Errors
    /// As [`Client::request`].
    pub async fn resume<W: Wallet>(
        self: &Rc<Self>,
        owner: &Owner<W>,
        signature: Option<Bytes>,
        stage: &impl Fn(RequestStage),
    ) -> Result<Option<Rc<Session<H>>>, SessionError> {
        self.drop_stale_requests().await?;
        let all = self.stored().await?.into_iter().flatten();
        let pending = all.filter(|stored| stored.state.phase == Phase::Pending);
        let newest = pending.max_by_key(|stored| stored.record.terms.created_at);
        let Some(stored) = newest else { return Ok(None) };
        let session = Session::new(Rc::clone(self), stored)?;
        // Proves that the key is still there before anybody is asked.
        session.key().await?;
        let Some(signature) = signature else {
            stage(RequestStage::Connecting);
            choose(&owner.connect().await?, Some(session.terms.owner))?;
            return self.finish(owner, session, stage).await.map(Some);
        };
        stage(RequestStage::Verifying);
        let signature = Signature::from_bytes(&signature).map_err(OwnerError::Signature)?;
        let signer = recover_address(&session.terms.grant_hash, &signature).map_err(OwnerError::Signature)?;
        if signer != session.terms.owner {
            return Err(OwnerError::OtherSigner { owner: session.terms.owner, signer }.into());
        }
        session.grant(&signature).await?;
        stage(RequestStage::Stored);
        Ok(Some(session))
    }

    /// Key and record of a session that waits for its owner.
    async fn prepare(
        &self,
        owner: Address,
        terms: &Terms,
        renews: Option<String>,
    ) -> Result<Stored, SessionError> {
        self.check_chain().await?;
        Self::check_end(terms, self.now())?;
        self.check_owner(owner).await?;
        let info = self.account(owner).await?;
        let account = info.account.address;
        if info.state.deployed && info.state.owner != Some(owner) {
            return Err(SessionError::from(SessionFault::OwnerChanged { account }));
        }
        let key = SessionKey::generate()?;
        // From the start of time, since a chain's clock may lag behind this one; a rate needs a start that the chain has reached.
        let begins = match terms.scope.limits().every {
            Some(_) => self.block_time(),
            None => Timestamp::default(),
        };
        let valid_after = begins.max(terms.starts_at.unwrap_or_default());
        let validity = Validity::new(valid_after, terms.valid_until)?;
        let grant = self.kind.protocol.grant(&protocol::Terms {
            scope: &terms.scope,
            account,
            chain_id: self.chain.id,
            session_key: key.address(),
            validity,
            grant_nonce: info.state.grant_nonce,
        })?;
        let codes = self.code_hashes(grant.as_ref()).await?;
        if info.state.deployed {
            let answers = self.endpoints.node.views(&grant.status_reads()).await?;
            if grant.status(&answers)? != GrantStatus::Unused {
                return Err(ProtocolError::from(ProtocolFault::IdUsed).into());
            }
        }
        self.check_funds(&terms.scope, grant.as_ref(), &info).await?;
        let stored = StoredTerms {
            id: random_id()?,
            app: self.app.clone(),
            protocol: self.kind.protocol.name().to_owned(),
            chain_id: self.chain.id,
            owner,
            account,
            index: self.kind.index,
            scope: terms.scope.clone(),
            validity,
            key: key.address(),
            grant: grant.record(),
            grant_hash: grant.request().digest(),
            created_at: self.now(),
            codes,
            renews,
        };
        self.store_new(stored, State::pending(), &key).await
    }

    /// A policy without code would be passed over by nobody: enabling would fail after the owner has signed.
    async fn code_hashes(&self, grant: &dyn Grant) -> Result<Vec<(Address, B256)>, SessionError> {
        let contracts = grant.contracts();
        let codes = self.endpoints.node.codes(&contracts).await?;
        let hashes = contracts.into_iter().zip(codes).map(|(address, code)| match code.is_empty() {
            true => Err(SessionError::from(SessionFault::NoPolicyContract { address })),
            false => Ok((address, keccak256(&code))),
        });
        hashes.collect()
    }

    /// Without a paymaster the account must be able to pay for its first operation.
    async fn check_funds(
        &self,
        scope: &Scope,
        grant: &dyn Grant,
        info: &super::AccountInfo,
    ) -> Result<(), SessionError> {
        match (scope.paymaster(), &self.endpoints.paymaster) {
            (PaymasterRule::Only(_), None) => return Err(SessionError::from(SessionFault::NoPaymaster)),
            (PaymasterRule::Only(_) | PaymasterRule::Any, Some(_)) => return Ok(()),
            (PaymasterRule::None | PaymasterRule::Any, _) => {}
        }
        let most = scope.limits().max_fee_per_gas;
        let quoted = self.fees(most).await?.max_fee_per_gas;
        let fee = quoted.min(most.unwrap_or(quoted));
        let needed = grant.first_use_gas(info.state.deployed).saturating_mul(U256::from(fee));
        let wei = needed.saturating_sub(info.balance.saturating_add(info.deposit));
        match wei.is_zero() {
            true => Ok(()),
            false => Err(SessionError::from(SessionFault::FundsNeeded {
                purpose: "for its first operation, or a paymaster",
                wei,
                address: info.account.address,
            })),
        }
    }

    /// From a stored request to a session that can act.
    async fn finish<W: Wallet>(
        &self,
        owner: &Owner<W>,
        session: Rc<Session<H>>,
        stage: &impl Fn(RequestStage),
    ) -> Result<Rc<Session<H>>, SessionError> {
        let address = session.terms.owner;
        let asked = async {
            let request = session.grant.request();
            Owner::<W>::preflight(address, request)?;
            if owner.chain_id().await? != self.chain.id {
                stage(RequestStage::Switching);
                owner.switch_chain(&self.chain).await?;
            }
            stage(RequestStage::AwaitingSignature);
            owner.sign(address, self.chain.id, request).await
        };
        match asked.await {
            Ok(signature) => {
                stage(RequestStage::Verifying);
                session.grant(&signature).await?;
                stage(RequestStage::Stored);
                Ok(session)
            }
            Err(fault) => {
                // What may still be answered stays; a clear no leaves nothing.
                let may_come =
                    matches!(fault, OwnerError::Failed(_) | OwnerError::Busy | OwnerError::Disconnected);
                let fault = self.with_contract_owner(address, fault).await;
                if !may_come {
                    session.forget().await?;
                }
                Err(fault.into())
            }
        }
    }

    /// An owner with code signs by that code's rules, which these accounts do not ask for. One whose code is a delegation (EIP-7702)
    /// signs with its key all the same.
    async fn check_owner(&self, owner: Address) -> Result<(), SessionError> {
        let code = self.endpoints.node.code(owner).await?;
        match code.is_empty() || code.starts_with(&DELEGATION) {
            true => Ok(()),
            false => Err(OwnerError::ContractOwner { owner }.into()),
        }
    }

    /// A delegated owner's wallet may sign by the delegate's rules instead.
    async fn with_contract_owner(&self, owner: Address, fault: OwnerError) -> OwnerError {
        let OwnerError::OtherSigner { .. } = fault else { return fault };
        match self.endpoints.node.code(owner).await {
            Ok(code) if !code.is_empty() => OwnerError::ContractOwner { owner },
            _ => fault,
        }
    }

    /// Refuses what ends at once, or before it starts.
    fn check_end(terms: &Terms, now: Timestamp) -> Result<(), SessionError> {
        // It must be there for some time, from now on and from its first second on.
        let lasts_from = |first: Timestamp| {
            let left = terms.valid_until.seconds().saturating_sub(first.seconds());
            (left > super::EXPIRY_MARGIN).then_some(()).ok_or(SessionFault::EndsInThePast)
        };
        lasts_from(now)?;
        let starts_at = terms.starts_at.unwrap_or_default();
        Validity::new(starts_at, terms.valid_until)?;
        Ok(lasts_from(starts_at)?)
    }

    /// Refuses what ends at once, and what can hurt and was not accepted by name.
    fn check_scope(&self, owner: Address, terms: &Terms) -> Result<(), SessionError> {
        let protocol = &self.kind.protocol;
        KeyKind::choose(terms.key, protocol.name(), protocol.key_kinds())?;
        // By the local clock: what the chain said before may have been wrong, and it is asked again.
        let now = self.host.clock().now();
        Self::check_end(terms, now)?;
        let proposal = Proposal {
            scope: &terms.scope,
            account: self.account_of(owner).address,
            owner,
            now,
            starts_at: terms.starts_at.unwrap_or_default(),
            valid_until: terms.valid_until,
            tab: false,
        };
        let review = review(self.kind.protocol.as_ref(), &proposal);
        review.enforcement?;
        let stopping = review.findings.into_iter().filter(|finding| finding.stops(&terms.scope)).collect();
        match review.not_accepted {
            names if names.is_empty() => Ok(()),
            names => Err(SessionError::from(SessionFault::NotAccepted { names, findings: stopping })),
        }
    }

    /// Requests that nobody answered in time are deleted.
    async fn drop_stale_requests(&self) -> Result<(), SessionError> {
        let now = self.now().seconds();
        for Stored { record: Record { terms, .. }, state } in self.stored().await?.into_iter().flatten() {
            if state.phase == Phase::Pending && now.saturating_sub(terms.created_at.seconds()) > PENDING_TIME
            {
                self.delete(&terms).await?;
            }
        }
        Ok(())
    }
}

impl<H: Host> Session<H> {
    /// Takes the owner's signature, which has been checked.
    async fn grant(&self, signature: &Signature) -> Result<(), SessionError> {
        let signature = GrantSignature(Bytes::copy_from_slice(&signature.to_bytes()));
        let mut granted = |state: &mut State| {
            if state.phase == Phase::Pending {
                (state.phase, state.grant_signature) = (Phase::Granted, signature.clone());
            }
        };
        self.update(&mut granted).await.map(|_| ())
    }
}

/// The owner among the wallet's accounts.
fn choose(accounts: &[Address], wanted: Option<Address>) -> Result<Address, OwnerError> {
    match (accounts.first(), wanted) {
        (None, _) => Err(OwnerError::NoAccount),
        (Some(_), Some(wanted)) if !accounts.contains(&wanted) => Err(OwnerError::WrongAccount { wanted }),
        (Some(_), Some(wanted)) => Ok(wanted),
        (Some(first), None) => Ok(*first),
    }
}
