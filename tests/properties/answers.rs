//! Every field of every answer: all spellings of a value are that value, and everything else is refused with its path.

use alloy_primitives::U256;
use hallpass::testing::{Kind, QUESTIONS, Question};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// The answer with something else in a field.
fn with(question: &Question, pointer: &str, value: Json) -> Json {
    let mut answer: Json = serde_json::from_str(question.answer).unwrap();
    *answer.pointer_mut(pointer).unwrap() = value;
    answer
}

/// A JSON pointer as failures tell it: `result.receipt.blockNumber`, `result[0].removed`.
fn path(pointer: &str) -> String {
    let parts = pointer.split('/').skip(1).map(|part| match part.parse::<usize>() {
        Ok(index) => format!("[{index}]"),
        Err(_) => format!(".{part}"),
    });
    format!("result{}", parts.collect::<String>())
}

fn fields() -> impl Iterator<Item = (&'static Question, &'static str, Kind)> {
    QUESTIONS
        .iter()
        .flat_map(|question| question.fields.iter().map(move |(pointer, kind)| (question, *pointer, *kind)))
}

/// The same value as endpoints write it, the first as the specification does.
fn spellings(kind: Kind, limbs: [u64; 4], zeros: usize) -> Vec<Json> {
    let random = U256::from_limbs(limbs);
    let bytes = random.to_be_bytes::<32>();
    let mixed = |bytes: &[u8]| {
        let text = hallpass::hex::data(bytes);
        vec![json!(text), json!(format!("0x{}", text[2..].to_uppercase()))]
    };
    match kind {
        Kind::Quantity(bits) => {
            let value = random >> (256 - bits);
            let zeros = "0".repeat(zeros);
            let number: Json = serde_json::from_str(&value.to_string()).unwrap();
            let hex = [format!("{value:#x}"), format!("0x{zeros}{value:x}"), format!("0x{value:X}")];
            let decimal = [value.to_string(), format!("{zeros}{value}")];
            hex.into_iter().chain(decimal).map(Json::String).chain([number]).collect()
        }
        Kind::Truth if limbs[0].is_multiple_of(2) => vec![json!(true), json!("true")],
        Kind::Truth => vec![json!(false), json!("false")],
        Kind::Hash => mixed(&bytes),
        Kind::Address => mixed(&bytes[..20]),
        Kind::Data => mixed(&bytes[..zeros.min(32)]),
        Kind::Code if zeros == 0 => vec![json!("0x"), json!(""), json!("0x0"), Json::Null],
        Kind::Code => mixed(&bytes),
    }
}

/// What no endpoint can mean.
fn odd(kind: Kind) -> Vec<Json> {
    let mut odd = vec![
        json!({}),
        json!([]),
        json!([1]),
        json!("perhaps"),
        json!("0xzz"),
        json!("0X1"),
        json!(-1),
        json!(1.5),
        json!("１"),
    ];
    let more = match kind {
        Kind::Quantity(bits) => {
            vec![
                json!(true),
                json!(""),
                json!("-1"),
                json!("1e3"),
                json!(format!("0x1{}", "0".repeat(bits / 4))),
            ]
        }
        Kind::Truth => vec![json!(1), json!(0), json!("0x1"), json!("True"), json!("")],
        Kind::Hash => vec![json!(true), json!(""), json!("0x12"), json!(format!("0x{}", "1".repeat(66)))],
        Kind::Address => vec![json!(true), json!(""), json!("0x12"), json!(format!("0x{}", "1".repeat(64)))],
        Kind::Data | Kind::Code => vec![json!(true), json!("0x1"), json!("00")],
    };
    odd.extend(more);
    odd
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn all_spellings_of_a_value_are_read_as_the_same(limbs: [u64; 4], zeros in 0_usize..80) {
        for (question, pointer, kind) in fields() {
            let mut read = spellings(kind, limbs, zeros)
                .into_iter()
                .map(|spelling| (question.ask(with(question, pointer, spelling.clone())), spelling));
            let (first, _) = read.next().unwrap();
            for (other, spelling) in read {
                prop_assert_eq!(&first, &other, "{} {} {}", question.name, pointer, spelling);
            }
        }
    }

    #[test]
    fn no_answer_is_panicked_at(text in "\\PC{0,40}", at in any::<prop::sample::Index>(), number: u64) {
        for (question, pointer, _) in fields() {
            for value in [json!(text), json!(number), json!([text, number]), json!({ "a": text })] {
                let _ = question.ask(with(question, pointer, value.clone()));
                let _ = question.ask(value);
            }
            let cut = at.index(question.answer.len());
            if let Some(Ok(answer)) = question.answer.get(..cut).map(serde_json::from_str::<Json>) {
                let _ = question.ask(answer);
            }
        }
    }
}

#[test]
fn what_a_field_cannot_mean_is_refused_with_its_path() {
    for (question, pointer, kind) in fields() {
        let good = question.ask(serde_json::from_str(question.answer).unwrap());
        assert!(good.is_ok(), "{}: {good:?}", question.name);
        for value in odd(kind) {
            // A price that is no object is a tip, and its own value is what is at fault then.
            let refused = question.ask(with(question, pointer, value.clone()));
            let words = refused.expect_err(&format!("{} {pointer} {value}", question.name));
            assert!(
                words.contains(&format!(": {}", path(pointer))),
                "{} {pointer} {value}: {words}",
                question.name
            );
        }
    }
}
