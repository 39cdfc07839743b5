import { CodeWriter } from "../../emit/code-writer.ts";
import {
  addInt,
  and,
  get,
  int,
  isLessInt,
  isZeroInt,
  load,
  long,
  onlyIf,
  repeatWhile,
  rotateLeft,
  set,
  store,
  subInt,
  xor,
} from "./instructions.ts";

/** Bytes that Keccak-256 takes in at once. */
export const keccakRate = 136;

/** Locals: the parameters and two counters, then 25 lanes, 25 moved lanes and five columns. */
const local = { isFirst: 0, blocks: 1, from: 2, round: 3, lane: 4, moved: 29, column: 54 } as const;

export interface KeccakPlaces {
  readonly roundConstants: number;
  readonly state: number;
  readonly input: number;
}

/** Takes in whole blocks: `(isFirst, blocks)`; the state is in memory between calls (FIPS 202, 3). */
export function keccakFunction({ roundConstants, state, input }: KeccakPlaces): CodeWriter {
  const lanes = [...Array(25).keys()];
  const permute = [
    ...set(local.round, int(0)),
    ...repeatWhile(isLessInt(get(local.round), int(24 * 8)), [
      ...roundCode(load(get(local.round), roundConstants)),
      ...set(local.round, addInt(get(local.round), int(8))),
    ]),
  ];
  const absorb = lanes
    .slice(0, keccakRate / 8)
    .flatMap((at) => set(lane(at), xor(get(lane(at)), load(get(local.from), 8 * at))));
  const code = new CodeWriter(2);
  for (let at = 0; at < 2; at++) code.local("i32");
  for (let at = 0; at < 55; at++) code.local("i64");
  code.out.bytes([
    ...onlyIf(
      isZeroInt(get(local.isFirst)),
      lanes.flatMap((at) => set(lane(at), load(int(state), 8 * at))),
    ),
    ...set(local.from, int(input)),
    ...repeatWhile(get(local.blocks), [
      ...absorb,
      ...permute,
      ...set(local.from, addInt(get(local.from), int(keccakRate))),
      ...set(local.blocks, subInt(get(local.blocks), int(1))),
    ]),
    ...lanes.flatMap((at) => store(int(state), { offset: 8 * at, value: get(lane(at)) })),
  ]);
  return code;
}

/** The 24 constants of iota, eight bytes each, from the shift register of FIPS 202, 3.2.5. */
export function keccakRoundConstants(): Uint8Array {
  const constants = new BigUint64Array(24);
  let register = 1;
  for (const round of constants.keys()) {
    let constant = 0n;
    for (let power = 0; power < 7; power++) {
      if ((register & 1) === 1) constant |= 1n << BigInt(2 ** power - 1);
      register = (register << 1) ^ ((register >> 7) * 0x171);
    }
    constants[round] = constant;
  }
  return new Uint8Array(constants.buffer);
}

const lane = (at: number) => local.lane + at;
const moved = (at: number) => local.moved + at;
const column = (x: number) => local.column + (x % 5);

/** Theta, rho, pi, chi and iota (FIPS 202, 3.2). Lane x + 5y. */
function roundCode(constant: readonly number[]): readonly number[] {
  const five = [0, 1, 2, 3, 4];
  const parities = five.flatMap((x) =>
    set(
      column(x),
      [5, 10, 15, 20].reduce((sum, y) => xor(sum, get(lane(x + y))), get(lane(x))),
    ),
  );
  const mixed = (x: number) => xor(get(column(x + 4)), rotateLeft(get(column(x + 1)), 1));
  const spread = five.flatMap((x) => [
    ...set(moved(x), mixed(x)),
    ...five.flatMap((y) => set(lane(x + 5 * y), xor(get(lane(x + 5 * y)), get(moved(x))))),
  ]);
  const move = [...rotations()].flatMap(([from, { to, bits }]) =>
    set(moved(to), rotateLeft(get(lane(from)), bits)),
  );
  const chi = five.flatMap((y) =>
    five.flatMap((x) => {
      const [a, b, c] = [0, 1, 2].map((step) => get(moved(((x + step) % 5) + 5 * y)));
      return set(lane(x + 5 * y), xor(a ?? [], and(xor(b ?? [], long(-1n)), c ?? [])));
    }),
  );
  return [...parities, ...spread, ...move, ...chi, ...set(lane(0), xor(get(lane(0)), constant))];
}

/** Where pi moves each lane, and by how many bits rho turns it. */
function rotations(): ReadonlyMap<number, { readonly to: number; readonly bits: number }> {
  const found = new Map([[0, { to: 0, bits: 0 }]]);
  let [x, y] = [1, 0];
  for (let step = 0; step < 24; step++) {
    const bits = (((step + 1) * (step + 2)) / 2) % 64;
    found.set(x + 5 * y, { to: y + 5 * ((2 * x + 3 * y) % 5), bits });
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  return found;
}
