/** Why the guest was ended from the outside of its interpreter. */
export type EndReason =
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "trap"; readonly reason: string }
  | { readonly kind: "exhausted"; readonly meter: "fuel" | "wallMs" | "outputBytes" | "depth" };

/** Thrown through the guest by an import; the guest's own code cannot answer it. */
export class GuestEnd extends Error {
  readonly reason: EndReason;

  constructor(reason: EndReason) {
    super(reason.kind);
    this.reason = reason;
  }
}
