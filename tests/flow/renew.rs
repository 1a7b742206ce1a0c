//! Sessions that take over from others, and sessions that end.

use std::rc::Rc;

use hallpass::endpoint::owner::OwnerError;
use hallpass::host::Store;
use hallpass::scope::Scope;
use hallpass::session::{AtLeast, OnChain, Session, SessionError, SessionFault, Status};
use hallpass::testing::{TestHost, block_on};
use hallpass::time::Timestamp;

use serde_json::json;

use super::setup::{NOW, World, moved, rejected, scope};

type Host = TestHost;

async fn renewed(world: &World, old: &Session<Host>) -> Result<Rc<Session<Host>>, SessionError> {
    old.renew(&world.owner(), Timestamp::from_seconds(NOW + 7200).unwrap(), &|_| ()).await
}

async fn act(session: &Rc<Session<Host>>) -> Result<bool, SessionError> {
    let sent = session.send(&[moved(1, 2)], &|_| ()).await?;
    Ok(session.included(sent).await?.success)
}

fn ids(list: &[hallpass::session::Summary]) -> Vec<&str> {
    list.iter().map(|summary| summary.id.as_str()).collect()
}

#[test]
fn the_old_session_serves_until_the_new_one_is_enabled() {
    block_on(async {
        let world = World::new();
        let old = world.enabled().await;
        let new = renewed(&world, &old).await.unwrap();
        let (before, after) = (old.summary(), new.summary());
        assert_ne!(before.id, after.id);
        assert_ne!(before.key, after.key, "a fresh key");
        assert_eq!((before.account, before.scope.hash()), (after.account, after.scope.hash()));
        assert!(act(&old).await.unwrap());
        assert_eq!(world.client.list().await.unwrap().len(), 2);
        assert!(act(&new).await.unwrap());
        assert_eq!(ids(&world.client.list().await.unwrap()), [after.id.as_str()]);
        assert_eq!(world.host.sealer.held(), 1, "the old key is gone");
        assert_eq!(act(&old).await, Err(SessionError::from(SessionFault::Forgotten)));
    });
}

#[test]
fn a_renewal_that_the_owner_declines_changes_nothing() {
    block_on(async {
        let asked = Rc::new(std::cell::Cell::new(0));
        let count = Rc::clone(&asked);
        let world = World::with_wallet(Box::new(move |method, _| {
            (method == "eth_signTypedData_v4").then(|| count.set(count.get() + 1))?;
            (count.get() > 1).then(|| Err(rejected(4001)))
        }));
        let old = world.enabled().await;
        let fault = renewed(&world, &old).await.unwrap_err();
        assert_eq!(fault, SessionError::from(SessionFault::Owner(OwnerError::Rejected)));
        assert_eq!(ids(&world.client.list().await.unwrap()), [old.summary().id.as_str()]);
        assert_eq!((world.host.sealer.held(), asked.get()), (1, 2));
        assert!(act(&old).await.unwrap());
    });
}

#[test]
fn a_renewal_over_a_reload_still_ends_the_old_one() {
    block_on(async {
        let world = World::new();
        let old = world.enabled().await;
        world.host.clock.advance(std::time::Duration::from_secs(1));
        drop(renewed(&world, &old).await.unwrap());
        let tab = world.another_tab();
        let new = tab.restore(&scope(|_| ()), None, AtLeast::default()).await.unwrap().unwrap();
        assert_eq!(new.summary().status, Status::Granted);
        assert!(act(&new).await.unwrap());
        assert_eq!(world.client.list().await.unwrap().len(), 1);
    });
}

#[test]
fn what_was_narrowed_stays_narrow() {
    block_on(async {
        let world = World::new();
        let old = world.enabled().await;
        let narrow: Scope = scope(|json| json["calls"] = json!([json["calls"][0]]));
        old.narrow(&narrow).await.unwrap();
        let new = renewed(&world, &old).await.unwrap();
        assert_eq!(new.summary().scope.hash(), narrow.hash());
    });
}

#[test]
fn ending_takes_back_what_the_chain_knows() {
    block_on(async {
        let world = World::new();
        let gone = || async {
            (
                world.host.sealer.held(),
                world.host.states.names("").await.unwrap().len(),
                world.client.list().await.unwrap().len(),
            )
        };
        let session = world.enabled().await;
        let fault = session
            .end(None::<&hallpass::endpoint::owner::Owner<hallpass::testing::ScriptedWallet>>, OnChain::Now)
            .await;
        assert_eq!(fault, Err(SessionError::from(SessionFault::Owner(OwnerError::NoAccount))));
        assert_eq!(gone().await.2, 1, "it goes on");
        let hash = session.end(Some(&world.owner()), OnChain::Now).await.unwrap();
        assert!(hash.is_some());
        assert!(world.wallet.rpc().methods().contains(&"eth_sendTransaction".to_owned()));
        assert_eq!(gone().await, (0, 0, 0));
        let session = world.request().await.unwrap();
        let asked = world.wallet.rpc().count("eth_sendTransaction");
        assert_eq!(session.end(Some(&world.owner()), OnChain::No).await, Ok(None));
        assert_eq!((world.wallet.rpc().count("eth_sendTransaction"), gone().await), (asked, (0, 0, 0)));
    });
}

#[test]
fn an_owner_who_declines_to_revoke_still_gets_rid_of_the_key_if_he_wants() {
    block_on(async {
        let world = World::with_wallet(Box::new(|method, _| {
            (method == "eth_sendTransaction").then(|| Err(rejected(4001)))
        }));
        let session = world.enabled().await;
        let fault = session.end(Some(&world.owner()), OnChain::Now).await;
        assert_eq!(fault, Err(SessionError::from(SessionFault::Owner(OwnerError::Rejected))));
        assert!(act(&session).await.unwrap(), "nothing ended");
        assert_eq!(session.end(Some(&world.owner()), OnChain::Try).await, Ok(None));
        assert_eq!(world.host.sealer.held(), 0);
    });
}
