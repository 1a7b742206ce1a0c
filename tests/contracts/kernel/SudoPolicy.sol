// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import "./Interfaces.sol";
import {PermissionModule} from "./PermissionModule.sol";

/// Allows everything. It keeps no state but the number of ids.
contract SudoPolicy is PermissionModule {
    function isModuleType(uint256 moduleType) external pure returns (bool) {
        return moduleType == MODULE_POLICY;
    }

    function install(bytes32, bytes calldata) internal override {}

    function uninstall(bytes32) internal override {}

    function checkUserOpPolicy(bytes32, PackedUserOperation calldata) external payable returns (uint256) {
        return VALIDATION_SUCCESS;
    }

    function checkSignaturePolicy(bytes32, address, bytes32, bytes calldata) external pure returns (uint256) {
        return VALIDATION_SUCCESS;
    }
}
