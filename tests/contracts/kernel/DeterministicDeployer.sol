// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// Creates a contract with CREATE2 from calldata that is a salt and creation code, as the deployer on public chains does.
contract DeterministicDeployer {
    fallback() external payable {
        bytes32 salt = bytes32(msg.data[:32]);
        bytes memory code = msg.data[32:];
        assembly {
            let created := create2(callvalue(), add(code, 0x20), mload(code), salt)
            if iszero(created) { revert(0, 0) }
            mstore(0, shl(96, created))
            return(0, 20)
        }
    }
}
