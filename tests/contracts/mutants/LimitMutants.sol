// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import "../kernel/Interfaces.sol";
import {GasPolicy} from "../kernel/GasPolicy.sol";
import {RateLimitPolicy} from "../kernel/RateLimitPolicy.sol";
import {TimestampPolicy} from "../kernel/TimestampPolicy.sol";

// Policies on time, gas and number with one fault each. The differential test must notice every one of them.

/// The window is not told to the EntryPoint.
contract MutantNoExpiry is TimestampPolicy {
    function checkUserOpPolicy(bytes32, PackedUserOperation calldata) public payable override returns (uint256) {
        return VALIDATION_SUCCESS;
    }
}

/// Every operation is charged against the whole budget.
contract MutantGasNotSummed is GasPolicy {
    function checkUserOpPolicy(bytes32 id, PackedUserOperation calldata userOp)
        public
        payable
        override
        returns (uint256 validationData)
    {
        uint128 before = gasPolicyConfig[id][msg.sender].allowed;
        validationData = super.checkUserOpPolicy(id, userOp);
        gasPolicyConfig[id][msg.sender].allowed = before;
    }
}

/// The number of operations is never counted down.
contract MutantNotCounted is RateLimitPolicy {
    function checkUserOpPolicy(bytes32 id, PackedUserOperation calldata userOp)
        public
        payable
        override
        returns (uint256 validationData)
    {
        uint48 before = rateLimitConfigs[id][msg.sender].count;
        validationData = super.checkUserOpPolicy(id, userOp);
        rateLimitConfigs[id][msg.sender].count = before;
    }
}
