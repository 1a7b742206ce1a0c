//! "Must be at least": the fee that an endpoint names when it refuses one as too low.

/// A fee that an endpoint wants at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeastFee {
    /// Whether it is the tip, and not the highest fee.
    pub is_tip: bool,
    /// Wei per gas.
    pub wei: u128,
}

/// How they say that a number is the least, in lower case.
const LEAST: [&str; 4] = ["at least", "minimum", "not less than", "below"];

/// What a refusal asks for, if it is about a fee and names a number: "maxPriorityFeePerGas is 3 but must be at least 10000000".
#[must_use]
pub fn least_fee(message: &str) -> Option<LeastFee> {
    let text = message.to_ascii_lowercase();
    let is_tip = text.contains("maxpriorityfeepergas") || text.contains("priority fee");
    if !is_tip && !text.contains("maxfeepergas") && !text.contains("max fee") {
        return None;
    }
    let (_, after) = LEAST.iter().find_map(|words| text.split_once(words))?;
    let number = after.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    let (digits, radix) = match number.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    let end = digits.find(|letter: char| !letter.is_digit(radix)).unwrap_or(digits.len());
    let wei = u128::from_str_radix(digits.get(..end)?, radix).ok()?;
    Some(LeastFee { is_tip, wei })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_found_in_the_words_of_several_endpoints() {
        let tip = |wei| Some(LeastFee { is_tip: true, wei });
        let fee = |wei| Some(LeastFee { is_tip: false, wei });
        for (message, wanted) in [
            ("maxPriorityFeePerGas is 3 but must be at least 10000000", tip(10_000_000)),
            (
                "maxPriorityFeePerGas must be at least 0x989680 (current maxPriorityFeePerGas: 0x1)",
                tip(10_000_000),
            ),
            ("precheck failed: priority fee is 1, minimum 50000000.", tip(50_000_000)),
            ("maxFeePerGas must be at least 1000", fee(1000)),
            ("maxFeePerGas (1) is lower than the minimum required (500000000)", fee(500_000_000)),
            ("maxFeePerGas must be at least a little more", None),
            ("maxFeePerGas must be at least 99999999999999999999999999999999999999999999", None),
            ("callGasLimit must be at least 9000", None),
            ("AA25 invalid account nonce", None),
            ("maxFeePerGas is too low", None),
            ("", None),
        ] {
            assert_eq!(least_fee(message), wanted, "{message}");
        }
    }
}
