//! From Rust to an optimised wasm module with its JavaScript glue.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{names, order};
use crate::setup::{npm, toolchain, tools};
use crate::shell::{
    cargo, command, keep_configured_flags, progress, read_file, root, run, target, write_file,
};

/// What is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// What ships.
    Product,
    /// With feature `testing`: key import and raw signing.
    Testing,
}

impl Variant {
    /// Below `target/`; a folder of its own keeps the two from rebuilding each other.
    const fn folder(self) -> &'static str {
        match self {
            Self::Product => "wasm",
            Self::Testing => "wasm-testing",
        }
    }
}

/// A built module.
pub struct Module {
    /// Folder of the glue: `hallpass.js`, `hallpass.d.ts`.
    pub glue: PathBuf,
    /// The optimised module.
    pub wasm: PathBuf,
}

pub fn build(variant: Variant) -> Result<Module> {
    toolchain()?;
    let wasm_bindgen = tools::wasm_bindgen()?;
    let target_dir = target().join(variant.folder());
    progress("cargo build for wasm32");
    let mut build = cargo();
    build.args(["--config", &format!("target.wasm32-unknown-unknown.rustflags={}", flags()?)]);
    build.args(["rustc", "--quiet", "--lib", "--release", "--crate-type", "cdylib"]);
    build.args(["--target", "wasm32-unknown-unknown", "--target-dir"]).arg(&target_dir);
    if variant == Variant::Testing {
        build.args(["--features", "testing"]);
    }
    keep_configured_flags(&mut build);
    run(&mut build)?;

    let built = target_dir.join("wasm32-unknown-unknown/release/hallpass.wasm");
    let bytes = std::fs::read(&built).with_context(|| format!("cannot read {}", built.display()))?;
    let stripped = target_dir.join("hallpass.wasm");
    std::fs::write(&stripped, without_reference_types(&bytes)?)?;

    progress("wasm-bindgen");
    let glue = target_dir.join("glue");
    run(command(wasm_bindgen.join("wasm-bindgen"))
        .args([
            "--target",
            "web",
            "--experimental-reset-state-function",
            "--out-name",
            "hallpass",
            "--out-dir",
        ])
        .arg(&glue)
        .arg(&stripped))?;

    progress("wasm-opt");
    let optimised = target_dir.join("optimised.wasm");
    optimise(&glue, &optimised, None)?;
    let named = target_dir.join("named-by-place.wasm");
    write_file(&named, order::named_by_place(&std::fs::read(optimised)?)?)?;
    let wasm = target_dir.join("ordered.wasm");
    run(command(npm::tools()?.join("wasm-opt"))
        .arg("--reorder-functions-by-name")
        .arg(named)
        .arg("-o")
        .arg(&wasm))?;
    let script = glue.join("hallpass.js");
    let (shortened, text) = names::shortened(&std::fs::read(&wasm)?, &read_file(&script)?)?;
    write_file(&wasm, shortened)?;
    write_file(&script, text)?;
    Ok(Module { glue, wasm })
}

/// The built product once more, with its function names: what takes the space.
pub fn named_module() -> Result<PathBuf> {
    let folder = target().join(Variant::Product.folder());
    let wasm = folder.join("optimised-named.wasm");
    optimise(&folder.join("glue"), &wasm, Some("-g"))?;
    Ok(wasm)
}

/// The linker puts the stack first, so the lowest kilobyte of memory is what a stack reaches just before it overflows and the module
/// traps: nothing is lost by trapping there, and constant offsets can move into loads and stores (0.5 % of the packed module).
fn optimise(glue: &Path, output: &Path, extra: Option<&str>) -> Result<()> {
    run(command(npm::tools()?.join("wasm-opt"))
        .args(["-Os", "--converge", "--low-memory-unused"])
        .args(extra)
        .arg(glue.join("hallpass_bg.wasm"))
        .arg("-o")
        .arg(output))
}

/// Flags that join those of `.cargo/config.toml`, as a TOML list. Only here, because wasm-bindgen's test runner takes modules as they
/// are: without reference types, and with the paths of this machine replaced, so that the module says nothing about it and is the
/// same wherever it is built.
fn flags() -> Result<String> {
    let mut flags = vec!["-Ctarget-feature=-reference-types".to_owned()];
    flags.push(format!("--remap-path-prefix={}=hallpass", root().display()));
    for registry in std::fs::read_dir(cargo_home()?.join("registry/src")).into_iter().flatten().flatten() {
        flags.push(format!("--remap-path-prefix={}=crates", registry.path().display()));
    }
    Ok(serde_json::to_string(&flags)?)
}

fn cargo_home() -> Result<PathBuf> {
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo"));
    std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home).context("set CARGO_HOME; HOME is not set")
}

/// Takes the claim "this module may use reference types", which the precompiled standard library brings in, out of the
/// `target_features` section. wasm-bindgen would build a table of references on it, which not every engine can grow.
fn without_reference_types(wasm: &[u8]) -> Result<Vec<u8>> {
    const HEADER: usize = 8;
    let mut kept = wasm.get(..HEADER).context("not a wasm module")?.to_vec();
    let mut rest = &wasm[HEADER..];
    while let [id, after @ ..] = rest {
        let (size, length_bytes) = leb128(after)?;
        let end = 1 + length_bytes + size;
        let section = rest.get(..end).context("a section of the wasm module is cut")?;
        let content = &section[1 + length_bytes..];
        match content.strip_prefix(b"\x0ftarget_features") {
            Some(features) if *id == 0 => kept.extend(feature_section(features)?),
            _ => kept.extend_from_slice(section),
        }
        rest = &rest[end..];
    }
    Ok(kept)
}

/// The section again, with all its entries (sign, length, name) but the one for reference types.
fn feature_section(features: &[u8]) -> Result<Vec<u8>> {
    let (count, start) = leb128(features)?;
    let (mut entries, mut rest) = (Vec::new(), &features[start..]);
    for _ in 0..count {
        let (length, length_bytes) = leb128(rest.get(1..).context("target features are cut")?)?;
        let (entry, after) =
            rest.split_at_checked(1 + length_bytes + length).context("target features are cut")?;
        if !entry.ends_with(b"reference-types") {
            entries.push(entry);
        }
        rest = after;
    }
    let small = |number: usize| u8::try_from(number).ok().filter(|byte| *byte < 0x80);
    let mut content = b"\x0ftarget_features".to_vec();
    content.push(small(entries.len()).context("too many target features")?);
    content.extend(entries.concat());
    let mut section = vec![0];
    // Two bytes of LEB128 hold any list of features.
    section.extend([(content.len() & 0x7f) as u8 | 0x80, (content.len() >> 7) as u8]);
    section.extend(content);
    Ok(section)
}

/// An unsigned LEB128 number and how many bytes it takes.
fn leb128(bytes: &[u8]) -> Result<(usize, usize)> {
    let mut number = 0;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        number |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok((number, index + 1));
        }
    }
    bail!("a length in the wasm module is not readable")
}
