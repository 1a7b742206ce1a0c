//! Encoding where the shape is known when the code is written: heads in order, tails behind them.

use alloy_primitives::{Address, B256, U256};

use super::WORD;
use super::encode::counted_bytes;

/// Builds the encoding of one tuple (or argument list). The number of head words is fixed by [`Tuple::new`]; writing another
/// number is a bug that the protocol vectors would show.
pub(crate) struct Tuple {
    head: Vec<u8>,
    tail: Vec<u8>,
    head_size: usize,
}

impl Tuple {
    /// A tuple with `words` head words: static words and offsets together.
    pub(crate) fn new(words: usize) -> Self {
        let head_size = words.saturating_mul(WORD);
        Self { head: Vec::with_capacity(head_size), tail: Vec::new(), head_size }
    }

    /// A static word.
    pub(crate) fn word(mut self, word: impl Into<B256>) -> Self {
        self.head.extend_from_slice(word.into().as_slice());
        self
    }

    /// A dynamic `bytes` or `string`.
    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.offset();
        counted_bytes(bytes, &mut self.tail);
        self
    }

    /// A dynamic value in its finished encoding (what stands at its offset).
    pub(crate) fn dynamic(mut self, encoded: &[u8]) -> Self {
        self.offset();
        self.tail.extend_from_slice(encoded);
        self
    }

    fn offset(&mut self) {
        let offset = self.head_size.saturating_add(self.tail.len());
        self.head.extend_from_slice(&U256::from(offset).to_be_bytes::<WORD>());
    }

    /// The encoding.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        debug_assert_eq!(self.head.len(), self.head_size, "another number of head words than announced");
        self.head.append(&mut self.tail);
        self.head
    }
}

/// `T[]` of dynamic items in their finished encodings: length, offsets, items.
pub(crate) fn array<Item: AsRef<[u8]>>(items: impl ExactSizeIterator<Item = Item>) -> Vec<u8> {
    let length = items.len();
    let tuple = items.fold(Tuple::new(length), |tuple, item| tuple.dynamic(item.as_ref()));
    [U256::from(length).to_be_bytes::<WORD>().as_slice(), &tuple.finish()].concat()
}

/// `T[]` of items of one word each: length, items.
pub(crate) fn words(items: impl ExactSizeIterator<Item = B256>) -> Vec<u8> {
    let length: B256 = U256::from(items.len()).into();
    std::iter::once(length).chain(items).flatten().collect()
}

/// `abi(bytes[])`: a list of byte strings as an argument list of its own.
pub(crate) fn bytes_list<Item: AsRef<[u8]>>(items: impl ExactSizeIterator<Item = Item>) -> Vec<u8> {
    let items = items.map(|item| {
        let mut encoded = Vec::new();
        counted_bytes(item.as_ref(), &mut encoded);
        encoded
    });
    Tuple::new(1).dynamic(&array(items)).finish()
}

/// An address as a word.
pub(crate) fn word_address(address: Address) -> B256 {
    address.into_word()
}

/// A number as a word.
pub(crate) fn word_u64(number: u64) -> B256 {
    U256::from(number).into()
}
