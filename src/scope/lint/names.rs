//! What the names of functions and parameters say. Names can lie, and a list of words cannot be complete: what is recognised here needs a
//! bound, and what is not is not thereby harmless. `docs/lint/README.md` has the rules in words.

/// The words of a name in lower case: `_amountOutMin` has `amount`, `out` and `min`; `newDAOAdmin` has `new`, `dao`, `admin`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let next_is_lower = letters.peek().is_some_and(char::is_ascii_lowercase);
        let begins = !before.is_ascii_alphanumeric()
            || letter.is_ascii_uppercase() && (!before.is_ascii_uppercase() || next_is_lower);
        if letter.is_ascii_alphanumeric() {
            match words.last_mut() {
                Some(word) if !begins => word.push(letter.to_ascii_lowercase()),
                _ => words.push(letter.to_ascii_lowercase().into()),
            }
        }
        before = letter;
    }
    words
}

/// Words with one meaning, with spaces between them. A plural counts as its word.
#[derive(Clone, Copy)]
pub(super) struct Meaning(&'static str);

impl Meaning {
    /// Whether one of the words has this meaning.
    pub(super) fn is_in(self, words: &[String]) -> bool {
        words.iter().any(|word| self.has(word))
    }

    fn has(self, word: &str) -> bool {
        let single = word.strip_suffix("ies").map(|stem| format!("{stem}y"));
        let single = single.as_deref().or(word.strip_suffix('s'));
        self.0.split(' ').any(|known| known == word || single == Some(known))
    }

    /// Whether the first of the words has this meaning.
    pub(super) fn begins(self, words: &[String]) -> bool {
        words.first().is_some_and(|word| self.has(word))
    }
}

/// Something leaves the account, or is put at risk.
pub(super) const MOVES: Meaning = Meaning(
    "transfer send withdraw redeem pay payout disperse distribute push pull flux burn sweep drain rescue release unwrap unstake refund cash \
     give gift donate tip stream flow deposit stake supply bridge migrate cross remote undelegate unbond",
);
/// Something is exchanged, at some price.
pub(super) const TRADES: Meaning = Meaning(
    "swap exchange trade convert sell buy bid list auction fill fulfill fulfil match zap unoswap order liquidity",
);
/// Somebody else's terms are taken.
pub(super) const ACCEPTS: Meaning = Meaning("accept take fill fulfill fulfil match settle");
/// What has terms.
pub(super) const TERMS: Meaning = Meaning("offer bid order listing ask quote");
/// Debts, and what secures them.
pub(super) const LENDS: Meaning =
    Meaning("borrow repay lend loan mint liquidate collateral leverage trove draw debt join exit flash frob");
/// Somebody else gets a say.
pub(super) const GRANTS: Meaning = Meaning(
    "approve allow authorize authorise permit grant delegate enable trust appoint nominate hire claim",
);
/// What is set belongs to somebody.
pub(super) const SETS: Meaning = Meaning(
    "set change update add remove transfer accept renounce begin propose replace upgrade reclaim cut init initialize",
);
/// Whoever was there before is not any more.
pub(super) const REPLACES: Meaning = Meaning("set change replace upgrade transfer");
/// Takes a right or an offer back, or is talk.
pub(super) const HARMLESS: Meaning = Meaning(
    "decrease revoke cancel deny lockdown disapprove invalidate unfollow mute unmute block unblock follow message post comment reply \
     like emote react profile friend poke say invite challenge draw",
);
/// Carries calls that no rule sees.
pub(super) const CARRIES: Meaning = Meaning(
    "execute exec call multicall batch aggregate relay forward invoke perform cast dispatch schedule meta multi",
);
/// Who may act for the account, or decide.
pub(super) const POWER: Meaning = Meaning(
    "spender operator delegate delegatee admin owner ownership guardian manager controller minter executor signer keeper implementation \
     module validator handler resolver registry hook plugin facet diamond governor governance authority approved agent relayer forwarder \
     role beneficiary recipient treasury",
);
/// Who receives.
pub(super) const RECEIVES: Meaning = Meaning(
    "to recipient receiver beneficiary destination dest dst payee behalf refund treasury winner heir",
);
/// What is moved, or through what.
pub(super) const ASSETS: Meaning = Meaning(
    "token asset path pool pair market vault router currency coin collection nft adapter contract target bridge",
);
/// How much, of something that is worth something.
pub(super) const AMOUNTS: Meaning = Meaning(
    "amount value wad ray share asset price cost liquidity wei sum dx dy dink dart collateral debt payment stake tokens bid lamports size",
);
/// The least that must come back.
pub(super) const LEAST: Meaning = Meaning("min minimum least");
/// A number that is no amount, whatever else its name says.
pub(super) const COUNTS: Meaning = Meaning(
    "id index nonce deadline expiry expiration expires time timestamp duration period epoch block limit sqrt tick slot kind type",
);
/// A signature.
pub(super) const SIGNED: Meaning = Meaning("permit sig signature authorization signed");
/// The account vouches for a hash.
pub(super) const VOUCHES: Meaning = Meaning("sign presign presignature");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart_as_they_are_written() {
        let of = |name: &str| words(name).join(" ");
        assert_eq!(of("_amountOutMin"), "amount out min");
        assert_eq!(of("newDAOAdmin"), "new dao admin");
        assert_eq!(of("min_dy"), "min dy");
        assert_eq!(of("exactInputSingle"), "exact input single");
        assert_eq!(of("sqrtPriceLimitX96"), "sqrt price limit x96");
        assert_eq!(of("UPPER"), "upper");
        assert_eq!(of(""), "");
    }

    #[test]
    fn plurals_count_and_parts_of_words_do_not() {
        assert!(RECEIVES.is_in(&words("recipients")) && RECEIVES.is_in(&words("payTo")));
        assert!(!RECEIVES.is_in(&words("tomato")) && !AMOUNTS.is_in(&words("evaluate")));
        assert!(MOVES.begins(&words("transferPunk")) && !MOVES.begins(&words("safeTransfer")));
    }
}
