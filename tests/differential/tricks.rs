//! Calldata of the account byte by byte: canonical, and every way it can be bent.

use alloy_primitives::{Address, Bytes, U256};
use hallpass::protocol::Call;

use super::validator::EXECUTE;

/// Where the operation's calldata starts in the calldata of a policy, when the operation creates nothing.
const CALL_DATA: u64 = 420;
/// Where a batch starts in the operation's calldata: selector, mode, offset, length.
const BATCH: u64 = 4 + 96;
/// Where a length may be read so that the data after it starts with the tip: one byte after
/// `preVerificationGas`.
const FEE_WORDS: u64 = 229;

pub const SINGLE: [u8; 2] = [0, 0];
pub const MANY: [u8; 2] = [1, 0];

pub fn word(number: u64) -> [u8; 32] {
    U256::from(number).to_be_bytes::<32>()
}

/// Writes a word over the one at this place.
pub fn put(data: &mut [u8], at: usize, word: U256) {
    data[at..at + 32].copy_from_slice(&word.to_be_bytes::<32>());
}

/// `execute` with this mode.
pub fn execute(mode: [u8; 2], execution: &[u8]) -> Vec<u8> {
    let mut mode_word = [0; 32];
    mode_word[..2].copy_from_slice(&mode);
    let length = u64::try_from(execution.len()).expect("a length");
    let mut data = [EXECUTE.as_slice(), &mode_word, &word(64), &word(length), execution].concat();
    pad(&mut data, 4);
    data
}

pub fn single(call: &Call) -> Vec<u8> {
    [call.to.as_slice(), &call.value.to_be_bytes::<32>(), &call.data].concat()
}

pub fn delegated(call: &Call) -> Vec<u8> {
    [call.to.as_slice(), &call.data].concat()
}

/// What the package itself makes of calls.
pub fn plain(calls: &[Call]) -> Vec<u8> {
    match calls {
        [call] => execute(SINGLE, &single(call)),
        calls => execute(MANY, &List::of(calls).encode()),
    }
}

/// A batch in pieces.
pub struct List {
    /// Words between the offset of the list and the list.
    pub gap: Vec<u8>,
    /// Where the list is said to start, if not after the gap.
    pub start: Option<U256>,
    /// How many items there are said to be, if not as many as there are.
    pub count: Option<u64>,
    /// Offset of each item from the first offset.
    pub offsets: Vec<U256>,
    /// The items, one after another.
    pub items: Vec<u8>,
}

impl List {
    pub fn of(calls: &[Call]) -> Self {
        let mut list =
            Self { gap: Vec::new(), start: None, count: None, offsets: Vec::new(), items: Vec::new() };
        for call in calls {
            list.offsets.push(U256::from(32 * calls.len() + list.items.len()));
            list.items.extend(item(call));
        }
        list
    }

    /// One item, named as often as this.
    pub fn shared(call: &Call, times: usize) -> Self {
        let mut list = Self::of(std::slice::from_ref(call));
        list.offsets = vec![U256::from(32 * times); times];
        list
    }

    /// The items stand before the list, so that their offsets are negative.
    pub fn behind(calls: &[Call]) -> Self {
        let mut list = Self::of(calls);
        let back = U256::from(32 + list.items.len());
        let first = U256::from(32 * calls.len());
        for offset in &mut list.offsets {
            *offset = offset.wrapping_sub(first).wrapping_sub(back);
        }
        list.gap = std::mem::take(&mut list.items);
        list
    }

    pub fn encode(&self) -> Vec<u8> {
        let start = self.start.unwrap_or_else(|| U256::from(32 + self.gap.len()));
        let count = self.count.unwrap_or_else(|| u64::try_from(self.offsets.len()).expect("a length"));
        let mut data = [start.to_be_bytes::<32>().as_slice(), &self.gap, &word(count)].concat();
        for offset in &self.offsets {
            data.extend(offset.to_be_bytes::<32>());
        }
        data.extend(&self.items);
        data
    }
}

/// `(address target, uint256 value, bytes callData)`.
pub fn item(call: &Call) -> Vec<u8> {
    let length = u64::try_from(call.data.len()).expect("a length");
    let to = call.to.into_word();
    let mut data =
        [to.as_slice(), &call.value.to_be_bytes::<32>(), &word(96), &word(length), &call.data].concat();
    pad(&mut data, 0);
    data
}

/// A batch of transfers of value whose data the policy reads from the operation's own fees, where
/// [`split_view_tip`] has put the selector of an allowed function, while the account finds no data at all: it
/// follows the same pointer from the start of its own calldata, to before that start.
pub fn split_view(to: Address, value: U256, times: usize) -> Vec<u8> {
    let mut list = List::shared(&Call { to, value, data: Bytes::new() }, times);
    let first = BATCH + 32 + 32 + 32 * u64::try_from(times).expect("a number");
    let pointer = U256::from(FEE_WORDS).wrapping_sub(U256::from(CALL_DATA + first));
    put(&mut list.items, 64, pointer);
    execute(MANY, &list.encode())
}

/// The tip for [`split_view`]. With it `preVerificationGas` must be 1: the policy then reads a length of 256.
pub fn split_view_tip(selector: [u8; 4]) -> u128 {
    u128::from(u32::from_be_bytes(selector)) << 88
}

/// Zeros up to a whole number of words after the first `skip` bytes.
fn pad(data: &mut Vec<u8>, skip: usize) {
    let whole = (data.len() - skip).next_multiple_of(32) + skip;
    data.resize(whole, 0);
}
