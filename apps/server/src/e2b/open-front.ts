import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Keys } from "@bedplate/access";
import type { MachineService } from "@bedplate/machines";
import type { StateStore } from "@bedplate/state";
import type { Log } from "@bedplate/telemetry";
import { getRequestListener } from "@hono/node-server";
import { createControlApp } from "./control/control-app.ts";
import { SandboxDirectory } from "./control/sandbox-directory.ts";
import { SandboxTokens } from "./control/sandbox-tokens.ts";
import { Sandboxes } from "./control/sandboxes.ts";
import { MachineGate } from "./machine-gate.ts";
import { SandboxFront } from "./sandbox-front.ts";
import type { TemplateBuilder } from "./templates/template-builder.ts";
import { builtTemplates, isStandardTemplate, standardTemplates } from "./templates/templates.ts";
import { UploadGrants } from "./templates/upload-grants.ts";

/** What the front door for E2B's clients stands on. */
export interface FrontParts {
  readonly machines: MachineService;
  readonly state: StateStore;
  readonly keys: Keys;
  /** Left out: sandboxes are of the standard templates alone. */
  readonly builder?: TemplateBuilder | undefined;
  readonly log: Log;
}

/** What an operator decides about it. */
export interface FrontSettings {
  /** The domain that clients are told; empty: none. */
  readonly domain: string;
  /** Images that stand for another root when a template is built. */
  readonly images: Readonly<Record<string, string>>;
}

/** Where the front door listens. */
export interface FrontPlace {
  readonly host: string;
  readonly port: number;
  /** PEM texts; without, it speaks plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

/** The front door: it can be put on several ports, and closes them all. */
export interface OpenFront extends AsyncDisposable {
  /** Answers the URL that it listens on. */
  listen(place: FrontPlace): Promise<string>;
}

/** How long open requests may take to end when the door closes. */
const closeGraceMs = 2_000;

/** Puts the front door together. */
export async function openFront(
  parts: FrontParts,
  { domain, images: roots }: FrontSettings,
): Promise<OpenFront> {
  const { machines, state, builder, log } = parts;
  const templates = builder === undefined ? standardTemplates : builtTemplates(builder);
  const tokens = await SandboxTokens.open(state);
  const directory = new SandboxDirectory(state);
  const sandboxes = new Sandboxes({ machines, directory, templates });
  const grants = new UploadGrants(tokens.uploadSecret);
  const templateRoutes = { builder, grants, roots, isStandard: isStandardTemplate };
  const app = createControlApp({ ...parts, domain, sandboxes, tokens, templateRoutes });
  const listener = getRequestListener(app.fetch);
  const front = new SandboxFront({
    gate: new MachineGate({ machines, directory, tokens }),
    control: (request, response) => void listener(request, response),
    log,
  });
  const servers: Server[] = [];
  return {
    async listen(place) {
      const server = serverOf(front, place);
      await listening(server, place);
      servers.push(server);
      const { port } = server.address() as AddressInfo;
      return `${place.tls === undefined ? "http" : "https"}://${place.host}:${port}`;
    },
    async [Symbol.asyncDispose]() {
      front[Symbol.dispose]();
      await Promise.all(servers.map(close));
    },
  };
}

function serverOf(front: SandboxFront, { tls }: FrontPlace): Server {
  const answer: RequestListener = (request, response) => void front.answer(request, response);
  // Uploads and streams have deadlines of their own.
  const options = { requestTimeout: 0 };
  const server =
    tls === undefined
      ? createServer(options, answer)
      : (createTlsServer({ ...options, ...tls }, answer) as Server);
  server.on("upgrade", (request, socket, head) => void front.upgrade(request, socket, head));
  return server;
}

function listening(server: Server, { host, port }: FrontPlace): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), closeGraceMs);
  await closed;
  clearTimeout(timer);
}
