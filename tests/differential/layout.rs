//! Whether the account calls its policies with the bytes that this test reads pointers in.

use alloy_primitives::{Address, Bytes, U256, address};
use hallpass::scope::Spent;
use revm::context_interface::ContextTr;
use revm::interpreter::{CallInputs, CallOutcome};
use revm::{InspectSystemCallEvm, Inspector, MainBuilder};

use super::attempts::Draw;
use super::base::{Answer, Base};
use super::evm::context;
use super::generator;
use super::granted::{Granted, Life};
use super::rng::Rng;

pub const CALL_POLICY: Address = address!("0x9a52283276A0ec8740DF50bF01B28A80D880eaf2");

/// Keeps what the call policy is called with.
struct Recorder(Vec<Bytes>);

impl<C: ContextTr> Inspector<C> for Recorder {
    fn call(&mut self, context: &mut C, inputs: &mut CallInputs) -> Option<CallOutcome> {
        if inputs.target_address == CALL_POLICY {
            self.0.push(Bytes::copy_from_slice(&inputs.input.as_bytes(context)));
        }
        None
    }
}

/// Scopes with and without a payer, operations that enable and that use.
pub fn test() -> Result<String, String> {
    let base = Base::new();
    let mut compared = 0;
    for part in 0..20 {
        let mut rng = Rng::new(7, part);
        let model = generator::model(&mut rng);
        let Ok(granted) = Granted::new(&base, &model) else { continue };
        let (chain, spent) = (base.chain.clone(), Spent::default());
        let mut life = Life { chain, spent, operations: 0, charged: U256::ZERO };
        let first = Draw { rng: &mut rng, granted: &granted, life: &life }.in_scope();
        let op = granted.operation(true, first.call_data.into(), &first.shape);
        let answer = base.validate(&mut life.chain, &op, true);
        if !matches!(answer, Answer::Valid { .. }) {
            return Err(format!("a first operation in scope is refused: {answer:?}"));
        }
        let attempt = Draw { rng: &mut rng, granted: &granted, life: &life }.any();
        let op = granted.operation(false, attempt.call_data.into(), &attempt.shape);
        let mut evm =
            context(&mut life.chain.state, base.block).build_mainnet_with_inspector(Recorder(Vec::new()));
        evm.inspect_one_system_call_with_caller(base.entry_point.address, base.account, base.validation(&op))
            .map_err(|fault| format!("{fault:?}"))?;
        let called = evm.inspector.0;
        // A payer that the gas policy misses cannot keep the call policy, the first one, from being asked.
        if called != [Bytes::from(base.policy_call(&op))] {
            return Err(format!("the policy was called with {called:?}"));
        }
        compared += 1;
    }
    if compared == 0 { Err("no scope was granted".to_owned()) } else { Ok(format!("{compared} calls")) }
}
