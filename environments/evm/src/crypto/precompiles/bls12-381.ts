import { answerOf } from "./pairing-answer.ts";
import type { Precompile } from "./precompile.ts";

/** Operations on BLS12-381 (EIP-2537). Inputs have exact lengths: nothing is padded. */
export const bls12Precompiles: readonly Precompile[] = [
  {
    name: "bls12-g1-add",
    address: 0x0b,
    since: "prague",
    gas: () => 375n,
    run: (input, { crypto }) => (input.length === 256 ? crypto.bls12G1Add(input) : undefined),
  },
  {
    name: "bls12-g1-multi-scalar",
    address: 0x0c,
    since: "prague",
    gas: ({ length }) => multiScalarGas(length, { pairBytes: 160, perPair: 12_000, group: "g1" }),
    run(input, { crypto, checkpoint }) {
      if (input.length === 0 || input.length % 160 !== 0) return undefined;
      return crypto.bls12G1MultiScalar(input, checkpoint);
    },
  },
  {
    name: "bls12-g2-add",
    address: 0x0d,
    since: "prague",
    gas: () => 600n,
    run: (input, { crypto }) => (input.length === 512 ? crypto.bls12G2Add(input) : undefined),
  },
  {
    name: "bls12-g2-multi-scalar",
    address: 0x0e,
    since: "prague",
    gas: ({ length }) => multiScalarGas(length, { pairBytes: 288, perPair: 22_500, group: "g2" }),
    run(input, { crypto, checkpoint }) {
      if (input.length === 0 || input.length % 288 !== 0) return undefined;
      return crypto.bls12G2MultiScalar(input, checkpoint);
    },
  },
  {
    name: "bls12-pairing",
    address: 0x0f,
    since: "prague",
    gas: ({ length }) => 37_700n + 32_600n * BigInt(Math.floor(length / 384)),
    run(input, { crypto, checkpoint }) {
      if (input.length === 0 || input.length % 384 !== 0) return undefined;
      return answerOf(crypto.bls12PairingCheck(input, checkpoint));
    },
  },
  {
    name: "bls12-map-to-g1",
    address: 0x10,
    since: "prague",
    gas: () => 5_500n,
    run: (input, { crypto }) => (input.length === 64 ? crypto.bls12MapToG1(input) : undefined),
  },
  {
    name: "bls12-map-to-g2",
    address: 0x11,
    since: "prague",
    gas: () => 23_800n,
    run: (input, { crypto }) => (input.length === 128 ? crypto.bls12MapToG2(input) : undefined),
  },
];

interface MultiScalarPrice {
  readonly pairBytes: number;
  readonly perPair: number;
  readonly group: keyof typeof discounts;
}

function multiScalarGas(length: number, { pairBytes, perPair, group }: MultiScalarPrice): bigint {
  const pairs = Math.floor(length / pairBytes);
  if (pairs === 0) return 0n;
  const table = discounts[group];
  const discount = table[Math.min(pairs, table.length) - 1] ?? 0;
  return BigInt(Math.floor((pairs * perPair * discount) / 1_000));
}

/** What a pair costs of the full price, in thousandths, from one pair to 128 and more (EIP-2537). */
const discounts = {
  g1: [
    1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677, 673, 669, 665,
    661, 658, 654, 651, 648, 645, 642, 640, 637, 635, 632, 630, 627, 625, 623, 621, 619, 617, 615,
    613, 611, 609, 608, 606, 604, 603, 601, 599, 598, 596, 595, 593, 592, 591, 589, 588, 586, 585,
    584, 582, 581, 580, 579, 577, 576, 575, 574, 573, 572, 570, 569, 568, 567, 566, 565, 564, 563,
    562, 561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 551, 550, 549, 548, 547, 547, 546, 545,
    544, 543, 542, 541, 540, 540, 539, 538, 537, 536, 536, 535, 534, 533, 532, 532, 531, 530, 529,
    528, 528, 527, 526, 525, 525, 524, 523, 522, 522, 521, 520, 520, 519,
  ],
  g2: [
    1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717, 711, 704, 699,
    693, 688, 683, 679, 674, 670, 666, 663, 659, 655, 652, 649, 646, 643, 640, 637, 634, 632, 629,
    627, 624, 622, 620, 618, 615, 613, 611, 609, 607, 606, 604, 602, 600, 598, 597, 595, 593, 592,
    590, 589, 587, 586, 584, 583, 582, 580, 579, 578, 576, 575, 574, 573, 571, 570, 569, 568, 567,
    566, 565, 563, 562, 561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 552, 551, 550, 549, 548,
    547, 546, 545, 545, 544, 543, 542, 541, 541, 540, 539, 538, 537, 537, 536, 535, 535, 534, 533,
    532, 532, 531, 530, 530, 529, 528, 528, 527, 526, 526, 525, 524, 524,
  ],
} as const;
