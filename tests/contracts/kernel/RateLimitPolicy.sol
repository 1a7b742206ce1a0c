// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import "./Interfaces.sol";
import {Policy} from "./PermissionModule.sol";

/// A number of operations in all; each is valid an interval later than the one before.
contract RateLimitPolicy is Policy {
    struct Limit {
        uint48 interval;
        uint48 count;
        uint48 startAt;
    }

    mapping(bytes32 id => mapping(address account => Limit)) public rateLimitConfigs;

    function configure(bytes32 id, bytes calldata data) internal override {
        rateLimitConfigs[id][msg.sender] =
            Limit(uint48(bytes6(data[0:6])), uint48(bytes6(data[6:12])), uint48(bytes6(data[12:18])));
    }

    function checkUserOpPolicy(bytes32 id, PackedUserOperation calldata)
        public
        payable
        virtual
        override
        returns (uint256)
    {
        requireLive(id);
        Limit storage limit = rateLimitConfigs[id][msg.sender];
        if (limit.count == 0) return VALIDATION_FAILED;
        limit.count--;
        uint48 validAfter = limit.startAt;
        limit.startAt = validAfter + limit.interval;
        return uint256(validAfter) << 208;
    }
}
