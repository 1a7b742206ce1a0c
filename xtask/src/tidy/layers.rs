//! Layer order: a module of `src/` imports from lower layers only.

use std::path::Path;

use anyhow::Result;

use crate::shell::{files_below, read_file, root};

/// Top-level modules from the bottom up; those on one line do not know each other. `src/lib.rs` shows the same table.
const LAYERS: [&[&str]; 11] = [
    &["hex", "order", "random", "time", "units"],
    &["json"],
    &["abi"],
    &["call", "eip712"],
    &["userop", "key"],
    &["scope"],
    &["protocol", "host"],
    &["endpoint", "review"],
    &["session"],
    &["error"],
    &["browser", "testing"],
];

/// Above all layers: nothing imports it.
const TOP: &str = "boundary";

pub fn check() -> Result<Vec<String>> {
    let source = root().join("src");
    let mut faults = Vec::new();
    for file in files_below(&source, &[".rs"]) {
        let relative = file.strip_prefix(&source)?;
        if relative == Path::new("lib.rs") {
            continue;
        }
        let module = module_of(relative);
        for used in used_modules(&read_file(&file)?) {
            if let Some(fault) = fault(&module, &used) {
                faults.push(format!("src/{}: {fault}", relative.display()));
            }
        }
        faults.extend(back_end_fault(relative, &read_file(&file)?));
    }
    Ok(faults)
}

fn module_of(relative: &Path) -> String {
    let first = relative.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned());
    first.unwrap_or_default().trim_end_matches(".rs").to_owned()
}

/// Every `crate::name` in code, wherever it stands, and every name of `crate::{…}`.
fn used_modules(text: &str) -> Vec<String> {
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    code.join("\n").split("crate::").skip(1).flat_map(first_names).collect()
}

/// `abi::{A, B}` is `abi`; `{abi::A, key}` are `abi` and `key`.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(list) = path.strip_prefix('{') else {
        return vec![name(path)];
    };
    let (mut names, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in list.char_indices() {
        if depth == 0 && (c == ',' || c == '}') {
            names.push(name(list[start..at].trim_start()));
            start = at + 1;
        }
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

fn fault(module: &str, used: &str) -> Option<String> {
    if module == used || module == TOP {
        return None;
    }
    if used == TOP {
        return Some("imports `wasm`, which nothing may import".to_owned());
    }
    match (layer(module), layer(used)) {
        (Some(own), Some(other)) if other < own => None,
        (Some(_), Some(_)) => Some(format!("`{module}` imports `{used}`, which is not in a lower layer")),
        (None, _) => Some(format!("`{module}` has no layer; give it one in xtask/src/tidy/layers.rs")),
        (_, None) => Some(format!("imports `{used}`, which has no layer")),
    }
}

/// A protocol back end that names another one.
fn back_end_fault(relative: &Path, text: &str) -> Option<String> {
    let mut parts = relative.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let (Some(first), Some(own), Some(_)) = (parts.next(), parts.next(), parts.next()) else { return None };
    if first != "protocol" {
        return None;
    }
    let back_ends = files_below(&root().join("src/protocol"), &["mod.rs"]);
    let names =
        back_ends.iter().filter_map(|file| Some(file.parent()?.file_name()?.to_string_lossy().into_owned()));
    let other = names
        .filter(|name| *name != own && *name != "protocol" && *name != "policy")
        .find(|name| text.contains(&format!("protocol::{name}")))?;
    Some(format!("src/{}: back end `{own}` names back end `{other}`", relative.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_go_down_only() {
        assert_eq!(fault("abi", "hex"), None);
        assert_eq!(fault("boundary", "error"), None);
        assert!(fault("hex", "abi").is_some());
        assert!(fault("key", "userop").is_some());
        assert!(fault("error", "boundary").is_some());
        assert!(fault("novel", "hex").is_some());
        assert_eq!(
            used_modules("use crate::abi::{A};\n// crate::x\nfn f() { crate::hex::g() }"),
            ["abi", "hex"]
        );
        let braces = "use crate::{abi::{A, B},\n    key, boundary::x};";
        assert_eq!(used_modules(braces), ["abi", "key", "boundary"]);
    }
}
