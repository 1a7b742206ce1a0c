//! Taking a session back on chain: one plain transaction of the owner.

use std::time::Duration;

use alloy_primitives::B256;

use super::keep::Phase;
use super::{Session, SessionError, SessionFault};
use crate::endpoint::owner::{Owner, OwnerError};
use crate::host::{Clock, Host, Wallet};
use crate::protocol::{GrantStatus, Revocation};

/// How often the receipt of the transaction is asked for, and how many times.
const POLL: (Duration, usize) = (Duration::from_millis(500), 600);

/// What ending a session does on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnChain {
    /// Takes the grant back first; when that fails, nothing ends.
    Now,
    /// Takes the grant back if the owner and the chain let it; ends here in any case.
    Try,
    /// Nothing: the grant stays until it expires, but nobody has its key any more.
    No,
}

impl OnChain {
    /// The choice of this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "now" => Some(Self::Now),
            "try" => Some(Self::Try),
            "no" => Some(Self::No),
            _ => None,
        }
    }
}

impl<H: Host> Session<H> {
    /// Ends the session: takes it back on chain as `on_chain` says, then deletes its key and record here. Answers the revoking
    /// transaction, if there was one.
    ///
    /// # Errors
    /// With [`OnChain::Now`] those of [`Session::revoke`], and the session goes on; [`SessionFault::Store`], [`SessionFault::Seal`].
    pub async fn end<W: Wallet>(
        &self,
        owner: Option<&Owner<W>>,
        on_chain: OnChain,
    ) -> Result<Option<B256>, SessionError> {
        let revoked = match (on_chain, owner) {
            (OnChain::No, _) | (OnChain::Try, None) => None,
            (OnChain::Now, None) => return Err(OwnerError::NoAccount.into()),
            (OnChain::Now, Some(owner)) => match self.revoke(owner).await {
                // Already so.
                Err(error) if matches!(*error, SessionFault::Revoked | SessionFault::NothingToRevoke) => None,
                outcome => Some(outcome?),
            },
            (OnChain::Try, Some(owner)) => self.revoke(owner).await.ok(),
        };
        self.forget().await?;
        Ok(revoked)
    }

    /// Takes the session back on chain by a plain transaction of the owner to the account, and waits until it is there. A session that
    /// was never used ends together with all older grants of the account.
    ///
    /// # Errors
    /// [`SessionFault::NothingToRevoke`] while the account is not deployed: an unused grant of such an account ends with its expiry.
    /// [`SessionFault::Owner`], [`SessionFault::RevocationFailed`].
    pub async fn revoke<W: Wallet>(&self, owner: &Owner<W>) -> Result<B256, SessionError> {
        let address = self.terms.owner;
        if !owner.connect().await?.contains(&address) {
            return Err(OwnerError::WrongAccount { wanted: address }.into());
        }
        let node = &self.client.endpoints.node;
        let account = self.client.account_state(self.terms.account).await?;
        if !account.deployed {
            return Err(SessionError::from(SessionFault::NothingToRevoke));
        }
        let how = match self.grant.status(&node.views(&self.grant.status_reads()).await?)? {
            GrantStatus::Unused => Revocation::InvalidateAll { current_nonce: account.grant_nonce },
            status if status.is_revoked() => {
                self.revoked().await?;
                return Err(SessionError::from(SessionFault::Revoked));
            }
            _ => Revocation::Remove,
        };
        let call = self.grant.revocation(how)?;
        if owner.chain_id().await? != self.client.chain.id {
            owner.switch_chain(&self.client.chain).await?;
        }
        let hash = owner.send_transaction(address, self.client.chain.id, &call).await?;
        let (pause, times) = POLL;
        for _ in 0..times {
            match node.transaction_status(hash).await? {
                Some(true) => return self.revoked().await.map(|()| hash),
                Some(false) => return Err(SessionError::from(SessionFault::RevocationFailed { hash })),
                None => self.client.host.clock().sleep(pause).await,
            }
        }
        Err(SessionError::from(SessionFault::NotIncluded { hash }))
    }

    async fn revoked(&self) -> Result<(), SessionError> {
        self.closed.set(true);
        self.update(&mut |state| state.phase = Phase::Revoked).await?;
        self.refuse(SessionError::from(SessionFault::Revoked));
        // From here on the stored phase says why.
        self.closed.set(false);
        Ok(())
    }
}
