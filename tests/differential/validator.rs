//! The call policy's own reading of an operation, written again from its source: it follows pointers wherever
//! they lead, modulo 2^256, in the calldata it was called with. What it reads there is what it checks,
//! whatever the account does.

use alloy_primitives::{Address, B256, U256};

/// `execute(bytes32,bytes)`.
pub const EXECUTE: [u8; 4] = [0xe9, 0xae, 0x5c, 0x53];
/// Where the operation starts: after the selector, the id and the operation's own offset.
const OPERATION: u64 = 4 + 64;
/// More items than any gas limit lets it look at.
const ENDLESS: u64 = 100_000;

/// A call as the policy sees it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub target: Address,
    pub value: U256,
    pub selector: [u8; 4],
    /// Where its data starts.
    start: U256,
    length: U256,
}

/// Calldata of a policy.
pub struct PolicyCall(pub Vec<u8>);

impl PolicyCall {
    /// Every call that the policy checks, or why it refuses to look.
    pub fn calls(&self) -> Result<Vec<Seen>, &'static str> {
        let operation = U256::from(OPERATION);
        let start = operation + self.word(operation + U256::from(96));
        let (call_data, length) = (start + U256::from(32), self.word(start));
        if length < U256::from(4) || self.word(call_data).to_be_bytes::<32>()[..4] != EXECUTE {
            return Err("another function than execute");
        }
        if length < U256::from(36) {
            return Err("no mode");
        }
        let call_type = self.word(call_data + U256::from(4)).to_be_bytes::<32>()[0];
        let offset = call_data.wrapping_add(U256::from(36));
        let execution = offset.wrapping_add(self.word(offset));
        let length = self.word(execution.wrapping_sub(U256::from(32)));
        match call_type {
            0 => Ok(vec![self.single(execution, length)?]),
            1 => self.batch(execution),
            0xff => Err("a delegatecall"),
            _ => Err("an unknown call type"),
        }
    }

    /// The word at an argument's place, or why the policy reverts instead of reading it.
    pub fn argument(&self, call: &Seen, place: usize) -> Result<U256, &'static str> {
        let place = U256::from(4 + place);
        if place + U256::from(32) > call.length {
            return Err("calldata that ends before an argument with a rule");
        }
        Ok(self.word(call.start.wrapping_add(place)))
    }

    fn single(&self, at: U256, length: U256) -> Result<Seen, &'static str> {
        let header = U256::from(52);
        if length < header {
            return Err("an execution without target and value");
        }
        let target = Address::from_slice(&self.word(at).to_be_bytes::<32>()[..20]);
        let value = self.word(at.wrapping_add(U256::from(20)));
        self.seen(target, value, at.wrapping_add(header), length - header)
    }

    fn batch(&self, execution: U256) -> Result<Vec<Seen>, &'static str> {
        let list = execution.wrapping_add(self.word(execution));
        let (items, count) = (list.wrapping_add(U256::from(32)), self.word(list));
        if count > U256::from(ENDLESS) {
            return Err("an endless batch");
        }
        (0..count.to::<u64>()).map(|index| self.item(items, index)).collect()
    }

    /// An item of a batch, with the bounds checks that the compiler puts in.
    fn item(&self, items: U256, index: u64) -> Result<Seen, &'static str> {
        let offset = self.word(items.wrapping_add(U256::from(32 * index)));
        if !self.is_before_end(offset, items, 0x60) {
            return Err("an item behind the end");
        }
        let item = items.wrapping_add(offset);
        let target = Address::from_word(B256::from(self.word(item)));
        let value = self.word(item.wrapping_add(U256::from(32)));
        let offset = self.word(item.wrapping_add(U256::from(64)));
        if !self.is_before_end(offset, item, 0x20) {
            return Err("data behind the end");
        }
        let data = item.wrapping_add(offset);
        let length = self.word(data);
        let start = data.wrapping_add(U256::from(32));
        let last = U256::from(self.0.len()).wrapping_sub(length);
        if length > U256::from(u64::MAX) || signed(start) > signed(last) {
            return Err("data that reaches behind the end");
        }
        self.seen(target, value, start, length)
    }

    fn seen(&self, target: Address, value: U256, start: U256, length: U256) -> Result<Seen, &'static str> {
        let selector = match length.is_zero() {
            true => [0; 4],
            false if length < U256::from(4) => return Err("a piece of a selector"),
            false => {
                let [a, b, c, d, ..] = self.word(start).to_be_bytes::<32>();
                [a, b, c, d]
            }
        };
        Ok(Seen { target, value, selector, start, length })
    }

    /// Whether an offset from `base` leaves room for `size` bytes; compared as signed, so a negative offset
    /// always does.
    fn is_before_end(&self, offset: U256, base: U256, size: u64) -> bool {
        let room = U256::from(self.0.len()).wrapping_sub(base).wrapping_sub(U256::from(size - 1));
        signed(offset) < signed(room)
    }

    /// 32 bytes; zeros behind the end.
    fn word(&self, at: U256) -> U256 {
        let mut word = [0; 32];
        if at < U256::from(self.0.len()) {
            let rest = &self.0[at.to::<usize>()..];
            let length = rest.len().min(32);
            word[..length].copy_from_slice(&rest[..length]);
        }
        U256::from_be_bytes(word)
    }
}

const fn signed(number: U256) -> alloy_primitives::I256 {
    alloy_primitives::I256::from_raw(number)
}
