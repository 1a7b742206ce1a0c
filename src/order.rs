//! Sorting. The standard library's sort is some three kilobytes of code for each type it is used with; here all types share the one
//! that sorts places.

use std::cmp::Ordering;

/// Sorts by merging; items that compare as equal keep their order.
pub(crate) fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut targets = targets(items.len(), &|a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    for place in 0..items.len() {
        // Each swap brings one item to where it belongs.
        while let Some(target) = targets.get(place).copied().filter(|target| *target != place) {
            items.swap(place, target);
            targets.swap(place, target);
        }
    }
}

/// Where each item belongs.
fn targets(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    let mut width = 1_usize;
    while width < count {
        let mut merged = Vec::with_capacity(count);
        for run in places.chunks(width.saturating_mul(2)) {
            let (left, right) = run.split_at(width.min(run.len()));
            merge(left, right, &mut merged, compare);
        }
        places = merged;
        width = width.saturating_mul(2);
    }
    let mut targets = vec![0; count];
    for (target, place) in places.into_iter().enumerate() {
        if let Some(item) = targets.get_mut(place) {
            *item = target;
        }
    }
    targets
}

/// Two runs in order as one.
fn merge(
    mut left: &[usize],
    mut right: &[usize],
    merged: &mut Vec<usize>,
    compare: &dyn Fn(usize, usize) -> Ordering,
) {
    while let ([first, rest @ ..], [other, others @ ..]) = (left, right) {
        if compare(*other, *first) == Ordering::Less {
            merged.push(*other);
            right = others;
        } else {
            merged.push(*first);
            left = rest;
        }
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
}

/// [`sort_by`], by a key.
pub(crate) fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(items, |a, b| key(a).cmp(&key(b)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_with_equal_keys_keep_their_order() {
        let mut items = vec![(3, 'a'), (1, 'b'), (3, 'c'), (2, 'd'), (1, 'e')];
        sort_by_key(&mut items, |item| item.0);
        assert_eq!(items, [(1, 'b'), (1, 'e'), (2, 'd'), (3, 'a'), (3, 'c')]);
        for count in 0..200_u32 {
            // Five keys, in a mixed order.
            let mut many: Vec<(u32, u32)> = (0..count).map(|index| (index * 7919 % 5, index)).collect();
            let mut sorted = many.clone();
            sorted.sort_by_key(|item| item.0);
            sort_by_key(&mut many, |item| item.0);
            assert_eq!(many, sorted);
        }
        let compared = std::cell::Cell::new(0);
        targets(2_048, &|a, b| {
            compared.set(compared.get() + 1);
            (a * 7919 % 2_048).cmp(&(b * 7919 % 2_048))
        });
        assert!(compared.get() <= 2_048 * 11, "n log n: {compared:?}");
        let mut none: Vec<u8> = Vec::new();
        sort_by_key(&mut none, |item| *item);
        assert!(none.is_empty());
    }
}
