import { CodeWriter } from "../../emit/code-writer.ts";
import { blake2Mixes, blake2Rounds } from "../blake2-schedule.ts";
import {
  add,
  get,
  int,
  isZeroInt,
  leaveIf,
  load,
  repeat,
  rotateRight,
  set,
  store,
  subInt,
  xor,
} from "./instructions.ts";

/** Locals: the parameter, then sixteen working words and sixteen of the message. */
const local = { rounds: 0, work: 1, message: 17 } as const;

const work = (at: number) => local.work + at;

export interface BlakePlaces {
  /** Sixteen words that a call begins and ends with. */
  readonly work: number;
  /** Sixteen words. */
  readonly message: number;
}

/** Mixes `(rounds)` times; a call has to begin at a multiple of ten rounds (RFC 7693, 3.2). */
export function blake2Function(places: BlakePlaces): CodeWriter {
  const words = [...Array(16).keys()];
  const rounds = blake2Rounds.flatMap((order) => [
    ...leaveIf(isZeroInt(get(local.rounds))),
    ...set(local.rounds, subInt(get(local.rounds), int(1))),
    ...blake2Mixes.flatMap((mix, index) =>
      mixCode(mix, [order[2 * index] ?? 0, order[2 * index + 1] ?? 0]),
    ),
  ]);
  const code = new CodeWriter(1);
  for (let at = 0; at < 32; at++) code.local("i64");
  code.out.bytes([
    ...words.flatMap((at) => set(work(at), load(int(places.work), 8 * at))),
    ...words.flatMap((at) => set(local.message + at, load(int(places.message), 8 * at))),
    ...repeat(rounds),
    ...words.flatMap((at) => store(int(places.work), { offset: 8 * at, value: get(work(at)) })),
  ]);
  return code;
}

function mixCode(
  [a, b, c, d]: readonly [number, number, number, number],
  [x, y]: readonly [number, number],
): readonly number[] {
  const half = (word: number, [first, second]: readonly [number, number]) => [
    ...set(work(a), add(add(get(work(a)), get(work(b))), get(local.message + word))),
    ...set(work(d), rotateRight(xor(get(work(d)), get(work(a))), first)),
    ...set(work(c), add(get(work(c)), get(work(d)))),
    ...set(work(b), rotateRight(xor(get(work(b)), get(work(c))), second)),
  ];
  return [...half(x, [32, 24]), ...half(y, [16, 63])];
}
