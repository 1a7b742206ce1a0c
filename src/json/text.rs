//! JSON text (RFC 8259), with bounds on what a reader can be kept busy with. One pass of our own: the library's reader bounds
//! nothing, lets the last of two members with one name win, and reads an object with a certain member as a number.

use serde_json::{Map, Number, Value};

use super::{JsonError, JsonReason};

/// Levels to which JSON text may be nested.
const DEEPEST: usize = 64;
/// Members that one object may have.
const MOST_MEMBERS: usize = 1_000;

/// Parses JSON text.
///
/// # Errors
/// [`JsonReason::Syntax`] with line and column, [`JsonReason::Repeated`] for a name that stands twice in one object, of which readers
/// make different things, and [`JsonReason::Invalid`] for text that is nested deeper than 64 levels or has an object of more than 1,000
/// members: nobody writes that, but to keep a reader busy.
pub fn parse(text: &str, root: &str) -> Result<Value, JsonError> {
    let mut reader = Reader { text, at: 0, levels: 0, oddity: None };
    if let Some(value) = reader.value() {
        reader.skip_space();
        if reader.at == text.len() {
            return Ok(value);
        }
    }
    let (name, reason) = reader.oddity.take().unwrap_or_else(|| (String::new(), reader.syntax()));
    let path = format!("{root}{name}");
    Err(JsonError::new(path.trim_start_matches('.'), reason))
}

/// What is read, and how far. Nothing read is a fault at this place, unless there is an oddity.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    levels: usize,
    /// What is wrong with text that is JSON, and below which name.
    oddity: Option<(String, JsonReason)>,
}

