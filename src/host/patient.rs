//! Asking again what an endpoint had no room for, or did not see yet.

use std::time::Duration;

use serde_json::Value;

use super::{Clock, Rpc, RpcError, RpcFault};

/// The first pause, in milliseconds; each is twice as long as the one before.
const FIRST: u64 = 250;
/// Milliseconds that all pauses take at most: who asked has other things to do.
const MOST: u64 = 5_000;
/// The one request that changes something. Whoever makes it decides when it is made again.
const SEND: &str = "eth_sendUserOperation";
/// How nodes say that another of them has a block that they have not, in lower case.
const NOT_YET: [&str; 3] = ["header not found", "unknown block", "block not found"];

/// An endpoint of which what can be asked again is asked again for a few seconds: after "too many requests", and where a node behind
/// a common address is behind the others.
#[derive(Debug)]
pub struct Patient<R, C> {
    rpc: R,
    clock: C,
}

impl<R, C> Patient<R, C> {
    /// `rpc`, with pauses by `clock`.
    pub const fn new(rpc: R, clock: C) -> Self {
        Self { rpc, clock }
    }
}

impl<R: Rpc, C: Clock> Rpc for Patient<R, C> {
    fn origin(&self) -> &str {
        self.rpc.origin()
    }

    async fn request(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        let (mut pause, mut waited) = (FIRST, 0_u64);
        loop {
            let answer = self.rpc.request(method, params.clone()).await;
            let Some(wanted) = wait(method, &params, &answer) else { return answer };
            pause = pause.max(wanted);
            waited = waited.saturating_add(pause);
            if waited > MOST {
                return answer;
            }
            self.clock.sleep(Duration::from_millis(pause)).await;
            pause = pause.saturating_mul(2);
        }
    }
}

/// Milliseconds after which it is to be asked again at the earliest, if so.
fn wait(method: &str, params: &Value, answer: &Result<Value, RpcError>) -> Option<u64> {
    match answer.as_ref().map_err(|fault| &**fault) {
        _ if method == SEND => None,
        Err(RpcFault::Limited { after, .. }) => Some(after.unwrap_or_default().saturating_mul(1_000)),
        Err(RpcFault::Answer { message, .. }) => {
            let text = message.to_ascii_lowercase();
            NOT_YET.iter().any(|words| text.contains(words)).then_some(0)
        }
        Ok(Value::Null) if params.get(0).is_some_and(|tag| tag == "latest") => Some(0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use serde_json::json;

    use super::*;
    use crate::testing::{ManualClock, ScriptedRpc, block_on};

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
        let (found, times, took) = asked("eth_call", json!([]), 99, limited(None));
        assert_eq!((found, times), (limited(None), 5));
        assert!(took <= MOST, "{took}");
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
}
