//! Short names between a wasm module and its glue: wasm-bindgen tells imports apart by 16 hex digits each, which no compressor shrinks
//! and which stand on both sides.

use anyhow::{Context, Result, bail};
use wasm_encoder::{EntityType, ExportKind, ExportSection, ImportSection, Module, RawSection};
use wasmparser::{ExternalKind, Parser, Payload, TypeRef};

/// Where wasm-bindgen's own imports come from.
const GLUE: &str = "./hallpass_bg.js";
/// How its hashed exports begin.
const HASHED: &str = "wasm_bindgen__convert__closures";

/// The module and its glue with short names on both sides.
pub fn shortened(wasm: &[u8], glue: &str) -> Result<(Vec<u8>, String)> {
    let mut names = Names { glue: glue.to_owned(), given: 0 };
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        match &payload {
            Payload::ImportSection(imports) => {
                let mut section = ImportSection::new();
                for import in imports.clone().into_imports() {
                    let import = import?;
                    let TypeRef::Func(ty) = import.ty else { bail!("{} is no function", import.name) };
                    let (from, name) = match import.module {
                        GLUE => (GLUE, names.property(import.name)?),
                        other => (other, import.name.to_owned()),
                    };
                    section.import(from, &name, EntityType::Function(ty));
                }
                module.section(&section);
            }
            Payload::ExportSection(exports) => {
                let mut section = ExportSection::new();
                for export in exports.clone() {
                    let export = export?;
                    let name = match export.name.starts_with(HASHED) {
                        true => names.everywhere(export.name)?,
                        false => export.name.to_owned(),
                    };
                    section.export(&name, kind(export.kind)?, export.index);
                }
                module.section(&section);
            }
            other => {
                if let Some((id, range)) = other.as_section() {
                    let range = usize::try_from(range.start)?..usize::try_from(range.end)?;
                    module.section(&RawSection { id, data: wasm.get(range).context("a cut module")? });
                }
            }
        }
    }
    Ok((module.finish(), names.glue))
}

fn kind(kind: ExternalKind) -> Result<ExportKind> {
    Ok(match kind {
        ExternalKind::Func => ExportKind::Func,
        ExternalKind::Table => ExportKind::Table,
        ExternalKind::Memory => ExportKind::Memory,
        ExternalKind::Global => ExportKind::Global,
        other => bail!("an export of kind {other:?}"),
    })
}

struct Names {
    glue: String,
    given: usize,
}

impl Names {
    /// A short name for a function that the glue gives, under the old one in its list.
    fn property(&mut self, old: &str) -> Result<String> {
        let new = self.next();
        self.replace(&format!("        {old}: function("), &format!("        {new}: function("))?;
        Ok(new)
    }

    /// A short name for what the glue calls by the old one.
    fn everywhere(&mut self, old: &str) -> Result<String> {
        let new = self.next();
        anyhow::ensure!(self.glue.contains(old), "the glue does not know {old}");
        self.glue = self.glue.replace(old, &new);
        Ok(new)
    }

    fn next(&mut self) -> String {
        self.given += 1;
        format!("_{}", self.given)
    }

    fn replace(&mut self, old: &str, new: &str) -> Result<()> {
        let found = self.glue.matches(old).count();
        anyhow::ensure!(found == 1, "the glue has `{}` {found} times, not once", old.trim());
        self.glue = self.glue.replace(old, new);
        Ok(())
    }
}
