// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {HookToken, IReceiver} from "./HookToken.sol";

/// A thief's contract: whenever it receives tokens it calls back into the account, and into the EntryPoint with an operation it was
/// given, to get more of them than the operation was checked for. What fails there must not undo the transfer, so it is swallowed.
contract Raider is IReceiver {
    bytes4 private constant EXECUTE = 0xe9ae5c53;
    address private constant ENTRY_POINT = 0x0000000071727De22E5E9d8BAf0edAc6f37da032;

    bytes private bundle;

    uint256 public tries;
    uint256 public successes;

    /// `handleOps` with an operation that the session key signed.
    function prepare(bytes calldata handleOps) external {
        bundle = handleOps;
    }

    function tokensReceived(address from, uint256 value) external {
        bytes memory transfer = abi.encodeCall(HookToken.transfer, (address(this), value));
        bytes memory execution = abi.encodePacked(msg.sender, uint256(0), transfer);
        attempt(from, abi.encodePacked(EXECUTE, abi.encode(bytes32(0), execution)));
        attempt(ENTRY_POINT, bundle);
    }

    function attempt(address target, bytes memory data) private {
        (bool succeeded,) = target.call(data);
        tries++;
        if (succeeded) successes++;
    }
}
