//! `abi`: random types and values with their encodings, and mutations that must be refused.

use alloy_primitives::{B256, I256};
use hallpass::abi::{Kind, Type, Value, decode, encode};
use serde_json::Value as Json;

use super::{Report, address, bytes, number, rows};

pub fn run(file: &Json) -> Option<Report> {
    let mut report = Report::default();
    for case in rows(file, "encoded")? {
        let name = case["name"].as_str().unwrap();
        let types: Vec<Type> = match case["type"].as_str().unwrap().parse() {
            Ok(ty) => vec![ty],
            Err(fault) => {
                report.failures.push(format!("{name}: {fault}"));
                continue;
            }
        };
        check(&mut report, name, &types, case);
    }
    Some(report)
}

fn check(report: &mut Report, name: &str, types: &[Type], case: &Json) {
    let values = [value(&types[0], &case["verbose"])];
    let encoded = bytes(&case["encoded"]);
    report.equal(name, encode(types, &values), Ok(encoded.clone()));
    report.equal(format!("{name} decoded"), decode(types, &encoded), Ok(values.to_vec()));

    let mut longer = encoded.clone();
    longer.push(0);
    report.holds(format!("{name} with a byte added"), decode(types, &longer).is_err());
    let shorter = &encoded[..encoded.len() - 1];
    report.holds(format!("{name} with a byte cut"), decode(types, shorter).is_err());
    // Any change either is refused, or gives other values with exactly that encoding.
    let step = (encoded.len() / 64).max(1);
    for at in (0..encoded.len()).step_by(step) {
        let mut changed = encoded.clone();
        changed[at] ^= 0x81;
        if let Ok(values) = decode(types, &changed) {
            report.equal(format!("{name} changed at {at}"), encode(types, &values), Ok(changed));
        }
    }
}

/// A value from its verbose form: `{type, value}` all the way down.
fn value(ty: &Type, json: &Json) -> Value {
    let inner = &json["value"];
    match ty.kind() {
        Kind::Address => Value::Address(address(inner)),
        Kind::Bool => Value::Bool(inner.as_bool().unwrap()),
        Kind::Uint(_) => Value::Uint(number(inner)),
        Kind::Int(_) => Value::Int(inner.as_str().unwrap().parse::<I256>().unwrap()),
        Kind::FixedBytes(_) => Value::FixedBytes(B256::right_padding_from(&bytes(inner))),
        Kind::Bytes => Value::Bytes(bytes(inner).into()),
        Kind::String => Value::String(inner.as_str().unwrap().to_owned()),
        Kind::Array(item) | Kind::FixedArray(item, _) => {
            Value::Array(inner.as_array().unwrap().iter().map(|json| value(item, json)).collect())
        }
        Kind::Tuple(members) => {
            let items = members.iter().zip(inner.as_array().unwrap());
            Value::Tuple(items.map(|(member, json)| value(&member.ty, json)).collect())
        }
    }
}
