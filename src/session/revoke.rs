//! Taking a session back on chain: one plain transaction of the owner.

use std::time::Duration;

use alloy_primitives::B256;

use super::record::Phase;
use super::{Session, SessionError};
use crate::host::{Clock, Host, Wallet};
use crate::owner::{Owner, OwnerError};
use crate::protocol::{GrantStatus, Revocation};

/// How often the receipt of the transaction is asked for, and how many times.
const POLL: (Duration, usize) = (Duration::from_millis(500), 600);

impl<H: Host> Session<H> {
    /// Takes the session back on chain by a plain transaction of the owner to the account, and waits until it is there. A session that
    /// was never used ends together with all older grants of the account.
    ///
    /// # Errors
    /// [`SessionError::NothingToRevoke`] while the account is not deployed: an unused grant of such an account ends with its expiry.
    /// [`SessionError::Owner`], [`SessionError::RevocationFailed`].
    pub async fn revoke<W: Wallet>(&self, owner: &Owner<W>) -> Result<B256, SessionError> {
        let address = self.terms.owner;
        if !owner.connect().await?.contains(&address) {
            return Err(OwnerError::WrongAccount { wanted: address }.into());
        }
        let node = &self.client.endpoints.node;
        let account = self.client.account_state(self.terms.account).await?;
        if !account.deployed {
            return Err(SessionError::NothingToRevoke);
        }
        let how = match self.grant.status(&node.views(&self.grant.status_reads()).await?)? {
            GrantStatus::Unused => Revocation::InvalidateAll { current_nonce: account.grant_nonce },
            status if status.is_revoked() => {
                self.revoked().await?;
                return Err(SessionError::Revoked);
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
                Some(false) => return Err(SessionError::RevocationFailed { hash }),
                None => self.client.host.clock().sleep(pause).await,
            }
        }
        Err(SessionError::NotIncluded { hash })
    }

    async fn revoked(&self) -> Result<(), SessionError> {
        self.closed.set(true);
        self.set_phase(Phase::Revoked).await?;
        self.suspend();
        // From here on the stored phase says why.
        self.closed.set(false);
        Ok(())
    }
}
