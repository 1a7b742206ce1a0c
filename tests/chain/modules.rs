//! Runtime code of the Kernel modules by their public address.

use std::path::Path;

use alloy_primitives::{Address, address, hex};

use super::evm::Chain;

/// Our contract for each public address.
const MODULES: [(Address, &str); 10] = [
    (address!("0x845ADb2C711129d4f3966735eD98a9F09fC4cE57"), "ECDSAValidator"),
    (address!("0x6A6F069E2a08c2468e7724Ab3250CdBFBA14D4FF"), "ECDSASigner"),
    (address!("0xB3CB5f502250360335614df1421f2AAbE98CE503"), "CallPolicyV003"),
    (address!("0x9a52283276A0ec8740DF50bF01B28A80D880eaf2"), "CallPolicyV004"),
    (address!("0xB9f8f524bE6EcD8C945b1b87f9ae5C192FdCE20F"), "TimestampPolicy"),
    (address!("0xaeFC5AbC67FfD258abD0A3E54f65E70326F84b23"), "GasPolicy"),
    (address!("0xf63d4139B25c836334edD76641356c6b74C86873"), "RateLimitPolicy"),
    (address!("0x6a06358e6b283921deceabe7e8a3741d506cca9b"), "RateLimitResetPolicy"),
    (address!("0xF6A936c88D97E6fad13b98d2FD731Ff17eeD591d"), "SignaturePolicy"),
    (address!("0x67b436caD8a6D025DF6C82C5BB43fbF11fC5B9B7"), "SudoPolicy"),
];

/// Code for an address: from `HALLPASS_CONTRACTS` if it is there, else ours; `None` when we have no such module.
pub fn code(address: Address) -> Option<Vec<u8>> {
    if let Some(folder) = std::env::var_os("HALLPASS_CONTRACTS") {
        let folder = Path::new(&folder);
        let names = [format!("{address}.hex"), format!("{address:#x}.hex")];
        if let Some(text) = names.iter().find_map(|name| std::fs::read_to_string(folder.join(name)).ok()) {
            return Some(hex::decode(text.trim()).expect("hex"));
        }
    }
    let (_, name) = MODULES.iter().find(|(other, _)| *other == address)?;
    let compiled = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/contracts").join(format!("{name}.hex"));
    let text = std::fs::read_to_string(compiled).ok()?;
    Some(hex::decode(text.trim()).expect("hex"))
}

/// Puts every module at its public address.
pub fn place_all(chain: &mut Chain) {
    for (address, name) in MODULES {
        chain.place(address, &code(address).unwrap_or_else(|| panic!("{name} is not compiled")));
    }
}

/// Whether the modules were compiled.
pub fn are_compiled() -> bool {
    MODULES.iter().any(|(address, _)| code(*address).is_some())
}
