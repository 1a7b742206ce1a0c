//! Codes of errors: the page about them, the TypeScript made of them, and the tests that reach them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use hallpass::error::{CODES, Code};

/// Codes that no test can reach, and why.
const UNREACHED: [(&str, &str); 7] = [
    ("session.failed", "stands for a fault without a code, and every fault has one"),
    ("grant.nonce-exhausted", "four thousand million grants of one account"),
    (
        "grant.too-large",
        "every number that a scope can hold fits; it guards the back end against its callers",
    ),
    ("key.self-check", "needs arithmetic that fails"),
    ("key.no-randomness", "every platform of the tests has random numbers"),
    ("compile.disagreement", "needs a back end that compiles one thing and reads another"),
    ("calls.empty", "an empty list of calls is out of scope before an operation is built of it"),
];

pub fn all() -> Vec<&'static Code> {
    CODES.iter().flat_map(|(_, codes)| *codes).collect()
}

/// A group as Markdown: a heading for each code, which is its anchor.
pub fn group(name: &str) -> String {
    let (_, codes) = CODES.iter().find(|(known, _)| *known == name).expect("a group of codes");
    let mut page = String::new();
    for Code { code, cause, remedy } in *codes {
        let _ = writeln!(page, "### {code}\n\n{cause}\n\n{remedy}\n");
    }
    page
}

pub fn typescript_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pkg-template/src/error-codes.ts")
}

/// The type of all codes, and what to do about each.
pub fn typescript() -> String {
    let mut text = String::from(
        "// Made of src/error/codes by `HALLPASS_BLESS=1 cargo test --test docs`.\n\n\
         /** What to do about each code of an error. */\nexport const REMEDIES = {\n",
    );
    for Code { code, remedy, .. } in all() {
        let _ = writeln!(text, "  '{code}': {},", quoted(remedy));
    }
    text + "} as const satisfies Record<string, string>\n\n\
            /** Stable codes of errors, dotted; docs/errors.md has what each means. */\nexport type ErrorCode = keyof typeof REMEDIES\n"
}

/// Text as TypeScript writes it. Marks for code stay: within them there may be quotes.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text")
}

/// Codes that stand in no test and in no list of those that cannot be reached, and those that stand in both.
pub fn faults() -> Vec<String> {
    let tests = sources();
    let stands = |code: &str| {
        // `tests/flow/codes.rs` goes through every way in which each endpoint fails.
        let (part, way) = code.split_once('.').unwrap_or_default();
        let is_of_an_endpoint = ["chain", "bundler", "paymaster"].contains(&part)
            && tests.iter().any(|text| text.contains("const WAYS") && text.contains(&format!("\"{way}\"")));
        let marks = [format!("\"{code}\""), format!("'{code}'")];
        is_of_an_endpoint || marks.iter().any(|mark| tests.iter().any(|text| text.contains(mark)))
    };
    let faults = all().into_iter().filter_map(|Code { code, .. }| {
        let reason = UNREACHED.iter().find(|(known, _)| known == code);
        match (stands(code), reason) {
            (false, None) => Some(format!("{code}: no test reaches it")),
            (true, Some(_)) => Some(format!("{code}: is said not to be reached, and a test does")),
            _ => None,
        }
    });
    let known = |name: &&(&str, &str)| all().iter().any(|code| code.code == name.0);
    faults
        .chain(UNREACHED.iter().filter(|name| !known(name)).map(|(code, _)| format!("{code}: no such code")))
        .collect()
}

/// Everything that tests consist of.
fn sources() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("tests"), &mut files);
    files.retain(|path| !path.starts_with(root.join("tests/docs")) && !path.ends_with("tests/mod.rs"));
    let mut texts: Vec<String> = files.iter().filter_map(|path| fs::read_to_string(path).ok()).collect();
    let mut source = Vec::new();
    collect(&root.join("src"), &mut source);
    let in_source = source.iter().filter_map(|path| fs::read_to_string(path).ok());
    texts.extend(
        in_source.filter_map(|text| text.split_once("#[cfg(test)]").map(|(_, tests)| tests.to_owned())),
    );
    texts
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        match path.extension().and_then(|extension| extension.to_str()) {
            _ if path.is_dir() => collect(&path, into),
            Some("rs" | "mjs" | "cjs" | "mts" | "js" | "ts") => into.push(path),
            _ => {}
        }
    }
}
