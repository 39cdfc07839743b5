import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CertificateControl } from "@bedplate/ingress/conformance";

/** Puts certificates into a folder as an operator should: beside, then in place. */
export function certificateWriter(
  folder: string,
  at: CertificateControl["at"],
): CertificateControl {
  return {
    at,
    async put(name, pem) {
      const next = join(folder, `.${name}.next`);
      writeFileSync(next, pem, { mode: 0o600 });
      renameSync(next, join(folder, `${name}.pem`));
    },
  };
}
