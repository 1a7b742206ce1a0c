//! Conditions on one argument, what they mean for a value, and when one implies another.

use std::cmp::Ordering;

use alloy_primitives::{Address, Bytes};

use super::range::{Range, predecessor, successor};
use crate::abi::{Kind, Type, Value};
use crate::order::sort_by;

/// What a value must be. Numbers compare by their type, signed as signed; conditions on the members of a static tuple or fixed array
/// are conditions of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// Any value of its type.
    Any,
    /// The account that acts.
    SelfAccount,
    /// This value.
    Equal(Value),
    /// Any value but this.
    NotEqual(Value),
    /// This number or less.
    LessOrEqual(Value),
    /// This number or more.
    GreaterOrEqual(Value),
    /// A number from the first to the second, both included.
    Between(Value, Value),
    /// One of these values, in order and without repetition.
    OneOf(Vec<Value>),
    /// `bytes` or `string` that begin with these bytes.
    StartsWith(Bytes),
    /// A condition for each member of a static tuple, or item of a fixed array, in order; never [`Condition::Any`] for all.
    Members(Vec<Self>),
}

impl Condition {
    /// Whether a decoded value meets the condition, when `account` acts. A value of another type never does.
    #[must_use]
    pub fn holds(&self, value: &Value, account: Address) -> bool {
        match (self, value) {
            (Self::Any, _) => true,
            (Self::SelfAccount, Value::Address(address)) => *address == account,
            (Self::Equal(wanted), value) => value == wanted,
            (Self::NotEqual(unwanted), value) => same_kind(value, unwanted) && value != unwanted,
            (Self::OneOf(values), value) => values.contains(value),
            (Self::LessOrEqual(_) | Self::GreaterOrEqual(_) | Self::Between(..), value) => {
                Range::of(self).is_some_and(|range| range.contains(value))
            }
            (Self::StartsWith(start), Value::Bytes(bytes)) => bytes.starts_with(start),
            (Self::StartsWith(start), Value::String(text)) => text.as_bytes().starts_with(start),
            (Self::Members(conditions), Value::Tuple(values) | Value::Array(values)) => {
                conditions.len() == values.len()
                    && conditions.iter().zip(values).all(|(condition, value)| condition.holds(value, account))
            }
            _ => false,
        }
    }

    /// Whether every value that meets `narrower` meets this one, whatever the account is. May say no where the answer is yes, never
    /// the reverse.
    #[must_use]
    pub fn covers(&self, narrower: &Self) -> bool {
        match (self, narrower) {
            (Self::Any, _) => true,
            (own, other) if own == other => true,
            (_, Self::Equal(value)) => self.holds_for_every_account(value),
            (_, Self::OneOf(values)) => {
                !values.is_empty() && values.iter().all(|value| self.holds_for_every_account(value))
            }
            (Self::NotEqual(unwanted), other) => Range::of(other)
                .is_some_and(|range| same_kind(range.some_end(), unwanted) && !range.contains(unwanted)),
            (Self::StartsWith(short), Self::StartsWith(long)) => long.starts_with(short),
            (Self::Members(own), Self::Members(other)) => {
                own.len() == other.len() && own.iter().zip(other).all(|(own, other)| own.covers(other))
            }
            _ => match (Range::of(self), Range::of(narrower)) {
                (Some(own), Some(other)) => own.covers(&other),
                _ => false,
            },
        }
    }

    /// The one condition that holds where either does, if there is such a condition. [`Condition::SelfAccount`] is resolved first.
    #[must_use]
    pub(crate) fn union(&self, other: &Self) -> Option<Self> {
        if self.covers(other) {
            return Some(self.clone());
        }
        if other.covers(self) {
            return Some(other.clone());
        }
        if let (Some(own), Some(other)) = (self.listed(), other.listed()) {
            return Some(Self::one_of([own, other].concat()));
        }
        Range::of(self)?.union(&Range::of(other)?).map(Range::condition)
    }

    /// From one number to another; none where nothing is between them.
    pub(crate) fn between(least: Value, most: Value) -> Option<Self> {
        match value_order(&least, &most) {
            Ordering::Less => Some(Self::Between(least, most)),
            Ordering::Equal => Some(Self::Equal(least)),
            Ordering::Greater => None,
        }
    }

    /// Above a number; none where no number is.
    pub(crate) fn at_least_after(number: Value) -> Option<Self> {
        successor(&number).map(Self::GreaterOrEqual)
    }

    /// Below a number; none where no number is.
    pub(crate) fn at_most_before(number: Value) -> Option<Self> {
        predecessor(&number).map(Self::LessOrEqual)
    }

