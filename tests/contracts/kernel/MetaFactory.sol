// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

interface IAccountFactory {
    function createAccount(bytes calldata data, bytes32 salt) external payable returns (address);
}

/// Factory of factories: creates an account with a factory its owner has approved.
contract MetaFactory {
    error NotApprovedFactory();
    error Unauthorized();

    /// Nobody's address where the contract is placed without its constructor: tests call as that.
    address public owner;
    mapping(IAccountFactory factory => bool) public approved;

    function approveFactory(IAccountFactory factory, bool approval) external payable {
        if (msg.sender != owner) revert Unauthorized();
        approved[factory] = approval;
    }

    function deployWithFactory(IAccountFactory factory, bytes calldata data, bytes32 salt)
        external
        payable
        returns (address)
    {
        if (!approved[factory]) revert NotApprovedFactory();
        return factory.createAccount(data, salt);
    }
}
