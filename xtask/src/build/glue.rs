//! What wasm-bindgen's JavaScript needs before it ships.

use anyhow::{Result, bail};

/// What stands there once, and what is to stand there instead.
const CHANGES: [(&str, &str); 3] = [
    // The glue would look for the module beside itself, which bundlers warn of; this package always says where it is.
    ("new URL('hallpass_bg.wasm', import.meta.url)", "undefined"),
    // A module without a start function has none to call when it is started afresh after a trap.
    ("wasm.__wbindgen_start();", "wasm.__wbindgen_start?.();"),
    // Anything else than text would be written to a place that was never made for it, and end the module.
    (
        "    let len = arg.length;\n",
        "    if (typeof arg !== 'string') throw new TypeError(`expected text, found ${arg === null ? arg : typeof arg}`);\n    \
         let len = arg.length;\n",
    ),
];

/// The glue as it ships. An error where it does not look as expected: then wasm-bindgen writes it in another way.
pub fn mended(glue: &str) -> Result<String> {
    let mut text = glue.to_owned();
    for (there, wanted) in CHANGES {
        let found = text.matches(there).count();
        if found != 1 {
            bail!("wasm-bindgen's JavaScript has `{}` {found} times, not once", there.trim());
        }
        text = text.replace(there, wanted);
    }
    Ok(text)
}
