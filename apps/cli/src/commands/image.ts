import type { ImageView } from "@bedplate/routes";
import { type Command, operandOf } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { readInput } from "../read-input.ts";
import { print, table, withProgress } from "../terminal.ts";

/** Images are read and kept by the server; no environment is needed. */
const none: readonly string[] = [];

export const imagePull: Command = {
  name: "image pull",
  summary: "Read an image from its registry",
  operands: "IMAGE",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const reference = operandOf(invocation, "the name of an image");
    const { terminal, signal } = invocation;
    await using connection = await connect(invocation, { slots: none });
    const pulling = connection.client.images.pull(reference, { signal });
    print(terminal, await withProgress(terminal, `reading ${reference}`, pulling), wordImage);
    return exitCodes.success;
  },
};

export const imageLoad: Command = {
  name: "image load",
  summary: "Keep an OCI layout, as a tar archive, under the name of an image",
  operands: "IMAGE FILE|-",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const reference = operandOf(invocation, "the name of an image");
    const archive = readInput(operandOf(invocation, "an archive", { at: 1 }));
    await using connection = await connect(invocation, { slots: none });
    const loaded = await connection.client.images.load(reference, new Uint8Array(archive));
    print(invocation.terminal, loaded, wordImage);
    return exitCodes.success;
  },
};

export const imageLs: Command = {
  name: "image ls",
  summary: "List the images of the project",
  operands: "",
  options: {},
  optionHelp: {},
  async run(invocation) {
    await using connection = await connect(invocation, { slots: none });
    const images = await connection.client.images.list();
    print(invocation.terminal, { images }, (found) =>
      table(
        ["IMAGE", "DIGEST", "LAYERS", "BYTES", "PULLED"],
        found.images.map((each) => [
          each.reference,
          each.digest.slice(0, 19),
          String(each.layers),
          String(each.bytes),
          new Date(each.pulledAt).toISOString(),
        ]),
      ),
    );
    return exitCodes.success;
  },
};

export const imageRm: Command = {
  name: "image rm",
  summary: "Forget an image",
  operands: "IMAGE",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const reference = operandOf(invocation, "the name of an image");
    await using connection = await connect(invocation, { slots: none });
    await connection.client.images.delete(reference);
    print(invocation.terminal, { reference }, () => `${reference} forgotten`);
    return exitCodes.success;
  },
};

function wordImage({ reference, digest, root, layers, bytes }: ImageView): string {
  return `${reference} ${digest}: ${layers} layers, ${bytes} bytes, root ${root}`;
}