impl Reader<'_> {
    fn value(&mut self) -> Option<Value> {
        self.skip_space();
        match self.peek()? {
            b'{' => self.nested(Self::object),
            b'[' => self.nested(Self::array),
            b'"' => self.string().map(Value::String),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            _ => self.number(),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Option<Value>) -> Option<Value> {
        self.levels = self.levels.saturating_add(1);
        if self.levels > DEEPEST {
            return self.odd(String::new(), "nested deeper than 64 levels".into());
        }
        self.go(1);
        let value = read(self);
        self.levels = self.levels.saturating_sub(1);
        value
    }

    fn object(&mut self) -> Option<Value> {
        let mut members = Map::new();
        while !self.ends(b'}', members.is_empty())? {
            if members.len() == MOST_MEMBERS {
                return self.odd(String::new(), "an object of more than 1,000 members".into());
            }
            self.skip_space();
            if self.peek()? != b'"' {
                return None;
            }
            let name = self.string()?;
            if members.contains_key(&name) {
                return self.odd(format!(".{name}"), JsonReason::Repeated);
            }
            self.skip_space();
            self.eat(b':').then_some(())?;
            members.insert(name, self.value()?);
        }
        Some(Value::Object(members))
    }

    fn array(&mut self) -> Option<Value> {
        let mut items = Vec::new();
        while !self.ends(b']', items.is_empty())? {
            items.push(self.value()?);
        }
        Some(Value::Array(items))
    }

    /// Whether what is open ends here, or goes on after a comma.
    fn ends(&mut self, end: u8, is_empty: bool) -> Option<bool> {
        self.skip_space();
        match self.eat(end) {
            true => Some(true),
            false => (is_empty || self.eat(b',')).then_some(false),
        }
    }

    fn string(&mut self) -> Option<String> {
        let mut read = String::new();
        self.go(1);
        loop {
            let rest = self.text.get(self.at..)?;
            let plain = rest.find(|letter| matches!(letter, '"' | '\\' | '\0'..' '))?;
            read.push_str(rest.get(..plain)?);
            self.go(plain);
            if self.eat(b'"') {
                return Some(read);
            }
            self.eat(b'\\').then_some(())?;
            read.push(self.escaped()?);
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.go(1);
        Some(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut units = vec![self.unit()?];
                // The first half of a pair.
                if matches!(units.as_slice(), [0xd800..0xdc00]) {
                    (self.eat(b'\\') && self.eat(b'u')).then_some(())?;
                    units.push(self.unit()?);
                }
                let mut letters = char::decode_utf16(units);
                let letter = letters.next()?.ok()?;
                letters.next().is_none().then_some(letter)?
            }
            _ => return None,
        })
    }

    fn unit(&mut self) -> Option<u16> {
        let digits = self.text.get(self.at..self.at.saturating_add(4))?;
        self.go(4);
        digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(())?;
        u16::from_str_radix(digits, 16).ok()
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        let is_here = self.text.get(self.at..)?.starts_with(word);
        self.go(if is_here { word.len() } else { 0 });
        is_here.then_some(value)
    }

    fn number(&mut self) -> Option<Value> {
        let begin = self.at;
        self.eat(b'-');
        // Nothing follows a zero.
        let whole = self.eat(b'0') || self.digits();
        let fraction = !self.eat(b'.') || self.digits();
        let exponent = !(self.eat(b'e') || self.eat(b'E')) || {
            let _ = self.eat(b'+') || self.eat(b'-');
            self.digits()
        };
        let number = self.text.get(begin..self.at)?;
        // As it is written, with all its digits.
        let number = || Value::Number(Number::from_string_unchecked(number.to_owned()));
        (whole && fraction && exponent).then(number)
    }

    /// Goes behind digits; whether there was one.
    fn digits(&mut self) -> bool {
        let begin = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.go(1);
        }
        self.at > begin
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {
            self.go(1);
        }
    }

    /// Goes behind a byte if it is the next.
    fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.go(usize::from(is_next));
        is_next
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn go(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn odd<T>(&mut self, name: String, reason: JsonReason) -> Option<T> {
        self.oddity = Some((name, reason));
        None
    }

    /// Where the text stops being JSON.
    fn syntax(&self) -> JsonReason {
        let read = self.text.as_bytes().get(..self.at).unwrap_or(self.text.as_bytes());
        let line = read.iter().filter(|byte| **byte == b'\n').count().saturating_add(1);
        let column = read.iter().rev().take_while(|byte| **byte != b'\n').count().saturating_add(1);
        JsonReason::Syntax { line, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_a_reader_busy_is_refused() {
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
    }

    /// The library is the oracle for which texts are JSON, and what they say.
    #[test]
    fn json_is_what_the_library_takes_for_it() {
        let texts = [
            "null",
            "true",
            "false",
            " [ ] ",
            "[1,2]",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{}",
            "{ \"a\" : 1 }",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\" 1}",
            "{1:1}",
            "{,}",
            "nul",
            "nulls",
            "tru",
            "",
            " ",
            "\u{a0}1",
            "1 1",
            "]",
            "}",
            "[",
            "{",
            "\"",
            "\"a",
            "[}",
            "{]",
            "{\"a\":}",
            "{\"a\"}",
            "\u{feff}1",
            "//\n1",
            "\r\n\t 5 ",
            "0",
            "-0",
            "-",
            "+1",
            "01",
            "-01",
            "1.",
            ".5",
            "1.5",
            "0.50",
            "1e5",
            "1E+5",
            "1e-05",
            "1e",
            "1e+",
            "0e0",
            "00",
            "0x5",
            "1_0",
            "NaN",
            "-Infinity",
            "1.5.5",
            "115792089237316195423570985008687907853269984665640564039457584007913129639935",
            "123456789012345678901234567890.125",
            r#""\"\\\/\b\f\n\r\t""#,
            r#""\a""#,
            r#""\u00e9\u20AC""#,
            r#""\u+123""#,
            r#""\u12""#,
            r#""\ud83d\ude00""#,
            r#""\ud83d""#,
            r#""\ude00""#,
            r#""\ud83d\u0041""#,
            r#""\ud83dx""#,
            r#""\ud83d\ud83d""#,
            "\"\u{7f}é€😀\"",
            "\"\t\"",
            "\"\n\"",
            "\"\0\"",
            r#"{"\u0061":[{"b":"c"},[],-1.5e3]}"#,
        ];
        for text in texts {
            as_the_library_reads_it(text);
        }
    }

    fn as_the_library_reads_it(text: &str) {
        let ours = parse(text, "it");
        if ours.as_ref().is_err_and(|fault| fault.reason == JsonReason::Repeated) {
            return;
        }
        let theirs = serde_json::from_str::<Value>(text).ok();
        // The library writes exponents its own way.
        let shown = |value: &Value| value.to_string().replace("e+", "e").replace("E+", "e").replace('E', "e");
        assert_eq!(ours.ok().as_ref().map(shown), theirs.as_ref().map(shown), "{text}");
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(20_000))]
        #[test]
        fn so_are_texts_of_its_letters(text in "[\\[\\]{}\",: \n0-9eE.+\\\\untrfalsdDcC-]{0,12}", within in "(\\[|\\{\"a\":|\"|)") {
            as_the_library_reads_it(&text);
            let end = match within.as_str() { "" => "", "[" => "]", "\"" => "\"", _ => "}" };
            as_the_library_reads_it(&format!("{within}{text}{end}"));
        }
    }

    #[test]
    fn faults_are_told_by_their_place() {
        let told = |text: &str| parse(text, "it").unwrap_err().to_string();
        assert_eq!(told("{"), "it: not JSON (line 1, column 2)");
        assert_eq!(told("{\"a\":\n  truth}"), "it: not JSON (line 2, column 3)");
        assert_eq!(told("[1]]"), "it: not JSON (line 1, column 4)");
        let object = parse(r#"{"$serde_json::private::Number":"5"}"#, "it").unwrap();
        assert!(object.is_object(), "only a name");
    }
}
