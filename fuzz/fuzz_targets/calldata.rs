//! Calldata of common functions: canonical or refused.
#![no_main]

use hallpass::abi::Function;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for text in
        ["transfer(address,uint256)", "multicall(bytes[])", "order((address,(uint256,bytes)[],string))"]
    {
        let function: Function = text.parse().expect("a signature");
        let calldata = [function.selector().as_slice(), data].concat();
        for calldata in [data, &calldata] {
            if let Ok(arguments) = function.decode_call(calldata) {
                assert_eq!(function.encode_call(&arguments).expect("decoded arguments fit"), calldata);
            }
        }
    }
});
