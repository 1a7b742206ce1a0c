//! What wasm-bindgen's JavaScript needs before it ships.

use anyhow::{Result, bail};

/// What stands there once, and what is to stand there instead.
const CHANGES: [(&str, &str); 6] = [
    // The glue would look for the module beside itself, which bundlers warn of; this package always says where it is.
    ("new URL('hallpass_bg.wasm', import.meta.url)", "undefined"),
    // A module without a start function has none to call when it is started afresh after a trap.
    ("wasm.__wbindgen_start();", "wasm.__wbindgen_start?.();"),
    // What an instance that is gone left behind (timers, requests, locks) still calls back: that is nobody's fault, and nobody's concern.
    (
        "            throw new Error('Cannot invoke closure from previous WASM instance');\n",
        "            return;\n",
    ),
    // A trap in what the engine calls back has nobody to throw to. The rest of the package is told, and starts the module afresh.
    (
        "            return f(a, state.b, ...args);\n        } finally {\n",
        "            return f(a, state.b, ...args);\n        } catch (thrown) {\n            if (!onThrown.trapped?.(thrown)) throw \
         thrown;\n        } finally {\n",
    ),
    (
        "        if (--state.cnt === 0) {\n",
        "        if (--state.cnt === 0 && state.instance === __wbg_instance_id) {\n",
    ),
    // Anything else than text would be written to a place that was never made for it, and end the module.
    (
        "    let len = arg.length;\n",
        "    if (typeof arg !== 'string') throw new TypeError(`expected text, found ${arg === null ? arg : typeof arg}`);\n    \
         let len = arg.length;\n",
    ),
];

/// Thrown by every method of an object that an instance left behind.
const STALE: &str = "throw new Error('Invalid stale object from previous Wasm instance');";

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
    // What is held of an instance that is gone is told like its end.
    if !text.contains(STALE) {
        bail!("wasm-bindgen's JavaScript has no `{STALE}`");
    }
    text = text.replace(STALE, "throw onThrown.stale();");
    text.push_str("\n/** Who is told of what was thrown in a call back, and says whether it was a trap. */\nexport const onThrown = {};\n");
    Ok(text)
}

/// The declarations to go with it.
pub fn mended_types(declarations: &str) -> String {
    format!(
        "{declarations}\nexport const onThrown: {{ trapped?: (thrown: unknown) => boolean; stale?: () => unknown }};\n"
    )
}
