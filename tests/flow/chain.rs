//! A chain, bundler and paymaster in a few rules: enough of them for a session's life, with every fault on request.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use alloy_primitives::{Address, B256, U256, keccak256};
use hallpass::abi::{Function, Type, Value, decode, encode};
use hallpass::endpoint::receipt::OPERATION_EVENT;
use hallpass::hex::{data, parse_address, parse_data, parse_quantity, quantity};
use hallpass::host::{RpcError, RpcFault};
use hallpass::protocol::Protocol;
use hallpass::protocol::kernel_v3::{ECDSA_VALIDATOR, Kernel, KernelVersion};
use hallpass::testing::ScriptedRpc;
use hallpass::userop::{AbiVersion, EntryPoint, EntryPointVersion, UserOperation, split_nonce};
use serde_json::{Value as Json, json};

pub const CHAIN_ID: u64 = 31337;
/// When the chain's latest block is: a little behind the clock of the tests.
pub const BLOCK_TIME: u64 = 1_799_999_990;
pub const GWEI: u64 = 1_000_000_000;
/// `UserOperationRevertReason(bytes32,address,uint256,bytes)`.
const REVERT_REASON: &str = "0x1c4fada7374c0a9ee8841fc38afe82932dc0f8e69012e927f061a8bae611a201";
const ENTRY_POINT: &str = "0x0000000071727De22E5E9d8BAf0edAc6f37da032";

/// What the chain has. Tests change it directly.
pub struct State {
    pub chain_id: u64,
    pub balance: U256,
    /// Whom the account's validator names.
    pub owner: Address,
    /// The player's own address, which has no code.
    player: Address,
    pub fee: u64,
    pub deployed: bool,
    /// Code of other addresses.
    pub codes: BTreeMap<Address, Vec<u8>>,
    /// Seconds since the first block.
    pub passed: u64,
    /// Contracts whose code can be replaced.
    pub proxies: Vec<Address>,
    /// Permissions the account knows.
    pub enabled: Vec<Permission>,
    pub removed: bool,
    /// Wei that the gas policy has charged, and operations that may follow.
    pub gas_used: U256,
    pub operations_left: u64,
    pub sequences: BTreeMap<U256, u64>,
    /// Operations taken, in order, with how often a receipt is still asked for in vain.
    pub operations: Vec<(B256, UserOperation, usize)>,
    /// Questions for a receipt before it is there.
    pub patience: usize,
    /// What calls revert with.
    pub revert: Option<Vec<u8>>,
    /// Answers of the next requests of a method, before the chain's own.
    pub faults: VecDeque<(&'static str, RpcError)>,
    pub paymaster: Address,
    /// Methods whose next answer is lost.
    pub lost: Vec<&'static str>,
    /// The operation that was offered last.
    pub offered: Option<Json>,
}

/// What an endpoint answers in place of what it would, if it is not nothing.
type Rule = Box<dyn FnMut(&mut State, &str, &Json) -> Option<Result<Json, RpcError>>>;

/// A permission as the account stores it: its id, and its entries with the signer last.
pub struct Permission {
    id: Vec<u8>,
    entries: Vec<Vec<u8>>,
}

impl Permission {
    /// What an enabling operation carries: the id in its nonce, the entries in its signature.
    fn offered(nonce: U256, signature: &[u8]) -> Self {
        let types = ["bytes"; 5].map(|ty| ty.parse::<Type>().unwrap());
        let parts = decode(&types, &signature[20..]).unwrap();
        let Value::Bytes(data) = &parts[0] else { panic!("no permission") };
        let entries = decode(&["bytes[]".parse().unwrap()], data).unwrap();
        let Value::Array(entries) = &entries[0] else { panic!("no entries") };
        let entry =
            |value: &Value| if let Value::Bytes(bytes) = value { bytes.to_vec() } else { panic!("no entry") };
        Self { id: nonce.to_be_bytes::<32>()[2..6].to_vec(), entries: entries.iter().map(entry).collect() }
    }
}

#[derive(Clone)]
pub struct Chain {
    pub state: Rc<RefCell<State>>,
    pub rpc: ScriptedRpc,
    rule: Rc<RefCell<Rule>>,
}

impl Chain {
    pub fn new(owner: Address) -> Self {
        let state = Rc::new(RefCell::new(State {
            chain_id: CHAIN_ID,
            balance: U256::from(10_u64.pow(18)),
            owner,
            player: owner,
            fee: GWEI,
            deployed: false,
            codes: BTreeMap::new(),
            enabled: Vec::new(),
            removed: false,
            proxies: Vec::new(),
            passed: 0,
            gas_used: U256::ZERO,
            operations_left: 50,
            sequences: BTreeMap::new(),
            operations: Vec::new(),
            patience: 2,
            revert: None,
            faults: VecDeque::new(),
            paymaster: Address::repeat_byte(0x77),
            lost: Vec::new(),
            offered: None,
        }));
        let shared = Rc::clone(&state);
        let rule: Rc<RefCell<Rule>> = Rc::new(RefCell::new(Box::new(|_, _, _| None)));
        let ruling = Rc::clone(&rule);
        let rpc = ScriptedRpc::new(move |method, params| {
            let mut state = shared.borrow_mut();
            if let Some(at) = state.faults.iter().position(|(name, _)| *name == method) {
                return Err(state.faults.remove(at).unwrap().1);
            }
            if method == "eth_sendUserOperation" {
                state.offered = Some(params[0].clone());
            }
            let ruled = (ruling.borrow_mut())(&mut state, method, params);
            let answer = ruled.unwrap_or_else(|| state.answer(method, params));
            match state.lost.iter().position(|name| *name == method) {
                Some(at) => {
                    state.lost.remove(at);
                    Err(unreachable())
                }
                None => answer,
            }
        });
        Self { state, rpc, rule }
    }

