//! The surface of the npm package.

use anyhow::Result;
use wasmparser::{Parser, Payload};

use crate::shell::{files_below, read_file, root};

/// No declaration file says `any`: it would switch the user's type checker off.
pub fn check_types() -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for file in files_below(&root().join("pkg"), &[".d.ts"]) {
        for (number, line) in without_comments(&read_file(&file)?).lines().enumerate() {
            if is_any_used(line) {
                let shown = file.strip_prefix(root())?.display().to_string();
                faults.push(format!("{shown}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    Ok(faults)
}

/// Whether a line has the type `any`: the word where a type stands, and not a name or a text.
fn is_any_used(line: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices("any").any(|(at, word)| {
        let (before, after) = (&line[..at], &line[at + word.len()..]);
        let whole = !before.ends_with(is_word) && !after.starts_with(is_word);
        let before = before.trim_end();
        whole
            && [":", "<", "|", "&", ">", ",", "(", " as", " extends", " keyof"]
                .iter()
                .any(|opening| before.ends_with(opening))
    })
}

/// The text with block comments blanked, line numbers kept.
fn without_comments(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        result.push_str(before);
        let (comment, after) = after.split_once("*/").unwrap_or((after, ""));
        result.extend(comment.chars().filter(|c| *c == '\n'));
        rest = after;
    }
    result + rest
}

/// Nothing that feature `testing` adds is exported.
pub fn check_exports() -> Result<Vec<String>> {
    let bytes = std::fs::read(root().join("pkg/hallpass.wasm"))?;
    let mut faults = Vec::new();
    for payload in Parser::new(0).parse_all(&bytes) {
        if let Payload::ExportSection(exports) = payload? {
            for export in exports {
                let name = export?.name;
                if name.to_lowercase().contains("testing") {
                    faults.push(format!("{name} is exported"));
                }
                if name.contains("externref") {
                    faults.push(format!("{name} is exported: the build left reference types on"));
                }
            }
        }
    }
    Ok(faults)
}

/// The module names neither the home folder nor the folder it was built in.
pub fn check_paths() -> Result<Vec<String>> {
    let bytes = std::fs::read(root().join("pkg/hallpass.wasm"))?;
    let home = std::env::var("HOME").unwrap_or_default();
    let folders = [home, root().display().to_string()].into_iter().filter(|folder| folder.len() > 1);
    let named =
        folders.filter(|folder| bytes.windows(folder.len()).any(|window| window == folder.as_bytes()));
    Ok(named.map(|folder| format!("the module holds the path {folder}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_is_found_as_a_type_only() {
        for line in [
            "let a: any",
            "f(x: Record<string, any>)",
            "type A = B | any",
            "() => any",
            "x as any",
            "a: any[]",
        ] {
            assert!(is_any_used(line), "{line}");
        }
        for line in [
            "export { any, eq }",
            "readonly any: true",
            "const any: () => C",
            "x: 'any' | 'none'",
            "many: Company",
        ] {
            assert!(!is_any_used(line), "{line}");
        }
    }

    #[test]
    fn comments_are_not_types() {
        let text = "/** any\n text */ let a: any\n";
        assert_eq!(without_comments(text), "\n let a: any\n");
    }
}
