//! JSON values as they are written in the code. The library's macro takes every value through its serialiser, which is some kilobytes
//! of the module and a hundred places that could panic.

use serde_json::{Map, Number, Value};

/// What can stand in a JSON value.
pub(crate) trait ToJson {
    /// The value.
    fn json_value(&self) -> Value;
}

impl ToJson for Value {
    fn json_value(&self) -> Value {
        self.clone()
    }
}

impl ToJson for str {
    fn json_value(&self) -> Value {
        Value::String(self.to_owned())
    }
}

impl ToJson for String {
    fn json_value(&self) -> Value {
        self.as_str().json_value()
    }
}

impl ToJson for bool {
    fn json_value(&self) -> Value {
        Value::Bool(*self)
    }
}

impl ToJson for u64 {
    fn json_value(&self) -> Value {
        Value::Number(Number::from(*self))
    }
}

impl ToJson for u32 {
    fn json_value(&self) -> Value {
        u64::from(*self).json_value()
    }
}

impl ToJson for i64 {
    fn json_value(&self) -> Value {
        Value::Number(Number::from(*self))
    }
}

/// Numbers without a type of their own.
impl ToJson for i32 {
    fn json_value(&self) -> Value {
        i64::from(*self).json_value()
    }
}

impl ToJson for Map<String, Value> {
    fn json_value(&self) -> Value {
        Value::Object(self.clone())
    }
}

impl ToJson for usize {
    fn json_value(&self) -> Value {
        u64::try_from(*self).unwrap_or(u64::MAX).json_value()
    }
}

impl<T: ToJson> ToJson for Option<T> {
    fn json_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToJson::json_value)
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn json_value(&self) -> Value {
        Value::Array(self.iter().map(ToJson::json_value).collect())
    }
}

impl<T: ToJson + ?Sized> ToJson for &T {
    fn json_value(&self) -> Value {
        (**self).json_value()
    }
}

/// One function for all objects, since it stands in so many places.
#[inline(never)]
pub(crate) fn put(members: &mut Map<String, Value>, name: &str, value: Value) {
    members.insert(name.to_owned(), value);
}

/// One function for all lists.
#[inline(never)]
pub(crate) fn push(items: &mut Vec<Value>, value: Value) {
    items.push(value);
}

/// `json!({ "name": value, … })`, `json!([value, …])`, one within the other; anything else is an expression.
macro_rules! json {
    ({ $($members:tt)* }) => {{
        #[allow(unused_mut, reason = "an object may be empty")]
        let mut members = serde_json::Map::new();
        $crate::json::members!(members $($members)*);
        serde_json::Value::Object(members)
    }};
    ([ $($items:tt)* ]) => {{
        #[allow(unused_mut, reason = "a list may be empty")]
        let mut items: Vec<serde_json::Value> = Vec::new();
        $crate::json::items!(items $($items)*);
        serde_json::Value::Array(items)
    }};
    (null) => { serde_json::Value::Null };
    ($value:expr) => { $crate::json::ToJson::json_value(&$value) };
}

macro_rules! members {
    ($members:ident) => {};
    ($members:ident $name:literal : { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        $crate::json::put(&mut $members, $name, $crate::json::json!({ $($inner)* }));
        $crate::json::members!($members $($($rest)*)?);
    };
    ($members:ident $name:literal : [ $($inner:tt)* ] $(, $($rest:tt)*)?) => {
        $crate::json::put(&mut $members, $name, $crate::json::json!([ $($inner)* ]));
        $crate::json::members!($members $($($rest)*)?);
    };
    ($members:ident $name:literal : null $(, $($rest:tt)*)?) => {
        $crate::json::put(&mut $members, $name, serde_json::Value::Null);
        $crate::json::members!($members $($($rest)*)?);
    };
    ($members:ident $name:literal : $value:expr $(, $($rest:tt)*)?) => {
        $crate::json::put(&mut $members, $name, $crate::json::json!($value));
        $crate::json::members!($members $($($rest)*)?);
    };
}

macro_rules! items {
    ($items:ident) => {};
    ($items:ident { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        $crate::json::push(&mut $items, $crate::json::json!({ $($inner)* }));
        $crate::json::items!($items $($($rest)*)?);
    };
    ($items:ident [ $($inner:tt)* ] $(, $($rest:tt)*)?) => {
        $crate::json::push(&mut $items, $crate::json::json!([ $($inner)* ]));
        $crate::json::items!($items $($($rest)*)?);
    };
    ($items:ident null $(, $($rest:tt)*)?) => {
        $crate::json::push(&mut $items, serde_json::Value::Null);
        $crate::json::items!($items $($($rest)*)?);
    };
    ($items:ident $value:expr $(, $($rest:tt)*)?) => {
        $crate::json::push(&mut $items, $crate::json::json!($value));
        $crate::json::items!($items $($($rest)*)?);
    };
}

pub(crate) use {items, json, members};

#[cfg(test)]
mod tests {
    #[test]
    fn values_are_those_of_the_library() {
        let (text, some, none) = ("a".to_owned(), Some("b"), None::<u64>);
        let inner = serde_json::json!({ "x": [1] });
        let list = vec![1_u64, 2];
        let ours = json!({
            "text": text, "some": some, "none": none, "null": null, "inner": inner, "list": list, "yes": 1 < 2,
            "object": { "empty": {}, "list": [[], 7_u32, { "deep": u64::MAX }, null, text.len()] },
        });
        let theirs = serde_json::json!({
            "text": text, "some": some, "none": none, "null": null, "inner": inner, "list": list, "yes": 1 < 2,
            "object": { "empty": {}, "list": [[], 7_u32, { "deep": u64::MAX }, null, text.len()] },
        });
        assert_eq!(ours, theirs);
        assert_eq!(json!("text"), serde_json::json!("text"));
    }
}
