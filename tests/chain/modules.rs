//! Runtime code of our contracts by their address.

use std::collections::BTreeMap;
use std::path::Path;

use alloy_primitives::{Address, hex};
use serde_json::Value;

use super::evm::Chain;

/// Our contracts by name, at the public addresses of those they stand for.
fn ours() -> impl Iterator<Item = (String, Address)> {
    let list: BTreeMap<String, Value> =
        serde_json::from_str(include_str!("../contracts/addresses.json")).expect("a list of addresses");
    let address = |value: Value| value.as_str().and_then(|text| text.parse().ok()).expect("an address");
    list.into_iter().map(move |(name, value)| (name, address(value)))
}

/// Code for an address: from `HALLPASS_CONTRACTS` if it is there, else ours; `None` when we have no such module.
pub fn code(address: Address) -> Option<Vec<u8>> {
    if let Some(folder) = std::env::var_os("HALLPASS_CONTRACTS") {
        let folder = Path::new(&folder);
        let names = [format!("{address}.hex"), format!("{address:#x}.hex")];
        if let Some(text) = names.iter().find_map(|name| std::fs::read_to_string(folder.join(name)).ok()) {
            return Some(hex::decode(text.trim()).expect("hex"));
        }
    }
    let (name, _) = ours().find(|(_, other)| *other == address)?;
    let compiled = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/contracts").join(format!("{name}.hex"));
    let text = std::fs::read_to_string(compiled).ok()?;
    Some(hex::decode(text.trim()).expect("hex"))
}

/// Puts every contract of ours at its address.
pub fn place_all(chain: &mut Chain) {
    for (name, address) in ours() {
        chain.place(address, &code(address).unwrap_or_else(|| panic!("{name} is not compiled")));
    }
}

/// Whether the modules were compiled.
pub fn are_compiled() -> bool {
    ours().all(|(_, address)| code(address).is_some())
}
