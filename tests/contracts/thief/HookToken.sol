// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

interface IReceiver {
    function tokensReceived(address from, uint256 value) external;
}

/// A token that calls whoever receives it, as ERC-777 tokens do: the receiver runs in the middle of the session's operation.
contract HookToken {
    mapping(address owner => uint256) public balanceOf;

    function mint(address to, uint256 value) external {
        balanceOf[to] += value;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value;
        if (to.code.length > 0) IReceiver(to).tokensReceived(msg.sender, value);
        return true;
    }
}
