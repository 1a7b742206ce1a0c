//! Operations whose calls are at an edge of the scope, or not in it.

use alloy_primitives::{Address, U256};
use hallpass::protocol::Call;

use super::attempts::{Attempt, Draw};
use super::classes::Class;
use super::conditions::Kind;
use super::model::RuleModel;
use super::tricks;

impl Draw<'_, '_> {
    /// Classes about calls, in canonical calldata of the account.
    pub fn in_calls(&mut self, attempt: &mut Attempt) -> Option<Vec<u8>> {
        let rule = self.rule();
        let call = self.call_of(rule);
        let call = match attempt.class {
            Class::InScope => call,
            Class::Batch => return Some(tricks::plain(&self.many())),
            Class::BatchWithOneBad => {
                let bad = self.bad_call()?;
                return Some(tricks::plain(&self.with(bad)));
            }
            Class::Edge => {
                let (call, kinds, inside) = self.edge(rule, None)?;
                attempt.edge = Some((kinds, inside));
                let calls = if self.rng.once_in(3) { self.with(call) } else { vec![call] };
                return Some(tricks::plain(&calls));
            }
            Class::ValueAtLimit => Call { value: rule.max_value, ..call },
            Class::ValueOverLimit => Call { value: rule.max_value + U256::ONE, ..call },
            Class::OtherTarget => Call { to: self.address(), ..call },
            Class::OtherSelector => self.other_selector(call)?,
            Class::ZeroTarget => Call { to: Address::ZERO, ..call },
            Class::SelfCall => Call { to: self.granted.base.account, ..call },
            Class::EmptyData => Call { data: Vec::new().into(), ..call },
            Class::ShortData => {
                let length = 1 + self.rng.index(3);
                Call { data: self.rng.bytes::<3>()[..length].to_vec().into(), ..call }
            }
            Class::CutData | Class::TrailingData | Class::SoiledWord => {
                self.bent(attempt.class, rule, call)?
            }
            Class::TailMoved | Class::TailShared | Class::TailFarAway => {
                self.bent_tail(attempt.class, rule, call)?
            }
            _ => return None,
        };
        Some(tricks::plain(&[call]))
    }

    /// One call or several, all in scope.
    pub fn one_or_many(&mut self) -> Vec<Call> {
        if self.rng.once_in(3) { self.many() } else { vec![self.some_call()] }
    }

    /// Two to five calls in scope.
    pub fn many(&mut self) -> Vec<Call> {
        (0..self.rng.between(2, 5)).map(|_| self.some_call()).collect()
    }

    /// Calls in scope, and this one somewhere among them.
    fn with(&mut self, call: Call) -> Vec<Call> {
        let mut calls = self.many();
        let at = self.rng.index(calls.len());
        calls[at] = call;
        calls
    }

    fn some_call(&mut self) -> Call {
        let rule = self.rule();
        self.call_of(rule)
    }

    fn call_of(&mut self, rule: &RuleModel) -> Call {
        let words = rule.satisfying(self.rng, self.granted.base.account);
        rule.call(&words, self.rng)
    }

    /// A call that breaks one rule.
    pub fn bad_call(&mut self) -> Option<Call> {
        let rule = self.rule();
        let call = self.call_of(rule);
        match self.rng.below(4) {
            0 => self.edge(rule, Some(false)).map(|(call, ..)| call),
            1 => Some(Call { to: self.address(), ..call }),
            2 => self.other_selector(call),
            _ => Some(Call { value: rule.max_value + U256::ONE, ..call }),
        }
    }

    fn other_selector(&mut self, call: Call) -> Option<Call> {
        let mut data = call.data.to_vec();
        data.get_mut(..4)?.copy_from_slice(&self.rng.bytes::<4>());
        Some(Call { data: data.into(), ..call })
    }

    /// A call with one condition at a boundary, all others met; on the wanted side of it. With the kinds of
    /// that condition.
    fn edge(&mut self, rule: &RuleModel, wanted: Option<bool>) -> Option<(Call, Vec<Kind>, bool)> {
        let account = self.granted.base.account;
        let mut leaves = rule.leaves();
        leaves.retain(|leaf| leaf.condition.kind().is_some());
        if leaves.is_empty() {
            return None;
        }
        let leaf = self.rng.pick(&leaves);
        let inside = |word: U256| leaf.condition.holds(&leaf.ty, word, account);
        let mut edges = leaf.condition.edges(&leaf.ty, account);
        edges.retain(|word| wanted.is_none_or(|wanted| inside(*word) == wanted));
        if edges.is_empty() {
            return None;
        }
        let word = *self.rng.pick(&edges);
        let mut words = rule.satisfying(self.rng, account);
        words.insert(leaf.place, word);
        let member = leaf.is_member.then_some(Kind::Member);
        let kinds = leaf.condition.kind().into_iter().chain(member).collect();
        Some((rule.call(&words, self.rng), kinds, inside(word)))
    }

    /// Calldata that is no longer what an encoder gives.
    fn bent(&mut self, class: Class, rule: &RuleModel, call: Call) -> Option<Call> {
        let mut data = call.data.to_vec();
        match class {
            Class::CutData if data.len() > 4 => data.truncate(4 + self.rng.index(data.len() - 4)),
            Class::TrailingData if !data.is_empty() => data.resize(data.len() + 1 + self.rng.index(64), 0),
            Class::SoiledWord => {
                let leaves = rule.leaves();
                if leaves.is_empty() {
                    return None;
                }
                let leaf = self.rng.pick(&leaves);
                let at = 4 + leaf.place;
                let word = U256::from_be_slice(&data[at..at + 32]);
                tricks::put(&mut data, at, leaf.ty.soiled(word, self.rng)?);
            }
            _ => return None,
        }
        Some(Call { data: data.into(), ..call })
    }

    /// Offsets of dynamic arguments that lead elsewhere.
    fn bent_tail(&mut self, class: Class, rule: &RuleModel, call: Call) -> Option<Call> {
        let tails = rule.tails();
        let (first, last) = (4 + *tails.first()?, 4 + *tails.last()?);
        let mut data = call.data.to_vec();
        let offset = |data: &[u8], at: usize| U256::from_be_slice(&data[at..at + 32]);
        match class {
            Class::TailMoved => {
                let head = 4 + rule.head();
                drop(data.splice(head..head, [0; 32]));
                for tail in tails {
                    let moved = offset(&data, 4 + tail) + U256::from(32);
                    tricks::put(&mut data, 4 + tail, moved);
                }
            }
            Class::TailShared => {
                let shared = if first == last { U256::ZERO } else { offset(&data, first) };
                tricks::put(&mut data, last, shared);
            }
            _ => {
                let far = [U256::MAX - U256::from(31), U256::ONE << 64, U256::ONE << 255];
                tricks::put(&mut data, first, *self.rng.pick(&far));
            }
        }
        Some(Call { data: data.into(), ..call })
    }
}
