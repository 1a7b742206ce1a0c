//! A random scope compiled by the package, and operations signed with its key.

use alloy_primitives::{Address, Bytes, U256};
use hallpass::key::SigningDigest;
use hallpass::protocol::{EnforcedBy, EnforcementReport, Grant, Mode, Protocol, Terms};
use hallpass::scope::{OperationCost, Scope, Spent, Usage};
use hallpass::time::{Timestamp, Validity};
use hallpass::userop::nonce;
use hallpass::userop::v07::{Paymaster, UserOperation};

use super::base::{Base, KERNEL};
use super::evm::Chain;
use super::model::Model;

/// How long a session of this test lasts, in seconds.
const LIFETIME: u64 = 7200;

pub struct Granted<'a> {
    pub base: &'a Base,
    pub model: &'a Model,
    pub scope: Scope,
    pub validity: Validity,
    pub enforced: Enforced,
    grant: Box<dyn Grant>,
    grant_signature: Bytes,
}

/// Gas fields and payer of an operation.
#[derive(Clone, Debug)]
pub struct Shape {
    pub verification: u128,
    pub call: u128,
    pub pre: U256,
    pub fee: u128,
    pub tip: u128,
    pub payer: Option<(Address, u128)>,
}

/// A session at some point of its life, as the package counts and as the chain does.
pub struct Life {
    pub chain: Chain,
    pub spent: Spent,
    pub operations: u64,
    pub charged: U256,
}

/// Rows of the report: which path the chain enforces.
pub struct Enforced(Vec<(String, bool)>);

impl<'a> Granted<'a> {
    /// The package's reason where it refuses the scope.
    pub fn new(base: &'a Base, model: &'a Model) -> Result<Self, String> {
        let scope = Scope::from_json(&model.json).map_err(|fault| format!("reading: {fault}"))?;
        let at = |seconds| Timestamp::from_seconds(seconds).expect("a time");
        let start = base.block.timestamp;
        let validity = Validity::new(at(start), at(start + LIFETIME)).expect("a window");
        let terms = Terms {
            scope: &scope,
            account: base.account,
            chain_id: base.block.chain_id,
            session_key: base.session.address(),
            validity,
            grant_nonce: 0,
        };
        let report = KERNEL.enforcement(&terms).map_err(|fault| format!("enforcement: {fault}"))?;
        let grant = KERNEL.grant(&terms).map_err(|fault| format!("grant: {fault}"))?;
        let signature = base.owner.sign(&SigningDigest::raw(grant.request().digest())).expect("a signature");
        let grant_signature = Bytes::from(signature.to_bytes());
        Ok(Self { base, model, scope, validity, enforced: Enforced::new(&report), grant, grant_signature })
    }

    /// Signed with the session key, whatever the scope says.
    pub fn operation(&self, enabling: bool, call_data: Bytes, shape: &Shape) -> UserOperation {
        let mode = if enabling { Mode::Enable { grant_signature: &self.grant_signature } } else { Mode::Use };
        let mut op = UserOperation {
            sender: self.base.account,
            nonce: nonce(self.grant.nonce_key(mode, 0), 0),
            call_data,
            call_gas_limit: shape.call,
            verification_gas_limit: shape.verification,
            pre_verification_gas: shape.pre,
            max_fee_per_gas: shape.fee,
            max_priority_fee_per_gas: shape.tip,
            paymaster: shape.payer.map(|(address, gas)| Paymaster {
                address,
                verification_gas_limit: gas,
                post_op_gas_limit: gas,
                data: Bytes::from_static(&[0xda; 40]),
            }),
            ..UserOperation::default()
        };
        let digest =
            self.grant.digest(mode, &op, &self.base.entry_point).expect("an operation of this grant");
        op.signature = self.grant.signature(mode, &self.base.session.sign(&digest).expect("a signature"));
        op
    }

    /// Why the package would not sign this: nothing when it would.
    pub fn refusals(&self, life: &Life, call_data: &[u8], shape: &Shape, now: u64) -> Vec<String> {
        let calls = match KERNEL.decode_calls(call_data) {
            Ok(calls) => calls,
            Err(fault) => return vec![fault.to_string()],
        };
        let found = self.scope.check_calls(self.base.account, &calls);
        let mut refusals: Vec<String> = found.iter().map(ToString::to_string).collect();
        let usage = Usage {
            calls: &calls,
            cost: shape.cost(),
            paymaster: shape.payer.map(|(address, _)| address),
            now: Timestamp::from_seconds(now).expect("a time"),
            start: self.validity.valid_after(),
        };
        let found = self.scope.check_operation(&life.spent, &usage);
        refusals.extend(found.iter().map(ToString::to_string));
        if now < self.start() || now > self.end() {
            refusals.push(format!("the session is valid from {} to {}", self.start(), self.end()));
        }
        refusals
    }

    pub const fn start(&self) -> u64 {
        self.validity.valid_after().seconds()
    }

    pub const fn end(&self) -> u64 {
        self.validity.valid_until().seconds()
    }
}

impl Shape {
    /// What the package debits: all limits, the paymaster's included.
    pub fn cost(&self) -> OperationCost {
        let payer = self.payer.map_or(U256::ZERO, |(_, gas)| U256::from(gas) + U256::from(gas));
        OperationCost { gas: self.gas() + payer, max_fee_per_gas: self.fee }
    }

    /// What the gas policy charges: without the paymaster's limits.
    pub fn charge(&self) -> U256 {
        self.gas() * U256::from(self.fee)
    }

    fn gas(&self) -> U256 {
        self.pre + U256::from(self.verification) + U256::from(self.call)
    }

    /// The EntryPoint takes no larger number in any gas field (AA94), and nobody holds 2^100 wei to pay with
    /// (AA21): the gas policy relies on it, since it counts in 128 bits.
    pub fn fits_the_entry_point(&self) -> bool {
        let most = U256::MAX >> 136;
        let payer = self.payer.map_or(0, |(_, gas)| gas);
        self.cost().wei() >> 100 == U256::ZERO
            && self.pre <= most
            && [self.verification, self.call, self.fee, self.tip, payer]
                .iter()
                .all(|number| U256::from(*number) <= most)
    }
}

impl Enforced {
    fn new(report: &EnforcementReport) -> Self {
        let rows = report.rules.iter();
        Self(rows.map(|row| (row.path.clone(), matches!(row.by, EnforcedBy::Chain { .. }))).collect())
    }

    /// Whether the report says that the chain enforces the rule at this path: its own row decides, else the
    /// nearest one above it.
    pub fn by_chain(&self, path: &str) -> bool {
        let mut nearest: Option<(usize, bool)> = None;
        for (row, by_chain) in &self.0 {
            let below = path.strip_prefix(row.as_str());
            let covers = below.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
            let length = row.len();
            let closer = nearest.is_none_or(|(other, known)| length > other || (length == other && !known));
            if covers && closer {
                nearest = Some((length, *by_chain));
            }
        }
        nearest.is_some_and(|(_, by_chain)| by_chain)
    }
}
