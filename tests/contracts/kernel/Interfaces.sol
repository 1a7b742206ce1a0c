// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// User operation as contracts see it (ERC-4337, EntryPoint 0.7).
struct PackedUserOperation {
    address sender;
    uint256 nonce;
    bytes initCode;
    bytes callData;
    bytes32 accountGasLimits;
    uint256 preVerificationGas;
    bytes32 gasFees;
    bytes paymasterAndData;
    bytes signature;
}

/// What every ERC-7579 module answers.
interface IModule {
    function onInstall(bytes calldata data) external payable;
    function onUninstall(bytes calldata data) external payable;
    function isModuleType(uint256 moduleType) external view returns (bool);
    function isInitialized(address account) external view returns (bool);
}

// Module types of ERC-7579 and of Kernel.
uint256 constant MODULE_VALIDATOR = 1;
uint256 constant MODULE_HOOK = 4;
uint256 constant MODULE_POLICY = 5;
uint256 constant MODULE_SIGNER = 6;

// Validation data: the signature is good, or not.
uint256 constant VALIDATION_SUCCESS = 0;
uint256 constant VALIDATION_FAILED = 1;

// ERC-1271 answers.
bytes4 constant ERC1271_MAGIC = 0x1626ba7e;
bytes4 constant ERC1271_INVALID = 0xffffffff;
