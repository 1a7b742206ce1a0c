//! The rules of ERC-7562 for validation, watched instruction by instruction. Entities are the factory, which
//! is staked, the account and the paymaster; what they call acts for them.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use revm::Inspector;
use revm::context_interface::ContextTr;
use revm::interpreter::interpreter_types::Jumps;
use revm::interpreter::{CallInputs, CallOutcome, CreateInputs, CreateOutcome, Interpreter};

use super::opcodes::{
    CREATE2, EXTCODECOPY, EXTCODEHASH, EXTCODESIZE, GAS, ISZERO, KECCAK256, SLOAD, TLOAD, banned, is_call,
    is_storage, name,
};

/// `validateUserOp(PackedUserOperation,bytes32,uint256)`.
const VALIDATE: [u8; 4] = [0x19, 0x82, 0x2f, 0x7c];
/// `validatePaymasterUserOp(PackedUserOperation,bytes32,uint256)`.
const VALIDATE_PAYMASTER: [u8; 4] = [0x52, 0xb7, 0x51, 0x2c];
/// `depositTo(address)`.
const DEPOSIT: [u8; 4] = [0xb7, 0x60, 0xfa, 0xf9];
/// Slots after an associated one that count as associated (STO-021).
const ASSOCIATED: u64 = 128;
/// The last precompiled contract of all chains; P256VERIFY (RIP-7212) is at 0x100.
const LAST_PRECOMPILE: u64 = 0x11;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entity {
    Factory,
    Account,
    Paymaster,
}

struct Frame {
    entity: Option<Entity>,
    /// An instruction that only certain others may follow.
    before: Option<u8>,
}

pub struct Watch {
    entry_point: Address,
    sender: Address,
    /// Named by the operation, where it creates the account.
    factory: Option<Address>,
    /// Addresses with code.
    contracts: BTreeSet<Address>,
    /// Slots whose preimage starts with the account's address.
    associated: BTreeSet<U256>,
    frames: Vec<Frame>,
    created: usize,
    /// Frames of entities that were watched.
    pub watched: usize,
    /// What was violated, by which instruction, where.
    pub violations: BTreeSet<String>,
}

impl Watch {
    pub fn new(
        entry_point: Address,
        sender: Address,
        factory: Option<Address>,
        contracts: BTreeSet<Address>,
    ) -> Self {
        Self {
            entry_point,
            sender,
            factory,
            contracts,
            associated: BTreeSet::new(),
            frames: Vec::new(),
            created: 0,
            watched: 0,
            violations: BTreeSet::new(),
        }
    }

    fn violated(&mut self, rule: &str, entity: Entity, what: String) {
        self.violations.insert(format!("{rule}: {what}, in the validation of the {entity:?}"));
    }

    /// Who acts in a call that is made now.
    fn entity_of(&self, inputs: &CallInputs, selector: &[u8]) -> Option<Entity> {
        let caller = self.frames.last().and_then(|frame| frame.entity);
        let from_entry_point = inputs.caller == self.entry_point;
        caller.or(match inputs.target_address {
            to if to == self.sender && from_entry_point && selector == VALIDATE => Some(Entity::Account),
            to if Some(to) == self.factory => Some(Entity::Factory),
            _ if from_entry_point && selector == VALIDATE_PAYMASTER => Some(Entity::Paymaster),
            _ => None,
        })
    }

    fn called(&mut self, entity: Entity, inputs: &CallInputs, data: &[u8]) {
        let (to, code) = (inputs.target_address, inputs.bytecode_address);
        let value = inputs.transfer_value().unwrap_or_default();
        if to == self.entry_point && code == to {
            let deposits = data.starts_with(&DEPOSIT) || (data.is_empty() && entity == Entity::Account);
            if !deposits {
                self.violated("OP-054", entity, format!("a call of the EntryPoint with {data:02x?}"));
            }
        } else if !value.is_zero() {
            self.violated("OP-061", entity, format!("{value} wei to {to}"));
        }
        if !self.has_code(code) {
            self.violated("OP-041", entity, format!("a call of {code}, which has no code"));
        }
    }

    fn has_code(&self, address: Address) -> bool {
        let number = U256::from_be_slice(address.as_slice());
        let is_precompile = !number.is_zero() && number <= U256::from(LAST_PRECOMPILE);
        is_precompile || number == U256::from(0x100) || self.contracts.contains(&address)
    }

    fn is_associated(&self, slot: U256) -> bool {
        let least = slot.saturating_sub(U256::from(ASSOCIATED));
        slot == U256::from_be_slice(self.sender.as_slice())
            || self.associated.range(least..=slot).next().is_some()
    }

