// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import "./Interfaces.sol";

/// What policies and signers of a permission share: `data` starts with the permission id, and an account counts as initialised
/// while it uses any id.
abstract contract PermissionModule is IModule {
    mapping(address account => uint256) public usedIds;

    function onInstall(bytes calldata data) external payable {
        install(bytes32(data[:32]), data[32:]);
        usedIds[msg.sender]++;
    }

    function onUninstall(bytes calldata data) external payable {
        uninstall(bytes32(data[:32]));
        usedIds[msg.sender]--;
    }

    function isInitialized(address account) external view returns (bool) {
        return usedIds[account] > 0;
    }

    function install(bytes32 id, bytes calldata data) internal virtual;

    function uninstall(bytes32 id) internal virtual;
}

/// A policy that goes through its life once: an id that was uninstalled is never installed again.
abstract contract Policy is PermissionModule {
    enum Status {
        NA,
        Live,
        Deprecated
    }

    mapping(bytes32 id => mapping(address account => Status)) public status;

    function isModuleType(uint256 moduleType) external pure returns (bool) {
        return moduleType == MODULE_POLICY;
    }

    function install(bytes32 id, bytes calldata data) internal virtual override {
        require(status[id][msg.sender] == Status.NA);
        status[id][msg.sender] = Status.Live;
        configure(id, data);
    }

    function uninstall(bytes32 id) internal virtual override {
        requireLive(id);
        status[id][msg.sender] = Status.Deprecated;
    }

    function requireLive(bytes32 id) internal view {
        require(status[id][msg.sender] == Status.Live);
    }

    function configure(bytes32 id, bytes calldata data) internal virtual;

    function checkUserOpPolicy(bytes32 id, PackedUserOperation calldata userOp)
        external
        payable
        virtual
        returns (uint256);

    /// Passes any hash for any caller while the policy is live.
    function checkSignaturePolicy(bytes32 id, address, bytes32, bytes calldata)
        external
        view
        virtual
        returns (uint256)
    {
        requireLive(id);
        return VALIDATION_SUCCESS;
    }
}
