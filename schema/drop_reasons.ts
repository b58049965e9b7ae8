/**
 * Why frames are dropped, as the keys below /packets/dropped and the metrics name it.
 *
 * @module
 */

/** One reason. */
export interface DropReason {
  /** Last part of its key. */
  readonly slug: string;
  /** Who counts it. */
  readonly by: "priv" | "calf";
  /** What it means. */
  readonly meaning: string;
}

function byPriv(slug: string, meaning: string): DropReason {
  return { slug, by: "priv", meaning };
}

/** All reasons, those of priv first. */
export const DROP_REASONS: readonly DropReason[] = [
  byPriv("vlan", "of a VLAN that is not this interface's"),
  byPriv("size", "longer than an Ethernet frame"),
  byPriv("calf-busy", "the calf had no room, or there was none"),
  byPriv("calf-rate", "sent by the calf too fast"),
  byPriv("send-error", "the kernel would not send it"),
];
