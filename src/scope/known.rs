//! Functions that are known by their selector to move, approve or administer something. A list of names cannot be complete: what is
//! not in it is not thereby harmless.

use crate::abi::Selector;

/// What a function does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Carries further calls.
    NestedCalls,
    /// Makes an account act.
    AccountExecute,
    /// Changes who controls an account, or its code.
    AccountAdmin,
    /// Changes what sessions may do.
    SessionAdmin,
    /// Moves gas deposits, stakes or nonces.
    EntryPoint,
    /// Gives a right over every token of a contract.
    OperatorApproval,
    /// Gives an allowance by a signature among the arguments.
    SignedAllowance,
    /// Makes the account vouch for a hash.
    SignedMessage,
    /// Gives an allowance.
    Allowance,
    /// Moves what the account holds.
    Transfer,
    /// Moves what somebody else holds.
    ThirdPartyTransfer,
    /// Exchanges tokens.
    Swap,
    /// Moves voting power.
    Governance,
    /// Turns native value into a token.
    Wrap,
    /// Moves native value into a gas deposit.
    Deposit,
}

/// Where the arguments that matter stand: indices of words in the head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Roles {
    /// Whose tokens are moved, if not the account's own.
    pub(crate) source: Option<usize>,
    /// Who receives them, or may spend them.
    pub(crate) recipient: Option<usize>,
    /// How many, or which.
    pub(crate) amount: Option<usize>,
    /// The least that must come back.
    pub(crate) least: Option<usize>,
    /// Whether the amount counts units of the called contract's own token, so that totals can be kept.
    pub(crate) fungible: bool,
    /// Whether the recipient's code is called.
    pub(crate) hook: bool,
}

/// A known function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) selector: Selector,
    pub(crate) signature: &'static str,
    pub(crate) class: Class,
    pub(crate) roles: Roles,
}

/// The known function with this selector.
pub(crate) fn known(selector: Selector) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.selector == selector)
}

const fn selector(number: u32) -> Selector {
    Selector::new(number.to_be_bytes())
}

const fn plain(number: u32, class: Class, signature: &'static str) -> Known {
    const NONE: Roles =
        Roles { source: None, recipient: None, amount: None, least: None, fungible: false, hook: false };
    Known { selector: selector(number), signature, class, roles: NONE }
}

