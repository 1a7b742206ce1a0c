//! Conditions as this test understands them, on words, and their boundaries.

use std::cmp::Ordering;

use alloy_primitives::{Address, U256};
use serde_json::{Value as Json, json};

use super::rng::Rng;
use super::types::Ty;

/// Kinds of conditions, for counting which were tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
    Between,
    OneOf,
    SelfAccount,
    /// Any of the others, on a member of a tuple or an item of a fixed array.
    Member,
}

impl Kind {
    pub const ALL: [Self; 10] = [
        Self::Equal,
        Self::NotEqual,
        Self::Less,
        Self::AtMost,
        Self::More,
        Self::AtLeast,
        Self::Between,
        Self::OneOf,
        Self::SelfAccount,
        Self::Member,
    ];
}

#[derive(Clone, Debug)]
pub enum Cond {
    Any,
    SelfAccount,
    Equal(U256),
    NotEqual(U256),
    Less(U256),
    AtMost(U256),
    More(U256),
    AtLeast(U256),
    Between(U256, U256),
    OneOf(Vec<U256>),
    Members(Vec<Self>),
}

impl Cond {
    /// `None` for no condition, and for a list of conditions.
    pub const fn kind(&self) -> Option<Kind> {
        Some(match self {
            Self::Any | Self::Members(_) => return None,
            Self::SelfAccount => Kind::SelfAccount,
            Self::Equal(_) => Kind::Equal,
            Self::NotEqual(_) => Kind::NotEqual,
            Self::Less(_) => Kind::Less,
            Self::AtMost(_) => Kind::AtMost,
            Self::More(_) => Kind::More,
            Self::AtLeast(_) => Kind::AtLeast,
            Self::Between(..) => Kind::Between,
            Self::OneOf(_) => Kind::OneOf,
        })
    }

    /// Whether a word meets the condition on a single word.
    pub fn holds(&self, ty: &Ty, word: U256, account: Address) -> bool {
        let compared = |bound: &U256| ty.compare(word, *bound);
        match self {
            Self::Any | Self::Members(_) => true,
            Self::SelfAccount => word == of_address(account),
            Self::Equal(wanted) => word == *wanted,
            Self::NotEqual(unwanted) => word != *unwanted,
            Self::Less(bound) => compared(bound) == Ordering::Less,
            Self::AtMost(bound) => compared(bound) != Ordering::Greater,
            Self::More(bound) => compared(bound) == Ordering::Greater,
            Self::AtLeast(bound) => compared(bound) != Ordering::Less,
            Self::Between(least, most) => {
                compared(least) != Ordering::Less && compared(most) != Ordering::Greater
            }
            Self::OneOf(values) => values.contains(&word),
        }
    }

    /// Every number in the condition, the one below it and the one above it.
    pub fn edges(&self, ty: &Ty, account: Address) -> Vec<U256> {
        let numbers = match self {
            Self::Any | Self::Members(_) => Vec::new(),
            Self::SelfAccount => vec![of_address(account)],
            Self::Equal(number)
            | Self::NotEqual(number)
            | Self::Less(number)
            | Self::AtMost(number)
            | Self::More(number)
            | Self::AtLeast(number) => vec![*number],
            Self::Between(least, most) => vec![*least, *most],
            Self::OneOf(values) => values.clone(),
        };
        let around = |number: U256| [Some(number), ty.below(number), ty.above(number)];
        numbers.into_iter().flat_map(around).flatten().collect()
    }

    /// A word that meets the condition: away from its boundaries where that is quickly found.
    pub fn satisfying(&self, ty: &Ty, rng: &mut Rng, account: Address) -> U256 {
        for _ in 0..4 {
            let word = ty.word(rng);
            if self.holds(ty, word, account) {
                return word;
            }
        }
        let edges = self.edges(ty, account).into_iter().filter(|word| self.holds(ty, *word, account));
        let edges: Vec<U256> = edges.collect();
        *rng.pick(&edges)
    }

    pub fn json(&self, ty: &Ty, rng: &mut Rng) -> Json {
        match self {
            Self::Any => json!({ "any": true }),
            Self::SelfAccount => json!({ "self": true }),
            // A bare value is short for this.
            Self::Equal(word) if rng.once_in(2) => ty.json(*word),
            Self::Equal(word) => json!({ "eq": ty.json(*word) }),
            Self::NotEqual(word) => json!({ "neq": ty.json(*word) }),
            Self::Less(word) => json!({ "lt": ty.json(*word) }),
            Self::AtMost(word) => json!({ "lte": ty.json(*word) }),
            Self::More(word) => json!({ "gt": ty.json(*word) }),
            Self::AtLeast(word) => json!({ "gte": ty.json(*word) }),
            Self::Between(least, most) => json!({ "between": [ty.json(*least), ty.json(*most)] }),
            Self::OneOf(words) => {
                json!({ "oneOf": words.iter().map(|word| ty.json(*word)).collect::<Vec<_>>() })
            }
            Self::Members(conditions) => {
                let members = ty.members();
                let list = conditions.iter().zip(members).map(|(condition, ty)| condition.json(ty, rng));
                let list: Vec<Json> = list.collect();
                if rng.once_in(2) { Json::Array(list) } else { json!({ "members": list }) }
            }
        }
    }

    /// A random condition on a type: on the members of a composite, and none on what has a tail.
    pub fn random(ty: &Ty, rng: &mut Rng) -> Self {
        if ty.is_dynamic() || rng.once_in(4) {
            return Self::Any;
        }
        let members = ty.members();
        if !members.is_empty() {
            return Self::Members(members.into_iter().map(|ty| Self::random(ty, rng)).collect());
        }
        let word = ty.word(rng);
        match (ty, rng.below(8)) {
            (Ty::Address, 0..=2) => Self::SelfAccount,
            (Ty::Uint(_) | Ty::Int(_), 0) if word != ty.least() => Self::Less(word),
            (Ty::Uint(_) | Ty::Int(_), 1) => Self::AtMost(word),
            (Ty::Uint(_) | Ty::Int(_), 2) if word != ty.most() => Self::More(word),
            (Ty::Uint(_) | Ty::Int(_), 3) => Self::AtLeast(word),
            (Ty::Uint(_) | Ty::Int(_), 4) => {
                let other = ty.word(rng);
                match ty.compare(word, other) {
                    Ordering::Greater => Self::Between(other, word),
                    _ => Self::Between(word, other),
                }
            }
            (_, 5) => Self::OneOf((0..rng.between(1, 6)).map(|_| ty.word(rng)).collect()),
            (_, 6) => Self::NotEqual(word),
            _ => Self::Equal(word),
        }
    }
}

/// The word of an address.
pub fn of_address(address: Address) -> U256 {
    U256::from_be_slice(address.as_slice())
}
