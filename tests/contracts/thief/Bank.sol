// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// Holds coin for accounts, and pays it out when its token says that the account sent some with instructions: who gets how much.
/// Nobody else is listened to, so that without the token the coin is out of reach.
contract Bank {
    address private constant TOKEN = address(0x700c0);

    mapping(address owner => uint256) public deposits;

    /// What stands behind it was put here before.
    function credit(address owner, uint256 amount) external {
        deposits[owner] += amount;
    }

    function onTransferReceived(address, address from, uint256, bytes calldata data) external returns (bytes4) {
        require(msg.sender == TOKEN, "not the token");
        (address payable to, uint256 amount) = abi.decode(data, (address, uint256));
        deposits[from] -= amount;
        to.transfer(amount);
        return this.onTransferReceived.selector;
    }
}
