import { posix } from "node:path";
import type { FileRequest } from "@bedplate/environment";
import type { Files } from "@bedplate/guest-client";

/** Largest list of users that is read. */
const usersBytesMax = 1024 * 1024;

/** Where relative paths begin: the home of who asks, as the machine's own list of users has it. */
export class Homes {
  /** Who asks where nobody is named; undefined: whoever the machine's agent is. */
  readonly user: string | undefined;
  readonly #defaultUser: string;

  constructor(agentUser: string, options: { readonly user: string | undefined }) {
    this.user = options.user;
    this.#defaultUser = options.user ?? agentUser;
  }

  /** The path from the root. */
  async resolve({ path, user = this.#defaultUser }: FileRequest, files: Files): Promise<string> {
    if (path.startsWith("/")) return posix.normalize(path);
    return posix.join(await this.#homeOf(user, files), path);
  }

  async #homeOf(user: string, files: Files): Promise<string> {
    const { body } = await files.read("/etc/passwd", { length: usersBytesMax });
    const text = await new Response(body).text();
    const line = text.split("\n").find((each) => {
      const [name, , id] = each.split(":");
      return name === user || id === user;
    });
    const home = line?.split(":")[5] ?? "/";
    return home.startsWith("/") ? home : "/";
  }
}
