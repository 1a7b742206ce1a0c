//! Several tabs of one app: what they share, what they tell each other, and what is left when they close.

use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{Either, join, select};
use hallpass::host::{Channel, Host, Store, Tabs};
use hallpass::session::{
    AtLeast, Client, NoSession, Session, SessionError, SessionEvent, SessionFault, Status, Watched,
};
use hallpass::testing::{TestHost, block_on};

use super::send::nonces;
use super::setup::{World, moved, scope, terms};

async fn restored(tab: &Rc<Client<TestHost>>) -> Result<Rc<Session<TestHost>>, NoSession> {
    tab.restore(&scope(|_| ()), None, AtLeast::default()).await.unwrap()
}

/// A living tab; never ends.
async fn living(tab: &Client<TestHost>) {
    let channel = tab.records_channel();
    loop {
        let said = channel.next().await;
        tab.answer(&channel, &said).await;
    }
}

/// All that a session has to tell by now.
async fn told(session: &Session<TestHost>) -> Vec<SessionEvent> {
    let watch = session.watch();
    let mut events = Vec::new();
    loop {
        let nothing_more = Box::pin(async {
            for _ in 0..3 {
                futures_util::future::ready(()).await;
            }
        });
        match select(Box::pin(watch.next()), nothing_more).await {
            Either::Left((Watched::Event(event), _)) => events.push(event),
            Either::Left((Watched::Elsewhere(said), _)) => session.read_anew(said).await,
            Either::Left((_, _)) | Either::Right(_) => return events,
        }
    }
}

async fn after(world: &World, seconds: u64, session: &Session<TestHost>) -> Vec<SessionEvent> {
    world.host.clock.advance(Duration::from_secs(seconds));
    session.pass_time();
    told(session).await
}

#[test]
fn a_new_tab_gets_the_ciphertext_from_a_living_one() {
    block_on(async {
        let world = World::with_host(|host| host.with_records_per_tab());
        let session = world.enabled().await;
        let second = world.another_tab();
        let serving = Box::pin(living(&world.client));
        let Either::Right((found, serving)) = select(serving, Box::pin(restored(&second))).await else {
            panic!("serving never ends")
        };
        assert_eq!(found.unwrap().summary().id, session.summary().id);
        // Nobody answers: whoever is left cannot make a session of a wrapping key alone.
        drop((serving, second));
        assert_eq!(restored(&world.another_tab()).await.unwrap_err(), NoSession::None);
    });
}

#[test]
fn what_is_no_record_of_a_shown_session_is_not_taken() {
    block_on(async {
        let world = World::with_host(|host| host.with_records_per_tab());
        let session = world.enabled().await;
        let (name, tab) = (session.name(), world.another_tab());
        let text = world.host.store.get(&name).await.unwrap().unwrap();
        let liar = world.host.new_tab();
        let channel = liar.tabs().join("hallpass/game/records");
        let lying = async {
            channel.next().await;
            let wider = text.replace("\"lte\":\"5\"", "\"lte\":\"6\"");
            assert_ne!(wider, text);
            for lie in [wider, text.replace(&session.summary().id, "00"), "{}".to_owned()] {
                channel.post(&lie);
            }
        };
        let (_, found) = join(lying, restored(&tab)).await;
        assert_eq!(found.unwrap_err(), NoSession::None);
        assert!(tab.host().store.names("").await.unwrap().is_empty());
    });
}

#[test]
fn keys_that_no_tab_can_use_any_more_are_swept() {
    block_on(async {
        let world = World::with_host(|host| host.with_records_per_tab());
        let start = || async { assert!(world.another_tab().list().await.unwrap().is_empty()) };
        let left = || async { (world.host.sealer.held(), world.host.states.names("").await.unwrap().len()) };
        let tab = world.another_tab();
        tab.request(&world.owner(), &terms(&scope(|_| ()), 36_000), &|_| ()).await.unwrap();
        start().await;
        world.host.clock.advance(Duration::from_secs(3000));
        start().await;
        assert_eq!(left().await, (1, 1), "the tab lives, whatever its age");
        drop(tab);
        start().await;
        assert_eq!(left().await, (1, 2), "marked only, since its tab may be loading anew");
        world.host.clock.advance(Duration::from_secs(599));
        start().await;
        assert_eq!(left().await, (1, 2));
        world.host.clock.advance(Duration::from_secs(1));
        start().await;
        assert_eq!(left().await, (0, 0));
    });
}

#[test]
fn a_session_that_is_long_over_leaves_nothing() {
    block_on(async {
        let world = World::new();
        world.enabled().await;
        world.host.clock.advance(Duration::from_secs(3600 + 86_400 + 1));
        assert!(world.another_tab().list().await.unwrap().is_empty());
        assert_eq!(world.host.sealer.held(), 0);
        assert!(world.host.states.names("").await.unwrap().is_empty());
    });
}

