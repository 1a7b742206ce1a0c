//! Conditions on arguments.

use alloy_primitives::Address;

use crate::abi::{Kind, Type, Value};

/// What one argument may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgRule {
    /// Condition.
    pub condition: Condition,
}

/// A condition on a value of one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Anything of the argument's type.
    Any,
    /// This value.
    Equal(Value),
    /// This unsigned number or less.
    LessOrEqual(Value),
    /// This unsigned number or more.
    GreaterOrEqual(Value),
    /// One of these values, ordered.
    OneOf(Vec<Value>),
    /// The account that acts.
    SelfAccount,
}

impl Condition {
    /// Whether a value, decoded from canonical calldata, meets the condition.
    #[must_use]
    pub fn holds(&self, value: &Value, account: Address) -> bool {
        match (self, value) {
            (Self::Any, _) => true,
            (Self::Equal(wanted), value) => wanted == value,
            (Self::LessOrEqual(Value::Uint(most)), Value::Uint(number)) => number <= most,
            (Self::GreaterOrEqual(Value::Uint(least)), Value::Uint(number)) => number >= least,
            (Self::OneOf(allowed), value) => allowed.contains(value),
            (Self::SelfAccount, Value::Address(address)) => *address == account,
            _ => false,
        }
    }

    /// Whether every value that meets `narrower` meets this condition too. May say no where the answer is yes, never the reverse.
    #[must_use]
    pub fn covers(&self, narrower: &Self) -> bool {
        let all = |values: &[Value]| values.iter().all(|value| self.holds_without_account(value));
        match (self, narrower) {
            (Self::Any, _) => true,
            (Self::LessOrEqual(Value::Uint(most)), Self::LessOrEqual(Value::Uint(other))) => other <= most,
            (Self::GreaterOrEqual(Value::Uint(least)), Self::GreaterOrEqual(Value::Uint(other))) => {
                other >= least
            }
            (_, Self::Equal(value)) => all(std::slice::from_ref(value)),
            (_, Self::OneOf(values)) => !values.is_empty() && all(values),
            (own, other) => own == other,
        }
    }

    fn holds_without_account(&self, value: &Value) -> bool {
        // No account has the zero address, so a rule for the account itself never holds here.
        *self != Self::SelfAccount && self.holds(value, Address::ZERO)
    }
}

/// Whether conditions on a type are possible: it is one word, compared as a whole.
pub(super) const fn is_one_word(ty: &Type) -> bool {
    matches!(ty.kind(), Kind::Address | Kind::Bool | Kind::Uint(_) | Kind::Int(_) | Kind::FixedBytes(_))
}

#[cfg(test)]
mod tests {
    use alloy_primitives::U256;

    use super::*;

    fn uint(number: u64) -> Value {
        Value::Uint(U256::from(number))
    }

    #[test]
    fn conditions_hold_at_their_boundaries() {
        let account = Address::repeat_byte(7);
        let holds = |condition: &Condition, value: Value| condition.holds(&value, account);
        let most = Condition::LessOrEqual(uint(5));
        assert!(holds(&most, uint(5)) && !holds(&most, uint(6)));
        let least = Condition::GreaterOrEqual(uint(5));
        assert!(holds(&least, uint(5)) && !holds(&least, uint(4)));
        let list = Condition::OneOf(vec![uint(1), uint(3)]);
        assert!(holds(&list, uint(3)) && !holds(&list, uint(2)));
        assert!(holds(&Condition::SelfAccount, Value::Address(account)));
        assert!(!holds(&Condition::SelfAccount, Value::Address(Address::ZERO)));
        assert!(!holds(&most, Value::Bool(true)), "another type never meets an order");
    }

    #[test]
    fn a_condition_covers_what_it_implies() {
        let (most5, most4) = (Condition::LessOrEqual(uint(5)), Condition::LessOrEqual(uint(4)));
        assert!(most5.covers(&most4) && !most4.covers(&most5));
        assert!(most5.covers(&Condition::OneOf(vec![uint(1), uint(5)])));
        assert!(!most5.covers(&Condition::OneOf(vec![uint(1), uint(6)])));
        assert!(!most5.covers(&Condition::Any) && Condition::Any.covers(&most5));
        assert!(Condition::OneOf(vec![uint(1), uint(2)]).covers(&Condition::Equal(uint(2))));
        assert!(!Condition::SelfAccount.covers(&Condition::Equal(Value::Address(Address::ZERO))));
        assert!(Condition::SelfAccount.covers(&Condition::SelfAccount));
    }
}
