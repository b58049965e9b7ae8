import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { createHash } from "node:crypto";
import { tarEntry } from "../build/archive.ts";
import { imageArchive } from "./archive.ts";
import { buildImage } from "./build.ts";
import { DHCP_CLIENT_IMAGE, DHCPCD_IMAGE, LINUXKIT_CONFIG, LINUXKIT_LABEL } from "./config.ts";
import { tarArchive } from "./tar.ts";

const layer = (content: string) =>
  tarArchive([{ path: "file", type: "file", bytes: new TextEncoder().encode(content) }]);
const IMAGE = {
  kind: DHCPCD_IMAGE,
  version: "1.2.3",
  platforms: [
    { architecture: "amd64", layer: layer("x86") },
    { architecture: "arm64", layer: layer("arm") },
  ],
} as const;

const sha256 = (bytes: Uint8Array) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

async function read(archive: Uint8Array, name: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  async function* whole() {
    yield archive;
  }
  for await (const piece of tarEntry(whole(), name)) pieces.push(piece);
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

interface Descriptor {
  digest: string;
  size: number;
}

/** A blob, which is what its descriptor says. */
async function blob(archive: Uint8Array, { digest, size }: Descriptor): Promise<Uint8Array> {
  const bytes = await read(archive, `blobs/${digest.replace(":", "/")}`);
  assert.equal(bytes.length, size);
  assert.equal(sha256(bytes), digest);
  return bytes;
}

const parse = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));

Deno.test("imageArchive() has one name, and below it a manifest for each machine", async () => {
  const archive = imageArchive(IMAGE);
  assert.deepEqual(parse(await read(archive, "oci-layout")), { imageLayoutVersion: "1.0.0" });
  const { manifests: [root, ...others] } = parse(await read(archive, "index.json"));
  assert.deepEqual(others, []);
  assert.deepEqual(root.annotations, {
    "io.containerd.image.name": "docker.io/library/mirage-dhcp:1.2.3",
    "org.opencontainers.image.ref.name": "docker.io/library/mirage-dhcp:1.2.3",
  });
  const index = parse(await blob(archive, root));
  assert.equal(index.manifests.length, 2);
  for (const [i, { architecture, layer }] of IMAGE.platforms.entries()) {
    assert.deepEqual(index.manifests[i].platform, { architecture, os: "linux" });
    const manifest = parse(await blob(archive, index.manifests[i]));
    assert.equal(manifest.annotations["org.opencontainers.image.version"], "1.2.3");
    const config = parse(await blob(archive, manifest.config));
    assert.equal(config.architecture, architecture);
    assert.deepEqual(config.rootfs.diff_ids, [sha256(layer)]);
    const unpacked = gunzipSync(await blob(archive, manifest.layers[0]));
    assert.deepEqual(new Uint8Array(unpacked), layer);
  }
});

for (const kind of [DHCPCD_IMAGE, DHCP_CLIENT_IMAGE]) {
  Deno.test(`imageArchive() says how to run ${kind.name}`, async () => {
    const archive = imageArchive({ ...IMAGE, kind });
    const { manifests: [root] } = parse(await read(archive, "index.json"));
    assert.match(root.annotations["io.containerd.image.name"], new RegExp(`/${kind.name}:1`));
    const [first] = parse(await blob(archive, root)).manifests;
    const { config } = parse(await blob(archive, parse(await blob(archive, first)).config));
    assert.deepEqual(config.Cmd, kind.command);
    assert.deepEqual(JSON.parse(config.Labels[LINUXKIT_LABEL]), LINUXKIT_CONFIG);
    assert.ok(config.Env.includes("NO_COLOR=1"));
  });
}

/** As much of an ELF file as is looked at. */
function elf(machine: number): Uint8Array {
  const bytes = new Uint8Array(4096);
  bytes.set([0x7f, 0x45, 0x4c, 0x46]);
  bytes[18] = machine;
  return bytes;
}

Deno.test("buildImage() gives the same bytes each time", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, elf(62));
    const build = async () => sha256(await buildImage(new Map([["amd64", path]])));
    assert.equal(await build(), await build());
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("buildImage() refuses what is no executable for the machine", async () => {
  const path = await Deno.makeTempFile();
  try {
    for (const bytes of [elf(183), new Uint8Array(4096), new Uint8Array(0)]) {
      await Deno.writeFile(path, bytes);
      await assert.rejects(buildImage(new Map([["amd64", path]])), /no executable for amd64/);
    }
    await Deno.writeFile(path, elf(183));
    assert.ok((await buildImage(new Map([["arm64", path]]))).length > 0);
  } finally {
    await Deno.remove(path);
  }
  await assert.rejects(buildImage(new Map([["amd64", path]])), /^Error: Cannot make the image: /);
});
