//! Every question that is asked of an endpoint, with an answer as its specification writes it, and the fields that are read of it.

use alloy_primitives::{Address, B256, address, b256};
use serde_json::{Value, json};

use super::{ScriptedRpc, block_on};
use crate::endpoint::bundler::Bundler;
use crate::endpoint::node::Node;
use crate::endpoint::paymaster::Paymaster;
use crate::host::{RpcError, read_answer};
use crate::protocol::Read;
use crate::userop::v07::UserOperation;
use crate::userop::{EntryPoint, EntryPointVersion};

/// What stands in a field of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An integer of so many bits.
    Quantity(usize),
    /// A boolean.
    Truth,
    /// 32 bytes.
    Hash,
    /// 20 bytes.
    Address,
    /// Any bytes.
    Data,
    /// The code of an account, for which nothing is written in several ways.
    Code,
}

/// A question for an endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// Its name in failures.
    pub name: &'static str,
    /// An answer to it, as JSON text.
    pub answer: &'static str,
    /// Fields of the answer as JSON pointers (RFC 6901), and what stands in them.
    pub fields: &'static [(&'static str, Kind)],
    ask: fn(Value) -> Result<String, String>,
}

impl Question {
    /// Asks an endpoint that answers this: what was read, or what is wrong with it, in words.
    ///
    /// # Errors
    /// The words of the failure.
    pub fn ask(&self, answer: Value) -> Result<String, String> {
        (self.ask)(answer)
    }
}

/// The result in the body of an answer to request 1, as it is read from an endpoint.
///
/// # Errors
/// What the endpoint answered, or what is wrong with the body.
pub fn read_body(text: &str) -> Result<Value, RpcError> {
    read_answer("http://127.0.0.1", "a method", 1, text)
}

const ACCOUNT: Address = address!("0x00000000000000000000000000000000000000aa");
const HASH: B256 = b256!("0x1111111111111111111111111111111111111111111111111111111111111111");

fn entry_point() -> EntryPoint {
    EntryPoint::canonical(EntryPointVersion::V07, 1)
}

fn endpoint(answer: Value) -> ScriptedRpc {
    ScriptedRpc::new(move |_, _| Ok(answer.clone()))
}

fn told<T: std::fmt::Debug, E: std::fmt::Display>(outcome: Result<T, E>) -> Result<String, String> {
    outcome.map(|read| format!("{read:?}")).map_err(|fault| fault.to_string())
}

fn sponsorship(answer: Value, is_stub: bool) -> Result<String, String> {
    let paymaster = Paymaster::new(endpoint(answer), Value::Null);
    let mut op = UserOperation::default();
    let outcome = match is_stub {
        true => block_on(paymaster.prepare(&mut op, &entry_point())),
        false => block_on(paymaster.sponsor(&mut op, &entry_point())),
    };
    told(outcome.map(|()| op))
}

use Kind::{Address as Addressed, Code, Data, Hash, Quantity, Truth};

const SPONSORSHIP: &str = r#"{"paymaster":"0x00000000000000000000000000000000000000bb","paymasterData":"0x0102",
    "paymasterVerificationGasLimit":"0x1","paymasterPostOpGasLimit":"0x2","callGasLimit":"0x3","verificationGasLimit":"0x4",
    "preVerificationGas":"0x5","maxFeePerGas":"0x6","maxPriorityFeePerGas":"0x7"}"#;
const SPONSORED: &[(&str, Kind)] = &[
    ("/paymaster", Addressed),
    ("/paymasterData", Data),
    ("/paymasterVerificationGasLimit", Quantity(128)),
    ("/paymasterPostOpGasLimit", Quantity(128)),
    ("/callGasLimit", Quantity(128)),
    ("/verificationGasLimit", Quantity(128)),
    ("/preVerificationGas", Quantity(256)),
    ("/maxFeePerGas", Quantity(128)),
    ("/maxPriorityFeePerGas", Quantity(128)),
];

