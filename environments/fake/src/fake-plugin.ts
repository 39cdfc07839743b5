import { definePlugin, type Plugin } from "@bedplate/environment";
import { FakeEnvironment } from "./fake-environment.ts";
import { type FakeDeclares, fakeManifest } from "./fake-manifest.ts";
import { FakeOperations } from "./fake-operations.ts";
import type { FakeOptions } from "./fake-options.ts";
import { FakeRoom } from "./fake-room.ts";

/** A fake environment. Its instances live in the plug-in, so they outlive a host that is dropped without `close`. */
export function fakePlugin(options: FakeOptions = {}): Plugin<FakeDeclares> {
  const manifest = fakeManifest(options);
  const room = new FakeRoom();
  const operations = new FakeOperations(options);
  return definePlugin<FakeDeclares>({
    manifest,
    async open(host, _config, call) {
      await operations.begin("open", call.signal);
      return new FakeEnvironment({ host, manifest, room, operations });
    },
    ...(options.hooks && { hooks: options.hooks }),
  });
}
