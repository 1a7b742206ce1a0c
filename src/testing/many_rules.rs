//! Scopes of any size, for benchmarks.

use std::fmt::Write;

use alloy_primitives::{Address, U256};

use crate::abi::Value;
use crate::call::Call;
use crate::scope::Scope;

/// A scope of this many rules, each of its own function of one of ten contracts with two conditions, and a call that the one in the
/// middle allows.
///
/// # Panics
/// Never: the text is written here.
#[must_use]
pub fn many_rules(rules: usize) -> (Scope, Call) {
    let mut calls = String::new();
    for index in 0..rules {
        let comma = if index == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(
            calls,
            r#"{comma}{{"to":"0x00000000000000000000000000000000000b{:04x}","function":"f{index}(address to,uint256 amount)",
               "args":[{{"oneOf":["{}","{}"]}},{{"lte":{index}}}]}}"#,
            index % 10,
            Address::repeat_byte(1),
            Address::repeat_byte(2),
        );
    }
    let text = format!(r#"{{"calls":[{calls}],"limits":{{"gas":{{"total":1}}}}}}"#);
    #[allow(clippy::expect_used, reason = "written here")]
    let scope = Scope::from_json_text(&text).expect("a scope");
    let rule = scope.calls().get(rules / 2).cloned();
    let function = rule.as_ref().and_then(|rule| rule.function.as_ref());
    let arguments = [Value::Address(Address::repeat_byte(2)), Value::Uint(U256::ZERO)];
    let data = function.and_then(|function| function.encode_call(&arguments).ok()).unwrap_or_default();
    let to = rule.as_ref().map(|rule| rule.to).unwrap_or_default();
    (scope, Call { to, value: U256::ZERO, data: data.into() })
}
