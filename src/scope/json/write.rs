//! A scope in full: every field, integers as decimal strings, durations in seconds (`30s`).

use serde_json::{Map, Value as Json};

use crate::abi::{Kind, Param, Type, Value};
use crate::hex;
use crate::json::json;
use crate::scope::leaves::member;
use crate::scope::{Asset, CallRule, Condition, Limits, PaymasterRule, Scope};

impl Scope {
    /// The scope in full: every field, integers as decimal strings, durations in seconds (`30s`); rules as they were written.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let spend = self.spend.iter().map(|rule| {
            let token = match rule.asset {
                Asset::Native => "native".to_owned(),
                Asset::Token(address) => address.to_string(),
            };
            json!({ "token": token, "limit": rule.limit.to_string(), "per": rule.per.map(write_duration) })
        });
        let signatures = self
            .signatures
            .iter()
            .map(|rule| json!({ "verifyingContract": rule.contract.to_string(), "type": rule.ty }));
        json!({
            "v": 1,
            "calls": self.calls.iter().map(write_call).collect::<Vec<_>>(),
            "spend": spend.collect::<Vec<_>>(),
            "limits": write_limits(&self.limits),
            "paymaster": match self.paymaster {
                PaymasterRule::None => "none".to_owned(),
                PaymasterRule::Any => "any".to_owned(),
                PaymasterRule::Only(address) => address.to_string(),
            },
            "signatures": signatures.collect::<Vec<_>>(),
            "accept": self.accept,
        })
    }
}

fn write_call(rule: &CallRule) -> Json {
    let value = json!({ "max": rule.max_value.to_string() });
    let Some(function) = &rule.function else {
        return json!({ "to": rule.to.to_string(), "plainTransfer": true, "value": value });
    };
    let args = rule.args.iter().zip(function.inputs());
    json!({
        "to": rule.to.to_string(),
        "function": function.declaration(),
        "args": args.map(|(condition, Param { ty, .. })| write_condition(ty, condition)).collect::<Vec<_>>(),
        "value": value,
    })
}

fn write_condition(ty: &Type, condition: &Condition) -> Json {
    let write = |value: &Value| write_value(ty, value);
    match condition {
        Condition::Any => json!({ "any": true }),
        Condition::SelfAccount => json!({ "self": true }),
        Condition::Equal(value) => json!({ "eq": write(value) }),
        Condition::NotEqual(value) => json!({ "neq": write(value) }),
        Condition::LessOrEqual(value) => json!({ "lte": write(value) }),
        Condition::GreaterOrEqual(value) => json!({ "gte": write(value) }),
        Condition::Between(least, most) => json!({ "between": [write(least), write(most)] }),
        Condition::OneOf(values) => {
            json!({ "oneOf": values.iter().map(write).collect::<Vec<_>>() })
        }
        Condition::StartsWith(start) => match (ty.kind(), std::str::from_utf8(start)) {
            (Kind::String, Ok(text)) => json!({ "startsWith": text }),
            _ => json!({ "startsWith": hex::data(start) }),
        },
        Condition::Members(conditions) => {
            let members = conditions.iter().enumerate().map(|(index, condition)| match member(ty, index) {
                Some((ty, _)) => write_condition(ty, condition),
                None => Json::Null,
            });
            members.collect()
        }
    }
}

fn write_duration(seconds: u64) -> String {
    format!("{seconds}s")
}

fn write_limits(limits: &Limits) -> Json {
    let mut gas = Map::new();
    gas.insert("maxFeePerGas".to_owned(), limits.max_fee_per_gas.map(|fee| fee.to_string()).into());
    gas.insert("perOperation".to_owned(), limits.per_operation.map(|wei| wei.to_string()).into());
    gas.insert("total".to_owned(), limits.gas_total.to_string().into());
    json!({
        "operations": limits.operations.map(|count| count.to_string()),
        "rate": limits.every.map(|seconds| json!({ "every": write_duration(seconds) })),
        "gas": gas,
    })
}

/// A value that is compared as a whole.
fn write_value(ty: &Type, value: &Value) -> Json {
    match (ty.kind(), value) {
        (_, Value::Bool(bool)) => Json::Bool(*bool),
        (_, Value::Address(address)) => Json::String(address.to_string()),
        (_, Value::Uint(number)) => Json::String(number.to_string()),
        (_, Value::Int(number)) => Json::String(number.to_string()),
        (_, Value::Bytes(bytes)) => Json::String(hex::data(bytes)),
        (_, Value::String(text)) => Json::String(text.clone()),
        (Kind::FixedBytes(length), Value::FixedBytes(word)) => {
            Json::String(hex::data(word.get(..*length).unwrap_or_default()))
        }
        // Composite values are compared member by member.
        _ => Json::Null,
    }
}
