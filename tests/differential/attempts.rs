//! Operations to try on a session: in its scope, at its edges, and outside of it by every trick known.

use alloy_primitives::{Address, U256};

use super::classes::Class;
use super::conditions::Kind;
use super::granted::{Granted, Life, Shape};
use super::model::{PayerRule, RuleModel};
use super::rng::Rng;
use super::tricks;

/// Classes that only some scopes have what it takes for, drawn more often.
const RARE: [Class; 8] = [
    Class::RightPayer,
    Class::NoPayer,
    Class::RateEdge,
    Class::FeeOverLimit,
    Class::TailMoved,
    Class::TailShared,
    Class::TailFarAway,
    Class::SplitView,
];

pub struct Attempt {
    pub class: Class,
    pub call_data: Vec<u8>,
    pub shape: Shape,
    /// Time of the block.
    pub now: u64,
    /// Conditions that are at a boundary, and whether inside of it.
    pub edge: Option<(Vec<Kind>, bool)>,
}

/// Draws operations for one point of a session's life.
pub struct Draw<'a, 'r> {
    pub rng: &'r mut Rng,
    pub granted: &'a Granted<'a>,
    pub life: &'a Life,
}

impl<'a> Draw<'a, '_> {
    /// Any operation; half of them with calls in scope.
    pub fn any(&mut self) -> Attempt {
        loop {
            let class = match self.rng.below(20) {
                0..=5 => Class::InScope,
                6 | 7 => Class::Batch,
                8..=11 => Class::Edge,
                12 => Class::BatchWithOneBad,
                13 => *self.rng.pick(&RARE),
                _ => *self.rng.pick(&Class::ALL),
            };
            let attempt = if class == Class::SplitView { self.split_view() } else { self.of(class) };
            if let Some(attempt) = attempt {
                return attempt;
            }
        }
    }

    /// An operation with calls in scope, at a usual time and price.
    pub fn in_scope(&mut self) -> Attempt {
        let class = if self.rng.once_in(3) { Class::Batch } else { Class::InScope };
        self.of(class).expect("every scope allows calls")
    }

    /// An operation of this class, if the scope has what it takes.
    fn of(&mut self, class: Class) -> Option<Attempt> {
        let mut attempt = Attempt {
            class,
            call_data: Vec::new(),
            shape: self.shape(),
            now: self.earliest() + self.rng.below(5),
            edge: None,
        };
        attempt.call_data = self
            .limit(&mut attempt)
            .or_else(|| self.in_calls(&mut attempt))
            .or_else(|| self.in_bytes(class))?;
        Some(attempt)
    }

    /// Classes about the operation as a whole; their calls are in scope.
    fn limit(&mut self, attempt: &mut Attempt) -> Option<Vec<u8>> {
        let model = self.granted.model;
        let shape = &mut attempt.shape;
        match attempt.class {
            Class::GasAtBudget | Class::GasOverBudget => {
                // At one wei for each gas the limits are the price.
                let left = U256::from(model.gas_total).checked_sub(self.life.spent.gas)?;
                (shape.fee, shape.tip) = (1, 1);
                shape.payer = shape.payer.map(|(payer, _)| (payer, 0));
                shape.pre = left.checked_sub(U256::from(shape.verification + shape.call))?;
                shape.pre += U256::from(u64::from(attempt.class == Class::GasOverBudget));
            }
            Class::FeeOverLimit => shape.fee = model.max_fee? + 1,
            Class::CountSpent => {
                if self.life.operations < model.operations? {
                    return None;
                }
            }
            Class::WindowEdge => {
                let (start, end) = (self.granted.start(), self.granted.end());
                attempt.now = *self.rng.pick(&[start - 1, start, end, end + 1]);
            }
            Class::RateEdge => {
                model.every?;
                attempt.now = self.earliest() - self.rng.below(2);
            }
            Class::NoPayer => shape.payer = None,
            Class::OtherPayer => shape.payer = Some((self.address(), 70_000)),
            Class::RightPayer => match model.payer {
                PayerRule::Only(payer) => shape.payer = Some((payer, self.rng.below(100_000).into())),
                _ => return None,
            },
            _ => return None,
        }
        Some(tricks::plain(&self.one_or_many()))
    }

    /// The fees are part of this trick.
    fn split_view(&mut self) -> Option<Attempt> {
        let rule = self.rule();
        rule.function.as_ref()?;
        let mut attempt = self.in_scope();
        attempt.class = Class::SplitView;
        attempt.call_data = tricks::split_view(rule.to, rule.max_value, 1 + self.rng.index(3));
        attempt.shape.tip = tricks::split_view_tip(rule.selector());
        attempt.shape.pre = U256::ONE;
        Some(attempt)
    }

    /// Usual gas, and a payer that the scope allows.
    fn shape(&mut self) -> Shape {
        let fee = u128::from(self.rng.between(1, 3)) * 1_000_000_000;
        let payer = match self.granted.model.payer {
            PayerRule::Only(payer) => Some((payer, 50_000)),
            PayerRule::Anybody if self.rng.once_in(2) => Some((self.address(), 9)),
            _ => None,
        };
        let pre = U256::from(self.rng.between(20_000, 60_000));
        Shape { verification: 900_000, call: 200_000, pre, fee, tip: fee, payer }
    }

    /// The first second in which the chain takes the next operation.
    fn earliest(&self) -> u64 {
        self.granted.start() + self.granted.model.every.unwrap_or(0) * self.life.operations
    }

    pub fn rule(&mut self) -> &'a RuleModel {
        let model = self.granted.model;
        self.rng.pick(&model.rules)
    }

    pub fn address(&mut self) -> Address {
        Address::from(self.rng.bytes::<20>())
    }
}
