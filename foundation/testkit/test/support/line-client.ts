import { connect } from "node:net";
import { eventually } from "../../src/index.ts";

/** A connection of which a test sees what came back, and how it ended. */
export interface LineClient extends Disposable {
  readonly received: string;
  /** `open`, `ended` in order, or `reset`. */
  readonly phase: "connecting" | "open" | "ended" | "reset";
  send(text: string): void;
  end(): void;
}

/** Connects, and waits until it is connected or refused. */
export async function openLineClient(target: {
  readonly host: string;
  readonly port: number;
}): Promise<LineClient> {
  const socket = connect({ host: target.host, port: target.port, allowHalfOpen: true });
  let received = "";
  let phase: LineClient["phase"] = "connecting";
  socket.on("connect", () => {
    phase = "open";
  });
  socket.on("data", (bytes) => {
    received += bytes.toString();
  });
  socket.on("end", () => {
    phase = "ended";
  });
  socket.on("error", () => {
    phase = "reset";
  });
  await eventually("connected or refused", () => phase !== "connecting");
  return {
    get received() {
      return received;
    },
    get phase() {
      return phase;
    },
    send: (text) => void socket.write(text),
    end: () => void socket.end(),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
