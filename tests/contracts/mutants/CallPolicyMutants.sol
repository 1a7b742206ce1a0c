// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {CallPolicyV004, Execution, Rule} from "../kernel/CallPolicy.sol";

// Call policies with one fault each. The differential test must notice every one of them.

/// Rules on arguments always hold.
contract MutantRulesDropped is CallPolicyV004 {
    function holds(Rule memory, bytes32) internal pure override returns (bool) {
        return true;
    }
}

/// Arguments are read 4 bytes too early: the selector is not skipped.
contract MutantOffset is CallPolicyV004 {
    function wordAt(bytes calldata data, uint64 offset) internal pure override returns (bytes32) {
        return bytes32(data[offset:offset + 32]);
    }
}

/// A delegatecall needs no permission.
contract MutantDelegatecall is CallPolicyV004 {
    function check(bytes32 id, bytes1 callType, address target, uint256 value, bytes calldata data)
        internal
        view
        override
    {
        if (callType != DELEGATECALL) super.check(id, callType, target, value, data);
    }
}

/// Of a batch only the first call is checked.
contract MutantFirstCall is CallPolicyV004 {
    function checkBatch(bytes32 id, Execution[] calldata batch) internal view override {
        if (batch.length > 0) check(id, SINGLE, batch[0].target, batch[0].value, batch[0].callData);
    }
}

/// Of a batch only the first call's value is checked.
contract MutantFirstValue is CallPolicyV004 {
    function checkBatch(bytes32 id, Execution[] calldata batch) internal view override {
        for (uint256 i = 0; i < batch.length; i++) {
            check(id, SINGLE, batch[i].target, i == 0 ? batch[i].value : 0, batch[i].callData);
        }
    }
}

/// A function without a permission passes.
contract MutantWildcard is CallPolicyV004 {
    function check(bytes32 id, bytes1 callType, address target, uint256 value, bytes calldata data)
        internal
        view
        override
    {
        bytes4 selector = data.length == 0 ? bytes4(0) : bytes4(data[0:4]);
        if (load(id, keyOf(callType, target, selector), msg.sender).length == 0) return;
        super.check(id, callType, target, value, data);
    }
}
