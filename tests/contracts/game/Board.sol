// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// A board on which every player has one piece, and a shop for items. Moves are silent actions of a session; buying costs value.
contract Board {
    struct Piece {
        uint8 x;
        uint8 y;
        uint32 moves;
    }

    event Moved(address indexed player, uint8 x, uint8 y);
    event Bought(address indexed player, uint256 item, uint256 amount);

    error OffTheBoard(uint8 x, uint8 y);
    error WrongPrice(uint256 paid, uint256 price);

    uint8 public constant SIZE = 16;
    uint256 public constant PRICE = 10;

    mapping(address player => Piece) public pieces;
    mapping(address player => mapping(uint256 item => uint256)) public items;

    function move(uint8 x, uint8 y) external {
        if (x >= SIZE || y >= SIZE) revert OffTheBoard(x, y);
        Piece storage piece = pieces[msg.sender];
        (piece.x, piece.y) = (x, y);
        piece.moves++;
        emit Moved(msg.sender, x, y);
    }

    function buy(uint256 item, uint256 amount) external payable {
        if (msg.value != amount * PRICE) revert WrongPrice(msg.value, amount * PRICE);
        items[msg.sender][item] += amount;
        emit Bought(msg.sender, item, amount);
    }
}
