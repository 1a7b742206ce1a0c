//! Hallpass: session keys for browser dApps.
pub mod abi;
pub mod eip712;
pub mod hex;
pub mod json;
pub mod key;
pub mod protocol;
pub mod time;
pub mod userop;
