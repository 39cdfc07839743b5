import { raise } from "@bedplate/errors";
import { readGreeting, writeGreeting } from "../../greeting.ts";
import { type Agreement, negotiate, type Offer } from "../../negotiation.ts";
import type { Mutant } from "./mutant.ts";

/** Defects of how two sides come to an agreement. */
export const negotiationMutants: readonly Mutant[] = [
  {
    id: "the lowest common major is chosen",
    caughtBy: ["NG-01"],
    make: () => agreeing((host, plugin) => negotiate(only(host, "lowest"), plugin)),
  },
  {
    id: "the higher of the two minors is chosen",
    caughtBy: ["NG-02"],
    make: () =>
      agreeing((host, plugin) => {
        const answer = negotiate(host, plugin);
        const minors = host.speaks.flatMap((each) => each.versions.map(({ minor }) => minor));
        return raised(answer, Math.max(...minors));
      }),
  },
  {
    id: "it is always the plug-in that has to be upgraded",
    caughtBy: ["NG-03"],
    make: () =>
      agreeing((host, plugin) => {
        const answer = negotiate(host, plugin);
        if (answer.isAgreed) return answer;
        const detail = { ...answer.fault.detail, upgrade: "plugin" };
        return { isAgreed: false, fault: { ...answer.fault, detail } };
      }),
  },
  {
    id: "the surface is not compared",
    caughtBy: ["NG-04"],
    make: () => agreeing((host, plugin) => negotiate(faceless(host), faceless(plugin))),
  },
  {
    id: "a greeting with a member too many is refused",
    caughtBy: ["NG-05"],
    make: () => ({
      protocol: {
        readGreeting(line) {
          const read = readGreeting(line);
          if ("later" in JSON.parse(line)) throw tooMuch();
          return read;
        },
      },
    }),
  },
  {
    id: "the greeting loses what is spoken",
    caughtBy: ["NG-05"],
    make: () => ({
      protocol: { writeGreeting: (offer) => writeGreeting({ ...offer, speaks: [] }) },
    }),
  },
  {
    id: "any hello is read",
    caughtBy: ["NG-06"],
    make: () => ({
      protocol: { readGreeting: (line) => readGreeting(line.replace('"hello":2', '"hello":1')) },
    }),
  },
  {
    id: "garbage is read as silence",
    caughtBy: ["NG-07"],
    make: () => reading(() => silent),
  },
  {
    id: "a greeting needs no nonce",
    caughtBy: ["NG-08"],
    make: () => ({
      protocol: {
        readGreeting(line) {
          const raw = parsed(line);
          if (raw === undefined) return readGreeting(line);
          const process = { ...silent.process, ...(raw["process"] as object | undefined) };
          return readGreeting(JSON.stringify({ ...raw, process }));
        },
      },
    }),
  },
  {
    id: "facets have the core's major",
    caughtBy: ["NG-09"],
    make: () =>
      agreeing((host, plugin) => {
        const answer = negotiate(host, plugin);
        if (!answer.isAgreed) return answer;
        const { environment = { major: 1, minor: 0 } } = answer.chosen;
        const names = Object.keys(answer.chosen);
        const chosen = Object.fromEntries(names.map((name) => [name, environment]));
        return { ...answer, chosen };
      }),
  },
  {
    id: "the plug-in has to speak all that the host speaks",
    caughtBy: ["NG-10"],
    make: () => agreeing((host, plugin) => negotiate(plugin, host)),
  },
  {
    id: "a refusal of a feature is overruled",
    caughtBy: ["NG-11"],
    make: () => agreeing((host, plugin) => negotiate(without(host, "refuse"), plugin)),
  },
  {
    id: "a feature that is required may be missing",
    caughtBy: ["NG-11"],
    make: () => agreeing((host, plugin) => negotiate(without(host, "require"), plugin)),
  },
  {
    id: "a deprecation is not told",
    caughtBy: ["NG-12"],
    make: () =>
      agreeing((host, plugin) => {
        const answer = negotiate(host, plugin);
        return answer.isAgreed ? { ...answer, warnings: [] } : answer;
      }),
  },
];

const silent: Offer = {
  hello: 1,
  side: "plugin",
  process: { build: `sha256:${"0".repeat(64)}`, startedAt: 0, nonce: "sixteen-characters" },
  speaks: [],
  features: {},
  has: [],
};

function tooMuch(): Error {
  return raise("argument.invalid", {
    op: "environment.greet",
    detail: { path: "/later", rule: "is not a known key" },
    message: "Cannot read the greeting: /later is not a known key",
  });
}

function agreeing(change: typeof negotiate) {
  return { protocol: { negotiate: change } };
}

function reading(instead: () => Offer) {
  return {
    protocol: {
      readGreeting(line: string): Offer {
        return parsed(line)?.["process"] === undefined ? instead() : readGreeting(line);
      },
    },
  };
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function only(offer: Offer, _which: "lowest"): Offer {
  const speaks = offer.speaks.map((each) => {
    const lowest = Math.min(...each.versions.map(({ major }) => major));
    return { ...each, versions: each.versions.filter(({ major }) => major === lowest) };
  });
  return { ...offer, speaks };
}

function raised(answer: Agreement, minor: number): Agreement {
  if (!answer.isAgreed) return answer;
  const names = Object.entries(answer.chosen);
  const chosen = Object.fromEntries(
    names.map(([name, each]) => [name, { ...each, minor: Math.max(minor, each.minor) }]),
  );
  return { ...answer, chosen };
}

function faceless(offer: Offer): Offer {
  const surface = silent.process.build;
  const speaks = offer.speaks.map((each) => ({
    ...each,
    versions: each.versions.map((version) => ({ ...version, surface })),
  }));
  return { ...offer, speaks };
}

function without(offer: Offer, wish: string): Offer {
  const features = Object.entries(offer.features).filter(([, each]) => each !== wish);
  return { ...offer, features: Object.fromEntries(features) };
}
