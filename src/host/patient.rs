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
/// The search whose results nodes limit, with the same code as the number of requests.
const LOGS: &str = "eth_getLogs";
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
        // Where it says no time, it may mean too many blocks or events: then fewer are asked for.
        Err(RpcFault::Limited { after: None, .. }) if method == LOGS => None,
        Err(RpcFault::Limited { after, .. }) => Some(after.unwrap_or_default().saturating_mul(1_000)),
        Err(RpcFault::Answer { message, .. }) => {
            let text = message.to_ascii_lowercase();
            NOT_YET.iter().any(|words| text.contains(words)).then_some(0)
        }
        Ok(Value::Null) if params.get(0).is_some_and(|tag| tag == "latest") => Some(0),
        _ => None,
    }
}
