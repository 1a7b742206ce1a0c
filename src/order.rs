//! Sorting of short lists. The standard library's sort is some three kilobytes of code for each type it is used with; this is a
//! tenth of that, and as fast for the few items that a scope or a store has.

use std::cmp::Ordering;

/// Sorts by insertion; items that compare as equal keep their order.
pub(crate) fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    for end in 1..items.len() {
        let Some(item) = items.get(end) else { return };
        // From the end, so that what is in order already takes one look each.
        let in_place = |other: &T| compare(other, item) != Ordering::Greater;
        let at = items.iter().take(end).rposition(in_place).map_or(0, |last| last.saturating_add(1));
        if let Some(rest) = items.get_mut(at..=end) {
            rest.rotate_right(1);
        }
    }
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
        let mut none: Vec<u8> = Vec::new();
        sort_by_key(&mut none, |item| *item);
        assert!(none.is_empty());
    }
}
