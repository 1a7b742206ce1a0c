//! Calldata against a scope: what is allowed is canonical calldata of a function that a rule names, and no input makes the check panic.
#![no_main]

use std::sync::LazyLock;

use hallpass::protocol::Call;
use hallpass::scope::Scope;
use libfuzzer_sys::fuzz_target;

const TO: [u8; 20] = [0xb0; 20];

static SCOPE: LazyLock<Scope> = LazyLock::new(|| {
    let to = "0xb0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0";
    let text = format!(
        r#"{{"calls":[
            {{"to":"{to}","function":"f(uint8 a,int16 b,address c)","args":[{{"lte":9}},{{"between":[-3,3]}},{{"self":true}}]}},
            {{"to":"{to}","function":"g((uint8 x,bytes4 y) p,string s,bytes[] l)","args":[[{{"neq":3}},{{"any":true}}],{{"startsWith":"a"}},{{"any":true}}]}},
            {{"to":"{to}","plainTransfer":true,"value":{{"max":5}}}}],
          "limits":{{"gas":{{"total":1}}}}}}"#
    );
    Scope::from_json_text(&text).expect("a scope")
});

fuzz_target!(|data: &[u8]| {
    let functions = || SCOPE.calls().iter().filter_map(|rule| rule.function.as_ref());
    // The selector comes from the first byte, so that most inputs get as far as the arguments.
    let with_selector = functions()
        .nth(usize::from(data.first().copied().unwrap_or_default()) % 3)
        .map(|function| [function.selector().as_slice(), data.get(1..).unwrap_or_default()].concat());
    for data in [Some(data.to_vec()), with_selector].into_iter().flatten() {
        let call = Call { to: TO.into(), value: Default::default(), data: data.clone().into() };
        let allowed = SCOPE.check_calls([0xac; 20].into(), &[call]).is_empty();
        if allowed && !data.is_empty() {
            let function = functions().find(|function| data.starts_with(function.selector().as_slice()));
            let function = function.expect("a rule names it");
            let values = function.decode_call(&data).expect("canonical");
            assert_eq!(function.encode_call(&values).expect("encodes"), data);
        }
    }
});