/// All of them.
pub const QUESTIONS: &[Question] = &[
    Question {
        name: "gas",
        answer: r#"{"callGasLimit":"0x1","verificationGasLimit":"0x2","preVerificationGas":"0x3",
            "paymasterVerificationGasLimit":"0x4","paymasterPostOpGasLimit":"0x5"}"#,
        fields: &[
            ("/callGasLimit", Quantity(128)),
            ("/verificationGasLimit", Quantity(128)),
            ("/preVerificationGas", Quantity(256)),
            ("/paymasterVerificationGasLimit", Quantity(128)),
            ("/paymasterPostOpGasLimit", Quantity(128)),
        ],
        ask: estimate,
    },
    Question {
        name: "gas, older field name",
        answer: r#"{"callGasLimit":"0x1","verificationGas":"0x2","preVerificationGas":"0x3"}"#,
        fields: &[("/verificationGas", Quantity(128))],
        ask: estimate,
    },
    Question {
        name: "price by speed",
        answer: r#"{"standard":{"maxFeePerGas":"0x6","maxPriorityFeePerGas":"0x7"}}"#,
        fields: &[
            ("/standard/maxFeePerGas", Quantity(128)),
            ("/standard/maxPriorityFeePerGas", Quantity(128)),
        ],
        ask: price,
    },
    Question {
        name: "price",
        answer: r#"{"maxFeePerGas":"0x6","maxPriorityFeePerGas":"0x7"}"#,
        fields: &[("/maxFeePerGas", Quantity(128)), ("/maxPriorityFeePerGas", Quantity(128))],
        ask: price,
    },
    Question {
        name: "hand over",
        answer: r#""0x1111111111111111111111111111111111111111111111111111111111111111""#,
        fields: &[("", Hash)],
        ask: |answer| {
            told(block_on(Bundler::new(endpoint(answer)).send(
                &UserOperation::default(),
                &entry_point(),
                HASH,
            )))
        },
    },
    Question {
        name: "receipt",
        answer: r#"{"userOpHash":"0x1111111111111111111111111111111111111111111111111111111111111111","success":true,
            "actualGasUsed":"0x5","actualGasCost":"0x6","logs":[],"receipt":{"blockNumber":"0x7","logs":[],
            "transactionHash":"0x2222222222222222222222222222222222222222222222222222222222222222"}}"#,
        fields: &[
            ("/userOpHash", Hash),
            ("/success", Truth),
            ("/actualGasUsed", Quantity(256)),
            ("/actualGasCost", Quantity(256)),
            ("/receipt/blockNumber", Quantity(64)),
            ("/receipt/transactionHash", Hash),
        ],
        ask: receipt,
    },
    Question {
        name: "flat receipt",
        answer: r#"{"userOpHash":"0x1111111111111111111111111111111111111111111111111111111111111111","success":"true",
            "blockNumber":"0x7","transactionHash":"0x2222222222222222222222222222222222222222222222222222222222222222"}"#,
        fields: &[("/success", Truth), ("/blockNumber", Quantity(64)), ("/transactionHash", Hash)],
        ask: receipt,
    },
    Question {
        name: "chain",
        answer: r#""0x1""#,
        fields: &[("", Quantity(64))],
        ask: |answer| told(block_on(Node::new(endpoint(answer)).chain_id())),
    },
    Question {
        name: "balance",
        answer: r#""0x1""#,
        fields: &[("", Quantity(256))],
        ask: |answer| told(block_on(Node::new(endpoint(answer)).balance(ACCOUNT))),
    },
    Question {
        name: "code",
        answer: r#""0x6001""#,
        fields: &[("", Code)],
        ask: |answer| told(block_on(Node::new(endpoint(answer)).code(ACCOUNT))),
    },
    Question {
        name: "codes",
        answer: r#""0x6001""#,
        fields: &[("", Code)],
        ask: |answer| told(block_on(Node::new(endpoint(answer)).codes(&[ACCOUNT]))),
    },
    Question {
        name: "slots",
        answer: r#""0x2222222222222222222222222222222222222222222222222222222222222222""#,
        fields: &[("", Hash)],
        ask: |answer| told(block_on(Node::new(endpoint(answer)).slots(&[ACCOUNT], HASH))),
    },
    Question {
        name: "views",
        answer: r#""0x0102""#,
        fields: &[("", Data)],
        ask: |answer| {
            let read = Read { to: ACCOUNT, data: vec![1, 2, 3, 4].into() };
            told(block_on(Node::new(endpoint(answer)).views(&[read])))
        },
    },
    Question {
        name: "sequence",
        answer: r#""0x2222222222222222222222222222222222222222222222222222222222222222""#,
        fields: &[("", Hash)],
        ask: |answer| told(block_on(Node::new(endpoint(answer)).deposit(&entry_point(), ACCOUNT))),
    },
    Question {
        name: "base fee",
        answer: r#"{"baseFeePerGas":"0x7"}"#,
        fields: &[("/baseFeePerGas", Quantity(128))],
        ask: |answer| told(block_on(Node::new(endpoint(answer)).base_fee())),
    },
    Question {
        name: "tip",
        answer: r#""0x2""#,
        fields: &[("", Quantity(128))],
        ask: |answer| {
            let block = json!({ "baseFeePerGas": "0x7" });
            let rpc = ScriptedRpc::new(move |method, _| {
                Ok(if method == "eth_getBlockByNumber" { block.clone() } else { answer.clone() })
            });
            told(block_on(Node::new(rpc).fees()))
        },
    },
    Question {
        name: "block",
        answer: r#"{"number":"0x5","timestamp":"0x6b000000"}"#,
        fields: &[("/number", Quantity(64)), ("/timestamp", Quantity(48))],
        ask: |answer| told(block_on(Node::new(endpoint(answer)).block())),
    },
    Question {
        name: "events",
        answer: r#"[{"address":"0x0000000071727de22e5e9d8baf0edac6f37da032","blockNumber":"0x5","removed":false,
            "transactionHash":"0x2222222222222222222222222222222222222222222222222222222222222222",
            "topics":["0x49628fd1471006c1482da88028e9ce4dbb080b815c9b0344d39e5a8e6ec1419f",
                "0x1111111111111111111111111111111111111111111111111111111111111111",
                "0x00000000000000000000000000000000000000000000000000000000000000aa",
                "0x0000000000000000000000000000000000000000000000000000000000000000"],
            "data":"0x0000000000000000000000000000000000000000000000000000000000000001000000000000000000000000000000000000000000000000000000000000000100000000000000000000000000000000000000000000000000000000000000020000000000000000000000000000000000000000000000000000000000000003"}]"#,
        fields: &[
            ("/0/blockNumber", Quantity(64)),
            ("/0/removed", Truth),
            ("/0/transactionHash", Hash),
            ("/0/data", Data),
        ],
        ask: |answer| told(block_on(Node::new(endpoint(answer)).landed(&entry_point(), ACCOUNT, 1))),
    },
    Question {
        name: "status of a transaction",
        answer: r#"{"status":"0x1"}"#,
        fields: &[("/status", Quantity(256))],
        ask: |answer| told(block_on(Node::new(endpoint(answer)).transaction_status(HASH))),
    },
    Question {
        name: "sponsorship for estimates",
        answer: SPONSORSHIP,
        fields: SPONSORED,
        ask: |answer| sponsorship(answer, true),
    },
    Question {
        name: "sponsorship",
        answer: SPONSORSHIP,
        fields: SPONSORED,
        ask: |answer| sponsorship(answer, false),
    },
];

fn estimate(answer: Value) -> Result<String, String> {
    told(block_on(Bundler::new(endpoint(answer)).estimate(&UserOperation::default(), &entry_point())))
}

fn price(answer: Value) -> Result<String, String> {
    told(block_on(Bundler::new(endpoint(answer)).price()))
}

fn receipt(answer: Value) -> Result<String, String> {
    told(block_on(Bundler::new(endpoint(answer)).receipt(HASH)))
}
