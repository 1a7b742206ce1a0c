//! JSON values as text, without a space: names in the order of their bytes, as the map keeps them.

use std::fmt::Write as _;

use serde_json::Value;

/// The text of a value.
#[must_use]
pub fn text_of(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(number) => text.push_str(number.as_str()),
        Value::String(string) => write_string(string, text),
        Value::Array(items) => {
            let mut before = '[';
            for item in items {
                text.push(before);
                write(item, text);
                before = ',';
            }
            close(text, before, ['[', ']']);
        }
        Value::Object(members) => {
            let mut before = '{';
            for (name, member) in members {
                text.push(before);
                write_string(name, text);
                text.push(':');
                write(member, text);
                before = ',';
            }
            close(text, before, ['{', '}']);
        }
    }
}

/// What has no parts was not opened yet.
fn close(text: &mut String, before: char, [open, close]: [char; 2]) {
    if before == open {
        text.push(open);
    }
    text.push(close);
}

fn write_string(string: &str, text: &mut String) {
    text.push('"');
    for letter in string.chars() {
        let escaped = match letter {
            '"' | '\\' => letter,
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            '\u{8}' => 'b',
            '\u{c}' => 'f',
            '\0'..' ' => {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\u{:04x}", u32::from(letter));
                continue;
            }
            _ => {
                text.push(letter);
                continue;
            }
        };
        text.push('\\');
        text.push(escaped);
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_written_as_the_library_writes_them() {
        let every: String = (0..0x250).filter_map(char::from_u32).chain("€😀\u{2028}".chars()).collect();
        for value in [
            json!(null),
            json!([]),
            json!({}),
            json!([[], {}, [[1, -2.5]], true, false, null]),
            json!({ "b": { "": [1, "x"] }, "a": every.clone(), (every): 7 }),
            crate::json::parse(
                "[1e5,115792089237316195423570985008687907853269984665640564039457584007913129639935]",
                "",
            )
            .unwrap(),
        ] {
            assert_eq!(text_of(&value), value.to_string());
            assert_eq!(crate::json::parse(&text_of(&value), "").unwrap(), value);
        }
    }
}
