// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import "./Interfaces.sol";
import {Policy} from "./PermissionModule.sol";

/// One call of an execution (ERC-7579).
struct Execution {
    address target;
    uint256 value;
    bytes callData;
}

enum Condition {
    EQUAL,
    GREATER_THAN,
    LESS_THAN,
    GREATER_THAN_OR_EQUAL,
    LESS_THAN_OR_EQUAL,
    NOT_EQUAL,
    ONE_OF
}

/// A condition on the word at `offset` bytes after the selector.
struct Rule {
    Condition condition;
    uint64 offset;
    bytes32[] params;
}

struct Permission {
    bytes1 callType;
    address target;
    bytes4 selector;
    uint256 valueLimit;
    Rule[] rules;
}

/// Which calls a permission may make. It finds the execution in the operation's calldata by its pointers as they are, and reads it where
/// they lead, as the deployed policy does: what it sees can differ from what the account does.
abstract contract CallPolicy is Policy {
    error InvalidCallType();
    error InvalidCallData();
    error CallViolatesParamRule();
    error CallViolatesValueRule();

    bytes4 private constant EXECUTE = 0xe9ae5c53;
    bytes1 internal constant SINGLE = 0x00;
    bytes1 private constant BATCH = 0x01;
    bytes1 internal constant DELEGATECALL = 0xff;

    function configure(bytes32 id, bytes calldata data) internal override {
        Permission[] calldata permissions = permissionsOf(data);
        for (uint256 i = 0; i < permissions.length; i++) {
            Permission calldata permission = permissions[i];
            bytes32 key = keyOf(permission.callType, permission.target, permission.selector);
            require(load(id, key, msg.sender).length == 0, "duplicate permissionHash");
            for (uint256 j = 0; j < permission.rules.length; j++) {
                Rule calldata rule = permission.rules[j];
                require(
                    rule.condition == Condition.ONE_OF || rule.params.length == 1,
                    "only OneOf condition can have multiple params"
                );
            }
            store(id, key, msg.sender, abi.encode(permission.valueLimit, permission.rules));
        }
    }

    function encodedPermissions(bytes32 id, bytes32 key, address account) external view returns (bytes memory) {
        return load(id, key, account);
    }

    function checkUserOpPolicy(bytes32 id, PackedUserOperation calldata userOp)
        external
        payable
        override
        returns (uint256)
    {
        bytes calldata callData = userOp.callData;
        require(bytes4(callData[0:4]) == EXECUTE);
        bytes1 callType = bytes1(callData[4:36]);
        bytes calldata execution = executionOf(callData);
        if (callType == SINGLE) {
            address target = address(bytes20(execution[0:20]));
            check(id, SINGLE, target, uint256(bytes32(execution[20:52])), execution[52:]);
        } else if (callType == BATCH) {
            checkBatch(id, batchOf(execution));
        } else if (callType == DELEGATECALL) {
            check(id, DELEGATECALL, address(bytes20(execution[0:20])), 0, execution[20:]);
        } else {
            revert InvalidCallType();
        }
        return VALIDATION_SUCCESS;
    }

    /// The list of permissions, found by its offset without a look at bounds.
    function permissionsOf(bytes calldata data) private pure returns (Permission[] calldata permissions) {
        assembly {
            let start := add(data.offset, calldataload(data.offset))
            permissions.offset := add(start, 0x20)
            permissions.length := calldataload(start)
        }
    }

    /// The second argument of `execute`, found by its offset without a look at bounds.
    function executionOf(bytes calldata callData) private pure returns (bytes calldata execution) {
        assembly {
            let offset := calldataload(add(callData.offset, 0x24))
            execution.offset := add(add(callData.offset, 0x24), offset)
            execution.length := calldataload(sub(execution.offset, 0x20))
        }
    }

    /// The array an execution holds, found in the same way.
    function batchOf(bytes calldata execution) private pure returns (Execution[] calldata batch) {
        assembly {
            let start := add(execution.offset, calldataload(execution.offset))
            batch.offset := add(start, 0x20)
            batch.length := calldataload(start)
        }
    }

    function checkBatch(bytes32 id, Execution[] calldata batch) internal view virtual {
        for (uint256 i = 0; i < batch.length; i++) {
            check(id, SINGLE, batch[i].target, batch[i].value, batch[i].callData);
        }
    }

    function check(bytes32 id, bytes1 callType, address target, uint256 value, bytes calldata data)
        internal
        view
        virtual
    {
        bytes4 selector = data.length == 0 ? bytes4(0) : bytes4(data[0:4]);
        bytes memory encoded = load(id, keyOf(callType, target, selector), msg.sender);
        if (encoded.length == 0) encoded = load(id, keyOf(callType, address(0), selector), msg.sender);
        if (encoded.length == 0) revert InvalidCallData();
        (uint256 valueLimit, Rule[] memory rules) = abi.decode(encoded, (uint256, Rule[]));
        if (value > valueLimit) revert CallViolatesValueRule();
        for (uint256 i = 0; i < rules.length; i++) {
            if (!holds(rules[i], wordAt(data, rules[i].offset))) revert CallViolatesParamRule();
        }
    }

    function wordAt(bytes calldata data, uint64 offset) internal pure virtual returns (bytes32) {
        uint64 start = 4 + offset;
        return bytes32(data[start:start + 32]);
    }

    function holds(Rule memory rule, bytes32 word) internal pure virtual returns (bool) {
        if (rule.condition == Condition.ONE_OF) {
            for (uint256 i = 0; i < rule.params.length; i++) {
                if (word == rule.params[i]) return true;
            }
            return false;
        }
        bytes32 param = rule.params[0];
        if (rule.condition == Condition.EQUAL) return word == param;
        if (rule.condition == Condition.GREATER_THAN) return word > param;
        if (rule.condition == Condition.LESS_THAN) return word < param;
        if (rule.condition == Condition.GREATER_THAN_OR_EQUAL) return word >= param;
        if (rule.condition == Condition.LESS_THAN_OR_EQUAL) return word <= param;
        return word != param;
    }

    function keyOf(bytes1 callType, address target, bytes4 selector) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(callType, target, selector));
    }

    function load(bytes32 id, bytes32 key, address account) internal view virtual returns (bytes memory);

    function store(bytes32 id, bytes32 key, address account, bytes memory encoded) internal virtual;
}

