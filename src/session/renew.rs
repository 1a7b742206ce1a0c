//! A session that takes over from another: granted anew, and in its place once the account knows it.

use std::rc::Rc;

use super::restore::FOLLOWED;
use super::storage::{STATES, Stored};
use super::watch::tell_renewed;
use super::{RequestStage, Session, SessionError, SessionFault, Status, Terms, is_over};
use crate::endpoint::owner::Owner;
use crate::host::{Clock, Host, Store, Wallet};
use crate::time::Timestamp;

impl<H: Host> Session<H> {
    /// Asks the owner for a session with the same scope, or the narrower one that this session is held to, and a new key, until
    /// another time. This one serves until the new one is enabled on chain, and is deleted then; when the owner declines, it stays as
    /// it is.
    ///
    /// # Errors
    /// As [`super::Client::request`]; [`SessionFault::Revoked`] for a session that was taken back.
    pub async fn renew<W: Wallet>(
        &self,
        owner: &Owner<W>,
        valid_until: Timestamp,
        stage: &impl Fn(RequestStage),
    ) -> Result<Rc<Self>, SessionError> {
        if self.summary().status == Status::Revoked {
            return Err(SessionError::from(SessionFault::Revoked));
        }
        let narrowed = self.state.borrow().narrowed.as_ref().map(|(scope, _)| scope.clone());
        let scope = narrowed.unwrap_or_else(|| self.terms.scope.clone());
        let terms = Terms { scope, starts_at: None, valid_until, owner: Some(self.terms.owner), key: None };
        let client = Rc::clone(&self.client);
        client.request_in_place_of(Some(self.terms.id.clone()), owner, &terms, stage).await
    }

    /// Once this session is enabled, the one that it takes over from is not needed any more, but for the fate of what that left open.
    pub(super) async fn end_renewed(self: &Rc<Self>) {
        if self.ended_renewed().await {
            return;
        }
        let session = Rc::clone(self);
        self.client.host.spawn(Box::pin(async move {
            while !session.ended_renewed().await {
                session.client.host.clock().rest(FOLLOWED).await;
            }
        }));
    }

    /// Whether nothing is left to wait for.
    async fn ended_renewed(&self) -> bool {
        let Some(old) = self.terms.renews.as_deref().map(|id| self.terms.name_of(id)) else { return true };
        let is_open = |Stored { record, state }: &Stored| {
            record.terms.name() == old
                && !state.outbox.is_empty()
                && !is_over(&record.terms, self.client.now())
        };
        if self.client.stored().await.is_ok_and(|all| all.iter().flatten().any(is_open)) {
            return false;
        }
        let Ok(Some(_)) = self.client.host.states().get(&format!("{STATES}{old}")).await else { return true };
        // Where it cannot be deleted now, it ends with its expiry.
        if self.client.delete_shared(&old).await.is_ok() {
            let _ = self.client.delete_own(&old).await;
            tell_renewed(&self.client, &old);
        }
        true
    }
}
