//! JSON text, with bounds on what a reader can be kept busy with.

use serde_json::{Map, Value};

use super::{JsonError, JsonReason};

/// Levels to which JSON text may be nested.
const DEEPEST: usize = 64;
/// Members that one object may have.
const MOST_MEMBERS: usize = 1_000;

/// Parses JSON text.
///
/// # Errors
/// [`JsonReason::Syntax`] with line and column, [`JsonReason::Repeated`], and [`JsonReason::Invalid`] for text that is nested deeper than
/// 64 levels or has an object of more than 1,000 members: nobody writes that, but to keep a reader busy.
pub fn parse(text: &str, root: &str) -> Result<Value, JsonError> {
    // With arbitrary precision the library reads an object of this one member as a number; nobody else does.
    if text.contains("$serde_json::private::Number") {
        return Err(JsonError::new(root, JsonReason::Unknown { meant: None }));
    }
    let odd = first_oddity(text);
    if let Some((path, reason @ JsonReason::Invalid(_))) = odd {
        return Err(fault(root, &path, reason));
    }
    let value = serde_json::from_str(text).map_err(|fault| {
        JsonError::new(root, JsonReason::Syntax { line: fault.line(), column: fault.column() })
    })?;
    match odd {
        None => Ok(value),
        Some((path, reason)) => Err(fault(root, &path, reason)),
    }
}

fn fault(root: &str, path: &str, reason: JsonReason) -> JsonError {
    let path = format!("{root}{path}");
    JsonError::new(path.trim_start_matches('.'), reason)
}

/// The first thing in JSON text that readers make different things of, or choke on, and where it is: a name that stands twice in one
/// object, deep nesting, very many members. What is not JSON is for others to tell.
fn first_oddity(text: &str) -> Option<(String, JsonReason)> {
    // Names of each object that is open; an array has none.
    let mut open: Vec<Option<Map<String, Value>>> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}', '[', ']', '"']) {
        if open.len() > DEEPEST {
            return Some((String::new(), "nested deeper than 64 levels".into()));
        }
        let (_, from) = rest.split_at_checked(at)?;
        let mut after = from.get(1..)?;
        match from.as_bytes().first()? {
            b'{' => open.push(Some(Map::new())),
            b'[' => open.push(None),
            b'"' => {
                let end = end_of_string(after)?;
                let (name, behind) = after.split_at_checked(end)?;
                after = behind.get(1..)?;
                if after.trim_start().starts_with(':')
                    && let Some(Some(names)) = open.last_mut()
                {
                    if names.len() >= MOST_MEMBERS {
                        return Some((String::new(), "an object of more than 1,000 members".into()));
                    }
                    if names.insert(plain(name), Value::Null).is_some() {
                        return Some((format!(".{name}"), JsonReason::Repeated));
                    }
                }
            }
            _ => drop(open.pop()),
        }
        rest = after;
    }
    None
}

/// Where a string ends that began before `text`.
fn end_of_string(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

/// A name as it reads, whatever of it is escaped.
fn plain(name: &str) -> String {
    let read = name.contains('\\').then(|| serde_json::from_str(&format!("\"{name}\"")).ok()).flatten();
    read.unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_a_reader_busy_is_refused() {
        assert!(parse(r#"{"$serde_json::private::Number":"5"}"#, "it").is_err());
        let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(&nested(64), "it").is_ok());
        assert!(parse(&nested(65), "it").unwrap_err().to_string().contains("deeper than 64"));
        assert!(parse(&"[".repeat(100_000), "it").unwrap_err().to_string().contains("deeper than 64"));
        let wide = |members: usize| {
            let members: Vec<String> = (0..members).map(|number| format!("\"{number}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(parse(&wide(1_000), "it").is_ok());
        assert!(parse(&wide(1_001), "it").unwrap_err().to_string().contains("more than 1,000"));
        for text in [r#"{"a":1,"a":2}"#, r#"{"b":[{"a":{},"c":"\"","a":2}]}"#, r#"{"a":1,"\u0061":2}"#] {
            let fault = parse(text, "it").unwrap_err();
            assert_eq!(fault.reason, JsonReason::Repeated, "{text}");
        }
        assert!(parse(r#"{"a":{"a":[{"a":1},{"a":"{\"a\":1,\"a\":2}"}]},"b":"a"}"#, "it").is_ok());
        assert_eq!(parse("{", "it").unwrap_err().to_string(), "it: not JSON (line 1, column 1)");
    }
}
