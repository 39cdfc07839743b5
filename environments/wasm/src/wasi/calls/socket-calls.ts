import { errno, fail } from "../errno.ts";
import type { WasiCalls, WasiContext } from "../wasi-context.ts";

/** Sockets. A guest is given none, so its descriptors are all of another kind. */
export const socketCalls: WasiCalls = {
  sock_accept: refuse,
  sock_recv: refuse,
  sock_send: refuse,
  sock_shutdown: refuse,
};

function refuse({ descriptors }: WasiContext, fd: number): number {
  descriptors.get(fd);
  return fail(errno.notsock);
}
