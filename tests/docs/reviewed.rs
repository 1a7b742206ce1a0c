//! A printed scope and what the package says about it.

use hallpass::review::review_json;
use hallpass::time::Timestamp;
use serde_json::{Value, json};

use super::page::Fence;

/// Who acts in the pages, and for whom.
const ACCOUNT: &str = "0x00000000000000000000000000000000000acc01";
const OWNER: &str = "0x00000000000000000000000000000000000e7011";
/// What a fence may say beside the scope.
const SETTINGS: [&str; 3] = ["version", "expiresIn", "storage"];

#[derive(Clone, Debug)]
pub struct Reviewed {
    pub place: String,
    pub scope: Value,
    settings: Vec<(String, String)>,
    review: Value,
}

impl Reviewed {
    /// Reviews the scope in a fence: on Kernel 3.3, for four hours, in a tab, unless the fence says otherwise.
    pub fn new(fence: &Fence) -> Self {
        let settings = fence.settings().map(|(key, value)| (key.to_owned(), value.to_owned()));
        Self::of(fence.place.clone(), fence.json(), settings.collect())
    }

    /// The same with one entry more in `accept`.
    pub fn accepting(&self, entry: &str) -> Self {
        let mut scope = self.scope.clone();
        let mut accepted = scope["accept"].as_array().cloned().unwrap_or_default();
        accepted.push(entry.into());
        scope["accept"] = accepted.into();
        Self::of(format!("{} with {entry}", self.place), scope, self.settings.clone())
    }

    fn of(place: String, scope: Value, settings: Vec<(String, String)>) -> Self {
        let mut input = json!({
            "scope": scope,
            "version": "3.3",
            "account": ACCOUNT,
            "owner": OWNER,
            "expiresIn": "4h",
            "storage": "tab",
            "tokens": {
                "0x0000000000000000000000000000000000601d01": { "symbol": "GOLD", "decimals": 18 },
                "0x00000000000000000000000000000000000d011a": { "symbol": "USD", "decimals": 6 },
            },
        });
        for (key, value) in &settings {
            assert!(SETTINGS.contains(&key.as_str()), "{place}: unknown setting {key}");
            input[key] = value.as_str().into();
        }
        // The sentences name the day, and the pages are not to change with it.
        let now = Timestamp::from_seconds(1_800_000_000).expect("a time");
        let review = review_json(&input, now).unwrap_or_else(|fault| panic!("{place}: {fault:?}"));
        Self { place, scope, settings, review }
    }

    /// A part of the review, which must be there.
    pub fn part(&self, name: &str) -> &Value {
        self.review.get(name).unwrap_or_else(|| panic!("{}: the review has no {name}", self.place))
    }

    pub fn findings(&self) -> &[Value] {
        self.part("findings").as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// The first finding of a rule.
    pub fn finding(&self, id: &str) -> Option<&Value> {
        self.findings().iter().find(|finding| finding["id"] == id)
    }

    /// Ids of what was found, for messages.
    pub fn ids(&self) -> Vec<&str> {
        self.findings().iter().filter_map(|finding| finding["id"].as_str()).collect()
    }

    pub fn not_accepted(&self) -> Vec<&str> {
        let entries = self.part("notAccepted").as_array().expect("a list");
        entries.iter().filter_map(Value::as_str).collect()
    }

    /// Why a session with this scope cannot be asked for; nothing if it can.
    pub fn obstacles(&self) -> Vec<String> {
        let accepted = self.scope["accept"].as_array().cloned().unwrap_or_default();
        let errors = self.findings().iter().filter(|finding| finding["severity"] == "error");
        let errors = errors.filter(|finding| !accepted.contains(&finding["accept"]));
        let mut obstacles: Vec<String> = errors
            .map(|finding| format!("{}: {} {}", self.place, finding["id"], finding["message"]))
            .collect();
        obstacles.extend(
            self.not_accepted().iter().map(|entry| format!("{}: {entry} is not accepted", self.place)),
        );
        let fault = self.part("compileError");
        if !fault.is_null() {
            obstacles.push(format!("{}: {fault}", self.place));
        }
        obstacles
    }
}
