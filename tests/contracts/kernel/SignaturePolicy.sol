// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import "./Interfaces.sol";
import {Policy} from "./PermissionModule.sol";

/// ERC-1271 signatures only for listed callers; user operations are not restricted.
contract SignaturePolicy is Policy {
    mapping(bytes32 id => mapping(address caller => mapping(address account => bool))) public allowedCaller;

    function configure(bytes32 id, bytes calldata data) internal override {
        address[] memory callers = abi.decode(data, (address[]));
        for (uint256 i = 0; i < callers.length; i++) {
            allowedCaller[id][callers[i]][msg.sender] = true;
        }
    }

    function checkUserOpPolicy(bytes32 id, PackedUserOperation calldata)
        external
        payable
        override
        returns (uint256)
    {
        requireLive(id);
        return VALIDATION_SUCCESS;
    }

    function checkSignaturePolicy(bytes32 id, address sender, bytes32, bytes calldata)
        external
        view
        override
        returns (uint256)
    {
        requireLive(id);
        return allowedCaller[id][sender][msg.sender] ? VALIDATION_SUCCESS : VALIDATION_FAILED;
    }
}
