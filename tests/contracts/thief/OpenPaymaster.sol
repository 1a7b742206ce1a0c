// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PackedUserOperation} from "../kernel/Interfaces.sol";

interface IDeposit {
    function depositTo(address account) external payable;
}

/// Pays for every operation.
contract OpenPaymaster {
    address private constant ENTRY_POINT = 0x0000000071727De22E5E9d8BAf0edAc6f37da032;

    /// Everything it holds becomes its deposit.
    function fill() external {
        IDeposit(ENTRY_POINT).depositTo{value: address(this).balance}(address(this));
    }

    function validatePaymasterUserOp(PackedUserOperation calldata, bytes32, uint256)
        external
        pure
        returns (bytes memory context, uint256 validationData)
    {
        return ("", 0);
    }
}
