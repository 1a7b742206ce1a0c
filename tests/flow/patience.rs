//! What is asked again by itself, and what is not.

use std::cell::Cell;
use std::rc::Rc;

use hallpass::host::{Clock, Patient, Rpc, RpcError, RpcFault};
use hallpass::testing::{ManualClock, ScriptedRpc, block_on};
use serde_json::{Value, json};

const SEND: &str = "eth_sendUserOperation";

/// What comes of a request that is answered `answer` a few times before it is answered for real, how often it was made, and how
/// long that took.
fn asked(
    method: &str,
    params: Value,
    times: usize,
    answer: Result<Value, RpcError>,
) -> (Result<Value, RpcError>, usize, u64) {
    block_on(async {
        let clock = ManualClock::at(1_800_000_000);
        let left = Rc::new(Cell::new(times));
        let rpc = ScriptedRpc::new(move |_, _| match left.get() {
            0 => Ok(json!("0x1")),
            more => {
                left.set(more - 1);
                answer.clone()
            }
        });
        let begin = clock.millis();
        let found = Patient::new(rpc.clone(), clock.clone()).request(method, params).await;
        (found, rpc.count(method), clock.millis() - begin)
    })
}

fn limited(after: Option<u64>) -> Result<Value, RpcError> {
    Err(RpcFault::Limited { endpoint: "it".to_owned(), detail: "slow down".to_owned(), after }.into())
}

fn refused(message: &str) -> Result<Value, RpcError> {
    Err(RpcFault::Answer { code: -32000, message: message.to_owned(), data: Value::Null }.into())
}

#[test]
fn what_an_endpoint_had_no_room_for_is_asked_again_as_late_as_it_wants() {
    assert_eq!(asked("eth_call", json!([]), 1, limited(None)), (Ok(json!("0x1")), 2, 250));
    assert_eq!(
        asked("eth_call", json!([]), 2, limited(Some(2))).0,
        limited(Some(2)),
        "six seconds are too long"
    );
    assert_eq!(asked("eth_call", json!([]), 1, limited(Some(2))), (Ok(json!("0x1")), 2, 2_000));
    assert_eq!(asked("eth_call", json!([]), 1, limited(Some(60))), (limited(Some(60)), 1, 0));
    assert_eq!(asked("eth_getLogs", json!([]), 1, limited(None)).1, 1, "too many results, perhaps");
    assert_eq!(asked("eth_getLogs", json!([]), 1, limited(Some(1))).1, 2);
    let (found, times, took) = asked("eth_call", json!([]), 99, limited(None));
    assert_eq!((found, times), (limited(None), 5));
    assert!(took <= 5_000, "{took}");
}

#[test]
fn a_block_that_one_of_many_nodes_does_not_have_yet_is_asked_for_again() {
    let latest = json!(["latest", false]);
    for not_yet in [Ok(Value::Null), refused("header not found"), refused("Unknown block")] {
        assert_eq!(asked("eth_getBlockByNumber", latest.clone(), 2, not_yet), (Ok(json!("0x1")), 3, 750));
    }
    assert_eq!(asked("eth_getTransactionReceipt", json!(["0x"]), 2, Ok(Value::Null)).1, 1);
    assert_eq!(asked("eth_call", json!([]), 2, refused("execution reverted")).1, 1);
}

#[test]
fn an_operation_is_never_handed_over_again_here() {
    for answer in [limited(Some(1)), limited(None), refused("header not found"), Ok(Value::Null)] {
        assert_eq!(asked(SEND, json!(["latest"]), 1, answer.clone()), (answer, 1, 0));
    }
}
