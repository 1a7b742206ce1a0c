// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// A feed of short posts. Posting and liking are silent actions of a session; tipping costs value, which goes to the author.
contract Feed {
    struct Post {
        address author;
        string text;
        uint256 likes;
        uint256 tips;
    }

    event Posted(uint256 indexed id, address indexed author, string text);
    event Liked(uint256 indexed id, address indexed account);
    event Tipped(uint256 indexed id, address indexed account, uint256 value);

    error WrongLength(uint256 length);
    error UnknownPost(uint256 id);
    error AlreadyLiked(uint256 id, address account);
    error EmptyTip();
    error TipFailed(address author);

    /// Most bytes of a post.
    uint256 public constant LONGEST = 280;

    Post[] private all;
    mapping(uint256 id => mapping(address account => bool)) public liked;

    function post(string calldata text) external returns (uint256 id) {
        uint256 length = bytes(text).length;
        if (length == 0 || length > LONGEST) revert WrongLength(length);
        id = all.length;
        all.push(Post(msg.sender, text, 0, 0));
        emit Posted(id, msg.sender, text);
    }

    function like(uint256 id) external {
        Post storage found = known(id);
        if (liked[id][msg.sender]) revert AlreadyLiked(id, msg.sender);
        liked[id][msg.sender] = true;
        found.likes++;
        emit Liked(id, msg.sender);
    }

    function tip(uint256 id) external payable {
        Post storage found = known(id);
        if (msg.value == 0) revert EmptyTip();
        found.tips += msg.value;
        emit Tipped(id, msg.sender, msg.value);
        // After all else, since an author that is a contract gets to run here.
        (bool sent,) = found.author.call{value: msg.value}("");
        if (!sent) revert TipFailed(found.author);
    }

    /// Ids count from 0.
    function postCount() external view returns (uint256) {
        return all.length;
    }

    function posts(uint256 id) external view returns (address author, string memory text, uint256 likes, uint256 tips) {
        Post storage found = known(id);
        return (found.author, found.text, found.likes, found.tips);
    }

    function known(uint256 id) private view returns (Post storage) {
        if (id >= all.length) revert UnknownPost(id);
        return all[id];
    }
}
