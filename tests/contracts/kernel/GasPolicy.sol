// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import "./Interfaces.sol";
import {Policy} from "./PermissionModule.sol";

/// A budget in wei: every operation is charged its gas limits times its fee cap, in 128 bits.
contract GasPolicy is Policy {
    struct Budget {
        uint128 allowed;
        bool enforcePaymaster;
        address allowedPaymaster;
    }

    mapping(bytes32 id => mapping(address account => Budget)) public gasPolicyConfig;

    function configure(bytes32 id, bytes calldata data) internal override {
        (uint128 allowed, bool enforcePaymaster, address allowedPaymaster) =
            abi.decode(data, (uint128, bool, address));
        gasPolicyConfig[id][msg.sender] = Budget(allowed, enforcePaymaster, allowedPaymaster);
    }

    function checkUserOpPolicy(bytes32 id, PackedUserOperation calldata userOp)
        public
        payable
        virtual
        override
        returns (uint256)
    {
        requireLive(id);
        Budget storage budget = gasPolicyConfig[id][msg.sender];
        uint256 limits = uint256(userOp.accountGasLimits);
        uint256 gas = userOp.preVerificationGas + (limits >> 128) + uint128(limits);
        uint128 charge = uint128(gas * uint128(uint256(userOp.gasFees)));
        if (budget.enforcePaymaster && budget.allowedPaymaster != address(0)) {
            if (address(bytes20(userOp.paymasterAndData[:20])) != budget.allowedPaymaster) return VALIDATION_FAILED;
        }
        if (charge > budget.allowed) return VALIDATION_FAILED;
        budget.allowed -= charge;
        return VALIDATION_SUCCESS;
    }
}
