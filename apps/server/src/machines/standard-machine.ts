import type { StandardMachine } from "@bedplate/machines";

/** The image of a machine that names none, by slot. */
const images: Readonly<Record<string, string>> = {
  container: '{"root":"host"}',
  gvisor: '{"root":"host"}',
  "fake-machine": "{}",
};

/** What a request for a machine gets that names no slot or no image. */
export function standardMachine(slot: string): StandardMachine {
  return {
    slot,
    image: (each) => {
      const text = images[each];
      return text === undefined ? undefined : Buffer.from(text);
    },
  };
}
