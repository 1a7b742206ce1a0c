//! What nonces take of the budgets, and which nonce is next.

use alloy_primitives::U256;
use serde_json::json;

use super::*;
use crate::scope::Asset;

const LANE: Lane = Lane::Use(3);

fn scope() -> Scope {
    Scope::from_json(&json!({
        "calls": [{ "to": "0x00000000000000000000000000000000000b0a2d", "function": "buy()", "value": { "max": 100 } }],
        "spend": [{ "token": "native", "limit": 1000 }],
        "limits": { "operations": 50, "gas": { "total": 1_000_000 } },
        "accept": ["local:spend[0]"],
    }))
    .unwrap()
}

fn place(sequence: u64) -> Place {
    Place { lane: LANE, sequence }
}

/// An operation with its own hash that takes so much.
fn entry(hash: u8, sequence: u64, (gas, wei): (u64, u64), standing: Standing) -> Entry {
    Entry {
        id: hash.to_string(),
        hash: B256::repeat_byte(hash),
        place: place(sequence),
        standing,
        at: Timestamp::default(),
        since: 0,
        reserve: Reserve {
            operations: 1,
            gas: U256::from(gas),
            assets: vec![(Asset::Native, U256::from(wei))],
        },
        operation: Box::default(),
    }
}

fn state(outbox: Vec<Entry>) -> State {
    State { outbox, ..State::pending() }
}

fn included(is_final: bool) -> Fate {
    Fate::Included { block: 1, transaction: B256::ZERO, success: true, is_final }
}

fn numbers(spent: &Spent) -> (u64, u64, u64) {
    (spent.operations, spent.gas.to(), spent.on(0).amount.to())
}

/// What is spent and set apart, but for a nonce.
fn committed(state: &State, but: Option<Place>) -> (u64, u64, u64) {
    numbers(&state.committed(&scope(), &state.spent, Timestamp::default(), but))
}

fn settle(state: &mut State, sequence: u64, by: u8, is_final: bool) {
    let by = (B256::repeat_byte(by), included(is_final));
    state.settle(&scope(), place(sequence), by, Timestamp::default());
}

#[test]
fn of_alternatives_the_dearest_counts_once_per_budget() {
    let state = state(vec![
        entry(1, 0, (10, 70), Standing::GivenUp),
        entry(2, 1, (5, 5), Standing::Accepted),
        entry(3, 0, (40, 20), Standing::Accepted),
    ]);
    assert_eq!(committed(&state, None), (2, 45, 75));
    assert_eq!(committed(&state, Some(place(0))), (1, 5, 5));
    assert_eq!(committed(&state, Some(place(2))), (2, 45, 75));
}

#[test]
fn what_landed_is_spent_and_the_rest_is_given_back_once_it_is_final() {
    let alternatives = [
        entry(1, 0, (10, 70), Standing::GivenUp),
        entry(2, 0, (40, 20), Standing::Accepted),
        entry(3, 1, (1, 1), Standing::Accepted),
    ];
    let mut state = state(alternatives.to_vec());
    settle(&mut state, 0, 2, false);
    assert_eq!(numbers(&state.spent), (1, 40, 70), "the other one may still take its place");
    assert_eq!(committed(&state, None), (2, 41, 71));
    let fates: Vec<Fate> = state.history.iter().map(|settled| settled.fate).collect();
    assert_eq!(fates, [Fate::Replaced { by: B256::repeat_byte(2) }, included(false)]);
    for _ in 0..2 {
        settle(&mut state, 0, 2, true);
        assert_eq!(numbers(&state.spent), (1, 40, 20), "given back once");
    }
    assert_eq!(state.lanes, [(LANE, 1)]);
}

#[test]
fn a_reorganisation_may_put_another_one_in_the_place_of_what_landed() {
    let mut state =
        state(vec![entry(1, 0, (10, 70), Standing::GivenUp), entry(2, 0, (40, 20), Standing::Accepted)]);
    settle(&mut state, 0, 2, false);
    settle(&mut state, 0, 1, false);
    let fates: Vec<Fate> = state.history.iter().map(|settled| settled.fate).collect();
    assert_eq!(fates, [included(false), Fate::Replaced { by: B256::repeat_byte(1) }]);
}

