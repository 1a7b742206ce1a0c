//! A scope as this test means it: what the generator drew, before the package read it.

use alloy_primitives::{Address, U256};
use hallpass::abi::Function;
use hallpass::protocol::Call;
use serde_json::{Map, Value as Json, json};

use super::conditions::Cond;
use super::rng::Rng;
use super::types::{Ty, Words};

#[derive(Debug)]
pub struct Model {
    /// In the order of `json`: paths name places among them.
    pub rules: Vec<RuleModel>,
    pub operations: Option<u64>,
    /// Seconds between operations.
    pub every: Option<u64>,
    pub max_fee: Option<u128>,
    pub gas_total: u128,
    pub payer: PayerRule,
    pub json: Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayerRule {
    Nobody,
    Anybody,
    Only(Address),
}

#[derive(Clone, Debug)]
pub struct RuleModel {
    pub to: Address,
    /// `None` for plain transfers.
    pub function: Option<Function>,
    pub args: Vec<(Ty, Cond)>,
    pub max_value: U256,
}

/// A single word in the head with its condition.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Below `args`: `[1][0]`.
    pub path: String,
    /// Bytes after the selector.
    pub place: usize,
    pub ty: Ty,
    pub condition: Cond,
    pub is_member: bool,
}

impl RuleModel {
    /// Zero for a plain transfer, as the call policy sees it.
    pub fn selector(&self) -> [u8; 4] {
        self.function.as_ref().map_or([0; 4], |function| function.selector().0)
    }

    /// Every word of the head that is a value of its own.
    pub fn leaves(&self) -> Vec<Leaf> {
        let mut found = Vec::new();
        let mut place = 0;
        for (index, (ty, condition)) in self.args.iter().enumerate() {
            if !ty.is_dynamic() {
                descend((ty, condition), format!("[{index}]"), place, false, &mut found);
            }
            place += ty.head();
        }
        found
    }

    /// Places in the head that hold the offset of a tail.
    pub fn tails(&self) -> Vec<usize> {
        let mut place = 0;
        let mut found = Vec::new();
        for (ty, _) in &self.args {
            if ty.is_dynamic() {
                found.push(place);
            }
            place += ty.head();
        }
        found
    }

    pub fn head(&self) -> usize {
        self.args.iter().map(|(ty, _)| ty.head()).sum()
    }

    /// A word for every leaf that meets its condition.
    pub fn satisfying(&self, rng: &mut Rng, account: Address) -> Words {
        let word = |leaf: Leaf| (leaf.place, leaf.condition.satisfying(&leaf.ty, rng, account));
        self.leaves().into_iter().map(word).collect()
    }

    /// Canonical calldata with these words in the head.
    pub fn calldata(&self, words: &Words, rng: &mut Rng) -> Vec<u8> {
        let Some(function) = &self.function else { return Vec::new() };
        let mut place = 0;
        let mut values = Vec::new();
        for (ty, _) in &self.args {
            values.push(ty.value(place, words, rng));
            place += ty.head();
        }
        function.encode_call(&values).expect("values of their types")
    }

    /// A call with these words in the head, and value within the limit.
    pub fn call(&self, words: &Words, rng: &mut Rng) -> Call {
        let value = match rng.below(3) {
            0 => U256::ZERO,
            1 => self.max_value,
            _ => rng.word() % (self.max_value + U256::ONE),
        };
        Call { to: self.to, value, data: self.calldata(words, rng).into() }
    }

    pub fn json(&self, rng: &mut Rng) -> Json {
        let mut object = Map::new();
        object.insert("to".to_owned(), json!(self.to.to_string()));
        match &self.function {
            None => {
                object.insert("plainTransfer".to_owned(), Json::Bool(true));
            }
            Some(function) => {
                object.insert("function".to_owned(), json!(function.declaration()));
                let args: Vec<Json> =
                    self.args.iter().map(|(ty, condition)| condition.json(ty, rng)).collect();
                let all_free = self.args.iter().all(|(_, condition)| matches!(condition, Cond::Any));
                if !all_free || rng.once_in(2) {
                    object.insert("args".to_owned(), Json::Array(args));
                }
            }
        }
        if !self.max_value.is_zero() {
            object.insert("value".to_owned(), json!({ "max": self.max_value.to_string() }));
        }
        Json::Object(object)
    }
}

fn descend(
    (ty, condition): (&Ty, &Cond),
    path: String,
    place: usize,
    is_member: bool,
    found: &mut Vec<Leaf>,
) {
    let members = ty.members();
    if members.is_empty() {
        found.push(Leaf { path, place, ty: ty.clone(), condition: condition.clone(), is_member });
        return;
    }
    let mut place = place;
    for (index, member) in members.into_iter().enumerate() {
        let condition = match condition {
            Cond::Members(conditions) => &conditions[index],
            _ => &Cond::Any,
        };
        descend((member, condition), format!("{path}[{index}]"), place, true, found);
        place += member.head();
    }
}
