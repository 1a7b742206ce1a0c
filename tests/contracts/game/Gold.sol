// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// The game's ERC-20 token. Every address gets its first gold for nothing, once. Errors are those of ERC-6093.
contract Gold {
    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    error AlreadyMinted(address to);
    error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);
    error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);

    string public constant name = "Gold";
    string public constant symbol = "GOLD";
    uint8 public constant decimals = 18;
    uint256 public constant GIFT = 1000 * 10 ** 18;

    uint256 public totalSupply;
    mapping(address owner => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    mapping(address to => bool) public minted;

    function mint(address to) external {
        if (minted[to]) revert AlreadyMinted(to);
        minted[to] = true;
        totalSupply += GIFT;
        balanceOf[to] += GIFT;
        emit Transfer(address(0), to, GIFT);
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        give(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        if (allowed < value) revert ERC20InsufficientAllowance(msg.sender, allowed, value);
        // The highest allowance stands for no limit, as in most tokens.
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - value;
        give(from, to, value);
        return true;
    }

    function give(address from, address to, uint256 value) private {
        uint256 balance = balanceOf[from];
        if (balance < value) revert ERC20InsufficientBalance(from, balance, value);
        balanceOf[from] = balance - value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}
