// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import "./Interfaces.sol";
import {PermissionModule} from "./PermissionModule.sol";
import {Signatures} from "./Signatures.sol";

/// Signer of a permission: one secp256k1 key for each id and account.
contract ECDSASigner is PermissionModule {
    mapping(bytes32 id => mapping(address account => address)) public signer;

    function isModuleType(uint256 moduleType) external pure returns (bool) {
        return moduleType == MODULE_SIGNER;
    }

    function install(bytes32 id, bytes calldata data) internal override {
        require(signer[id][msg.sender] == address(0));
        signer[id][msg.sender] = address(bytes20(data[:20]));
    }

    function uninstall(bytes32 id) internal override {
        require(signer[id][msg.sender] != address(0));
        delete signer[id][msg.sender];
    }

    function checkUserOpSignature(bytes32 id, PackedUserOperation calldata userOp, bytes32 userOpHash)
        external
        payable
        returns (uint256)
    {
        bool good = Signatures.isBy(signer[id][msg.sender], userOpHash, userOp.signature);
        return good ? VALIDATION_SUCCESS : VALIDATION_FAILED;
    }

    function checkSignature(bytes32 id, address, bytes32 hash, bytes calldata signature)
        external
        view
        returns (bytes4)
    {
        return Signatures.isBy(signer[id][msg.sender], hash, signature) ? ERC1271_MAGIC : ERC1271_INVALID;
    }
}
