// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

interface IReceiver {
    function tokensReceived(address from, uint256 value) external;
}

interface IInstructed {
    function onTransferReceived(address operator, address from, uint256 value, bytes calldata data)
        external
        returns (bytes4);
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

    /// ERC-1363: the receiver gets bytes of the sender's choosing.
    function transferAndCall(address to, uint256 value, bytes calldata data) external returns (bool) {
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value;
        IInstructed(to).onTransferReceived(msg.sender, msg.sender, value, data);
        return true;
    }
}
