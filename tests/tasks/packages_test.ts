/**
 * Tests of packages.ts, without installing anything.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "../../linuxkit/build/paths.ts";
import { disableServices, missingPackages, PACKAGES, withoutDaemons } from "./packages.ts";

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("missingPackages() gives what is not installed, also what dpkg has never heard of", () =>
  withFolder(async (folder) => {
    const query = join(folder, "dpkg-query");
    await Deno.writeTextFile(
      query,
      "#!/bin/sh\nprintf 'installed libseccomp2\\nconfig-files libnl-3-200\\n'; exit 1\n",
      { mode: 0o755 },
    );
    assert.deepEqual(await missingPackages(["run"], query), ["libnl-3-200", "libnl-route-3-200"]);
  }));

Deno.test("missingPackages() gives all of the groups where there is no dpkg", () =>
  withFolder(async (folder) => {
    const missing = await missingPackages(["run", "bench"], join(folder, "absent"));
    const wanted = PACKAGES.filter(({ group }) => ["run", "bench"].includes(group)).map((
      { name },
    ) => name);
    assert.deepEqual(missing, wanted);
  }));

Deno.test("withoutDaemons() has its policy there only while the body runs", () =>
  withFolder(async (folder) => {
    const path = join(folder, "policy-rc.d");
    const body = async () => {
      assert.equal((await new Deno.Command(path).output()).code, 101);
      throw new Error("failed");
    };
    await assert.rejects(withoutDaemons(body, path), /failed/);
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
  }));

Deno.test("withoutDaemons() takes its own policy away when an earlier setup was killed", () =>
  withFolder(async (folder) => {
    const path = join(folder, "policy-rc.d");
    let left = "";
    await withoutDaemons(async () => void (left = await Deno.readTextFile(path)), path);
    await Deno.writeTextFile(path, left);
    await withoutDaemons(() => Promise.resolve(), path);
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
  }));

Deno.test("withoutDaemons() leaves a policy of the machine alone", () =>
  withFolder(async (folder) => {
    const path = join(folder, "policy-rc.d");
    await Deno.writeTextFile(path, "#!/bin/sh\nexit 0\n");
    await withoutDaemons(() => Promise.resolve(), path);
    assert.equal(await Deno.readTextFile(path), "#!/bin/sh\nexit 0\n");
  }));

Deno.test("disableServices() disables the services of the packages named, and no others", () =>
  withFolder(async (folder) => {
    const [command, calls] = [join(folder, "update-rc.d"), join(folder, "calls")];
    await Deno.writeTextFile(command, `#!/bin/sh\necho "$@" >> ${calls}\n`, { mode: 0o755 });
    await disableServices(["iproute2", "udhcpd", "kea-dhcp4-server"], command);
    assert.equal(await Deno.readTextFile(calls), "kea-dhcp4-server disable\nudhcpd disable\n");
  }));
