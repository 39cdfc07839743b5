import { Berths } from "../src/berth/berths.ts";

// Takes berths and gives them back; ends badly when one was somebody else's as well.
const rounds = 500;
const owner = `taker-${process.pid}`;
for (let round = 0; round < rounds; round += 1) {
  // A new one each time begins at the same berth as everyone else.
  const berths = new Berths(process.argv[2] ?? "");
  const berth = berths.claim({ owner, machine: `m-${round}` });
  const mine = berths.heldBy(owner);
  if (mine.length !== 1 || mine[0]?.number !== berth.number) {
    throw new Error(`Berth ${berth.number} is not held by who took it`);
  }
  berths.giveBack(berth);
}
