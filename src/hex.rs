//! Hex text as Ethereum JSON-RPC writes it: `data` (whole bytes) and `quantity` (a number without leading zeros).
//!
//! Both forms are those of the execution API ("Hex value encoding"); addresses are checked against EIP-55 when they are in
//! mixed case, so a mistyped address is an error and not another address.

use alloy_primitives::{Address, Bytes, U256, hex};

/// Why a text is not the hex value it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HexError {
    /// The text does not start with `0x`.
    #[error("hex text must start with 0x; names are not looked up")]
    Prefix,
    /// Data has an odd number of digits.
    #[error("hex data has an odd number of digits ({digits})")]
    OddLength {
        /// Digits after the prefix.
        digits: usize,
    },
    /// A character is not a hex digit.
    #[error("character {at} is not a hex digit")]
    Digit {
        /// Position in the text, counted from 0, prefix included.
        at: usize,
    },
    /// The value has the wrong number of bytes.
    #[error("expected {expected} bytes, found {found}")]
    Length {
        /// Bytes wanted.
        expected: usize,
        /// Bytes present.
        found: usize,
    },
    /// A quantity is empty: zero is written `0x0`.
    #[error("an empty quantity; zero is written 0x0")]
    EmptyQuantity,
    /// A quantity has a leading zero.
    #[error("a quantity must not have leading zeros")]
    LeadingZero,
    /// A quantity does not fit.
    #[error("the quantity does not fit {bits} bits")]
    TooLarge {
        /// Bits of the field it was meant for.
        bits: usize,
    },
    /// A mixed-case address fails its EIP-55 checksum.
    #[error("the address checksum (EIP-55) is wrong; check it for typing errors, or write it in lower case")]
    Checksum,
}

/// Reads `0x`-prefixed whole bytes; upper and lower case are accepted.
///
/// # Errors
/// [`HexError`] with the position of the fault.
pub fn parse_data(text: &str) -> Result<Bytes, HexError> {
    let digits = digits(text)?;
    if !digits.len().is_multiple_of(2) {
        return Err(HexError::OddLength { digits: digits.len() });
    }
    // The digits are checked, so the only failure left cannot occur; it is mapped all the same.
    hex::decode(digits).map(Bytes::from).map_err(|_| HexError::Prefix)
}

/// Reads exactly `N` bytes of `0x`-prefixed data.
///
/// # Errors
/// [`HexError::Length`] for another number of bytes, else as [`parse_data`].
pub fn parse_fixed<const N: usize>(text: &str) -> Result<[u8; N], HexError> {
    let bytes = parse_data(text)?;
    bytes.as_ref().try_into().map_err(|_| HexError::Length { expected: N, found: bytes.len() })
}

/// Reads a 20-byte address. In mixed case it must satisfy EIP-55; all lower or all upper case carries no checksum.
///
/// # Errors
/// [`HexError::Checksum`], else as [`parse_fixed`].
pub fn parse_address(text: &str) -> Result<Address, HexError> {
    let address = Address::from(parse_fixed::<20>(text)?);
    let digits = digits(text)?;
    let mixed =
        digits.bytes().any(|b| b.is_ascii_lowercase()) && digits.bytes().any(|b| b.is_ascii_uppercase());
    if mixed && address.to_checksum(None).strip_prefix("0x") != Some(digits) {
        return Err(HexError::Checksum);
    }
    Ok(address)
}

/// Reads a quantity: `0x`, then hex digits without leading zeros; zero is `0x0`.
///
/// # Errors
/// [`HexError`] for an empty value, leading zeros, a wrong character, or more than 256 bits.
pub fn parse_quantity(text: &str) -> Result<U256, HexError> {
    let digits = digits(text)?;
    match digits {
        "" => return Err(HexError::EmptyQuantity),
        "0" => return Ok(U256::ZERO),
        _ if digits.starts_with('0') => return Err(HexError::LeadingZero),
        _ => {}
    }
    U256::from_str_radix(digits, 16).map_err(|_| HexError::TooLarge { bits: 256 })
}

/// Writes a quantity: `0x` and no leading zeros.
#[must_use]
pub fn quantity(value: U256) -> String {
    format!("{value:#x}")
}

/// Writes whole bytes in lower case with prefix.
#[must_use]
pub fn data(bytes: &[u8]) -> String {
    hex::encode_prefixed(bytes)
}

fn digits(text: &str) -> Result<&str, HexError> {
    let digits = text.strip_prefix("0x").ok_or(HexError::Prefix)?;
    match digits.bytes().position(|b| !b.is_ascii_hexdigit()) {
        Some(at) => Err(HexError::Digit { at: at.saturating_add(2) }),
        None => Ok(digits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_whole_bytes() {
        assert_eq!(parse_data("0x"), Ok(Bytes::new()));
        assert_eq!(parse_data("0xAbcd"), Ok(Bytes::from(vec![0xab, 0xcd])));
        assert_eq!(parse_data("abcd"), Err(HexError::Prefix));
        assert_eq!(parse_data("0xabc"), Err(HexError::OddLength { digits: 3 }));
        assert_eq!(parse_data("0xabgd"), Err(HexError::Digit { at: 4 }));
        assert_eq!(parse_data("0xé"), Err(HexError::Digit { at: 2 }));
        assert_eq!(parse_fixed::<4>("0xabcd"), Err(HexError::Length { expected: 4, found: 2 }));
    }

    #[test]
    fn quantities_have_no_leading_zeros() {
        assert_eq!(parse_quantity("0x0"), Ok(U256::ZERO));
        assert_eq!(parse_quantity("0x1fF"), Ok(U256::from(511)));
        assert_eq!(parse_quantity("0x"), Err(HexError::EmptyQuantity));
        assert_eq!(parse_quantity("0x00"), Err(HexError::LeadingZero));
        assert_eq!(parse_quantity("0x01"), Err(HexError::LeadingZero));
        assert_eq!(parse_quantity("12"), Err(HexError::Prefix));
        assert_eq!(parse_quantity(&format!("0x1{}", "0".repeat(64))), Err(HexError::TooLarge { bits: 256 }));
        assert_eq!(quantity(U256::ZERO), "0x0");
        assert_eq!(quantity(U256::from(511)), "0x1ff");
    }

    #[test]
    fn mixed_case_addresses_are_checksummed() {
        let good = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"; // EIP-55, test case
        assert!(parse_address(good).is_ok());
        assert!(parse_address(&good.to_lowercase()).is_ok());
        assert!(parse_address(&format!("0x{}", good[2..].to_uppercase())).is_ok());
        assert_eq!(parse_address(&good.replace("aAeb", "aaeb")), Err(HexError::Checksum));
        assert_eq!(parse_address("0x00"), Err(HexError::Length { expected: 20, found: 1 }));
    }
}
