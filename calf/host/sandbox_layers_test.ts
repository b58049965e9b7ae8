import "portable";
import assert from "node:assert/strict";
import { decodeRequest } from "../../priv/kv/codec.ts";
import { RecordingHost } from "../sdk/sdk_fixture.ts";
import { tellLayers } from "./sandbox_layers.ts";

Deno.test("tellLayers() sends one request that priv takes for /sandbox/layers, with the host's id", () => {
  const host = new RecordingHost();
  tellLayers(host, "landlock=6 no-rlimits seccomp");
  assert.equal(host.messages.length, 1);
  assert.deepEqual(decodeRequest(host.messages[0]), {
    ok: true,
    value: {
      id: 0,
      operation: "write",
      changes: [{ path: "/sandbox/layers", text: "landlock=6 no-rlimits seccomp" }],
    },
  });
});
