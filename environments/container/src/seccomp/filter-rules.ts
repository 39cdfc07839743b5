import { allowedCalls, deniedCalls, judgedCalls } from "./system-calls.ts";

/** What a filter answers: the call is made, or fails with that error number. */
export type Verdict = "allow" | { readonly errno: number };

/** One argument compared: its low 32 bits, after a mask. */
export interface ArgumentTest {
  readonly index: number;
  readonly mask?: number | undefined;
  readonly equals: number;
}

/** A call that is allowed when all tests of one alternative hold, and else answers `otherwise`. */
export interface JudgedCall {
  readonly name: string;
  readonly number: number;
  readonly alternatives: readonly (readonly ArgumentTest[])[];
  readonly otherwise: Verdict;
}

export interface FilterRules {
  readonly allowed: ReadonlyMap<string, number>;
  readonly denied: ReadonlyMap<string, number>;
  readonly judged: readonly JudgedCall[];
}

/** "Not permitted" and "no such call", as Linux numbers them. */
export const errorNumbers = { EPERM: 1, ENOSYS: 38 } as const;

/** Flags of clone that make a new name space (mount, cgroup, uts, ipc, user, pid, net). */
const namespaceFlags = 0x7e02_0000;

const family = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;
const routeProtocol = 0;

/** Personalities that change the address layout or what `uname` says; the others weaken protections. */
const personalities = [0, 8, 0x0002_0000, 0x0002_0008, 0xffff_ffff];

const noSuchCall: Verdict = { errno: errorNumbers.ENOSYS };

/** The rules for what runs in machines. */
export const machineRules: FilterRules = {
  allowed: allowedCalls,
  denied: deniedCalls,
  judged: [
    {
      name: "socket",
      number: judgedCalls.socket,
      alternatives: [
        ...[family.unix, family.inet, family.inet6].map((each) => [{ index: 0, equals: each }]),
        [
          { index: 0, equals: family.netlink },
          { index: 2, equals: routeProtocol },
        ],
      ],
      otherwise: noSuchCall,
    },
    {
      name: "clone",
      number: judgedCalls.clone,
      alternatives: [[{ index: 0, mask: namespaceFlags, equals: 0 }]],
      otherwise: noSuchCall,
    },
    {
      name: "personality",
      number: judgedCalls.personality,
      alternatives: personalities.map((each) => [{ index: 0, equals: each }]),
      otherwise: noSuchCall,
    },
  ],
};