#[rustfmt::skip]
static KNOWN: [Known; 118] = [
    Known { selector: selector(0x095e_a7b3), signature: "approve(address,uint256)", class: Class::Allowance, roles: Roles { source: None, recipient: Some(0), amount: Some(1), least: None, fungible: true, hook: false } },
    Known { selector: selector(0x3950_9351), signature: "increaseAllowance(address,uint256)", class: Class::Allowance, roles: Roles { source: None, recipient: Some(0), amount: Some(1), least: None, fungible: true, hook: false } },
    Known { selector: selector(0xd73d_d623), signature: "increaseApproval(address,uint256)", class: Class::Allowance, roles: Roles { source: None, recipient: Some(0), amount: Some(1), least: None, fungible: true, hook: false } },
    Known { selector: selector(0x8751_7c45), signature: "approve(address,address,uint160,uint48)", class: Class::Allowance, roles: Roles { source: None, recipient: Some(1), amount: Some(2), least: None, fungible: false, hook: false } },
    Known { selector: selector(0x426a_8493), signature: "approve(address,uint256,uint256)", class: Class::Allowance, roles: Roles { source: None, recipient: Some(0), amount: Some(2), least: None, fungible: true, hook: false } },
    Known { selector: selector(0xc04a_8a10), signature: "approveDelegation(address,uint256)", class: Class::Allowance, roles: Roles { source: None, recipient: Some(0), amount: Some(1), least: None, fungible: false, hook: false } },
    Known { selector: selector(0x3177_029f), signature: "approveAndCall(address,uint256)", class: Class::Allowance, roles: Roles { source: None, recipient: Some(0), amount: Some(1), least: None, fungible: true, hook: true } },
    Known { selector: selector(0xcae9_ca51), signature: "approveAndCall(address,uint256,bytes)", class: Class::Allowance, roles: Roles { source: None, recipient: Some(0), amount: Some(1), least: None, fungible: true, hook: true } },
    plain(0xa22c_b465, Class::OperatorApproval, "setApprovalForAll(address,bool)"),
    plain(0x558a_7297, Class::OperatorApproval, "setOperator(address,bool)"),
    plain(0x959b_8c3f, Class::OperatorApproval, "authorizeOperator(address)"),
    plain(0xfa6e_671d, Class::OperatorApproval, "setRelayerApproval(address,address,bool)"),
    plain(0x1104_96e5, Class::OperatorApproval, "allow(address,bool)"),
    plain(0xa3b2_2fc4, Class::OperatorApproval, "hope(address)"),
    plain(0xeece_a000, Class::OperatorApproval, "setAuthorization(address,bool)"),
    plain(0x0de5_4ba0, Class::OperatorApproval, "setMinterApproval(address,bool)"),
    plain(0xd505_accf, Class::SignedAllowance, "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"),
    plain(0x8fcb_af0c, Class::SignedAllowance, "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)"),
    plain(0x9fd5_a6cf, Class::SignedAllowance, "permit(address,address,uint256,uint256,bytes)"),
    plain(0xe21b_b674, Class::SignedAllowance, "transferWithAuthorization(address,address,uint256,uint256,uint256,uint8,bytes32,bytes32)"),
    plain(0x11e8_b412, Class::SignedAllowance, "receiveWithAuthorization(address,address,uint256,uint256,uint256,uint8,bytes32,bytes32)"),
    plain(0x2b67_b570, Class::SignedAllowance, "permit(address,((address,uint160,uint48,uint48),address,uint256),bytes)"),
    plain(0x30f2_8b7a, Class::SignedAllowance, "permitTransferFrom(((address,uint256),uint256,uint256),(address,uint256),address,bytes)"),
    Known { selector: selector(0xa905_9cbb), signature: "transfer(address,uint256)", class: Class::Transfer, roles: Roles { source: None, recipient: Some(0), amount: Some(1), least: None, fungible: true, hook: false } },
    Known { selector: selector(0x1296_ee62), signature: "transferAndCall(address,uint256)", class: Class::Transfer, roles: Roles { source: None, recipient: Some(0), amount: Some(1), least: None, fungible: true, hook: true } },
    Known { selector: selector(0x4000_aea0), signature: "transferAndCall(address,uint256,bytes)", class: Class::Transfer, roles: Roles { source: None, recipient: Some(0), amount: Some(1), least: None, fungible: true, hook: true } },
    Known { selector: selector(0x9bd9_bbc6), signature: "send(address,uint256,bytes)", class: Class::Transfer, roles: Roles { source: None, recipient: Some(0), amount: Some(1), least: None, fungible: true, hook: true } },
    Known { selector: selector(0x4284_2e0e), signature: "safeTransferFrom(address,address,uint256)", class: Class::Transfer, roles: Roles { source: Some(0), recipient: Some(1), amount: Some(2), least: None, fungible: false, hook: true } },
    Known { selector: selector(0xb88d_4fde), signature: "safeTransferFrom(address,address,uint256,bytes)", class: Class::Transfer, roles: Roles { source: Some(0), recipient: Some(1), amount: Some(2), least: None, fungible: false, hook: true } },
    Known { selector: selector(0xf242_432a), signature: "safeTransferFrom(address,address,uint256,uint256,bytes)", class: Class::Transfer, roles: Roles { source: Some(0), recipient: Some(1), amount: Some(3), least: None, fungible: false, hook: true } },
    Known { selector: selector(0x2eb2_c2d6), signature: "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)", class: Class::Transfer, roles: Roles { source: Some(0), recipient: Some(1), amount: Some(3), least: None, fungible: false, hook: true } },
    Known { selector: selector(0x095b_cdb6), signature: "transfer(address,uint256,uint256)", class: Class::Transfer, roles: Roles { source: None, recipient: Some(0), amount: Some(2), least: None, fungible: true, hook: false } },
    Known { selector: selector(0x2e1a_7d4d), signature: "withdraw(uint256)", class: Class::Transfer, roles: Roles { source: None, recipient: None, amount: Some(0), least: None, fungible: true, hook: false } },
    Known { selector: selector(0x4296_6c68), signature: "burn(uint256)", class: Class::Transfer, roles: Roles { source: None, recipient: None, amount: Some(0), least: None, fungible: true, hook: false } },
    Known { selector: selector(0x23b8_72dd), signature: "transferFrom(address,address,uint256)", class: Class::ThirdPartyTransfer, roles: Roles { source: Some(0), recipient: Some(1), amount: Some(2), least: None, fungible: true, hook: false } },
    Known { selector: selector(0x36c7_8516), signature: "transferFrom(address,address,uint160,address)", class: Class::ThirdPartyTransfer, roles: Roles { source: Some(0), recipient: Some(1), amount: Some(2), least: None, fungible: false, hook: false } },
    Known { selector: selector(0xfe99_049a), signature: "transferFrom(address,address,uint256,uint256)", class: Class::ThirdPartyTransfer, roles: Roles { source: Some(0), recipient: Some(1), amount: Some(3), least: None, fungible: true, hook: false } },
    Known { selector: selector(0xd8fb_e994), signature: "transferFromAndCall(address,address,uint256)", class: Class::ThirdPartyTransfer, roles: Roles { source: Some(0), recipient: Some(1), amount: Some(2), least: None, fungible: true, hook: true } },
    Known { selector: selector(0x62ad_1b83), signature: "operatorSend(address,address,uint256,bytes,bytes)", class: Class::ThirdPartyTransfer, roles: Roles { source: Some(0), recipient: Some(1), amount: Some(2), least: None, fungible: true, hook: true } },
    Known { selector: selector(0x79cc_6790), signature: "burnFrom(address,uint256)", class: Class::ThirdPartyTransfer, roles: Roles { source: Some(0), recipient: None, amount: Some(1), least: None, fungible: true, hook: false } },
    plain(0xac96_50d8, Class::NestedCalls, "multicall(bytes[])"),
    plain(0x5ae4_01dc, Class::NestedCalls, "multicall(uint256,bytes[])"),
    plain(0x1f04_64d1, Class::NestedCalls, "multicall(bytes32,bytes[])"),
    plain(0x252d_ba42, Class::NestedCalls, "aggregate((address,bytes)[])"),
    plain(0x82ad_56cb, Class::NestedCalls, "aggregate3((address,bool,bytes)[])"),
    plain(0x174d_ea71, Class::NestedCalls, "aggregate3Value((address,bool,uint256,bytes)[])"),
    plain(0xbce3_8bd7, Class::NestedCalls, "tryAggregate(bool,(address,bytes)[])"),
    plain(0x8d80_ff0a, Class::NestedCalls, "multiSend(bytes)"),
    plain(0x2485_6bc3, Class::NestedCalls, "execute(bytes,bytes[])"),
    plain(0x3593_564c, Class::NestedCalls, "execute(bytes,bytes[],uint256)"),
    plain(0xd242_3b51, Class::NestedCalls, "batch(bytes[],bool)"),
    plain(0xcef6_d209, Class::NestedCalls, "redeemDelegations(bytes[],bytes32[],bytes[])"),
    plain(0xe9ae_5c53, Class::AccountExecute, "execute(bytes32,bytes)"),
    plain(0xb61d_27f6, Class::AccountExecute, "execute(address,uint256,bytes)"),
    plain(0x5194_5447, Class::AccountExecute, "execute(address,uint256,bytes,uint8)"),
    plain(0x5c1c_6dcd, Class::AccountExecute, "execute((address,uint256,bytes))"),
    plain(0x34fc_d5be, Class::AccountExecute, "executeBatch((address,uint256,bytes)[])"),
    plain(0x18df_b3c7, Class::AccountExecute, "executeBatch(address[],bytes[])"),
    plain(0x47e1_da2a, Class::AccountExecute, "executeBatch(address[],uint256[],bytes[])"),
    plain(0xd691_c964, Class::AccountExecute, "executeFromExecutor(bytes32,bytes)"),
    plain(0x8dd7_712f, Class::AccountExecute, "executeUserOp((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes),bytes32)"),
    plain(0x6a76_1202, Class::AccountExecute, "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)"),
    plain(0x4687_21a7, Class::AccountExecute, "execTransactionFromModule(address,uint256,bytes,uint8)"),
    plain(0x5229_073f, Class::AccountExecute, "execTransactionFromModuleReturnData(address,uint256,bytes,uint8)"),
    plain(0x9517_e29f, Class::AccountAdmin, "installModule(uint256,address,bytes)"),
    plain(0xa717_63a8, Class::AccountAdmin, "uninstallModule(uint256,address,bytes)"),
    plain(0x5214_1cd9, Class::AccountAdmin, "changeRootValidator(bytes21,address,bytes,bytes)"),
    plain(0x9198_bdf5, Class::AccountAdmin, "installValidations(bytes21[],(uint32,address)[],bytes[],bytes[])"),
    plain(0xe6f3_d50a, Class::AccountAdmin, "uninstallValidation(bytes21,bytes,bytes)"),
    plain(0x1f1b_92e3, Class::AccountAdmin, "invalidateNonce(uint32)"),
    plain(0x3659_cfe6, Class::AccountAdmin, "upgradeTo(address)"),
    plain(0x4f1e_f286, Class::AccountAdmin, "upgradeToAndCall(address,bytes)"),
    plain(0x8f28_3970, Class::AccountAdmin, "changeAdmin(address)"),
    plain(0xeab7_7e17, Class::AccountAdmin, "setRegistry(address,address[],uint8)"),
    plain(0x4b6a_1419, Class::AccountAdmin, "initializeAccount(bytes)"),
    plain(0x610b_5925, Class::AccountAdmin, "enableModule(address)"),
    plain(0xe009_cfde, Class::AccountAdmin, "disableModule(address,address)"),
    plain(0xf08a_0323, Class::AccountAdmin, "setFallbackHandler(address)"),
    plain(0xe19a_9dd9, Class::AccountAdmin, "setGuard(address)"),
    plain(0x0d58_2f13, Class::AccountAdmin, "addOwnerWithThreshold(address,uint256)"),
    plain(0xf8dc_5dd9, Class::AccountAdmin, "removeOwner(address,address,uint256)"),
    plain(0xe318_b52b, Class::AccountAdmin, "swapOwner(address,address,address)"),
    plain(0x694e_80c3, Class::AccountAdmin, "changeThreshold(uint256)"),
    plain(0x7065_cb48, Class::AccountAdmin, "addOwner(address)"),
    plain(0xf2fd_e38b, Class::AccountAdmin, "transferOwnership(address)"),
    plain(0x7150_18a6, Class::AccountAdmin, "renounceOwnership()"),
    plain(0x79ba_5097, Class::AccountAdmin, "acceptOwnership()"),
    plain(0x2f2f_f15d, Class::AccountAdmin, "grantRole(bytes32,address)"),
    plain(0xd547_741f, Class::AccountAdmin, "revokeRole(bytes32,address)"),
    plain(0x2171_2407, Class::SessionAdmin, "enableSessions((address,bytes,bytes32,(address,bytes)[],((bytes32,string[])[],(address,bytes)[]),(bytes4,address,(address,bytes)[])[],bool)[])"),
    plain(0x454c_9d82, Class::SessionAdmin, "enableUserOpPolicies(bytes32,(address,bytes)[])"),
    plain(0xf867_b08e, Class::SessionAdmin, "removeSession(bytes32)"),
    plain(0x4e33_ad2e, Class::SessionAdmin, "enableActionPolicies(bytes32,(bytes4,address,(address,bytes)[])[])"),
    plain(0xf529_7b77, Class::SessionAdmin, "enableERC1271Policies(bytes32,((bytes32,string[])[],(address,bytes)[]))"),
    plain(0x6e79_eee0, Class::SessionAdmin, "disableActionPolicies(bytes32,bytes32,address[])"),
    plain(0xd056_b06d, Class::SessionAdmin, "disableUserOpPolicies(bytes32,address[])"),
    plain(0xf9b8_0369, Class::SessionAdmin, "revokeEnableSignature(bytes32)"),
    plain(0x2e64_4d8d, Class::SessionAdmin, "setPermit4337Paymaster(bytes32,bool)"),
    plain(0x3ed0_1015, Class::SessionAdmin, "enableDelegation((address,address,bytes32,(address,bytes,bytes)[],uint256,bytes))"),
    plain(0x4993_4047, Class::SessionAdmin, "disableDelegation((address,address,bytes32,(address,bytes,bytes)[],uint256,bytes))"),
    plain(0x205c_2878, Class::EntryPoint, "withdrawTo(address,uint256)"),
    plain(0xc23a_5cea, Class::EntryPoint, "withdrawStake(address)"),
    plain(0xbb9f_e6bf, Class::EntryPoint, "unlockStake()"),
    plain(0x0396_cb60, Class::EntryPoint, "addStake(uint32)"),
    plain(0x0bd2_8e3b, Class::EntryPoint, "incrementNonce(uint192)"),
    plain(0x765e_827f, Class::EntryPoint, "handleOps((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)[],address)"),
    plain(0x1fad_948c, Class::EntryPoint, "handleOps((address,uint256,bytes,bytes,uint256,uint256,uint256,uint256,uint256,bytes,bytes)[],address)"),
    plain(0xb760_faf9, Class::Deposit, "depositTo(address)"),
    plain(0x85a5_affe, Class::SignedMessage, "signMessage(bytes)"),
    plain(0xd4d9_bdcd, Class::SignedMessage, "approveHash(bytes32)"),
    plain(0xec6c_b13f, Class::SignedMessage, "setPreSignature(bytes,bool)"),
    plain(0x5c19_a95c, Class::Governance, "delegate(address)"),
    plain(0xc3cd_a520, Class::Governance, "delegateBySig(address,uint256,uint256,uint8,bytes32,bytes32)"),
    plain(0xbd86_e508, Class::Governance, "setDelegate(bytes32,address)"),
    plain(0x7442_0f4c, Class::AccountExecute, "execute(address,uint256,bytes,uint256)"),
    Known { selector: selector(0x38ed_1739), signature: "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)", class: Class::Swap, roles: Roles { source: None, recipient: Some(3), amount: Some(0), least: Some(1), fungible: false, hook: false } },
    Known { selector: selector(0x04e4_5aaf), signature: "exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))", class: Class::Swap, roles: Roles { source: None, recipient: Some(3), amount: Some(4), least: Some(5), fungible: false, hook: false } },
    plain(0xd0e3_0db0, Class::Wrap, "deposit()"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{Function, Kind};

    #[test]
    fn selectors_are_those_of_the_signatures() {
        for known in &KNOWN {
            let function: Function = known.signature.parse().unwrap();
            assert_eq!(function.selector(), known.selector, "{}", known.signature);
            assert_eq!(function.signature(), known.signature);
            assert_eq!(KNOWN.iter().filter(|other| other.selector == known.selector).count(), 1);
        }
    }

    #[test]
    fn fungible_amounts_are_words_of_their_own() {
        for known in KNOWN.iter().filter(|known| known.roles.fungible) {
            let function: Function = known.signature.parse().unwrap();
            let place = known.roles.amount.unwrap();
            assert!(matches!(function.inputs()[place].ty.kind(), Kind::Uint(256)), "{}", known.signature);
        }
    }
}
