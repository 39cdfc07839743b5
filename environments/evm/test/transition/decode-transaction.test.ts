import fc from "fast-check";
import { expect, test } from "vitest";
import { portableCrypto } from "../../src/crypto/index.ts";
import { forkOf } from "../../src/forks/fork.ts";
import { decodeTransaction } from "../../src/transition/decode-transaction.ts";
import {
  encodeTransaction,
  signingBytes,
  type UnsignedTransaction,
} from "../../src/transition/encode-transaction.ts";
import { TransactionRejected } from "../../src/transition/rejection.ts";
import { addressOfKey, publicKeyOf, signed } from "../../src/transition/transition-crypto.ts";
import { transitionRules } from "../../src/transition/transition-rules.ts";

const crypto = portableCrypto;
const rules = transitionRules(forkOf("osaka"));
const secretKey = new Uint8Array(32).fill(0x45);
const sender = addressOfKey(publicKeyOf(secretKey), crypto.keccak256);

const address = fc.uint8Array({ minLength: 20, maxLength: 20 });
const word = fc.uint8Array({ minLength: 32, maxLength: 32 });
const amount = fc.bigInt({ min: 0n, max: (1n << 256n) - 1n });
const count = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const accessList = fc.array(fc.record({ address, slots: fc.array(word, { maxLength: 3 }) }), {
  maxLength: 3,
});
const authorization = fc.record({
  chainId: amount,
  address,
  nonce: count,
  yParity: fc.bigInt({ min: 0n, max: 255n }),
  r: amount,
  s: amount,
});

const transaction: fc.Arbitrary<UnsignedTransaction> = fc
  .record({
    type: fc.constantFrom(0, 1, 2, 3, 4),
    chainId: fc.bigInt({ min: 1n, max: 1n << 62n }),
    hasChainId: fc.boolean(),
    nonce: count,
    gasLimit: count,
    to: fc.option(address, { nil: undefined }),
    value: amount,
    data: fc.uint8Array({ maxLength: 100 }),
    maxFeePerGas: amount,
    maxPriorityFeePerGas: amount,
    accessList,
    maxFeePerBlobGas: amount,
    blobHashes: fc.array(word, { maxLength: 3 }),
    authorizations: fc.array(authorization, { maxLength: 3 }),
  })
  .map(({ hasChainId, ...all }) => ({
    ...all,
    type: all.type as 0 | 1 | 2 | 3 | 4,
    chainId: all.type === 0 && !hasChainId ? undefined : all.chainId,
    maxPriorityFeePerGas: all.type < 2 ? all.maxFeePerGas : all.maxPriorityFeePerGas,
    accessList: all.type === 0 ? [] : all.accessList,
    maxFeePerBlobGas: all.type === 3 ? all.maxFeePerBlobGas : 0n,
    blobHashes: all.type === 3 ? all.blobHashes : [],
    authorizations: all.type === 4 ? all.authorizations : [],
  }));

test("a signed transaction of any type decodes to itself and its sender", () => {
  fc.assert(
    fc.property(transaction, (one) => {
      const signature = signed(crypto.keccak256(signingBytes(one)), secretKey);
      const encoded = encodeTransaction(one, signature);
      const decoded = decodeTransaction(encoded, { rules, crypto });
      expect(decoded.transaction).toEqual({ ...one, sender });
      expect(decoded.signature).toEqual(signature);
    }),
    { numRuns: 60 },
  );
});

test("garbage is refused with a name, and never with anything else", () => {
  const lead = fc.constantFrom(0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x7f, 0xc0, 0xf8, 0xf9);
  const garbage = fc
    .tuple(lead, fc.uint8Array({ maxLength: 120 }))
    .map(([first, rest]) => Uint8Array.from([first, ...rest]));
  fc.assert(
    fc.property(garbage, (bytes) => {
      expect(() => decodeTransaction(bytes, { rules, crypto })).toThrow(TransactionRejected);
    }),
    { numRuns: 20_000 },
  );
});

test("one changed byte is another sender or a refusal, never the same transaction", () => {
  fc.assert(
    fc.property(transaction, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, at, change) => {
      const signature = signed(crypto.keccak256(signingBytes(one)), secretKey);
      const bytes = encodeTransaction(one, signature);
      const index = at % bytes.length;
      bytes[index] = (bytes[index] ?? 0) ^ change;
      try {
        const decoded = decodeTransaction(bytes, { rules, crypto });
        expect(Buffer.from(decoded.transaction.sender).equals(sender)).toBe(false);
      } catch (error) {
        if (!(error instanceof TransactionRejected)) throw error;
      }
    }),
    { numRuns: 100 },
  );
});