    /// Equal to one of these; a list of one is an equality.
    pub(crate) fn one_of(mut values: Vec<Value>) -> Self {
        sort_by(&mut values, value_order);
        values.dedup();
        match values.len() {
            1 => values.pop().map_or(Self::Any, Self::Equal),
            _ => Self::OneOf(values),
        }
    }

    /// Conditions of members as one condition.
    pub(crate) fn members(conditions: Vec<Self>) -> Self {
        match conditions.iter().all(|condition| *condition == Self::Any) {
            true => Self::Any,
            false => Self::Members(conditions),
        }
    }

    /// The same condition for one account.
    #[must_use]
    pub(crate) fn resolved(&self, account: Address) -> Self {
        match self {
            Self::SelfAccount => Self::Equal(Value::Address(account)),
            Self::Members(members) => {
                Self::Members(members.iter().map(|member| member.resolved(account)).collect())
            }
            other => other.clone(),
        }
    }

    /// Whether the values that pass are fixed by name.
    pub(crate) const fn is_fixed(&self) -> bool {
        matches!(self, Self::SelfAccount | Self::Equal(_) | Self::OneOf(_))
    }

    /// Whether a number that passes has a bound above.
    pub(crate) const fn is_capped(&self) -> bool {
        matches!(self, Self::Equal(_) | Self::OneOf(_) | Self::LessOrEqual(_) | Self::Between(..))
    }

    /// The values of an equality or list.
    pub(crate) fn listed(&self) -> Option<&[Value]> {
        match self {
            Self::Equal(value) => Some(std::slice::from_ref(value)),
            Self::OneOf(values) => Some(values),
            _ => None,
        }
    }

    fn holds_for_every_account(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::SelfAccount, _) => false,
            (Self::Members(conditions), Value::Tuple(values) | Value::Array(values)) => {
                conditions.len() == values.len()
                    && conditions.iter().zip(values).all(|(own, value)| own.holds_for_every_account(value))
            }
            _ => self.holds(value, Address::ZERO),
        }
    }
}

/// Whether values are of one kind: of different kinds are neither equal nor unequal.
fn same_kind(a: &Value, b: &Value) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

