//! What the endpoints answer.

use alloy_primitives::{B256, U256};
use hallpass::hex::quantity;
use hallpass::host::RpcError;
use serde_json::{Value as Json, json};

use super::bundler::{false_receipt, parsed, says};
use super::chain::unreachable;
use super::luck::{Role, Trouble};
use super::world::{Finality, World};

type Answer = Result<Json, RpcError>;

impl World {
    /// An answer to a page, true or not, or none.
    pub fn answer(&mut self, role: Role, page: u64, method: &str, params: &Json) -> Answer {
        self.advance();
        if method == "eth_sendUserOperation" {
            let (hash, op) = parsed(&params[0]);
            self.note_handed(page, hash, op.nonce);
        }
        if self.now() < self.down[role as usize] {
            return Err(unreachable());
        }
        let trouble = match self.is_honest {
            true => Trouble::None,
            false => self.luck.trouble(&mut self.rng, role),
        };
        if trouble != Trouble::None {
            self.say(format!("page {page} {method}: {trouble:?}"));
        }
        match trouble {
            Trouble::None => self.true_answer(role, method, params),
            Trouble::Unheard => Err(unreachable()),
            Trouble::Busy => Err(says((-32005, "too many requests"))),
            Trouble::Lost => {
                let _ = self.true_answer(role, method, params);
                Err(unreachable())
            }
            Trouble::Odd => {
                let _ = self.true_answer(role, method, params);
                Ok(json!({ "odd": [1] }))
            }
            Trouble::Lie => self.lie(role, method, params),
        }
    }

    fn true_answer(&mut self, role: Role, method: &str, params: &Json) -> Answer {
        let view = self.view_of(role);
        let height = self.ledger.height(self.now());
        Ok(match method {
            "eth_getBlockByNumber" => return self.block(params[0].as_str().unwrap(), view),
            "eth_getLogs" => {
                let since = params[0]["fromBlock"].as_str().unwrap();
                let since = u64::from_str_radix(since.trim_start_matches("0x"), 16).unwrap();
                let seen = self.ledger.up_to(view).iter();
                seen.filter(|included| included.block >= since).map(super::ledger::Included::event).collect()
            }
            "eth_getTransactionReceipt" => {
                let wanted = params[0].as_str().unwrap();
                let found = self.ledger.up_to(view).iter().find(|it| it.transaction().to_string() == wanted);
                found.map_or(Json::Null, |it| json!({ "status": "0x1", "logs": [it.event()] }))
            }
            "eth_getUserOperationReceipt" => self.receipt(params[0].as_str().unwrap(), view),
            "eth_getUserOperationByHash" => {
                let is_it = |hash: &B256| Some(hash.to_string().as_str()) == params[0].as_str();
                let pooled = self.pool.iter().any(|pooled| pooled.is_shown && is_it(&pooled.hash));
                let included = self.ledger.up_to(view).iter().any(|included| is_it(&included.hash));
                if pooled || included { json!({}) } else { Json::Null }
            }
            "eth_sendUserOperation" => {
                let (hash, op) = parsed(&params[0]);
                let nonce = op.nonce;
                let answer = self.offered(hash, op);
                self.say(format!("bundler offered {} for {nonce:#x}: {answer:?}", &hash.to_string()[..8]));
                return answer;
            }
            "eth_estimateUserOperationGas" => {
                if let Some(objection) = self.objection(&parsed(&params[0]).1) {
                    return Err(objection);
                }
                json!({
                    "callGasLimit": "0x1e8480", "verificationGasLimit": "0xf4240", "preVerificationGas": "0xf4240",
                    "paymasterVerificationGasLimit": "0x4000", "paymasterPostOpGasLimit": "0x1",
                })
            }
            "pimlico_getUserOperationGasPrice" => {
                let fee = quantity(U256::from(self.fee));
                json!({ "standard": { "maxFeePerGas": fee, "maxPriorityFeePerGas": "0x5" } })
            }
            _ => return self.ledger.state(view.min(height)).answer(method, params),
        })
    }

    fn block(&self, tag: &str, view: u64) -> Answer {
        let number = match (tag, self.finality) {
            ("latest", _) => view,
            (_, Finality::Behind(blocks)) => view - blocks,
            (_, Finality::Stands(block)) => block.min(view),
            (_, Finality::Untold) => return Err(says((-32602, "no such tag"))),
        };
        let time = self.ledger.time(number) / 1_000;
        Ok(
            json!({ "number": quantity(U256::from(number)), "timestamp": quantity(U256::from(time)), "baseFeePerGas": quantity(U256::from(self.fee / 2)) }),
        )
    }

    fn receipt(&self, wanted: &str, view: u64) -> Json {
        let found = self.ledger.up_to(view).iter().find(|included| included.hash.to_string() == wanted);
        let Some(included) = found else { return Json::Null };
        json!({
            "userOpHash": wanted, "success": included.success, "actualGasUsed": "0x30d40", "actualGasCost": "0x1", "logs": [],
            "receipt": { "transactionHash": included.transaction().to_string(), "blockNumber": quantity(U256::from(included.block)) },
        })
    }

    fn lie(&mut self, role: Role, method: &str, params: &Json) -> Answer {
        Ok(match method {
            "eth_sendUserOperation" => {
                let (hash, op) = parsed(&params[0]);
                let answer = self.lied_to(hash, op);
                self.say(format!("bundler lies about {}: {answer:?}", &hash.to_string()[..8]));
                return answer;
            }
            "eth_getUserOperationReceipt" => {
                let (hash, view) = (params[0].as_str().unwrap(), self.view_of(role));
                let real = self.receipt(hash, view);
                false_receipt(&mut self.rng, hash, real, view)
            }
            "eth_getUserOperationByHash" => {
                if self.rng.once_in(2) {
                    json!({})
                } else {
                    Json::Null
                }
            }
            "eth_estimateUserOperationGas" => {
                let texts = ["AA25 invalid account nonce", "AA23 reverted 0x756688fe", "execution reverted"];
                return Err(says((-32500, *self.rng.pick(&texts))));
            }
            "pimlico_getUserOperationGasPrice" => {
                json!({ "standard": { "maxFeePerGas": "0x2540be400", "maxPriorityFeePerGas": "0x1" } })
            }
            "pm_getPaymasterData" | "pm_getPaymasterStubData" => {
                if self.rng.once_in(2) {
                    return Err(says((-32500, "quota exceeded")));
                }
                json!({ "paymaster": "0x6666666666666666666666666666666666666666", "paymasterData": "0x01" })
            }
            "eth_getLogs" => return Err(says((-32005, "query returned more than 10000 results"))),
            "eth_getTransactionReceipt" => Json::Null,
            // A node that is behind is all the falsehood a chain can bear.
            _ => return self.true_answer(role, method, params),
        })
    }
}
