/**
 * The program that makes the engine, once per build: it rewrites the interpreter's module, starts
 * it, and answers with the order by which a guest process loads both. Arguments: the paths of the
 * module and of the standard library. No guest code runs here.
 */
import { readFileSync } from "node:fs";
import { rewriteModule } from "@bedplate/wasm-module";
import { joinBytes } from "../channel/frame.ts";
import { guestStackBytes } from "../channel/guest-stack.ts";
import type { LoadOrder } from "../channel/messages.ts";
import { rewriteOptions } from "../channel/rewrite-options.ts";
import { meteredModule } from "./engine-module.ts";
import { makeImage } from "./guest-machine.ts";
import { SyncChannel } from "./sync-channel.ts";

const [modulePath = "", libraryPath = ""] = process.argv.slice(2);
const library = readFileSync(libraryPath);
const rewritten = rewriteModule(readFileSync(modulePath), rewriteOptions);
const module = meteredModule(rewritten, { stackBytes: guestStackBytes });
const { size, run, runs } = makeImage(module, library);
const image = joinBytes(runs.map((each) => each.bytes));
const stretches = runs.map(({ offset, bytes }) => [offset, bytes.length] as const);
const { bytes: code, ...facts } = rewritten;
const lengths = [code.length, image.length, library.length];
const order: LoadOrder = {
  order: "load",
  lengths,
  module: facts,
  image: { size, run, stretches },
  packages: [],
};
new SyncChannel().sendLoad(order, joinBytes([code, image, library]));