/// Order of values of one type; numbers by their sign and size.
pub(super) fn value_order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Uint(a), Value::Uint(b)) => a.cmp(b),
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Address(a), Value::Address(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::FixedBytes(a), Value::FixedBytes(b)) => a.cmp(b),
        (Value::Bytes(a), Value::Bytes(b)) => a.cmp(b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

/// An order in which lists of conditions that may be one stand side by side: ranges by their ends, then lists.
pub(crate) fn condition_order(a: &[Condition], b: &[Condition]) -> Ordering {
    let mut orders = a.iter().zip(b).map(|(a, b)| match (a, b) {
        (Condition::Members(a), Condition::Members(b)) => condition_order(a, b),
        _ => order_of(a, b),
    });
    orders.find(|order| *order != Ordering::Equal).unwrap_or(Ordering::Equal)
}

fn order_of(a: &Condition, b: &Condition) -> Ordering {
    let rank = |condition: &Condition| match condition {
        Condition::Any | Condition::SelfAccount | Condition::Members(_) => 0_u8,
        Condition::LessOrEqual(_) => 1,
        Condition::Between(..) => 2,
        Condition::GreaterOrEqual(_) => 3,
        Condition::Equal(_) | Condition::OneOf(_) => 4,
        Condition::NotEqual(_) => 5,
        Condition::StartsWith(_) => 6,
    };
    let each = |a: &[Value], b: &[Value]| {
        let mut orders = a.iter().zip(b).map(|(a, b)| value_order(a, b));
        orders.find(|order| *order != Ordering::Equal).unwrap_or_else(|| a.len().cmp(&b.len()))
    };
    rank(a).cmp(&rank(b)).then_with(|| match (a, b) {
        (Condition::LessOrEqual(a), Condition::LessOrEqual(b))
        | (Condition::GreaterOrEqual(a), Condition::GreaterOrEqual(b))
        | (Condition::NotEqual(a), Condition::NotEqual(b)) => value_order(a, b),
        (Condition::Between(a, last), Condition::Between(b, other)) => {
            value_order(a, b).then_with(|| value_order(last, other))
        }
        (Condition::StartsWith(a), Condition::StartsWith(b)) => a.cmp(b),
        (a, b) => each(a.listed().unwrap_or_default(), b.listed().unwrap_or_default()),
    })
}

/// Whether a type is one word, compared as a whole.
pub(crate) const fn is_one_word(ty: &Type) -> bool {
    matches!(ty.kind(), Kind::Address | Kind::Bool | Kind::Uint(_) | Kind::Int(_) | Kind::FixedBytes(_))
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{I256, U256};

    use super::*;

    fn uint(number: u64) -> Value {
        Value::Uint(U256::from(number))
    }

    fn int(number: i64) -> Value {
        Value::Int(I256::try_from(number).unwrap())
    }

    fn most(number: u64) -> Condition {
        Condition::LessOrEqual(uint(number))
    }

    fn least(number: u64) -> Condition {
        Condition::GreaterOrEqual(uint(number))
    }

    #[test]
    fn conditions_hold_at_their_boundaries() {
        let account = Address::repeat_byte(7);
        let holds = |condition: &Condition, value: Value| condition.holds(&value, account);
        assert!(holds(&most(5), uint(5)) && !holds(&most(5), uint(6)));
        assert!(holds(&least(5), uint(5)) && !holds(&least(5), uint(4)));
        let between = Condition::Between(int(-2), int(3));
        assert!(holds(&between, int(-2)) && holds(&between, int(3)));
        assert!(!holds(&between, int(-3)) && !holds(&between, int(4)), "signed as signed");
        let list = Condition::OneOf(vec![uint(1), uint(3)]);
        assert!(holds(&list, uint(3)) && !holds(&list, uint(2)));
        assert!(
            holds(&Condition::NotEqual(uint(3)), uint(2)) && !holds(&Condition::NotEqual(uint(3)), uint(3))
        );
        assert!(
            !holds(&Condition::NotEqual(uint(3)), Value::Bool(true)),
            "another type is not merely unequal"
        );
        assert!(holds(&Condition::SelfAccount, Value::Address(account)));
        assert!(!holds(&Condition::SelfAccount, Value::Address(Address::ZERO)));
        assert!(
            !holds(&most(5), Value::Bool(true)) && !holds(&most(5), int(1)),
            "another type never meets an order"
        );
        let start = Condition::StartsWith(b"ab".to_vec().into());
        assert!(holds(&start, Value::String("abc".into())) && !holds(&start, Value::String("a".into())));
        assert!(holds(&start, Value::Bytes(b"ab".to_vec().into())) && !holds(&start, uint(1)));
        let members = Condition::Members(vec![most(5), Condition::Any]);
        assert!(holds(&members, Value::Tuple(vec![uint(5), uint(9)])));
        assert!(!holds(&members, Value::Tuple(vec![uint(6), uint(9)])));
        assert!(!holds(&members, Value::Tuple(vec![uint(5)])), "another number of members");
    }

    #[test]
    fn a_condition_covers_what_it_implies() {
        assert!(most(5).covers(&most(4)) && !most(4).covers(&most(5)));
        assert!(most(5).covers(&Condition::Between(uint(1), uint(5))));
        assert!(!most(5).covers(&Condition::Between(uint(1), uint(6))) && !most(5).covers(&least(1)));
        let between = |a, b| Condition::Between(uint(a), uint(b));
        assert!(between(1, 9).covers(&between(2, 5)) && between(1, 9).covers(&between(1, 8)));
        assert!(!between(3, 9).covers(&between(2, 5)) && !between(1, 4).covers(&between(2, 5)));
        assert!(
            least(1).covers(&between(2, 5))
                && !least(3).covers(&between(2, 5))
                && !between(1, 9).covers(&least(2))
        );
        assert!(most(5).covers(&Condition::OneOf(vec![uint(1), uint(5)])));
        assert!(!most(5).covers(&Condition::OneOf(vec![uint(1), uint(6)])));
        assert!(!most(5).covers(&Condition::Any) && Condition::Any.covers(&most(5)));
        assert!(Condition::OneOf(vec![uint(1), uint(2)]).covers(&Condition::Equal(uint(2))));
        let not = Condition::NotEqual(uint(7));
        assert!(not.covers(&most(6)) && not.covers(&least(8)) && !not.covers(&most(7)));
        assert!(!not.covers(&Condition::LessOrEqual(int(6))), "of another type");
        let own = Condition::SelfAccount;
        assert!(own.covers(&own) && !own.covers(&Condition::Equal(Value::Address(Address::ZERO))));
        let members = |a, b| Condition::Members(vec![a, b]);
        assert!(members(most(5), Condition::Any).covers(&members(most(4), own.clone())));
        assert!(!members(most(5), own.clone()).covers(&members(most(4), Condition::Any)));
        let start = |text: &str| Condition::StartsWith(text.as_bytes().to_vec().into());
        assert!(start("a").covers(&start("ab")) && !start("ab").covers(&start("a")));
    }

    #[test]
    fn members_of_another_number_are_never_covered() {
        let members = Condition::Members(vec![most(5), most(5)]);
        let tuple =
            |numbers: &[u64]| Condition::Equal(Value::Tuple(numbers.iter().map(|n| uint(*n)).collect()));
        assert!(members.covers(&tuple(&[5, 5])) && !members.covers(&tuple(&[5, 6])));
        assert!(!members.covers(&tuple(&[5])) && !members.covers(&tuple(&[5, 5, 5])));
        let own = Condition::Members(vec![Condition::SelfAccount]);
        assert!(!own.covers(&Condition::Equal(Value::Tuple(vec![Value::Address(Address::ZERO)]))));
    }

    #[test]
    fn lists_have_one_order() {
        let listed = |values: Vec<Value>| Condition::one_of(values);
        assert_eq!(
            listed(vec![Value::Bool(true), Value::Bool(false)]),
            Condition::OneOf(vec![Value::Bool(false), Value::Bool(true)])
        );
        assert_eq!(listed(vec![int(2), int(-1), int(2)]), Condition::OneOf(vec![int(-1), int(2)]));
        let text = |text: &str| Value::String(text.to_owned());
        assert_eq!(listed(vec![text("b"), text("a")]), Condition::OneOf(vec![text("a"), text("b")]));
        let bytes = |byte| Value::Bytes(vec![byte].into());
        assert_eq!(listed(vec![bytes(2), bytes(1)]), Condition::OneOf(vec![bytes(1), bytes(2)]));
        let address = |byte| Value::Address(Address::repeat_byte(byte));
        assert_eq!(listed(vec![address(2), address(1)]), Condition::OneOf(vec![address(1), address(2)]));
        let fixed = |byte| Value::FixedBytes(alloy_primitives::B256::repeat_byte(byte));
        assert_eq!(listed(vec![fixed(2), fixed(1)]), Condition::OneOf(vec![fixed(1), fixed(2)]));
        assert_eq!(listed(vec![uint(7)]), Condition::Equal(uint(7)));
    }

    #[test]
    fn what_fixes_and_what_caps() {
        let equal = Condition::Equal(uint(1));
        let list = Condition::OneOf(vec![uint(1), uint(2)]);
        let between = Condition::Between(uint(1), uint(2));
        assert!(equal.is_fixed() && list.is_fixed() && Condition::SelfAccount.is_fixed());
        assert!(!most(1).is_fixed() && !between.is_fixed() && !Condition::Any.is_fixed());
        assert!(equal.is_capped() && list.is_capped() && most(1).is_capped() && between.is_capped());
        assert!(
            !least(1).is_capped() && !Condition::Any.is_capped() && !Condition::NotEqual(uint(1)).is_capped()
        );
        assert_eq!(Condition::between(uint(2), uint(1)), None);
        assert_eq!(Condition::between(uint(2), uint(2)), Some(Condition::Equal(uint(2))));
        assert_eq!(Condition::at_least_after(Value::Uint(U256::MAX)), None);
        assert_eq!(Condition::at_most_before(int(-5)), Some(Condition::LessOrEqual(int(-6))));
        assert_eq!(Condition::members(vec![Condition::Any, Condition::Any]), Condition::Any);
    }

    #[test]
    fn unions_are_exact_or_none() {
        let equal = |number| Condition::Equal(uint(number));
        assert_eq!(equal(3).union(&equal(1)), Some(Condition::OneOf(vec![uint(1), uint(3)])));
        assert_eq!(most(5).union(&least(3)), None, "that would be every number, but not as a rule");
        assert_eq!(most(5).union(&Condition::Between(uint(6), uint(9))), Some(most(9)));
        assert_eq!(most(5).union(&Condition::Between(uint(7), uint(9))), None, "6 is in neither");
        assert_eq!(most(5).union(&equal(6)), Some(most(6)));
        assert_eq!(most(5).union(&equal(7)), None);
        assert_eq!(most(5).union(&Condition::Any), Some(Condition::Any));
        let between = |a, b| Condition::Between(uint(a), uint(b));
        assert_eq!(between(1, 5).union(&between(3, 9)), Some(between(1, 9)));
        assert_eq!(between(3, 9).union(&between(1, 5)), Some(between(1, 9)), "in either order");
        assert_eq!(between(1, 5).union(&least(4)), Some(least(1)));
        assert_eq!(between(1, 5).union(&Condition::LessOrEqual(int(9))), None, "of another type");
        assert_eq!(Condition::SelfAccount.union(&Condition::SelfAccount), Some(Condition::SelfAccount));
        let account = Address::repeat_byte(3);
        let members = Condition::Members(vec![Condition::SelfAccount, most(1)]);
        let own = Condition::Equal(Value::Address(account));
        assert_eq!(members.resolved(account), Condition::Members(vec![own.clone(), most(1)]));
        assert_eq!((Condition::SelfAccount.resolved(account), most(1).resolved(account)), (own, most(1)));
    }
}
