//! What endpoints write, read for what it says: the execution API has one spelling for each value, and nodes, bundlers and paymasters
//! have more. Whatever cannot be told for certain is refused with its path.

use alloy_primitives::{Bytes, U256};
use serde_json::Value;

use crate::hex::{self, HexError};
use crate::json::{self, JsonError, Node};

/// A quantity of up to 256 bits: hex, with leading zeros or none, `0x` for zero; decimal digits; a whole JSON number.
pub(super) fn quantity(node: Node<'_>) -> Result<U256, JsonError> {
    let digits = match node.value() {
        Value::String(text) => match text.strip_prefix("0x") {
            Some(digits) => {
                let digits = digits.trim_start_matches('0');
                return hex::parse_quantity(&format!("0x{}", if digits.is_empty() { "0" } else { digits }))
                    .or_else(|fault| node.fail(fault));
            }
            None => text.as_str(),
        },
        // Kept as it was written.
        Value::Number(number) => number.as_str(),
        _ => return node.fail_kind("a quantity"),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return node.fail_kind("a quantity");
    }
    digits.parse().or_else(|_| node.fail(HexError::TooLarge { bits: 256 }))
}

/// The same of up to 128 bits.
pub(super) fn quantity128(node: Node<'_>) -> Result<u128, JsonError> {
    u128::try_from(quantity(node)?).or_else(|_| node.fail(HexError::TooLarge { bits: 128 }))
}

/// The same of up to 64 bits.
pub(super) fn quantity64(node: Node<'_>) -> Result<u64, JsonError> {
    u64::try_from(quantity(node)?).or_else(|_| node.fail(HexError::TooLarge { bits: 64 }))
}

/// A boolean, also as text.
pub(super) fn boolean(node: Node<'_>) -> Result<bool, JsonError> {
    match node.value().as_str() {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        _ => json::boolean(node),
    }
}

/// The code of an account; for none nodes answer nothing in several ways.
pub(super) fn code(node: Node<'_>) -> Result<Bytes, JsonError> {
    match node.value() {
        Value::Null => Ok(Bytes::new()),
        Value::String(text) if matches!(text.as_str(), "" | "0x0") => Ok(Bytes::new()),
        _ => json::data(node),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read<T>(value: &Value, read: impl FnOnce(Node<'_>) -> Result<T, JsonError>) -> Result<T, JsonError> {
        read(Node::root(value, "it"))
    }

    /// Every way in which a quantity is written, `zeros` of them in front where that is the way.
    fn spellings(value: U256, zeros: usize) -> Vec<Value> {
        let number: Value = serde_json::from_str(&value.to_string()).unwrap();
        let zeros = "0".repeat(zeros);
        vec![
            json!(format!("{value:#x}")),
            json!(format!("0x{zeros}{value:x}")),
            json!(format!("0x{value:X}")),
            json!(format!("0x{value:064x}")),
            json!(value.to_string()),
            json!(format!("{zeros}{value}")),
            number,
        ]
    }

    proptest! {
        #[test]
        fn every_spelling_of_a_quantity_is_the_same_quantity(limbs: [u64; 4], bits in 1_usize..=256, zeros in 0_usize..80) {
            let value = U256::from_limbs(limbs).wrapping_shr(256_usize.saturating_sub(bits));
            for spelling in spellings(value, zeros) {
                prop_assert_eq!(read(&spelling, quantity), Ok(value), "{}", spelling);
                prop_assert_eq!(read(&spelling, quantity128).ok(), u128::try_from(value).ok());
                prop_assert_eq!(read(&spelling, quantity64).ok(), u64::try_from(value).ok());
            }
        }
    }

    #[test]
    fn what_is_no_quantity_is_refused_with_its_path() {
        let too_large = format!("0x1{}", "0".repeat(64));
        let odd = json!([
            null,
            true,
            {},
            [],
            "",
            " ",
            "0X1",
            "x1",
            "0xg",
            "-1",
            "+1",
            "1.0",
            "1e3",
            "0x-1",
            "0x 1",
            "１",
            "1_000",
            " 1",
            "1 ",
            too_large
        ]);
        for value in odd.as_array().unwrap().iter().chain([&json!(-1), &json!(1.5), &json!(1e3)]) {
            let refusal = read(value, quantity).unwrap_err().to_string();
            assert!(refusal.starts_with("it: "), "{value}: {refusal}");
        }
        assert_eq!(read(&json!("0x"), quantity), Ok(U256::ZERO));
    }

    #[test]
    fn truth_and_absent_code_are_read_in_every_spelling() {
        for (value, truth) in
            [(json!(true), true), (json!("true"), true), (json!(false), false), (json!("false"), false)]
        {
            assert_eq!(read(&value, boolean), Ok(truth));
        }
        for odd in [json!("True"), json!(1), json!(0), json!("0x1"), json!(null), json!({}), json!([])] {
            assert!(read(&odd, boolean).is_err(), "{odd}");
        }
        for none in [json!(null), json!(""), json!("0x"), json!("0x0")] {
            assert_eq!(read(&none, code), Ok(Bytes::new()));
        }
        for odd in [json!("0x1"), json!("00"), json!(0), json!({}), json!(false), json!("none")] {
            assert!(read(&odd, code).is_err(), "{odd}");
        }
    }
}
