//! Ranges of numbers: what the order conditions have in common.

use std::cmp::Ordering;

use alloy_primitives::{I256, U256};

use super::Condition;
use super::condition::value_order;
use crate::abi::{Kind, Type, Value, last_uint};

/// The numbers from `least` to `most`; a side without bound reaches to the end of the type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range<'a> {
    least: Option<&'a Value>,
    most: Option<&'a Value>,
}

impl<'a> Range<'a> {
    /// The range of an order condition or of a single number.
    pub(super) const fn of(condition: &'a Condition) -> Option<Self> {
        Some(match condition {
            Condition::LessOrEqual(most) => Self { least: None, most: Some(most) },
            Condition::GreaterOrEqual(least) => Self { least: Some(least), most: None },
            Condition::Between(least, most) => Self { least: Some(least), most: Some(most) },
            Condition::Equal(number @ (Value::Uint(_) | Value::Int(_))) => {
                Self { least: Some(number), most: Some(number) }
            }
            _ => return None,
        })
    }

    /// One of its ends: every range has one.
    pub(super) fn some_end(&self) -> &'a Value {
        const NONE: &Value = &Value::Bool(false);
        self.least.or(self.most).unwrap_or(NONE)
    }

    pub(super) fn contains(&self, value: &Value) -> bool {
        is_number(value, self.some_end())
            && self.least.is_none_or(|least| value_order(least, value) != Ordering::Greater)
            && self.most.is_none_or(|most| value_order(value, most) != Ordering::Greater)
    }

    pub(super) fn covers(&self, other: &Self) -> bool {
        let least = match (self.least, other.least) {
            (None, _) => true,
            (Some(own), Some(other)) => value_order(own, other) != Ordering::Greater,
            (Some(_), None) => false,
        };
        let most = match (self.most, other.most) {
            (None, _) => true,
            (Some(own), Some(other)) => value_order(other, own) != Ordering::Greater,
            (Some(_), None) => false,
        };
        is_number(self.some_end(), other.some_end()) && least && most
    }

    /// The one range of both, when they overlap or touch and the result still has an end.
    pub(super) fn union(&self, other: &Self) -> Option<Self> {
        let meets = |low: &Self, high: &Self| match (low.most, high.least) {
            (Some(most), Some(least)) => {
                value_order(least, most) != Ordering::Greater
                    || successor(most).is_some_and(|next| next == *least)
            }
            _ => true,
        };
        if !is_number(self.some_end(), other.some_end()) || !meets(self, other) || !meets(other, self) {
            return None;
        }
        let further = |own: Option<&'a Value>, other: Option<&'a Value>, keep: Ordering| {
            let (own, other) = (own?, other?);
            Some(if value_order(own, other) == keep { own } else { other })
        };
        let least = further(self.least, other.least, Ordering::Less);
        let most = further(self.most, other.most, Ordering::Greater);
        (least.is_some() || most.is_some()).then_some(Self { least, most })
    }

    /// The condition for this range.
    pub(super) fn condition(self) -> Condition {
        match (self.least, self.most) {
            (None, None) => Condition::Any,
            (None, Some(most)) => Condition::LessOrEqual(most.clone()),
            (Some(least), None) => Condition::GreaterOrEqual(least.clone()),
            (Some(least), Some(most)) => Condition::Between(least.clone(), most.clone()),
        }
    }
}

/// The least and the largest number of an integer type.
fn ends(ty: &Type) -> Option<(Value, Value)> {
    match ty.kind() {
        Kind::Uint(bits) => Some((Value::Uint(U256::ZERO), Value::Uint(last_uint(*bits)))),
        Kind::Int(bits) => {
            let last = I256::from_raw(last_uint(bits.saturating_sub(1)));
            Some((Value::Int(!last), Value::Int(last)))
        }
        _ => None,
    }
}

impl Condition {
    /// The first and the last number of an order condition on a type; none of another condition.
    pub(crate) fn first_and_last(&self, ty: &Type) -> Option<(Value, Value)> {
        let (first, last) = ends(ty)?;
        let range = match self {
            Self::LessOrEqual(_) | Self::GreaterOrEqual(_) | Self::Between(..) => Range::of(self)?,
            _ => return None,
        };
        Some((range.least.cloned().unwrap_or(first), range.most.cloned().unwrap_or(last)))
    }

    /// The numbers of a type from one to another, in the form that is the same however they were said; none where there are none.
    pub(crate) fn from_to(ty: &Type, least: Value, most: Value) -> Option<Self> {
        let (first, last) = ends(ty)?;
        match value_order(&least, &most) {
            Ordering::Greater => None,
            _ if least == first => Some(Self::LessOrEqual(most)),
            _ if most == last => Some(Self::GreaterOrEqual(least)),
            _ => Self::between(least, most),
        }
    }

    /// One of the forms that mean the same for a type.
    pub(crate) fn normal(&self, ty: &Type) -> Self {
        match (self, self.first_and_last(ty)) {
            (Self::NotEqual(Value::Bool(unwanted)), _) => Self::Equal(Value::Bool(!unwanted)),
            (_, Some((least, most))) => Self::from_to(ty, least, most).unwrap_or_else(|| self.clone()),
            _ => self.clone(),
        }
    }
}

/// Whether both are numbers of one kind.
const fn is_number(a: &Value, b: &Value) -> bool {
    matches!((a, b), (Value::Uint(_), Value::Uint(_)) | (Value::Int(_), Value::Int(_)))
}

/// The next number, unless there is none.
pub(super) fn successor(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Uint(number) => Value::Uint(number.checked_add(U256::ONE)?),
        Value::Int(number) => Value::Int(number.checked_add(I256::ONE)?),
        _ => return None,
    })
}

/// The number before, unless there is none.
pub(super) fn predecessor(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Uint(number) => Value::Uint(number.checked_sub(U256::ONE)?),
        Value::Int(number) => Value::Int(number.checked_sub(I256::ONE)?),
        _ => return None,
    })
}
