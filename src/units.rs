//! Amounts and durations as people write them: `0.02 ether`, `50 gwei`, `4h`.

use alloy_primitives::U256;

/// A text that is no amount or duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnitError {
    /// Not a decimal number with a known unit.
    #[error(
        "expected a number and a unit (wei, gwei, ether), such as \"0.02 ether\", or wei in decimal or hex"
    )]
    Amount,
    /// More decimals than the unit has.
    #[error("more decimals than the unit has; an amount without a unit is wei, so write 0.02 ether")]
    TooFine,
    /// Beyond 256 bits.
    #[error("the amount does not fit 256 bits")]
    TooLarge,
    /// Not a whole number with a known unit of time.
    #[error("expected a whole number and a unit (s, m, h, d), such as \"4h\"")]
    Duration,
}

/// Wei in an amount: a whole number of wei, decimal or as a hex quantity, or a decimal number of `wei`, `gwei` or `ether`.
///
/// # Errors
/// [`UnitError`] for anything else; nothing is rounded.
pub fn parse_amount(text: &str) -> Result<U256, UnitError> {
    if let Some(digits) = text.strip_prefix("0x") {
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = U256::from_str_radix(digits, 16);
        return if is_number { number.map_err(|_| UnitError::TooLarge) } else { Err(UnitError::Amount) };
    }
    let (number, unit) = text.trim().split_once(' ').unwrap_or((text.trim(), "wei"));
    let decimals: usize = match unit.trim() {
        "wei" => 0,
        "gwei" => 9,
        "ether" => 18,
        _ => return Err(UnitError::Amount),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return Err(UnitError::Amount);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > decimals {
        return Err(UnitError::TooFine);
    }
    let digits = format!("{whole}{fraction:0<decimals$}");
    U256::from_str_radix(&digits, 10).map_err(|_| UnitError::TooLarge)
}

/// Seconds in a duration: `90s`, `20m`, `4h`, `7d`.
///
/// # Errors
/// [`UnitError::Duration`] for anything else.
pub fn parse_duration(text: &str) -> Result<u64, UnitError> {
    let text = text.trim();
    let split = text.len().saturating_sub(1);
    let (number, unit) = text.split_at_checked(split).ok_or(UnitError::Duration)?;
    let unit: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(UnitError::Duration),
    };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = is_number.then(|| number.parse().ok()).flatten().ok_or(UnitError::Duration)?;
    number.checked_mul(unit).ok_or(UnitError::Duration)
}

/// A number with its decimal point moved, no zeros at the end: `20000` with 6 decimals is `0.02`.
#[must_use]
pub fn format_units(number: U256, decimals: usize) -> String {
    let digits = format!("{number:0>width$}", width = decimals.saturating_add(1));
    let (whole, fraction) =
        digits.split_at_checked(digits.len().saturating_sub(decimals)).unwrap_or((&digits, ""));
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        let wei = |text| parse_amount(text).map(|amount| amount.to_string());
        assert_eq!(wei("12").unwrap(), "12");
        assert_eq!(wei("0.05 gwei").unwrap(), "50000000");
        assert_eq!(wei("0.02 ether").unwrap(), "20000000000000000");
        assert_eq!(wei("1.50 ether").unwrap(), "1500000000000000000");
        assert_eq!(wei("0.5 wei"), Err(UnitError::TooFine));
        assert_eq!(wei("1.0 wei").unwrap(), "1");
        assert_eq!(wei("0x16345785D8a0000").unwrap(), "100000000000000000");
        let above = format!("0x1{}", "0".repeat(64));
        assert_eq!(parse_amount(&above), Err(UnitError::TooLarge));
        for text in
            ["", "1 eth", "1e18", "-1", "1. ether", ".5 ether", "0x", "0x1g", "0x1 ether", "0X10", "1 000"]
        {
            assert_eq!(wei(text), Err(UnitError::Amount), "{text}");
        }
        assert_eq!(wei(&"9".repeat(80)), Err(UnitError::TooLarge));
    }

    #[test]
    fn durations_are_whole_numbers_of_a_unit() {
        assert_eq!(parse_duration("90s"), Ok(90));
        assert_eq!(parse_duration("20m"), Ok(1_200));
        assert_eq!(parse_duration("4h"), Ok(14_400));
        assert_eq!(parse_duration("7d"), Ok(604_800));
        for text in ["", "h", "4", "4.5h", "-4h", "4 h", "4H", "99999999999999999999d", "é"] {
            assert_eq!(parse_duration(text), Err(UnitError::Duration), "{text}");
        }
    }
}