    /// Answers by this rule from now on, where it has an answer.
    pub fn rule(
        &self,
        rule: impl FnMut(&mut State, &str, &Json) -> Option<Result<Json, RpcError>> + 'static,
    ) {
        *self.rule.borrow_mut() = Box::new(rule);
    }

    /// Refuses the next operation in these words, and puts it into a block all the same.
    pub fn refuse_but_take(&self, text: &'static str) {
        let mut is_done = false;
        self.rule(move |state, method, params| {
            let is_it = method == "eth_sendUserOperation" && !std::mem::replace(&mut is_done, true);
            is_it.then(|| state.take(&params[0]).and_then(|_| Err(refused(text))))
        });
    }

    /// Takes the next operation, and forgets it.
    pub fn forget_next(&self) {
        self.keep_back("");
    }

    /// Refuses the next operation in these words, or takes it if there are none, but puts it into no block yet.
    pub fn keep_back(&self, text: &'static str) {
        let mut is_done = false;
        self.rule(move |_, method, params| {
            if method != "eth_sendUserOperation" || std::mem::replace(&mut is_done, true) {
                return None;
            }
            let hash = hash_of(&params[0]).to_string();
            Some(if text.is_empty() { Ok(json!(hash)) } else { Err(refused(text)) })
        });
    }

    /// Puts the operation that was offered last into a block.
    pub fn land_kept(&self) {
        let mut state = self.state.borrow_mut();
        let offered = state.offered.clone().unwrap();
        state.patience = 0;
        state.take(&offered).unwrap();
    }

    /// No block is final from now on.
    pub fn end_finality(&self) {
        self.rule(|state, method, params| {
            let is_asked = method == "eth_getBlockByNumber" && params[0] == "finalized";
            is_asked.then(|| {
                let mut block = state.answer(method, params)?;
                block["number"] = json!("0x1");
                Ok(block)
            })
        });
    }

    /// Takes the latest operation out of the chain, and nobody has it any more.
    pub fn take_back(&self) {
        let mut state = self.state.borrow_mut();
        let (_, op, _) = state.operations.pop().unwrap();
        let UserOperation::V07(fields) = &op else { panic!("another version") };
        *state.sequences.get_mut(&U256::from(split_nonce(fields.nonce).0)).unwrap() -= 1;
    }

