//! Hallpass: session keys for browser dApps.
#![allow(dead_code)]
#![allow(unused_imports)]
pub mod abi;
pub mod eip712;
pub mod hex;
pub mod json;
pub mod key;
pub mod time;
pub mod userop;
