import { blobConformance, blobMutants } from "@bedplate/blob/conformance";
import { CacheStore } from "@bedplate/cache";
import { cacheConformance, cacheMutants } from "@bedplate/cache/conformance";
import {
  type OpenSubject,
  type RunSuiteOptions,
  runSuite,
  type Suite,
  type SuiteReport,
} from "@bedplate/conformance";
import { raise } from "@bedplate/errors";
import { IngressProvider } from "@bedplate/ingress";
import { ingressConformance, ingressMutants } from "@bedplate/ingress/conformance";
import type { ProviderContract, ProviderModule } from "@bedplate/provider";
import { WorkQueue } from "@bedplate/queue";
import { queueConformance, queueMutants } from "@bedplate/queue/conformance";
import { stateConformance, stateMutants } from "@bedplate/state/conformance";
import { openLiveBlob } from "./live-blob.ts";
import { openLiveState } from "./live-state.ts";
import { openLive } from "./live-subject.ts";
import { contractsOf, type Drivers, findProvider } from "./provider-catalog.ts";

/** What to run against what, and who is told meanwhile. */
export interface ConformProviderOptions
  extends Pick<RunSuiteOptions, "only" | "onCase" | "onMutant" | "signal"> {
  /** Default: the one contract that has a provider for the URL's scheme. */
  readonly contract?: ProviderContract | undefined;
  /** Paths of modules with providers of others. */
  readonly modules?: readonly string[] | undefined;
}

/** Runs a contract's suite on a live engine, in scratch places that leave no trace. */
export async function conformProvider(
  url: string,
  options: ConformProviderOptions = {},
): Promise<SuiteReport> {
  const contract = options.contract ?? (await onlyContractOf(url, options));
  return prove[contract](url, options);
}

type Prove = (url: string, options: ConformProviderOptions) => Promise<SuiteReport>;

const prove: { readonly [C in ProviderContract]: Prove } = {
  state: prover("state", { cases: stateConformance, mutants: stateMutants }, openLiveState),
  blob: prover("blob", { cases: blobConformance, mutants: blobMutants }, openLiveBlob),
  cache: prover("cache", { cases: cacheConformance, mutants: cacheMutants }, (provider, url) =>
    openLive({ provider, url, bind: (driver) => new CacheStore(driver), more: nothing }),
  ),
  queue: prover("queue", { cases: queueConformance, mutants: queueMutants }, (provider, url) =>
    openLive({ provider, url, bind: (driver) => new WorkQueue(driver), more: nothing }),
  ),
  ingress: prover(
    "ingress",
    { cases: ingressConformance, mutants: ingressMutants },
    (provider, url) =>
      openLive({
        provider,
        url,
        bind: (driver) => new IngressProvider(driver),
        more: async (open) => ({ at: (await (await open()).replicas())[0]?.at ?? nowhere }),
      }),
  ),
};

/** Where clients of an ingress that serves nothing would connect. */
const nowhere = { host: "127.0.0.1", port: 9 };
const nothing = async () => ({});

function prover<C extends ProviderContract, Target, Kit extends object>(
  contract: C,
  suite: Suite<Target, Kit, Drivers[C]>,
  openSubject: (
    provider: ProviderModule<Drivers[C]>,
    url: string,
  ) => OpenSubject<Target, Kit, Drivers[C]>,
): Prove {
  return async (url, options) => {
    refuseOdd(suite.cases, options.only ?? []);
    const provider = await findProvider(contract, url, options);
    const openLiveSubject = openSubject(provider, url);
    // What keeps every case from being run is said once, and as what it is.
    await (await openLiveSubject())[Symbol.asyncDispose]();
    return runSuite(suite, openLiveSubject, options);
  };
}

function refuseOdd(cases: readonly { readonly id: string }[], only: readonly string[]): void {
  const odd = only.find((each) => !cases.some(({ id }) => id.startsWith(each)));
  if (odd === undefined) return;
  throw raise("resource.missing", {
    op: "provider.conform",
    detail: { type: "case", id: odd },
    message: `Cannot run ${odd}: no case of the suite has an id that begins so`,
  });
}

async function onlyContractOf(
  url: string,
  options: ConformProviderOptions,
): Promise<ProviderContract> {
  const contracts = await contractsOf(url, options);
  const [contract] = contracts;
  if (contract !== undefined && contracts.length === 1) return contract;
  const found = contracts.length === 0 ? "no contract" : contracts.join(", ");
  throw raise("argument.invalid", {
    op: "provider.conform",
    detail: { path: "/contract", rule: "must be named" },
    message: `Cannot tell which contract to prove: the URL's scheme belongs to ${found}; name one with --contract`,
  });
}