    fn storage(&mut self, entity: Entity, opcode: u8, contract: Address, slot: U256) {
        let is_factory = entity == Entity::Factory;
        let is_own = contract == self.sender || (is_factory && Some(contract) == self.factory);
        // A staked entity may read anything (STO-033). Associated slots of an account that is being created
        // need a staked factory (STO-022), and this one is.
        let reads = is_factory && matches!(opcode, SLOAD | TLOAD);
        if !is_own && !reads && !self.is_associated(slot) {
            let what = format!("{} of {contract} at {slot:#x}", name(opcode));
            self.violated("STO-021", entity, what);
        }
    }

    /// Hashes of the account's address with something after it.
    fn hashed(&mut self, interpreter: &Interpreter, offset: U256, size: U256) {
        let most = U256::from(1_u64 << 24);
        if size < U256::from(64) || size > most || offset > most {
            return;
        }
        let (offset, size) = (offset.to::<usize>(), size.to::<usize>());
        // Memory grows only as the instruction runs.
        let known = interpreter.memory.len().saturating_sub(offset).min(size);
        let mut preimage = vec![0; size];
        if known > 0 {
            preimage[..known].copy_from_slice(&interpreter.memory.slice_len(offset, known));
        }
        if preimage.starts_with(self.sender.into_word().as_slice()) {
            self.associated.insert(U256::from_be_bytes(keccak256(&preimage).0));
        }
    }

    /// Looks of an entity at an address. Answers whether it looked at the size of nothing, which it may if
    /// only to compare it with zero (OP-051). The account may be looked at before it is there (OP-042).
    fn looked(&mut self, entity: Entity, opcode: u8, at: Address) -> bool {
        if at == self.sender || self.has_code(at) {
            return false;
        }
        if opcode != EXTCODESIZE {
            self.violated("OP-041", entity, format!("{} of {at}, which has no code", name(opcode)));
        }
        opcode == EXTCODESIZE
    }
}

impl<C: ContextTr> Inspector<C> for Watch {
    fn step(&mut self, interpreter: &mut Interpreter, _: &mut C) {
        let opcode = interpreter.bytecode.opcode();
        let stack = interpreter.stack.data();
        let operand = |depth: usize| match stack.len().checked_sub(depth + 1) {
            Some(at) => stack[at],
            None => U256::ZERO,
        };
        let (first, second) = (operand(0), operand(1));
        if opcode == KECCAK256 {
            self.hashed(interpreter, first, second);
        }
        let Some(Frame { entity: Some(entity), before }) = self.frames.last_mut() else { return };
        let (entity, before) = (*entity, before.take());
        let contract = interpreter.input.target_address;
        if before == Some(GAS) && !is_call(opcode) {
            self.violated("OP-012", entity, format!("GAS before {} in {contract}", name(opcode)));
        }
        if before == Some(EXTCODESIZE) && opcode != ISZERO {
            self.violated("OP-051", entity, format!("the size of an address without code, in {contract}"));
        }
        let is_staked = entity == Entity::Factory;
        if banned(opcode, is_staked) {
            self.violated("OP-011", entity, format!("{} in {contract}", name(opcode)));
        }
        if is_storage(opcode) {
            self.storage(entity, opcode, contract, first);
        }
        if opcode == CREATE2 {
            self.created += 1;
            if !is_staked || self.created > 1 {
                self.violated("OP-031", entity, format!("CREATE2 number {} in {contract}", self.created));
            }
        }
        let looks = matches!(opcode, EXTCODESIZE | EXTCODEHASH | EXTCODECOPY);
        let at_nothing = looks && self.looked(entity, opcode, Address::from_word(B256::from(first)));
        if (opcode == GAS || at_nothing)
            && let Some(frame) = self.frames.last_mut()
        {
            frame.before = Some(opcode);
        }
    }

    fn call(&mut self, context: &mut C, inputs: &mut CallInputs) -> Option<CallOutcome> {
        let data = Bytes::copy_from_slice(&inputs.input.as_bytes(context));
        let outside = self.frames.last().is_none_or(|frame| frame.entity.is_none());
        let entity = self.entity_of(inputs, data.get(..4).unwrap_or_default());
        match entity {
            // The EntryPoint's own call of an entity is not the entity's.
            Some(_) if outside => self.watched += 1,
            Some(entity) => self.called(entity, inputs, &data),
            None => {}
        }
        self.frames.push(Frame { entity, before: None });
        None
    }

    fn call_end(&mut self, _: &mut C, _: &CallInputs, _: &mut CallOutcome) {
        self.frames.pop();
    }

    fn create(&mut self, _: &mut C, _: &mut CreateInputs) -> Option<CreateOutcome> {
        let entity = self.frames.last().and_then(|frame| frame.entity);
        self.frames.push(Frame { entity, before: None });
        None
    }

    fn create_end(&mut self, _: &mut C, _: &CreateInputs, outcome: &mut CreateOutcome) {
        self.frames.pop();
        self.contracts.extend(outcome.address);
    }
}
