// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import "./Interfaces.sol";
import {Signatures} from "./Signatures.sol";

/// Root validator: one owner key for each account. As a hook it lets only the owner call the account directly.
contract ECDSAValidator is IModule {
    error AlreadyInitialized(address account);
    error NotInitialized(address account);

    mapping(address account => address) private owners;

    function onInstall(bytes calldata data) external payable {
        if (isInitialized(msg.sender)) revert AlreadyInitialized(msg.sender);
        owners[msg.sender] = address(bytes20(data[:20]));
    }

    function onUninstall(bytes calldata) external payable {
        if (!isInitialized(msg.sender)) revert NotInitialized(msg.sender);
        delete owners[msg.sender];
    }

    function isModuleType(uint256 moduleType) external pure returns (bool) {
        return moduleType == MODULE_VALIDATOR || moduleType == MODULE_HOOK;
    }

    function isInitialized(address account) public view returns (bool) {
        return owners[account] != address(0);
    }

    function ecdsaValidatorStorage(address account) external view returns (address owner) {
        return owners[account];
    }

    function validateUserOp(PackedUserOperation calldata userOp, bytes32 userOpHash)
        external
        payable
        returns (uint256)
    {
        bool good = Signatures.isBy(owners[msg.sender], userOpHash, userOp.signature);
        return good ? VALIDATION_SUCCESS : VALIDATION_FAILED;
    }

    function isValidSignatureWithSender(address, bytes32 hash, bytes calldata signature)
        external
        view
        returns (bytes4)
    {
        return Signatures.isBy(owners[msg.sender], hash, signature) ? ERC1271_MAGIC : ERC1271_INVALID;
    }

    function preCheck(address sender, uint256, bytes calldata) external payable returns (bytes memory) {
        require(sender == owners[msg.sender], "ECDSAValidator: sender is not owner");
        return "";
    }

    function postCheck(bytes calldata) external payable {}
}