    /// Starts a chain of the same id from nothing.
    pub fn start_anew(&self) {
        let mut state = self.state.borrow_mut();
        state.deployed = false;
        state.enabled.clear();
        state.sequences.clear();
        state.operations.clear();
    }

    /// Shows what nobody was shown yet.
    pub fn let_land(&self) {
        self.state.borrow_mut().let_land();
    }

    pub fn fail_next(&self, method: &'static str, error: RpcError) {
        self.state.borrow_mut().faults.push_back((method, error));
    }

    /// Does what the next request of a method asks for, and loses the answer.
    pub fn lose_next_answer(&self, method: &'static str) {
        self.state.borrow_mut().lost.push(method);
    }

    pub fn operations(&self) -> Vec<UserOperation> {
        self.state.borrow().operations.iter().map(|(_, op, _)| op.clone()).collect()
    }
}

pub fn refused(message: &str) -> RpcError {
    RpcError::from(RpcFault::Answer { code: -32500, message: message.to_owned(), data: Json::Null })
}

pub fn hash_of(operation: &Json) -> B256 {
    let op = UserOperation::from_rpc(AbiVersion::V07, operation).unwrap();
    *op.hash(&EntryPoint::canonical(EntryPointVersion::V07, CHAIN_ID)).unwrap().as_b256()
}

pub fn unreachable() -> RpcError {
    RpcError::from(RpcFault::Transport { endpoint: "http://127.0.0.1".to_owned(), detail: "down".to_owned() })
}

impl State {
    pub fn answer(&mut self, method: &str, params: &Json) -> Result<Json, RpcError> {
        Ok(match method {
            "eth_chainId" => json!(quantity(U256::from(self.chain_id))),
            "eth_getBlockByNumber" => {
                let time = BLOCK_TIME + self.passed;
                json!({ "number": "0x5", "timestamp": quantity(U256::from(time)), "baseFeePerGas": "0x7" })
            }
            "eth_maxPriorityFeePerGas" => json!("0x3"),
            "eth_getBalance" => json!(quantity(self.balance)),
            "eth_getCode" => {
                let address = parse_address(params[0].as_str().unwrap()).unwrap();
                match self.codes.get(&address) {
                    Some(code) => json!(data(code)),
                    None => {
                        // The account once it is deployed, and contracts that anybody deployed before.
                        let account =
                            Kernel::new(KernelVersion::V3_3).account(self.player, U256::ZERO).address;
                        let there = address != self.player && (self.deployed || address != account);
                        json!(if there { "0x01" } else { "0x" })
                    }
                }
            }
            "eth_getStorageAt" => {
                let proxy = self.proxies.contains(&parse_address(params[0].as_str().unwrap()).unwrap());
                json!(data(&if proxy { [1; 32] } else { [0; 32] }))
            }
            "eth_call" => json!(data(&self.view(params))),
            "pimlico_getUserOperationGasPrice" => {
                let fee = quantity(U256::from(self.fee));
                json!({ "standard": { "maxFeePerGas": fee, "maxPriorityFeePerGas": "0x1" } })
            }
            "eth_estimateUserOperationGas" => {
                let enables =
                    parse_quantity(params[0]["nonce"].as_str().unwrap()).unwrap() >> 248 == U256::from(1);
                json!({
                    "callGasLimit": "0x10000", "preVerificationGas": "0x8000",
                    "verificationGasLimit": if enables { "0x100000" } else { "0x30000" },
                    "paymasterVerificationGasLimit": "0x4000", "paymasterPostOpGasLimit": "0x1",
                })
            }
            "pm_getPaymasterStubData" | "pm_getPaymasterData" => {
                json!({ "paymaster": self.paymaster.to_string(), "paymasterData": "0x01" })
            }
            "eth_sendUserOperation" => self.take(&params[0])?,
            "eth_getUserOperationReceipt" => self.receipt(params[0].as_str().unwrap()),
            "eth_getUserOperationByHash" => {
                let known = self
                    .operations
                    .iter()
                    .any(|(hash, ..)| Some(hash.to_string().as_str()) == params[0].as_str());
                if known { json!({ "blockNumber": "0x5" }) } else { Json::Null }
            }
            "eth_getTransactionReceipt" => {
                json!({ "status": "0x1", "logs": self.transaction_logs(params[0].as_str().unwrap()) })
            }
            "eth_getLogs" => self.events(),
            _ => {
                return Err(RpcError::from(RpcFault::Answer {
                    code: -32601,
                    message: format!("no {method}"),
                    data: Json::Null,
                }));
            }
        })
    }

