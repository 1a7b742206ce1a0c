//! CallPolicy: which functions of which contracts, with what arguments and how much value.
//!
//! It reads words at fixed offsets and compares them unsigned; it keeps no sums. What that does and does not enforce is for the
//! layer above to know: here are its bytes.

use alloy_primitives::{Address, B256, Selector, U256, address};

use super::PolicyEntry;
use crate::abi::{Tuple, array, word_address, word_u64, words};

/// Version of the CallPolicy contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallPolicyVersion {
    /// 0.0.3: the code at this address is the published source, checked byte for byte.
    V0_0_3,
    /// 0.0.4: storage laid out for strict bundlers (ERC-7562). Not proved equal to its public source.
    #[default]
    V0_0_4,
}

impl CallPolicyVersion {
    pub(in crate::protocol::kernel_v3) const fn address(self) -> Address {
        match self {
            Self::V0_0_3 => address!("0xB3CB5f502250360335614df1421f2AAbE98CE503"),
            Self::V0_0_4 => address!("0x9a52283276A0ec8740DF50bF01B28A80D880eaf2"),
        }
    }
}

/// CallPolicy contracts whose rules are read back: 0.0.2 to 0.0.4 have one encoding.
pub(in crate::protocol::kernel_v3) const CALL_POLICIES: [Address; 3] = [
    address!("0x67Fa43ca2D689beA4d10b9F2C96828828A2Ab275"),
    CallPolicyVersion::V0_0_3.address(),
    CallPolicyVersion::V0_0_4.address(),
];

/// The list of allowed calls. Everything not listed is refused by the contract; two entries for the same call type, target and
/// selector make enabling fail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallPolicy {
    /// Contract version.
    pub version: CallPolicyVersion,
    /// Allowed calls.
    pub permissions: Vec<CallPermission>,
}

/// One allowed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallPermission {
    /// How the account makes it.
    pub call_type: CallType,
    /// Contract. The zero address means any contract, the account itself included.
    pub target: Address,
    /// Function. Zero also means empty calldata.
    pub selector: Selector,
    /// Most wei per call.
    pub value_limit: U256,
    /// Conditions on words of the arguments; all must hold.
    pub rules: Vec<Rule>,
}

/// How the account makes a call (ERC-7579 call type).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallType {
    /// A plain call, alone or in a batch.
    #[default]
    Call,
    /// Runs the target's code as the account: whoever may do this owns the account.
    #[cfg(feature = "testing")]
    DelegateCall,
}

impl CallType {
    const fn byte(self) -> u8 {
        match self {
            Self::Call => 0,
            #[cfg(feature = "testing")]
            Self::DelegateCall => 0xff,
        }
    }
}

/// A condition on the word at `offset` bytes after the selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Comparison.
    pub condition: Condition,
    /// Byte offset in the arguments.
    pub offset: u64,
    /// What to compare with: one word, or several for [`Condition::OneOf`].
    pub params: Vec<B256>,
}

/// Unsigned comparison of a word with a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Condition {
    /// `=`
    Equal = 0,
    /// `>`
    GreaterThan = 1,
    /// `<`
    LessThan = 2,
    /// `>=`
    GreaterThanOrEqual = 3,
    /// `<=`
    LessThanOrEqual = 4,
    /// `!=`
    NotEqual = 5,
    /// Equal to one of the parameters.
    OneOf = 6,
}

impl From<CallPolicy> for PolicyEntry {
    fn from(policy: CallPolicy) -> Self {
        let data = call_policy_data(&policy.permissions, |rule| {
            rule_data(rule.condition as u8, rule.offset, &rule.params)
        });
        Self::new(policy.version.address(), data.into())
    }
}

/// `abi((bytes1,address,bytes4,uint256,(uint8,uint64,…)[])[])`; `encode_rule` gives each rule in its dynamic encoding.
pub(in crate::protocol::kernel_v3) fn call_policy_data(
    permissions: &[CallPermission],
    encode_rule: impl Fn(&Rule) -> Vec<u8>,
) -> Vec<u8> {
    call_policy_data_with(permissions, |rules| array(rules.iter().map(&encode_rule)))
}

/// The same, with the whole list of rules encoded by the caller.
pub(in crate::protocol::kernel_v3) fn call_policy_data_with(
    permissions: &[CallPermission],
    encode_rules: impl Fn(&[Rule]) -> Vec<u8>,
) -> Vec<u8> {
    let items = permissions.iter().map(|permission| {
        Tuple::new(5)
            .word(B256::right_padding_from(&[permission.call_type.byte()]))
            .word(word_address(permission.target))
            .word(B256::right_padding_from(permission.selector.as_slice()))
            .word(permission.value_limit)
            .dynamic(&encode_rules(&permission.rules))
            .finish()
    });
    Tuple::new(1).dynamic(&array(items)).finish()
}

/// `(uint8 condition, uint64 offset, bytes32[] params)`.
pub(in crate::protocol::kernel_v3) fn rule_data(condition: u8, offset: u64, params: &[B256]) -> Vec<u8> {
    let params = words(params.iter().copied());
    Tuple::new(3).word(word_u64(u64::from(condition))).word(word_u64(offset)).dynamic(&params).finish()
}
