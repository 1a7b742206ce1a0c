//! Functions of a wasm module in an order in which a compressor finds more to refer back to: 4 % of the packed module. gzip looks back
//! 32 kB, so functions that resemble each other (the copies of a generic one, the same steps over another type) are to stand close.

use std::collections::{HashMap, HashSet, VecDeque};

use anyhow::{Context, Result};
use wasm_encoder::{NameMap, NameSection};
use wasmparser::{Parser, Payload, TypeRef};

/// How far back a compressor looks.
const WINDOW: usize = 32_768;

/// Bytes of code that count as the same when they are equal. Shorter ones are everywhere, longer ones miss what differs in one index.
const PIECE: usize = 6;

/// Keeps a function of a few bytes from counting as wholly known.
const SMALL: usize = 20;

/// The module with its functions named by their place in that order, for `wasm-opt --reorder-functions-by-name`.
pub fn named_by_place(wasm: &[u8]) -> Result<Vec<u8>> {
    let (mut imported, mut bodies) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
            _ => {}
        }
    }
    let mut names: Vec<_> = order(&bodies).into_iter().enumerate().collect();
    names.sort_by_key(|(_, function)| *function);
    let mut functions = NameMap::new();
    for (place, function) in names {
        let index = u32::try_from(function).context("too many functions")? + imported;
        functions.append(index, &format!("{place:06}"));
    }
    let mut section = NameSection::new();
    section.functions(&functions);
    let mut named = wasm.to_vec();
    wasm_encoder::Section::append_to(&section, &mut named);
    Ok(named)
}

/// From the largest on, always the one whose pieces are known best from what stands within the window before it.
fn order(bodies: &[&[u8]]) -> Vec<usize> {
    let pieces = shared_pieces(bodies);
    let mut holders: Vec<Vec<usize>> = Vec::new();
    for (function, pieces) in pieces.iter().enumerate() {
        for piece in pieces {
            holders.resize_with(holders.len().max(piece + 1), Vec::new);
            holders[*piece].push(function);
        }
    }
    let mut in_window = vec![0_usize; holders.len()];
    let mut known = vec![0_usize; bodies.len()];
    let mut left: Vec<usize> = (0..bodies.len()).collect();
    let (mut window, mut bytes) = (VecDeque::new(), 0);
    let mut placed = Vec::with_capacity(bodies.len());

    // In ties the larger goes first, then the earlier one: the same module always has the same order.
    let share = |known: usize, function: usize| known as f64 / (pieces[function].len() + SMALL) as f64;
    while let Some((at, _)) = left.iter().enumerate().max_by(|(_, a), (_, b)| {
        let by_share = share(known[**a], **a).total_cmp(&share(known[**b], **b));
        by_share.then(bodies[**a].len().cmp(&bodies[**b].len())).then(b.cmp(a))
    }) {
        let function = left.swap_remove(at);
        placed.push(function);
        window.push_back(function);
        bytes += bodies[function].len();
        for piece in &pieces[function] {
            in_window[*piece] += 1;
            if in_window[*piece] == 1 {
                holders[*piece].iter().for_each(|holder| known[*holder] += 1);
            }
        }
        while bytes > WINDOW && window.len() > 1 {
            let Some(gone) = window.pop_front() else { break };
            bytes -= bodies[gone].len();
            for piece in &pieces[gone] {
                in_window[*piece] -= 1;
                if in_window[*piece] == 0 {
                    holders[*piece].iter().for_each(|holder| known[*holder] -= 1);
                }
            }
        }
    }
    placed
}

/// Numbers of the pieces of each function that stand in another one too.
fn shared_pieces(bodies: &[&[u8]]) -> Vec<Vec<usize>> {
    let sets: Vec<HashSet<&[u8]>> = bodies.iter().map(|body| body.windows(PIECE).collect()).collect();
    let mut counts: HashMap<&[u8], usize> = HashMap::new();
    for piece in sets.iter().flatten() {
        *counts.entry(piece).or_default() += 1;
    }
    let mut numbers: HashMap<&[u8], usize> = HashMap::new();
    let mut number = |piece| {
        let next = numbers.len();
        *numbers.entry(piece).or_insert(next)
    };
    let shared =
        |set: &HashSet<_>| set.iter().filter(|piece| counts[**piece] > 1).copied().map(&mut number).collect();
    sets.iter().map(shared).collect()
}
