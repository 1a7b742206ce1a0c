// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import "./Interfaces.sol";

/// A number of operations per window; the first operation after a window's end starts the next. Its checks do not look at its status,
/// an id may be installed again after it was uninstalled, and no account ever counts as initialised.
contract RateLimitResetPolicy is IModule {
    error RateLimited();

    enum Status {
        NA,
        Live,
        Deprecated
    }

    struct Limit {
        uint48 interval;
        uint48 count;
    }

    struct Window {
        uint48 remaining;
        uint48 end;
    }

    mapping(address account => uint256) public usedIds;
    mapping(bytes32 id => mapping(address account => Status)) public status;
    mapping(bytes32 id => mapping(address account => Limit)) public rateLimitConfigs;
    mapping(bytes32 id => mapping(address account => Window)) public rateLimitState;

    function onInstall(bytes calldata data) external payable {
        bytes32 id = bytes32(data[:32]);
        bytes calldata limit = data[32:];
        require(status[id][msg.sender] != Status.Live);
        require(limit.length >= 12, "Invalid data length");
        uint48 interval = uint48(bytes6(limit[0:6]));
        uint48 count = uint48(bytes6(limit[6:12]));
        rateLimitConfigs[id][msg.sender] = Limit(interval, count);
        rateLimitState[id][msg.sender] = Window(count, uint48(block.timestamp) + interval);
        status[id][msg.sender] = Status.Live;
        usedIds[msg.sender]++;
    }

    function onUninstall(bytes calldata data) external payable {
        bytes32 id = bytes32(data[:32]);
        require(status[id][msg.sender] == Status.Live);
        status[id][msg.sender] = Status.Deprecated;
        usedIds[msg.sender]--;
    }

    function isModuleType(uint256 moduleType) external pure returns (bool) {
        return moduleType == MODULE_POLICY;
    }

    function isInitialized(address) external pure returns (bool) {
        return false;
    }

    function checkUserOpPolicy(bytes32 id, PackedUserOperation calldata) external payable returns (uint256) {
        Limit memory limit = rateLimitConfigs[id][msg.sender];
        Window storage window = rateLimitState[id][msg.sender];
        uint48 time = uint48(block.timestamp);
        if (time >= window.end) {
            window.remaining = limit.count;
            window.end = time + limit.interval;
        }
        if (window.remaining == 0) revert RateLimited();
        window.remaining--;
        return (uint256(time) << 208) | (uint256(window.end) << 160);
    }

    function checkSignaturePolicy(bytes32, address, bytes32, bytes calldata) external pure returns (uint256) {
        return VALIDATION_SUCCESS;
    }
}
