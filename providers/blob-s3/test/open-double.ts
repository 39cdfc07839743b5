import { BlobStore } from "@bedplate/blob";
import { openS3Blob } from "../src/index.ts";
import { FakeS3 } from "./fake-s3/fake-s3.ts";

/** A store on a double of the service; both end with it. */
export interface OnDouble extends AsyncDisposable {
  readonly fake: FakeS3;
  readonly store: BlobStore;
  /** How long was waited between tries. */
  readonly pauses: readonly number[];
}

/** Opens a store whose pauses are counted and not waited for. */
export async function openOnDouble(
  settings: Readonly<Record<string, string>> = {},
): Promise<OnDouble> {
  const fake = await FakeS3.open();
  const pauses: number[] = [];
  const pause = async (ms: number) => void pauses.push(ms);
  const store = new BlobStore(await openS3Blob(fake.url(settings), { variables: {} }, { pause }));
  fake.calm();
  return {
    fake,
    store,
    pauses,
    async [Symbol.asyncDispose]() {
      await store.close();
      await fake[Symbol.asyncDispose]();
    },
  };
}
