//! The hostile bundler: what it lands, when, and what it says have nothing to do with each other.

use std::rc::Rc;

use alloy_primitives::B256;
use hallpass::host::{RpcError, RpcFault};
use hallpass::json::JsonError;
use hallpass::userop::{AbiVersion, EntryPoint, EntryPointVersion, UserOperation as AnyOperation};
use serde_json::{Value as Json, json};

use super::ledger::Signed;
use super::nature::Nature;
use super::world::{World, number, unknown};

/// What it says instead of "taken".
const REFUSALS: [(i64, &str); 14] = [
    (-32500, "AA23 reverted 0x59d52e40"),
    (-32500, "AA23 reverted 0x756688fe"),
    (-32500, "AA25 invalid account nonce"),
    (-32500, "AA24 signature error"),
    (-32500, "AA21 didn't pay prefund"),
    (-32500, "AA10 sender already constructed"),
    (-32521, "execution reverted"),
    (-32602, "invalid parameters"),
    (-32601, "no such method"),
    (-32000, "already known"),
    (-32602, "replacement underpriced"),
    (-32000, "nonce too low"),
    (-32603, "internal error"),
    (429, "too many requests"),
];

impl World {
    pub(super) fn bundler(&mut self, method: &str, params: &Json) -> Result<Json, RpcError> {
        match method {
            "pimlico_getUserOperationGasPrice" => {
                let gwei = 1_000_000_000 * if self.is_honest { 3 } else { self.rng.between(1, 4) };
                let fees = json!({ "maxFeePerGas": number(gwei), "maxPriorityFeePerGas": number(gwei) });
                Ok(json!({ "standard": fees }))
            }
            "eth_estimateUserOperationGas" => {
                let is_bad = self.acts(self.nature.quotes_badly);
                let is_first = params[0]["factory"].is_string();
                Ok(json!({
                    "callGasLimit": number(if is_bad { 20_000 } else { 200_000 }),
                    "verificationGasLimit": number(if is_first { 4_000_000 } else { 1_000_000 }),
                    "preVerificationGas": number(50_000),
                }))
            }
            "eth_sendUserOperation" => {
                let signed = self.take(&params[0]);
                let lands = self.is_honest || self.acts(self.nature.lands_at_once);
                if lands {
                    self.land(&signed);
                }
                self.answer_send(&signed)
            }
            "eth_getUserOperationByHash" => Ok(match self.acts(self.nature.lies) {
                true => self.rng.pick(&[Json::Null, json!({})]).clone(),
                false if self.signed.iter().any(|signed| is_named(signed.hash, params)) => json!({}),
                false => Json::Null,
            }),
            "eth_getUserOperationReceipt" => self.receipt(params),
            _ => Err(unknown(method)),
        }
    }

    fn acts(&mut self, often: super::nature::Often) -> bool {
        !self.is_honest && Nature::happens(often, &mut self.rng)
    }

    /// Keeps what it is sent, for ever.
    pub(super) fn take(&mut self, operation: &Json) -> Rc<Signed> {
        let AnyOperation::V07(op) = AnyOperation::from_rpc(AbiVersion::V07, operation).expect("an operation")
        else {
            panic!("another version");
        };
        let entry_point = EntryPoint::canonical(EntryPointVersion::V07, self.ledger.block.chain_id);
        let signed = Rc::new(Signed::new(op, &entry_point));
        if let Some(known) = self.signed.iter().find(|known| known.hash == signed.hash) {
            return Rc::clone(known);
        }
        self.signed.push(Rc::clone(&signed));
        signed
    }

    fn answer_send(&mut self, signed: &Signed) -> Result<Json, RpcError> {
        if !self.acts(self.nature.refuses) {
            return Ok(json!(signed.hash.to_string()));
        }
        match self.ledger.has(signed.hash) {
            true => self.seen.landed_and_refused += 1,
            false => self.seen.kept_and_refused += 1,
        }
        match self.rng.below(8) {
            0 => Err(down()),
            1 => Err(RpcError::from(RpcFault::Malformed {
                endpoint: "http://127.0.0.1".to_owned(),
                method: "eth_sendUserOperation".to_owned(),
                fault: JsonError::new("answer", "<html>502 Bad Gateway</html>"),
            })),
            2 => Ok(json!(B256::from(self.rng.bytes()).to_string())),
            _ => {
                let (code, message) = *self.rng.pick(&REFUSALS);
                Err(RpcError::from(RpcFault::Answer { code, message: message.to_owned(), data: Json::Null }))
            }
        }
    }

    fn receipt(&mut self, params: &Json) -> Result<Json, RpcError> {
        let asked = self.signed.iter().find(|signed| is_named(signed.hash, params)).cloned();
        let Some(signed) = asked else { return Ok(Json::Null) };
        let landing = self.ledger.landing(signed.hash);
        let truth = landing.map(|landing| (landing.success, landing.block, landing.transaction));
        if !self.acts(self.nature.lies) {
            let told = |(success, block, transaction)| receipt(signed.hash, success, block, transaction);
            return Ok(truth.map_or(Json::Null, told));
        }
        self.seen.lies += 1;
        let other = self.rng.pick(&self.signed).hash;
        let block = self.ledger.block.number.saturating_sub(self.rng.below(3));
        // A transaction that exists, or one that does not.
        let landed = self.ledger.landings.last().map(|landing| landing.transaction);
        let transaction = landed.filter(|_| self.rng.once_in(2)).unwrap_or(B256::from(self.rng.bytes()));
        match self.rng.below(5) {
            0 => Ok(Json::Null),
            1 => Ok(receipt(other, true, block, transaction)),
            2 => Ok(receipt(signed.hash, false, block, transaction)),
            3 => Ok(receipt(signed.hash, true, block, transaction)),
            _ => Err(down()),
        }
    }
}

fn is_named(hash: B256, params: &Json) -> bool {
    params[0].as_str() == Some(hash.to_string().as_str())
}

fn receipt(hash: B256, success: bool, block: u64, transaction: B256) -> Json {
    json!({
        "userOpHash": hash.to_string(), "success": success, "actualGasUsed": "0x1", "actualGasCost": "0x1",
        "receipt": { "transactionHash": transaction.to_string(), "blockNumber": number(block), "logs": [] },
    })
}

fn down() -> RpcError {
    RpcError::from(RpcFault::Transport {
        endpoint: "https://bundler.example".to_owned(),
        detail: "down".to_owned(),
    })
}
