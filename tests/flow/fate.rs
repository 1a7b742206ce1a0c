//! The fate of operations: what endpoints say is one thing, what the chain shows another.

use std::rc::Rc;

use alloy_primitives::U256;
use hallpass::session::{Session, SessionError, SessionFault};
use hallpass::testing::{TestHost, block_on};

use super::chain::refused;
use super::setup::{World, call, scope};

async fn buy(session: &Rc<Session<TestHost>>, wei: u64) -> Result<bool, SessionError> {
    let sent = session.send(&[call("buy(uint256,uint256)", wei, &[1, 1])], &|_| ()).await?;
    Ok(session.included(sent).await?.success)
}

#[test]
fn of_operations_for_one_nonce_the_totals_count_one() {
    block_on(async {
        let world = World::new();
        let wanted = scope(|json| json["spend"][0]["limit"] = serde_json::json!(100));
        let session = world.request_for(&wanted).await.unwrap();
        assert!(buy(&session, 0).await.unwrap());
        world.chain.fail_next("eth_sendUserOperation", refused("AA23 reverted 0x59d52e40"));
        assert!(buy(&session, 50).await.is_err());
        assert!(buy(&session, 50).await.unwrap());
        assert!(buy(&session, 50).await.unwrap());
        let fault = buy(&session, 1).await.unwrap_err();
        assert!(matches!(*fault, SessionFault::OutOfScope(_)), "{fault}");
        let spent: U256 = world.chain.operations().iter().map(|_| U256::ZERO).sum();
        assert_eq!(spent, U256::ZERO);
    });
}
