//! Operations whose own calldata is bent: other modes, and pointers of `execute` and of batches that lead
//! elsewhere.

use alloy_primitives::U256;
use hallpass::protocol::Call;

use super::attempts::Draw;
use super::classes::Class;
use super::tricks::{self, List, MANY, SINGLE};

/// `executeUserOp(PackedUserOperation,bytes32)`.
const EXECUTE_USER_OP: [u8; 4] = [0x8d, 0xd7, 0x71, 0x2f];

impl Draw<'_, '_> {
    /// Classes about the account's own calldata.
    pub fn in_bytes(&mut self, class: Class) -> Option<Vec<u8>> {
        let calls = self.many();
        match self.in_batch(class, &calls) {
            Some(list) => Some(tricks::execute(MANY, &list.encode())),
            None => self.in_execution(class, &calls),
        }
    }

    fn in_batch(&mut self, class: Class, calls: &[Call]) -> Option<List> {
        let mut list = List::of(calls);
        match class {
            Class::BatchOfOne => list = List::of(&calls[..1]),
            Class::BatchOfNone => list = List::of(&[]),
            Class::ListMoved => list.gap = vec![0; 32 * (1 + self.rng.index(3))],
            Class::ListPastTheEnd => {
                let far = [U256::from(1_u64 << 20), U256::MAX >> 1, U256::MAX - U256::from(31)];
                list.start = Some(*self.rng.pick(&far));
            }
            Class::ListTooLong => list.count = Some(1 + u64::try_from(calls.len()).expect("a length")),
            Class::ItemsBehind => {
                let mut calls = calls.to_vec();
                if let Some(bad) = self.bad_call()
                    && self.rng.once_in(2)
                {
                    calls[0] = bad;
                }
                list = List::behind(&calls);
            }
            Class::ItemsShared => list = List::shared(&calls[0], 2 + self.rng.index(4)),
            Class::DataBehind => {
                // The second item's data is the first one's.
                let first = tricks::item(&calls[0]).len();
                let back = U256::ZERO.wrapping_sub(U256::from(first - 96));
                tricks::put(&mut list.items, first + 64, back);
            }
            _ => return None,
        }
        Some(list)
    }

    fn in_execution(&mut self, class: Class, calls: &[Call]) -> Option<Vec<u8>> {
        let call = &calls[0];
        let mut data = tricks::execute(SINGLE, &tricks::single(call));
        match class {
            Class::Delegatecall => data = tricks::execute([0xff, 0], &tricks::delegated(call)),
            Class::StaticCall => data[4] = 0xfe,
            Class::UnknownCallType => data[4] = 2 + self.rng.bytes::<1>()[0] % 0xf0,
            Class::TryMode if self.rng.once_in(2) => {
                data = tricks::execute([1, 1], &List::of(calls).encode());
            }
            Class::TryMode => data[5] = 1,
            Class::ModeBits => data[6 + self.rng.index(30)] = 1,
            Class::OtherOuterFunction => match self.rng.below(3) {
                0 => data = [EXECUTE_USER_OP.as_slice(), &data].concat(),
                1 => data[..4].copy_from_slice(&self.rng.bytes::<4>()),
                _ => data = call.data.to_vec(),
            },
            Class::CutOuter => data.truncate(self.rng.index(data.len())),
            Class::ExecutionMoved => {
                tricks::put(&mut data, 36, U256::from(96));
                drop(data.splice(68..68, tricks::word(7)));
            }
            Class::ExecutionTooLong => {
                let length = tricks::single(call).len() + 1 + self.rng.index(300);
                tricks::put(&mut data, 68, U256::from(length));
            }
            _ => return None,
        }
        Some(data)
    }
}
