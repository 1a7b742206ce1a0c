//! What somebody meant who wrote a name that is not known.

/// Names longer than this were not mistyped.
const LONGEST: usize = 40;

/// What other packages call it.
const ELSEWHERE: [(&str, &str); 6] = [
    ("address", "to"),
    ("contract", "to"),
    ("target", "to"),
    ("rpcUrl", "rpc"),
    ("bundlerUrl", "bundler"),
    ("expiry", "expiresIn"),
];

/// The known name that looks most like `name`, if one does: no more than two letters are other, missing or added, or two are swapped.
pub(super) fn meant(name: &str, known: &[&str]) -> Option<String> {
    if name.len() > LONGEST {
        return None;
    }
    if let Some((_, ours)) = ELSEWHERE.iter().find(|(other, ours)| *other == name && known.contains(ours)) {
        return Some((*ours).to_owned());
    }
    // Two letters make any short name into any other.
    let most = 2.min(name.len() / 3);
    let (edits, nearest) = known.iter().map(|known| (distance(name, known), *known)).min()?;
    (edits <= most).then(|| nearest.to_owned())
}

/// Levenshtein's distance, whatever the case of the letters; the most common slip, two letters swapped, counts once.
fn distance(a: &str, b: &str) -> usize {
    let mut others = a.bytes().zip(b.bytes()).filter(|(a, b)| a != b);
    if a.len() == b.len()
        && let (Some(first), Some(second), None) = (others.next(), others.next(), others.next())
        && first == (second.1, second.0)
    {
        return 1;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, letter) in a.bytes().enumerate() {
        let mut left = at.saturating_add(1);
        let mut corner = at;
        let mut next = vec![left];
        for (other, above) in b.bytes().zip(row.iter().skip(1)) {
            let replaced = corner.saturating_add(usize::from(!letter.eq_ignore_ascii_case(&other)));
            left = replaced.min(left.min(*above).saturating_add(1));
            corner = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_finds_the_one_that_was_meant() {
        let known = ["to", "function", "args", "value", "plainTransfer", "storage"];
        let find = |name| meant(name, &known);
        assert_eq!(find("fucntion").as_deref(), Some("function"));
        assert_eq!(find("agrs").as_deref(), Some("args"));
        assert_eq!(find("storge").as_deref(), Some("storage"));
        assert_eq!(find("Args").as_deref(), Some("args"));
        assert_eq!(find("plaintransfer").as_deref(), Some("plainTransfer"));
        assert_eq!(find("address").as_deref(), Some("to"), "as viem calls it");
        for other in ["data", "x", "it", "", "limits", &"function".repeat(9)] {
            assert_eq!(find(other), None, "{other}");
        }
    }
}
