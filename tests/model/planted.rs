//! Faults on purpose: the judge must notice each.

use alloy_primitives::{B256, U256};

use super::checker::check;
use super::history::{Handed, History, Send, Told, Used};

/// What is wrong, and how it is put into a good history.
type Plant = (&'static str, fn(&mut History));

fn send(told: Told, effects: u64) -> Send {
    Send { told: vec![Told::Goes, told], stored: Some(told), effects, is_orphan: false }
}

fn good() -> History {
    let limits = Used { value: 100, operations: 5, gas: U256::from(1_000) };
    History {
        sends: vec![
            send(Told::Included(true), 1),
            send(Told::Final(false), 0),
            send(Told::Replaced, 0),
            send(Told::NotSent, 0),
            send(Told::Unknown, 0),
            send(Told::LandedLate(true), 1),
        ],
        odd: Vec::new(),
        handed: vec![Handed { nonce: U256::ONE, hash: B256::ZERO, page: 1, is_alone: true }],
        used: vec![Used { value: 100, operations: 5, gas: U256::from(1_000) }],
        limits,
        fresh: Some(Told::Included(true)),
        log: Vec::new(),
    }
}

#[test]
fn the_judge_notices_each_planted_fault() {
    assert_eq!(check(&good()), Vec::<String>::new());
    let plants: [Plant; 15] = [
        ("run twice", |it| it.sends[0].effects = 2),
        ("told as not sent, and run", |it| it.sends[3].effects = 1),
        ("told as replaced, and run", |it| it.sends[2].effects = 1),
        ("told as undone, and run", |it| it.sends[1].effects = 1),
        ("told as done, and not run", |it| it.sends[0].effects = 0),
        ("told as landed, and not run", |it| it.sends[5].effects = 0),
        ("landed, and nobody was told", |it| it.sends[4].effects = 1),
        ("told well, stored badly", |it| it.sends[0].stored = Some(Told::Replaced)),
        ("too much spent", |it| it.used[0].value = 101),
        ("too many operations", |it| it.used[0].operations = 6),
        ("too much gas", |it| it.used[0].gas = U256::from(1_001)),
        ("never told an end", |it| it.sends[0] = send(Told::Goes, 1)),
        ("stalled for new calls", |it| it.fresh = Some(Told::Goes)),
        ("a session lost", |it| it.odd.push("restore answered None".to_owned())),
        ("another tab's nonce", |it| it.handed[0].is_alone = false),
    ];
    for (what, plant) in plants {
        let mut history = good();
        plant(&mut history);
        assert_eq!(check(&history).len(), 1, "{what}: {:?}", check(&history));
    }
}

#[test]
fn an_orphan_of_which_nothing_is_stored_must_not_have_run() {
    let orphan = |effects| Send { told: vec![Told::Goes], stored: None, effects, is_orphan: true };
    let of = |effects| check(&History { sends: vec![orphan(effects)], ..good() });
    assert_eq!((of(0).len(), of(1).len()), (0, 1));
}
