/**
 * Guests that must be refused, and why. Each is a good guest with one thing wrong.
 *
 * @module
 */
import type { Abi } from "../../../../tender/guest/guest.ts";
import type { Malformed } from "./change.ts";
import { malformedHeaders } from "./headers.ts";
import { malformedManifests } from "./manifests.ts";
import { malformedAbiNotes, malformedNoteHeaders } from "./notes.ts";
import { malformedSegments } from "./segments.ts";

/** All of them for a tender. A guest of the other tender is not among them: it is a good guest. */
export function malformedGuests(abi: Abi): Malformed[] {
  return [
    malformedHeaders,
    malformedSegments,
    malformedAbiNotes,
    malformedManifests,
    malformedNoteHeaders,
  ]
    .flatMap((make) => make(abi));
}