#[test]
fn what_one_tab_decides_the_others_are_told() {
    block_on(async {
        let world = World::new();
        let first = world.enabled().await;
        let second = restored(&world.another_tab()).await.unwrap();
        told(&first).await;
        first.lock().await.unwrap();
        assert_eq!(told(&first).await, [SessionEvent::Locked]);
        assert_eq!(told(&second).await, [SessionEvent::Locked]);
        let refused = second.send(&[moved(1, 2)], &|_| ()).await.unwrap_err();
        assert_eq!(refused, SessionError::from(SessionFault::Locked));
        second.unlock().await.unwrap();
        assert_eq!(told(&first).await, [SessionEvent::Unlocked]);
        let sent = first.send(&[moved(1, 2)], &|_| ()).await.unwrap();
        first.included(sent).await.unwrap();
        assert!(told(&second).await.contains(&SessionEvent::Budget));
        assert_eq!(second.remaining(), first.remaining());
        first.forget().await.unwrap();
        assert!(told(&first).await.contains(&SessionEvent::Forgotten));
        assert_eq!(told(&second).await, [SessionEvent::Forgotten]);
        let refused = second.send(&[moved(1, 2)], &|_| ()).await.unwrap_err();
        assert_eq!(refused, SessionError::from(SessionFault::Forgotten));
    });
}

#[test]
fn forgetting_in_one_tab_deletes_the_records_of_all() {
    block_on(async {
        let world = World::with_host(|host| host.with_records_per_tab());
        let first = world.enabled().await;
        let tab = world.another_tab();
        let serving = Box::pin(living(&world.client));
        let Either::Right((second, _)) = select(serving, Box::pin(restored(&tab))).await else {
            panic!("serving never ends")
        };
        let second = second.unwrap();
        first.forget().await.unwrap();
        told(&second).await;
        for host in [&world.host, tab.host()] {
            assert!(host.store.names("").await.unwrap().is_empty());
        }
    });
}

#[test]
fn time_is_told_before_it_runs_out() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        told(&session).await;
        let left = session.remaining().seconds;
        assert_eq!(session.next_mark(), Some(left - 300));
        assert_eq!(after(&world, left - 301, &session).await, []);
        assert_eq!(session.next_mark(), Some(1));
        assert_eq!(after(&world, 1, &session).await, [SessionEvent::Expiring(300)]);
        assert_eq!(after(&world, 0, &session).await, [], "once");
        assert_eq!(session.next_mark(), Some(240));
        assert_eq!(after(&world, 250, &session).await, [SessionEvent::Expiring(60)]);
        assert_eq!(session.next_mark(), Some(40));
        assert_eq!(after(&world, 40, &session).await, [SessionEvent::Expired]);
        assert_eq!((session.next_mark(), session.summary().status), (None, Status::Expired));
    });
}

#[test]
fn watching_does_not_keep_a_session_alive() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        let watch = session.watch();
        told(&session).await;
        drop(session);
        assert_eq!(watch.next().await, Watched::Over);
    });
}

#[test]
fn a_wallet_that_shows_another_owner_locks() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        told(&session).await;
        session.owner_changed(&[world.key.address()]).await.unwrap();
        assert_eq!(session.summary().status, Status::Enabled);
        session.owner_changed(&[]).await.unwrap();
        assert_eq!(session.summary().status, Status::Locked);
        assert_eq!(told(&session).await, [SessionEvent::Locked, SessionEvent::OwnerChanged]);
        assert_eq!(restored(&world.another_tab()).await.unwrap().summary().status, Status::Locked);
    });
}

#[test]
fn a_state_that_another_tab_wrote_over_does_not_bring_a_nonce_back() {
    block_on(async {
        let world = World::with_host(TestHost::without_shared_locks);
        let session = world.enabled().await;
        let name = format!("state/{}", session.name());
        session.send(&[moved(1, 1)], &|_| ()).await.unwrap();
        let before = world.host.states.get(&name).await.unwrap().unwrap();
        session.send(&[moved(1, 2)], &|_| ()).await.unwrap();
        world.host.states.put(&name, &before).await.unwrap();
        let handed_over = world.chain.rpc.count("eth_sendUserOperation");
        session.send(&[moved(1, 3)], &|_| ()).await.unwrap();
        assert_eq!(world.chain.rpc.count("eth_sendUserOperation"), handed_over + 1, "signed for once");
        let nonces = nonces(&world);
        assert_eq!(nonces, (0..3).map(|sequence| (nonces[0].0, sequence)).collect::<Vec<_>>());
    });
}

#[test]
fn without_shared_locks_each_tab_has_lanes_of_its_own() {
    block_on(async {
        let world = World::with_host(TestHost::without_shared_locks);
        let first = world.enabled().await;
        let second = restored(&world.another_tab()).await.unwrap();
        for session in [&first, &second, &first, &second] {
            session.suspend();
            let sent = session.send(&[moved(1, 2)], &|_| ()).await.unwrap();
            session.included(sent).await.unwrap();
        }
        let nonces = nonces(&world);
        let (a, b) = (nonces[0].0, nonces[1].0);
        assert_eq!(nonces, [(a, 0), (b, 0), (a, 1), (b, 1)]);
        assert!(a != b && [a, b].iter().all(|lane| (64..u16::MAX).contains(lane)), "{nonces:?}");
    });
}
