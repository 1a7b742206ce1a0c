// The same for a CommonJS project: the types resolve without a flag.
import hallpass = require('hallpass')

export const account: Promise<hallpass.CounterfactualAccount> = hallpass.kernelAccount({
  owner: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
})
// @ts-expect-error no such function
hallpass.nothing()
