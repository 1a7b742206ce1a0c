//! From module and template to the npm package.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Module;
use super::glue::{mended, mended_types};
use crate::setup::npm;
use crate::shell::{command, files_below, progress, read, read_file, root, run, target, write_file};

/// Entries that exist as ES modules and as CommonJS.
const ENTRIES: [&str; 3] = ["index", "slim", "inspect"];

/// Declarations that carry the public types; the others stay inside.
const PUBLIC_TYPES: [&str; 22] = [
    "index",
    "slim",
    "inspect",
    "types",
    "custody",
    "doctor/index",
    "doctor/types",
    "error-codes",
    "error",
    "hallpass",
    "receipt",
    "session",
    "wallets",
    "scope/index",
    "scope/abi-types",
    "scope/call",
    "scope/conditions",
    "scope/define",
    "scope/inspection",
    "scope/interfaces",
    "scope/review",
    "scope/tokens",
];

/// Puts `pkg/` together and answers its folder.
pub fn assemble(module: &Module) -> Result<PathBuf> {
    let tools = npm::tools()?;
    let work = target().join("package");
    let package = root().join("pkg");
    for folder in [&work, &package] {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
    }
    prepare_sources(module, &work)?;

    progress("TypeScript declarations");
    run(command(tools.join("tsc")).current_dir(&work).args([
        "--project",
        "tsconfig.json",
        "--outDir",
        "declarations",
    ]))?;

    progress("bundles");
    bundle(&tools, &work, &package)?;
    for format in ["esm", "cjs"] {
        for name in PUBLIC_TYPES {
            let declaration = format!("{name}.d.ts");
            let text = read_file(&work.join("declarations").join(&declaration))?;
            write_file(&package.join(format).join(declaration), text)?;
        }
    }
    write_file(&package.join("cjs/package.json"), "{ \"type\": \"commonjs\" }\n")?;
    std::fs::copy(&module.wasm, package.join("hallpass.wasm"))?;
    for name in ["CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        std::fs::copy(root().join(name), package.join(name))?;
    }
    std::fs::copy(root().join("pkg-template/README.md"), package.join("README.md"))?;
    let template = root().join("pkg-template");
    for file in files_below(&template.join("docs"), &[".md"]) {
        write_file(&package.join(file.strip_prefix(&template)?), read_file(&file)?)?;
    }
    std::fs::create_dir_all(package.join("bin"))?;
    for name in ["bin/hallpass.mjs", "scope.schema.json"] {
        std::fs::copy(template.join(name), package.join(name))?;
    }
    write_file(&package.join("package.json"), manifest()?)?;
    Ok(package)
}

/// The template's sources beside the glue and the inlined module.
fn prepare_sources(module: &Module, work: &Path) -> Result<()> {
    let template = root().join("pkg-template");
    for file in files_below(&template.join("src"), &[".ts"]) {
        write_file(&work.join(file.strip_prefix(template.join("src"))?), read_file(&file)?)?;
    }
    std::fs::copy(template.join("tsconfig.json"), work.join("tsconfig.json"))?;
    write_file(&work.join("wasm/hallpass.js"), mended(&read_file(&module.glue.join("hallpass.js"))?)?)?;
    write_file(
        &work.join("wasm/hallpass.d.ts"),
        mended_types(&read_file(&module.glue.join("hallpass.d.ts"))?),
    )?;
    copy_snippets(module, &work.join("wasm"))?;
    write_file(&work.join("package.json"), "{ \"type\": \"module\" }\n")?;
    // Slower than zlib and smaller; it writes no time stamp, so the same module gives the same text.
    let mut gzip = Vec::new();
    zopfli::compress(
        zopfli::Options::default(),
        zopfli::Format::Gzip,
        &*std::fs::read(&module.wasm)?,
        &mut gzip,
    )?;
    write_file(&work.join(PACKED), gzip)?;
    write_file(&work.join("inlined.js"), format!("export const WASM_GZIP_BASE64 = '{PLACE}'\n"))
}

/// The packed module beside the sources.
const PACKED: &str = "hallpass.wasm.gz";
/// What stands for it until everything else is in its final form.
const PLACE: &str = "@the module@";

/// Puts the module into a bundle, as one line of its own: Node prints the line that throws, which is not to be this one.
fn inline(bundle: &Path, base64: &str) -> Result<()> {
    let text = read_file(bundle)?;
    anyhow::ensure!(text.matches(PLACE).count() == 1, "{} has no place for the module", bundle.display());
    write_file(bundle, text.replace(PLACE, &format!("\\\n{base64}\\\n")))
}

/// Puts what the module imports from JavaScript of its own beside its glue.
pub fn copy_snippets(module: &Module, glue: &Path) -> Result<()> {
    for file in files_below(&module.glue.join("snippets"), &[".js"]) {
        write_file(&glue.join(file.strip_prefix(&module.glue)?), read_file(&file)?)?;
    }
    Ok(())
}

fn bundle(tools: &Path, work: &Path, package: &Path) -> Result<()> {
    let esbuild = |arguments: &[String]| {
        run(command(tools.join("esbuild"))
            .current_dir(work)
            .args(["--bundle", "--minify", "--target=es2022", "--legal-comments=none", "--log-level=error"])
            .arg("--line-limit=900")
            .arg(format!("--define:HALLPASS_DOCS=\"{}\"", docs_address()))
            .args(arguments))
    };
    let script = "process.stdout.write(require('fs').readFileSync(process.argv[1]).toString('base64'))";
    let base64 = read(command("node").args(["-e", script]).arg(work.join(PACKED)))?;
    for entry in ENTRIES {
        for format in ["esm", "cjs"] {
            let outfile = package.join(format).join(format!("{entry}.js"));
            let mut arguments = vec![
                format!("{entry}.ts"),
                format!("--format={format}"),
                "--platform=neutral".to_owned(),
                format!("--outfile={}", outfile.display()),
            ];
            if entry == "inspect" {
                // One copy of the module for both entries.
                arguments.push("--external:./index.js".to_owned());
            }
            esbuild(&arguments)?;
            if entry == "index" {
                inline(&outfile, &base64)?;
            }
        }
    }
    let iife = package.join("hallpass.iife.js");
    esbuild(&[
        "index.ts".to_owned(),
        "--format=iife".to_owned(),
        "--global-name=Hallpass".to_owned(),
        format!("--outfile={}", iife.display()),
    ])?;
    inline(&iife, &base64)
}

/// Where the package's pages can be read, which errors point to. A release sets `HALLPASS_DOCS`.
fn docs_address() -> String {
    std::env::var("HALLPASS_DOCS").unwrap_or_else(|_| "https://hallpass.example/docs/".to_owned())
}

/// The template with the version of the crate; as text, because the order of export conditions matters.
fn manifest() -> Result<String> {
    let version = read_file(&root().join("Cargo.toml"))?
        .lines()
        .find_map(|line| Some(line.strip_prefix("version = \"")?.trim_end_matches('"').to_owned()))
        .context("Cargo.toml has no version")?;
    let template = read_file(&root().join("pkg-template/package.json"))?;
    Ok(template.replace("\"version\": \"0.0.0\"", &format!("\"version\": \"{version}\"")))
}

/// Packs the built package as `npm publish` would and answers the file.
pub fn npm_pack(package: &Path, into: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(into)?;
    let output =
        read(command("npm").current_dir(package).args(["pack", "--silent", "--pack-destination"]).arg(into))?;
    Ok(into.join(output.lines().last().context("npm pack named no file")?.trim()))
}
