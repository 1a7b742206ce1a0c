// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Gold} from "./Gold.sol";

/// Sells items for gold, which the player lets it take with `approve`: what a session spends here is tokens, not value.
contract Shop {
    event Bought(address indexed player, uint256 item, uint256 amount);

    error UnknownItem(uint256 item);

    /// Where `addresses.json` places it.
    Gold public constant GOLD = Gold(0x601D000000000000000000000000000000000000);

    mapping(address player => mapping(uint256 item => uint256)) public inventory;

    function buy(uint256 item, uint256 amount) external {
        uint256 cost = amount * price(item);
        inventory[msg.sender][item] += amount;
        emit Bought(msg.sender, item, amount);
        // Gold reverts rather than answer false.
        GOLD.transferFrom(msg.sender, address(this), cost);
    }

    function price(uint256 item) public pure returns (uint256) {
        if (item == 1) return 5 * 10 ** 18;
        if (item == 2) return 20 * 10 ** 18;
        if (item == 3) return 50 * 10 ** 18;
        revert UnknownItem(item);
    }
}
