// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// secp256k1 signatures as the Kernel modules read them: 65 bytes with v 27 or 28, or 64 bytes (EIP-2098). A high s is accepted.
library Signatures {
    error InvalidSignature();

    /// Signer of a hash; reverts where there is none.
    function recover(bytes32 hash, bytes calldata signature) internal pure returns (address signer) {
        uint8 v;
        bytes32 s;
        if (signature.length == 65) {
            s = bytes32(signature[32:64]);
            v = uint8(signature[64]);
        } else if (signature.length == 64) {
            uint256 packed = uint256(bytes32(signature[32:64]));
            s = bytes32(packed & (type(uint256).max >> 1));
            v = uint8((packed >> 255) + 27);
        } else {
            revert InvalidSignature();
        }
        signer = ecrecover(hash, v, bytes32(signature[:32]), s);
        if (signer == address(0)) revert InvalidSignature();
    }

    /// Whether `signer` signed the hash itself or its personal-message form (EIP-191).
    function isBy(address signer, bytes32 hash, bytes calldata signature) internal pure returns (bool) {
        if (recover(hash, signature) == signer) return true;
        bytes32 personal = keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", hash));
        return recover(personal, signature) == signer;
    }
}
