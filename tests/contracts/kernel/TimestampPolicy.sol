// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import "./Interfaces.sol";
import {Policy} from "./PermissionModule.sol";

/// User operations only within a window; signatures at any time.
contract TimestampPolicy is Policy {
    struct Window {
        uint48 validAfter;
        uint48 validUntil;
    }

    mapping(bytes32 id => mapping(address account => Window)) public timestampPolicyConfig;

    function configure(bytes32 id, bytes calldata data) internal override {
        (uint48 validAfter, uint48 validUntil) = abi.decode(data, (uint48, uint48));
        timestampPolicyConfig[id][msg.sender] = Window(validAfter, validUntil);
    }

    function checkUserOpPolicy(bytes32 id, PackedUserOperation calldata)
        public
        payable
        virtual
        override
        returns (uint256)
    {
        requireLive(id);
        Window memory window = timestampPolicyConfig[id][msg.sender];
        return (uint256(window.validAfter) << 208) | (uint256(window.validUntil) << 160);
    }
}