#[test]
fn a_nonce_used_by_somebody_else_takes_the_dearest() {
    let mut state = state(vec![entry(1, 0, (10, 70), Standing::Accepted)]);
    for is_final in [false, true] {
        settle(&mut state, 0, 9, is_final);
        assert_eq!(committed(&state, None), (1, 10, 70));
    }
    assert_eq!(state.history[0].fate, Fate::Replaced { by: B256::repeat_byte(9) });
}

#[test]
fn a_narrower_scope_is_charged_too() {
    let mut state = state(vec![entry(1, 0, (10, 70), Standing::Accepted)]);
    state.narrowed = Some((scope(), Spent::default()));
    settle(&mut state, 0, 1, true);
    assert_eq!(state.narrowed.map(|(_, spent)| numbers(&spent)), Some((1, 10, 70)));
}

#[test]
fn what_can_never_land_takes_nothing() {
    let mut state = state(vec![
        entry(1, 0, (10, 70), Standing::GivenUp),
        entry(2, 0, (40, 20), Standing::Accepted),
        entry(3, 1, (1, 1), Standing::Accepted),
    ]);
    state.drop_at(place(0));
    assert_eq!(committed(&state, None), (1, 1, 1));
    assert!(state.history.iter().all(|settled| settled.fate == Fate::Dropped));
    assert_eq!(state.history.len(), 2);
}

#[test]
fn what_a_reorganisation_took_back_is_charged_once() {
    let first = entry(1, 0, (10, 70), Standing::Accepted);
    let mut state = state(vec![first.clone(), entry(2, 0, (40, 20), Standing::GivenUp)]);
    settle(&mut state, 0, 1, false);
    state.reopen(&first);
    state.reopen(&first);
    assert_eq!(committed(&state, None), (1, 40, 70), "the dearest may land instead");
    assert_eq!((state.lanes.len(), state.outbox.len()), (0, 1));
    settle(&mut state, 0, 1, true);
    assert_eq!(committed(&state, None), (1, 40, 70));
    assert_eq!(state.next_sequence(LANE, 0, |_| false, |_| false), 1);
}

#[test]
fn the_next_nonce_is_the_first_that_nobody_goes_on_with() {
    let next = |standings: &[Standing], on_chain, given_up: u8| {
        let entries = standings.iter().enumerate().map(|(at, standing)| {
            entry(u8::try_from(at).unwrap() + 1, u64::try_from(at).unwrap(), (1, 1), *standing)
        });
        let state = state(entries.collect());
        state.next_sequence(LANE, on_chain, |hash| hash == B256::repeat_byte(given_up), |_| false)
    };
    use Standing::{Accepted, GivenUp, Signed};
    assert_eq!(next(&[], 7, 0), 7);
    assert_eq!(next(&[Accepted, Signed], 0, 0), 2);
    assert_eq!(next(&[Accepted, GivenUp, Accepted], 0, 0), 1);
    assert_eq!(next(&[Accepted, Signed, Accepted], 0, 2), 1, "not stored as given up yet");
    assert_eq!(next(&[GivenUp, GivenUp], 1, 0), 1, "the chain is further");
    // An alternative goes on where an older one was given up.
    let mut both = state(vec![entry(1, 0, (1, 1), GivenUp), entry(2, 0, (1, 1), Accepted)]);
    assert_eq!(both.next_sequence(LANE, 0, |_| false, |_| false), 1);
    assert_eq!(both.next_sequence(Lane::Use(4), 0, |_| false, |_| false), 0, "another lane");
    settle(&mut both, 0, 1, false);
    assert_eq!(both.next_sequence(LANE, 0, |_| false, |_| false), 1, "the node may be behind");
}
