import type { Log } from "../engine.ts";
import { areEqual, bytesOfHex, concatenated } from "./bytes.ts";
import { consolidationRequestsAddress, withdrawalRequestsAddress } from "./system-call.ts";

const depositContract = bytesOfHex("00000000219ab540356cbb839cbe05303d7705fa");
/** Of the event `DepositEvent(bytes,bytes,bytes,bytes,bytes)`. */
const depositTopic = bytesOfHex("649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5");
const depositBytes = 576;
/** Where key, credentials, amount, signature and index lie in the event's data. */
const depositParts = [
  [192, 48],
  [288, 32],
  [352, 8],
  [416, 96],
  [544, 8],
] as const;

/**
 * What a block asks of the consensus layer (EIP-7685): deposits from its logs (6110), withdrawals (7002)
 * and consolidations (7251) from system contracts; each with its type in front, empty ones left out.
 */
export async function blockRequests(
  logs: readonly Log[],
  callSystem: (address: Uint8Array) => Promise<Uint8Array | undefined>,
): Promise<readonly Uint8Array[]> {
  const deposits = logs.filter(isDeposit).map(({ data }) => depositOf(data));
  const contents = [
    concatenated(deposits),
    await callSystem(withdrawalRequestsAddress),
    await callSystem(consolidationRequestsAddress),
  ];
  return contents.flatMap((content, type) =>
    content === undefined || content.length === 0
      ? []
      : [concatenated([Uint8Array.of(type), content])],
  );
}

function isDeposit({ address, topics, data }: Log): boolean {
  const [topic] = topics;
  const isOurs = areEqual(address, depositContract) && topic !== undefined;
  return isOurs && areEqual(topic, depositTopic) && data.length === depositBytes;
}

function depositOf(data: Uint8Array): Uint8Array {
  return concatenated(depositParts.map(([at, length]) => data.subarray(at, at + length)));
}

/** Hash of the requests in a block's header. */
export function requestsHash(
  requests: readonly Uint8Array[],
  sha256: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  return sha256(concatenated(requests.map(sha256)));
}