    /// Hash of the operation that was offered last.
    pub fn offered_hash(&self) -> B256 {
        hash_of(self.offered.as_ref().unwrap())
    }

    /// Shows what nobody was shown yet.
    pub fn let_land(&mut self) {
        for (_, _, patience) in &mut self.operations {
            *patience = 0;
        }
        self.patience = 0;
    }

    pub fn take(&mut self, operation: &Json) -> Result<Json, RpcError> {
        let op = UserOperation::from_rpc(AbiVersion::V07, operation).unwrap();
        let entry_point = EntryPoint::canonical(EntryPointVersion::V07, self.chain_id);
        let hash = *op.hash(&entry_point).unwrap().as_b256();
        let UserOperation::V07(fields) = &op else { panic!("another version") };
        let (key, sequence) = split_nonce(fields.nonce);
        let next = self.sequences.entry(U256::from(key)).or_default();
        if *next != sequence {
            return Err(refused("AA25 invalid account nonce"));
        }
        self.include(hash, op);
        Ok(json!(hash.to_string()))
    }

    /// What an operation changes on chain.
    pub fn include(&mut self, hash: B256, op: UserOperation) {
        let UserOperation::V07(fields) = &op else { panic!("another version") };
        *self.sequences.entry(U256::from(split_nonce(fields.nonce).0)).or_default() += 1;
        // Mode byte 1: the operation enables its grant.
        if fields.nonce >> 248 == U256::from(1) {
            assert_eq!(
                fields.factory.is_some(),
                !self.deployed,
                "the factory goes with the first operation only"
            );
            self.enabled.push(Permission::offered(fields.nonce, &fields.signature));
        }
        self.deployed = true;
        self.operations.push((hash, op, self.patience));
    }

    fn receipt(&mut self, hash: &str) -> Json {
        let Some((_, _, patience)) = self.operations.iter_mut().find(|(taken, ..)| taken.to_string() == hash)
        else {
            return Json::Null;
        };
        if *patience > 0 {
            *patience -= 1;
            return Json::Null;
        }
        json!({
            "userOpHash": hash, "success": self.revert.is_none(), "actualGasUsed": "0x30d40", "actualGasCost": "0x1",
            "reason": self.revert.as_ref().map(|revert| data(revert)),
            "receipt": { "transactionHash": keccak256(hash).to_string(), "blockNumber": "0x5" }, "logs": [],
        })
    }

    /// What the transaction of an operation logged: the EntryPoint's reason, if its calls were undone.
    fn transaction_logs(&self, transaction: &str) -> Json {
        let of = |hash: &B256| keccak256(hash.to_string()).to_string() == transaction;
        let Some((hash, ..)) = self.operations.iter().find(|(hash, ..)| of(hash)) else { return json!([]) };
        let Some(reason) = &self.revert else { return json!([]) };
        let types = ["uint256", "bytes"].map(|ty| ty.parse::<Type>().unwrap());
        let values = [Value::Uint(U256::ZERO), Value::Bytes(reason.clone().into())];
        json!([{ "address": ENTRY_POINT, "topics": [REVERT_REASON, hash.to_string()], "data": data(&encode(&types, &values).unwrap()) }])
    }

