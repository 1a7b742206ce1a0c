//! Scopes compiled by this crate, enforced by the contracts: what the check allows is accepted, what it refuses is refused when it is
//! signed by force. The functions are those at which other encoders go wrong.

use alloy_primitives::{Address, B256, Bytes, I256, U256, address};
use hallpass::abi::{Function, Value};
use hallpass::key::{SessionKey, SigningDigest};
use hallpass::protocol::kernel_v3::{Kernel, KernelVersion};
use hallpass::protocol::{Call, CounterfactualAccount, Grant, Mode, Protocol, Terms, known_error};
use hallpass::scope::Scope;
use hallpass::time::{Timestamp, Validity};
use hallpass::userop::nonce;
use hallpass::userop::v07::UserOperation;
use serde_json::json;

use super::runner::Test;
use super::stack::{Inclusion, Stack};

pub const TESTS: [Test; 1] = [("compiled scopes are enforced, argument by argument", arguments)];

/// An address without code: calls to it do nothing and succeed.
const TARGET: Address = address!("0x00000000000000000000000000000000000b0a2d");

struct Session {
    stack: Stack,
    key: SessionKey,
    account: CounterfactualAccount,
    scope: Scope,
    grant: Box<dyn Grant>,
    grant_signature: Bytes,
    sent: u64,
}

impl Session {
    fn new(calls: serde_json::Value) -> Self {
        let mut stack = Stack::new();
        let kernel = Kernel::new(KernelVersion::V3_1);
        let (owner, key) = (SessionKey::generate().unwrap(), SessionKey::generate().unwrap());
        let account = kernel.account(owner.address(), U256::ZERO);
        stack.chain.fund(account.address, U256::from(10_u64.pow(19)));
        let scope = json!({ "calls": calls, "limits": { "operations": 50, "gas": { "total": "5 ether" } } });
        let scope = Scope::from_json(&scope).unwrap();
        let until = Timestamp::from_seconds(stack.block.timestamp + 3600).unwrap();
        let terms = Terms {
            scope: &scope,
            account: account.address,
            chain_id: stack.block.chain_id,
            session_key: key.address(),
            validity: Validity::new(Timestamp::default(), until).unwrap(),
            grant_nonce: 0,
        };
        let grant = kernel.grant(&terms).unwrap();
        let signature = owner.sign(&SigningDigest::raw(grant.request().digest())).unwrap();
        Self { stack, key, account, scope, grant, grant_signature: signature.to_bytes().into(), sent: 0 }
    }

    /// Signs by force and sends, enabling with the first operation that is accepted.
    fn send(&mut self, call: &Call) -> Inclusion {
        let signature = self.grant_signature.clone();
        let first = self.sent == 0;
        let mode = if first { Mode::Enable { grant_signature: &signature } } else { Mode::Use };
        let mut op = UserOperation {
            sender: self.account.address,
            nonce: nonce(self.grant.nonce_key(mode, 0), self.sent.saturating_sub(1)),
            factory: first.then(|| self.account.factory.clone()),
            call_data: Kernel::new(KernelVersion::V3_1).encode_calls(std::slice::from_ref(call)).unwrap(),
            call_gas_limit: 200_000,
            verification_gas_limit: 9_000_000,
            pre_verification_gas: U256::from(50_000),
            max_fee_per_gas: 2_000_000_000,
            max_priority_fee_per_gas: 1,
            ..UserOperation::default()
        };
        let digest = self.grant.digest(mode, &op, &self.stack.entry_point()).unwrap();
        op.signature = self.grant.signature(mode, &self.key.sign(&digest).unwrap());
        let inclusion = self.stack.handle_op(&op);
        self.sent += u64::from(inclusion.is_ok());
        inclusion
    }
}

fn uint(number: u64) -> Value {
    Value::Uint(U256::from(number))
}

fn int(number: i64) -> Value {
    Value::Int(I256::try_from(number).unwrap())
}

fn bytes4(bytes: [u8; 4]) -> Value {
    Value::FixedBytes(B256::right_padding_from(&bytes))
}

fn pair(a: u64, b: u64) -> Value {
    Value::Tuple(vec![uint(a), uint(b)])
}

fn arguments() {
    let rules = json!([
        { "function": "open(uint256 id)", "args": [{ "any": true }] },
        { "function": "behind((uint8 a,uint8 b) pair,uint256[2] two,uint256 most)", "args": { "most": { "lte": 5 } } },
        { "function": "tag(bytes4 kind,string note)", "args": { "kind": "0x01020304" } },
        { "function": "exact(uint256 n)", "args": ["5"] },
        { "function": "low(int8 n)", "args": [{ "oneOf": [-3, 7] }] },
        { "function": "mine(address to,bool on)", "args": [{ "self": true }, true] },
        { "function": "least(uint16 n)", "args": [{ "gte": 300 }] },
    ]);
    let with_target = |rule: &serde_json::Value| {
        let mut rule = rule.clone();
        rule["to"] = json!(TARGET.to_string());
        rule
    };
    let mut session = Session::new(rules.as_array().unwrap().iter().map(with_target).collect());
    let own = session.account.address;
    let two = || Value::Array(vec![uint(9), uint(9)]);
    let note = || Value::String("anything".to_owned());
    let address = Value::Address;
    // Function, arguments in scope, arguments out of it.
    let cases = [
        ("open(uint256)", vec![uint(1)], None),
        (
            "behind((uint8,uint8),uint256[2],uint256)",
            vec![pair(200, 200), two(), uint(5)],
            Some(vec![pair(0, 0), two(), uint(6)]),
        ),
        ("tag(bytes4,string)", vec![bytes4([1, 2, 3, 4]), note()], Some(vec![bytes4([1, 2, 3, 5]), note()])),
        ("exact(uint256)", vec![uint(5)], Some(vec![uint(0x35)])),
        ("low(int8)", vec![int(-3)], Some(vec![int(-4)])),
        ("low(int8)", vec![int(7)], Some(vec![int(6)])),
        (
            "mine(address,bool)",
            vec![address(own), Value::Bool(true)],
            Some(vec![address(TARGET), Value::Bool(true)]),
        ),
        (
            "mine(address,bool)",
            vec![address(own), Value::Bool(true)],
            Some(vec![address(own), Value::Bool(false)]),
        ),
        ("least(uint16)", vec![uint(300)], Some(vec![uint(299)])),
    ];
    for (text, inside, outside) in cases {
        let function: Function = text.parse().unwrap();
        let call = |arguments: &[Value]| {
            let data = function.encode_call(arguments).unwrap().into();
            Call { to: TARGET, value: U256::ZERO, data }
        };
        let allowed = call(&inside);
        assert_eq!(session.scope.check_calls(own, std::slice::from_ref(&allowed)), [], "{text}");
        assert!(
            session.send(&allowed).unwrap_or_else(|refusal| panic!("{text}: {refusal:?}")).success,
            "{text}"
        );
        let Some(outside) = outside else { continue };
        let refused = call(&outside);
        assert_eq!(session.scope.check_calls(own, std::slice::from_ref(&refused)).len(), 1, "{text}");
        let refusal = session.send(&refused).expect_err(text);
        let error = known_error(&refusal.inner).map(|error| error.declaration);
        assert_eq!(error, Some("CallViolatesParamRule()"), "{text}: {refusal:?}");
    }
}
