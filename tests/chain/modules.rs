//! Runtime code of our contracts by their address.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use alloy_primitives::{Address, hex};
use serde_json::Value;

use super::evm::Chain;

/// Our contracts by name: modules at the public addresses of those they stand for, and the game.
fn ours() -> impl Iterator<Item = (String, Address)> {
    let list: BTreeMap<String, Value> =
        serde_json::from_str(include_str!("../contracts/addresses.json")).expect("a list of addresses");
    let address = |value: Value| value.as_str().and_then(|text| text.parse().ok()).expect("an address");
    list.into_iter().map(move |(name, value)| (name, address(value)))
}

/// Code for an address: from `HALLPASS_CONTRACTS` if it is there, else ours; `None` when we have no such module.
pub fn code(address: Address) -> Option<Vec<u8>> {
    if let Some(file) = replacements().get(&address) {
        return read(file);
    }
    let (name, _) = ours().find(|(_, other)| *other == address)?;
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("target/contracts").join(format!("{name}.hex")))
}

/// The files of `HALLPASS_CONTRACTS` by their address: `0xaddress.hex`, in any case. The local chain reads them in the same way.
fn replacements() -> BTreeMap<Address, PathBuf> {
    let folder = std::env::var_os("HALLPASS_CONTRACTS").filter(|folder| !folder.is_empty());
    let Some(folder) = folder else { return BTreeMap::new() };
    let files = std::fs::read_dir(folder).expect("the folder of HALLPASS_CONTRACTS");
    let paths = files.map(|file| file.expect("a file of HALLPASS_CONTRACTS").path());
    paths.filter_map(|path| Some((address_of(&path)?, path))).collect()
}

fn address_of(path: &Path) -> Option<Address> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    name.strip_suffix(".hex").filter(|address| address.starts_with("0x"))?.parse().ok()
}

fn read(file: &Path) -> Option<Vec<u8>> {
    let text = std::fs::read_to_string(file).ok()?;
    Some(hex::decode(text.trim()).expect("hex"))
}

/// Puts every contract of ours at its address, and all replacements: where they are for a contract that is not ours, over it.
pub fn place_all(chain: &mut Chain) {
    for (name, address) in ours() {
        chain.place(address, &code(address).unwrap_or_else(|| panic!("{name} is not compiled")));
    }
    for (address, file) in replacements() {
        chain.place(address, &read(&file).unwrap_or_else(|| panic!("{} cannot be read", file.display())));
    }
}

/// Whether the modules were compiled.
pub fn are_compiled() -> bool {
    ours().all(|(_, address)| code(address).is_some())
}
