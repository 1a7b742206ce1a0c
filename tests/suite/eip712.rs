//! `eip712`: typed data with the encoding of its message and its digest.

use hallpass::eip712::TypedData;
use serde_json::{Value, json};

use super::{Report, rows};

pub fn run(file: &Value) -> Option<Report> {
    let mut report = Report::default();
    for case in rows(file, "primaryType")? {
        let name = case["name"].as_str().unwrap();
        let typed_data = json!({
            "domain": case["domain"],
            "types": case["types"],
            "primaryType": case["primaryType"],
            "message": case["data"],
        });
        match TypedData::from_json(&typed_data) {
            Ok(data) => {
                report.hex(format!("{name} encoded"), data.encode_message().unwrap(), &case["encoded"]);
                report.hex(format!("{name} digest"), data.digest(), &case["digest"]);
                let again = TypedData::from_json_text(&data.to_json().to_string());
                report.equal(format!("{name} wallet JSON"), again, Ok(data));
            }
            Err(fault) => report.failures.push(format!("{name}: {fault}")),
        }
    }
    Some(report)
}
