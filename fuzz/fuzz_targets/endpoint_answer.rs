//! What nodes, bundlers and paymasters answer: any body, and good answers with bytes changed, for every question that is asked.
#![no_main]

use hallpass::endpoint::bundler::{BundlerError, least_fee};
use hallpass::testing::{QUESTIONS, Question, read_body};
use libfuzzer_sys::fuzz_target;

/// Longer numbers than these would be read from a longer text.
const LONGEST: usize = 4_096;

fuzz_target!(|data: &[u8]| {
    let [number, rest @ ..] = data else { return };
    let question = &QUESTIONS[usize::from(*number) % QUESTIONS.len()];
    if let Ok(text) = std::str::from_utf8(rest) {
        ask(question, text);
        let _ = least_fee(text);
    }
    // Positions and what is to stand there.
    let mut answer = question.answer.as_bytes().to_vec();
    for change in rest.chunks_exact(3) {
        let at = usize::from(u16::from_be_bytes([change[0], change[1]])) % answer.len();
        answer[at] = change[2];
    }
    let answer = String::from_utf8_lossy(&answer);
    ask(question, &format!(r#"{{"jsonrpc":"2.0","id":1,"result":{answer}}}"#));
    ask(
        question,
        &format!(r#"{{"jsonrpc":"2.0","id":1,"error":{{"code":-32500,"message":"AA23","data":{answer}}}}}"#),
    );
});

fn ask(question: &Question, body: &str) {
    match read_body(body) {
        Ok(answer) => {
            if let Err(words) = question.ask(answer) {
                assert!(words.len() < LONGEST + body.len(), "{words}");
            }
        }
        Err(error) => {
            let error = BundlerError::from(error);
            let _ = (error.meaning(), error.is_too_little_gas(), error.to_string());
        }
    }
}