    /// The EntryPoint's events for what is included.
    fn events(&self) -> Json {
        let included = self.operations.iter().filter(|(_, _, patience)| *patience == 0);
        let event = |(hash, op, _): &(B256, UserOperation, usize)| {
            let UserOperation::V07(op) = op else { panic!("another version") };
            let success = U256::from(u64::from(self.revert.is_none()));
            let words =
                [op.nonce, success, U256::ONE, U256::from(0x30d40)].map(|word| word.to_be_bytes::<32>());
            json!({
                "address": ENTRY_POINT, "blockNumber": "0x5", "transactionHash": keccak256(hash.to_string()).to_string(),
                "topics": [OPERATION_EVENT.to_string(), hash.to_string(), op.sender.into_word().to_string(), B256::ZERO.to_string()],
                "data": data(&words.concat()), "logIndex": "0x0", "removed": false,
            })
        };
        included.map(event).collect()
    }

    fn view(&self, params: &Json) -> Vec<u8> {
        let to = parse_address(params[0]["to"].as_str().unwrap()).unwrap();
        let calldata = parse_data(params[0]["data"].as_str().unwrap()).unwrap();
        let is = |text: &str| calldata.starts_with(text.parse::<Function>().unwrap().selector().as_slice());
        let word = |at: usize| U256::from_be_slice(&calldata[4 + 32 * at..36 + 32 * at]);
        let number = |number: u64| U256::from(number).to_be_bytes::<32>().to_vec();
        if is("getNonce(address,uint192)") {
            let sequence = self.sequences.get(&word(1)).copied().unwrap_or_default();
            let nonce: U256 = (word(1) << 64_usize) | U256::from(sequence);
            return nonce.to_be_bytes::<32>().to_vec();
        }
        if is("balanceOf(address)") {
            return number(0);
        }
        if to == ECDSA_VALIDATOR {
            return self.owner.into_word().to_vec();
        }
        if !self.deployed {
            return Vec::new();
        }
        if is("rootValidator()") {
            return [[1].as_slice(), ECDSA_VALIDATOR.as_slice(), &[0; 11]].concat();
        }
        if is("currentNonce()") || is("validNonceFrom()") {
            return number(1);
        }
        if is("gasPolicyConfig(bytes32,address)") {
            let left = U256::from(10_u64.pow(17)).saturating_sub(self.gas_used).to_be_bytes::<32>();
            return [left.as_slice(), &[0; 64]].concat();
        }
        if is("rateLimitConfigs(bytes32,address)") {
            return [number(0), number(self.operations_left), number(0)].concat();
        }
        let known = self
            .enabled
            .iter()
            .find(|grant| calldata[4..].starts_with(&grant.id) || calldata[5..].starts_with(&grant.id));
        self.grant_view(known, &is)
    }

    fn grant_view(&self, grant: Option<&Permission>, is: &dyn Fn(&str) -> bool) -> Vec<u8> {
        let encoded = |ty: &str, value: Value| encode([&ty.parse::<Type>().unwrap()], &[value]).unwrap();
        let bytes = |bytes: &[u8]| Value::FixedBytes(B256::right_padding_from(bytes));
        let uint = |number: u64| Value::Uint(U256::from(number));
        if is("isAllowedSelector(bytes21,bytes4)") {
            return encoded("bool", Value::Bool(grant.is_some()));
        }
        if is("validationConfig(bytes21)") {
            let live = u64::from(grant.is_some());
            let hook = if self.removed { 0 } else { live };
            let hook = Value::Address(Address::with_last_byte(u8::try_from(hook).unwrap()));
            return encoded("(uint32,address)", Value::Tuple(vec![uint(live), hook]));
        }
        assert!(is("permissionConfig(bytes4)"), "an unknown view");
        let config = match grant.filter(|_| !self.removed) {
            None => vec![bytes(&[]), Value::Address(Address::ZERO), Value::Array(Vec::new())],
            Some(grant) => {
                let (signer, policies) = grant.entries.split_last().unwrap();
                let heads = policies.iter().map(|entry| bytes(&entry[..22])).collect();
                let contract = Value::Address(Address::from_slice(&signer[2..22]));
                vec![bytes(&signer[..2]), contract, Value::Array(heads)]
            }
        };
        encoded("(bytes2,address,bytes22[])", Value::Tuple(config))
    }
}
