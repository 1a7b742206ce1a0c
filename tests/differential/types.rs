//! ABI types as this test sees them: their place in the head, their words and their neighbours, worked out
//! apart from the package.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, I256, U256, hex};
use hallpass::abi::Value;
use serde_json::Value as Json;

use super::rng::Rng;

/// A value of one word is its word here, whatever its type: numbers as they are, `bytesN` from the left.
pub type Words = BTreeMap<usize, U256>;

#[derive(Clone, Debug)]
pub enum Ty {
    Uint(usize),
    Int(usize),
    Address,
    Bool,
    FixedBytes(usize),
    Bytes,
    Text,
    List(Box<Self>),
    Fixed(Box<Self>, usize),
    Tuple(Vec<Self>),
}

impl Ty {
    pub fn name(&self) -> String {
        match self {
            Self::Uint(bits) => format!("uint{bits}"),
            Self::Int(bits) => format!("int{bits}"),
            Self::Address => "address".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::FixedBytes(length) => format!("bytes{length}"),
            Self::Bytes => "bytes".to_owned(),
            Self::Text => "string".to_owned(),
            Self::List(item) => format!("{}[]", item.name()),
            Self::Fixed(item, length) => format!("{}[{length}]", item.name()),
            Self::Tuple(members) => {
                format!("({})", members.iter().map(Self::name).collect::<Vec<_>>().join(","))
            }
        }
    }

    pub fn is_dynamic(&self) -> bool {
        match self {
            Self::Bytes | Self::Text | Self::List(_) => true,
            Self::Fixed(item, _) => item.is_dynamic(),
            Self::Tuple(members) => members.iter().any(Self::is_dynamic),
            _ => false,
        }
    }

    /// Bytes in the head.
    pub fn head(&self) -> usize {
        match self {
            _ if self.is_dynamic() => 32,
            Self::Fixed(item, length) => item.head() * length,
            Self::Tuple(members) => members.iter().map(Self::head).sum(),
            _ => 32,
        }
    }

    /// Members of a static tuple or items of a fixed array; none for a single word.
    pub fn members(&self) -> Vec<&Self> {
        match self {
            Self::Fixed(item, length) => vec![item.as_ref(); *length],
            Self::Tuple(members) => members.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Any clean word of a single-word type; small ones and the ends often.
    pub fn word(&self, rng: &mut Rng) -> U256 {
        let raw = match rng.below(8) {
            0 => U256::ZERO,
            1 => U256::MAX,
            2 | 3 => U256::from(rng.below(300)),
            _ => rng.word(),
        };
        match self {
            Self::Int(bits) => I256::from_raw(raw << (256 - bits)).asr(256 - bits).into_raw(),
            Self::FixedBytes(length) => raw << (256 - 8 * length),
            _ => raw & self.most(),
        }
    }

    /// Order of two words of this type.
    pub fn compare(&self, a: U256, b: U256) -> Ordering {
        match self {
            Self::Int(_) => I256::from_raw(a).cmp(&I256::from_raw(b)),
            _ => a.cmp(&b),
        }
    }

    pub fn most(&self) -> U256 {
        match self {
            Self::Uint(bits) => U256::MAX >> (256 - bits),
            Self::Int(bits) => U256::MAX >> (257 - bits),
            Self::Address => U256::MAX >> 96,
            Self::Bool => U256::ONE,
            Self::FixedBytes(length) => U256::MAX << (256 - 8 * length),
            _ => U256::ZERO,
        }
    }

    pub fn least(&self) -> U256 {
        match self {
            Self::Int(_) => !self.most(),
            _ => U256::ZERO,
        }
    }

    fn step(&self) -> U256 {
        match self {
            Self::FixedBytes(length) => U256::ONE << (256 - 8 * length),
            _ => U256::ONE,
        }
    }

    /// The next word of the type, if there is one.
    pub fn above(&self, word: U256) -> Option<U256> {
        (word != self.most()).then(|| word.wrapping_add(self.step()))
    }

    /// The word before, if there is one.
    pub fn below(&self, word: U256) -> Option<U256> {
        (word != self.least()).then(|| word.wrapping_sub(self.step()))
    }

    /// The same word with a bit set that no value of the type has; `None` where every word is a value.
    pub fn soiled(&self, word: U256, rng: &mut Rng) -> Option<U256> {
        let free = match self {
            Self::Uint(bits) | Self::Int(bits) => *bits..256,
            Self::Address => 160..256,
            Self::Bool => 1..256,
            Self::FixedBytes(length) => 0..256 - 8 * length,
            _ => return None,
        };
        if free.is_empty() {
            return None;
        }
        let bit = free.start + rng.index(free.len());
        Some(word ^ (U256::ONE << bit))
    }

    /// A word as a scope writes it.
    pub fn json(&self, word: U256) -> Json {
        match self {
            Self::Bool => Json::Bool(!word.is_zero()),
            Self::Int(_) => Json::String(I256::from_raw(word).to_string()),
            Self::Address => Json::String(Address::from_word(B256::from(word)).to_string()),
            Self::FixedBytes(length) => {
                Json::String(hex::encode_prefixed(&word.to_be_bytes::<32>()[..*length]))
            }
            _ => Json::String(word.to_string()),
        }
    }

    /// A value whose words at these places in the head are given; everything else is random.
    pub fn value(&self, place: usize, words: &Words, rng: &mut Rng) -> Value {
        let word = match words.get(&place) {
            Some(word) if self.is_word() => *word,
            _ if self.is_word() => self.word(rng),
            _ => U256::ZERO,
        };
        match self {
            Self::Uint(_) => Value::Uint(word),
            Self::Int(_) => Value::Int(I256::from_raw(word)),
            Self::Address => Value::Address(Address::from_word(B256::from(word))),
            Self::Bool => Value::Bool(!word.is_zero()),
            Self::FixedBytes(_) => Value::FixedBytes(B256::from(word)),
            Self::Bytes => Value::Bytes(Bytes::from(random_bytes(rng))),
            Self::Text => Value::String("note".repeat(rng.index(20))),
            Self::List(item) => {
                Value::Array((0..rng.below(4)).map(|_| item.value(0, &Words::new(), rng)).collect())
            }
            Self::Fixed(..) => Value::Array(self.member_values(place, words, rng)),
            Self::Tuple(_) => Value::Tuple(self.member_values(place, words, rng)),
        }
    }

    const fn is_word(&self) -> bool {
        matches!(self, Self::Uint(_) | Self::Int(_) | Self::Address | Self::Bool | Self::FixedBytes(_))
    }

    /// A dynamic composite stands in the tail, where no place in the head is its own.
    fn member_values(&self, mut place: usize, words: &Words, rng: &mut Rng) -> Vec<Value> {
        let none = Words::new();
        let words = if self.is_dynamic() { &none } else { words };
        let mut values = Vec::new();
        for member in self.members() {
            values.push(member.value(place, words, rng));
            place += member.head();
        }
        values
    }
}

fn random_bytes(rng: &mut Rng) -> Vec<u8> {
    let length = rng.index(70);
    rng.bytes::<70>()[..length].to_vec()
}
