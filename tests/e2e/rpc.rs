//! JSON-RPC over HTTP to the local chain.

use alloy_primitives::U256;
use hallpass::hex::parse_quantity;
use serde_json::{Value, json};

/// A JSON-RPC error.
#[derive(Debug)]
pub struct RpcError {
    pub message: String,
}

/// One endpoint.
#[derive(Clone, Debug)]
pub struct Endpoint(pub String);

impl Endpoint {
    pub fn request(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        // The bundler takes exactly this content type.
        let request =
            ureq::Agent::new_with_config(config).post(&self.0).header("content-type", "application/json");
        let mut response = request.send(body.to_string()).expect("the endpoint answers");
        let answer: Value = response.body_mut().read_json().expect("a JSON answer");
        match &answer["error"] {
            Value::Null => Ok(answer["result"].clone()),
            error => Err(RpcError { message: error["message"].as_str().unwrap_or_default().to_owned() }),
        }
    }

    /// A request that must succeed.
    pub fn get(&self, method: &str, params: Value) -> Value {
        self.request(method, params).unwrap_or_else(|error| panic!("{method}: {}", error.message))
    }
}

/// A quantity of an answer.
pub fn number(value: &Value) -> U256 {
    parse_quantity(value.as_str().unwrap_or_default()).unwrap_or_else(|fault| panic!("{value}: {fault}"))
}
