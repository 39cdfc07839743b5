import {
  type CreateVolumeBody,
  createVolume,
  deleteVolume,
  getVolume,
  listVolumes,
  type PageQuery,
  type VolumePageView,
  type VolumeView,
} from "@bedplate/routes";
import type { Transport } from "./transport.ts";

/** What to make. */
export interface CreateVolumeOptions extends CreateVolumeBody {
  readonly idempotencyKey?: string | undefined;
}

/** Folders of the project that outlive machines. */
export class VolumesClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(options: CreateVolumeOptions): Promise<VolumeView> {
    const { idempotencyKey = crypto.randomUUID(), ...body } = options;
    return this.#transport.call(createVolume, { body, idempotencyKey });
  }

  list(query: PageQuery = {}): Promise<VolumePageView> {
    return this.#transport.call(listVolumes, { query });
  }

  get(name: string): Promise<VolumeView> {
    return this.#transport.call(getVolume, { params: { name } });
  }

  /** Erases it with all that is in it; `resource.busy` while a machine has it. */
  async delete(name: string): Promise<void> {
    await this.#transport.call(deleteVolume, { params: { name } });
  }
}