/// 0.0.3: permissions in nested mappings.
contract CallPolicyV003 is CallPolicy {
    mapping(bytes32 id => mapping(bytes32 key => mapping(address account => bytes))) private permissions;

    function load(bytes32 id, bytes32 key, address account) internal view override returns (bytes memory) {
        return permissions[id][key][account];
    }

    function store(bytes32 id, bytes32 key, address account, bytes memory encoded) internal override {
        permissions[id][key][account] = encoded;
    }
}

/// 0.0.4: a permission stands in slots that derive from the account alone, so that strict bundlers (ERC-7562) accept reading them:
/// keccak(account ‖ keccak(id ‖ key)) + i. The first holds the length.
contract CallPolicyV004 is CallPolicy {
    function slotOf(bytes32 id, bytes32 key, address account) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(account, keccak256(abi.encode(id, key)))));
    }

    function load(bytes32 id, bytes32 key, address account) internal view override returns (bytes memory encoded) {
        uint256 slot = slotOf(id, key, account);
        uint256 length;
        assembly {
            length := sload(slot)
        }
        encoded = new bytes(length);
        for (uint256 i = 0; i < length; i += 32) {
            assembly {
                slot := add(slot, 1)
                mstore(add(add(encoded, 0x20), i), sload(slot))
            }
        }
    }

    function store(bytes32 id, bytes32 key, address account, bytes memory encoded) internal override {
        uint256 slot = slotOf(id, key, account);
        uint256 length = encoded.length;
        assembly {
            sstore(slot, length)
        }
        for (uint256 i = 0; i < length; i += 32) {
            assembly {
                slot := add(slot, 1)
                sstore(slot, mload(add(add(encoded, 0x20), i)))
            }
        }
    }
}
