//! Instructions that ERC-7562 names.

pub const ISZERO: u8 = 0x15;
pub const KECCAK256: u8 = 0x20;
pub const EXTCODESIZE: u8 = 0x3b;
pub const EXTCODECOPY: u8 = 0x3c;
pub const EXTCODEHASH: u8 = 0x3f;
pub const SLOAD: u8 = 0x54;
pub const SSTORE: u8 = 0x55;
pub const GAS: u8 = 0x5a;
pub const TLOAD: u8 = 0x5c;
pub const TSTORE: u8 = 0x5d;
pub const CREATE2: u8 = 0xf5;

/// Never in validation (OP-011).
const BANNED: [(u8, &str); 14] = [
    (0x32, "ORIGIN"),
    (0x3a, "GASPRICE"),
    (0x40, "BLOCKHASH"),
    (0x41, "COINBASE"),
    (0x42, "TIMESTAMP"),
    (0x43, "NUMBER"),
    (0x44, "PREVRANDAO"),
    (0x45, "GASLIMIT"),
    (0x48, "BASEFEE"),
    (0x49, "BLOBHASH"),
    (0x4a, "BLOBBASEFEE"),
    (0xf0, "CREATE"),
    (0xfe, "INVALID"),
    (0xff, "SELFDESTRUCT"),
];
/// Only a staked entity's (OP-080).
const STAKED_ONLY: [(u8, &str); 2] = [(0x31, "BALANCE"), (0x47, "SELFBALANCE")];
const OTHERS: [(u8, &str); 8] = [
    (EXTCODESIZE, "EXTCODESIZE"),
    (EXTCODECOPY, "EXTCODECOPY"),
    (EXTCODEHASH, "EXTCODEHASH"),
    (SLOAD, "SLOAD"),
    (SSTORE, "SSTORE"),
    (GAS, "GAS"),
    (TLOAD, "TLOAD"),
    (TSTORE, "TSTORE"),
];

pub fn banned(opcode: u8, is_staked: bool) -> bool {
    let among = |list: &[(u8, &str)]| list.iter().any(|(other, _)| *other == opcode);
    among(&BANNED) || (!is_staked && among(&STAKED_ONLY))
}

/// CALL, CALLCODE, DELEGATECALL, STATICCALL.
pub const fn is_call(opcode: u8) -> bool {
    matches!(opcode, 0xf1 | 0xf2 | 0xf4 | 0xfa)
}

/// Transient storage is treated as storage (OP-070).
pub const fn is_storage(opcode: u8) -> bool {
    matches!(opcode, SLOAD | SSTORE | TLOAD | TSTORE)
}

pub fn name(opcode: u8) -> String {
    let mut known = BANNED.iter().chain(&STAKED_ONLY).chain(&OTHERS);
    let found = known.find(|(other, _)| *other == opcode);
    found.map_or_else(|| format!("{opcode:#04x}"), |(_, name)| (*name).to_owned())
}
