//! The judge.

use super::history::{Handed, History, Send, Told, Used};

/// Everything in a history that must not be.
pub fn check(history: &History) -> Vec<String> {
    let mut breaches = history.odd.clone();
    for (at, send) in history.sends.iter().enumerate() {
        breaches.extend(check_send(send).into_iter().map(|breach| format!("send {at} {breach}")));
    }
    for used in &history.used {
        breaches.extend(check_limits(used, &history.limits));
    }
    if let Some(told) = history.fresh
        && told != Told::Included(true)
        && told != Told::Final(true)
    {
        breaches.push(format!("a fresh call with room was told {told:?} after all was well again"));
    }
    breaches.extend(history.handed.iter().filter_map(check_handed));
    breaches.dedup();
    breaches
}

fn check_send(send: &Send) -> Option<String> {
    let Send { told, stored, effects, is_orphan } = send;
    if *effects > 1 {
        return Some(format!("happened {effects} times"));
    }
    let last = told.iter().rev().copied().next();
    // An app whose page died asks what is stored; where nothing is, nothing was signed.
    let says = match (last, stored) {
        // Written down by a page that died before it told it.
        (Some(Told::Unknown), Some(stored)) if *is_orphan => *stored,
        (Some(last), _) if last.is_end() => last,
        (_, Some(stored)) => *stored,
        (_, None) if *is_orphan => Told::NotSent,
        (_, None) => Told::Goes,
    };
    let disagrees = |says: Told| match says {
        Told::Included(done) | Told::Final(done) | Told::LandedLate(done) => *effects != u64::from(done),
        Told::Replaced | Told::Dropped | Told::NotSent => *effects != 0,
        // What lands after all is told while anybody is there to tell it.
        Told::Unknown => *effects != 0,
        Told::Goes => false,
    };
    if says == Told::Goes {
        return Some(format!("was told no end; {effects} on chain"));
    }
    if disagrees(says) {
        return Some(format!("was told {says:?} but happened {effects} times"));
    }
    // Storage may be behind what was told, but it must not say anything else.
    let stored = stored.filter(|stored| *stored != Told::Unknown && disagrees(*stored));
    stored.map(|stored| format!("is stored as {stored:?} but happened {effects} times"))
}

fn check_limits(used: &Used, limits: &Used) -> Option<String> {
    let is_within =
        used.value <= limits.value && used.operations <= limits.operations && used.gas <= limits.gas;
    (!is_within).then(|| format!("{used:?} exceeds {limits:?}"))
}

fn check_handed(handed: &Handed) -> Option<String> {
    let Handed { nonce, page, is_alone, .. } = handed;
    (!is_alone).then(|| format!("page {page} handed over for nonce {nonce} of another page's lane"))
}
