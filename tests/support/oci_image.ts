/**
 * The image under test: made of the executable under test, and taken apart again.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { buildImage } from "../../linuxkit/image/build.ts";
import { run } from "./process.ts";
import { executablePath } from "./requirements.ts";

/** What an image configuration says of the container (OCI image specification, config.md). */
export interface ImageSettings {
  /** The environment. */
  readonly Env: readonly string[];
  /** The command line. */
  readonly Cmd: readonly string[];
  /** The working directory. */
  readonly WorkingDir: string;
  /** The labels. */
  readonly Labels: Readonly<Record<string, string>>;
}

/** An image that has been taken apart. */
export interface UnpackedImage {
  /** Its root directory. */
  readonly root: string;
  /** What its configuration says. */
  readonly settings: ImageSettings;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string };
}

/** Writes the image as an OCI archive into a folder, and gives its path. */
export async function writeImage(folder: string): Promise<string> {
  const path = `${folder}/mirage-dhcp-image.tar`;
  await Deno.writeFile(path, await buildImage(new Map([["amd64", executablePath()]])));
  return path;
}

/** Reads a blob that must be what its descriptor says. */
function readBlob(layout: string, { digest, size }: Descriptor): Uint8Array {
  const bytes = Deno.readFileSync(`${layout}/blobs/${digest.replace(":", "/")}`);
  assert.equal(bytes.length, size);
  assert.equal(`sha256:${createHash("sha256").update(bytes).digest("hex")}`, digest);
  return bytes;
}

/**
 * Unpacks an OCI archive, checking each blob on the way, and its layers one upon the other.
 *
 * @param archive path of the archive
 * @param folder an existing folder that gets `layout` and `root`
 */
export async function unpackImage(archive: string, folder: string): Promise<UnpackedImage> {
  const layout = `${folder}/layout`;
  const root = `${folder}/root`;
  await Deno.mkdir(layout);
  await Deno.mkdir(root);
  await run(["tar", "--extract", `--file=${archive}`, `--directory=${layout}`]);
  const json = (descriptor: Descriptor) =>
    JSON.parse(new TextDecoder().decode(readBlob(layout, descriptor)));
  const index = JSON.parse(await Deno.readTextFile(`${layout}/index.json`));
  const platforms: Descriptor[] = json(index.manifests[0]).manifests;
  const manifest = json(platforms.find(({ platform }) => platform?.architecture === "amd64")!);
  for (const layer of manifest.layers as Descriptor[]) {
    readBlob(layout, layer);
    const blob = `${layout}/blobs/${layer.digest.replace(":", "/")}`;
    await run([
      ...["tar", "--extract", "--gzip", "--preserve-permissions"],
      ...[`--file=${blob}`, `--directory=${root}`],
    ]);
  }
  return { root, settings: json(manifest.config).config };
}

/** Runs `body` with the image of the executable under test in a folder of its own, which is removed afterwards. */
export async function withImage(
  body: (image: UnpackedImage, archive: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mirage-dhcp-image-" });
  try {
    const archive = await writeImage(folder);
    await body(await unpackImage(archive, folder), archive, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
