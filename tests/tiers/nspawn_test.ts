/**
 * The Debian package and its units in a Debian with systemd that is booted for it.
 *
 * @module
 */

import { buildPackage } from "../../linuxkit/debian/package.ts";
import { type DebianMachine, withDebian } from "../support/debian_machine.ts";
import { executablePath, testWith } from "../support/requirements.ts";
import { withinTime } from "../support/time_limit.ts";
import {
  filesOf,
  installs,
  isUpgraded,
  leavesNothing,
  scores,
  startsNothing,
} from "./nspawn/package.ts";
import {
  givesUp,
  isConfined,
  logsWithPriorities,
  namesHost,
  reloads,
  startsWithTheMachine,
  takesBack,
  waitsForLease,
} from "./nspawn/lease.ts";
import { tellsDomains, tellsResolvconf, tellsResolved, writesFile } from "./nspawn/name_servers.ts";
import { hasInstances, isWatched, survivesItsSpawner } from "./nspawn/recovery.ts";

testWith(
  ["root", "netns", "dnsmasq", "executable", "nspawn", "dpkg"],
  "the Debian package and its units, in a Debian that is booted",
  async (t) => {
    await withDebian(async (machine) => {
      const before = await filesOf(machine);
      const step = (
        name: string,
        seconds: number,
        body: (machine: DebianMachine) => Promise<void>,
      ) => t.step(name, () => withinTime(name, seconds, () => body(machine)));
      const deb = await buildPackage({ executable: executablePath(), folder: machine.directory });
      await step("it is installed, and starts nothing", 60, async () => {
        await installs(machine, deb);
        await startsNothing(machine);
      });
      await step("the units are well-formed and closed", 60, scores);
      await step("a unit is active once there is a lease", 60, waitsForLease);
      await step("calves have each layer of their sandbox", 30, isConfined);
      await step("the journal knows how urgent a line is", 30, logsWithPriorities);
      await step("a reload says whether it has worked", 60, reloads);
      await step("systemd-resolved gets the name servers", 30, tellsResolved);
      await step("systemd-resolved gets domains if it is told so", 30, tellsDomains);
      await step("resolvconf gets them where there is no systemd-resolved", 60, tellsResolvconf);
      await step("resolv.conf can be a link to the daemon's", 30, writesFile);
      await step("instances live side by side", 60, hasInstances);
      await step("a host without a name may get one", 30, namesHost);
      await step("a daemon that hangs is replaced, and its address stays", 90, isWatched);
      await step("a daemon whose spawner is killed is started anew", 60, survivesItsSpawner);
      await step("the end takes everything back", 30, takesBack);
      await step("what another start would not change is not tried again", 30, givesUp);
      await step("an instance can be enabled", 60, startsWithTheMachine);
      await step("an upgrade goes on with the new program", 60, () => isUpgraded(machine, deb));
      await step("purged, nothing of it is left", 60, () => leavesNothing(machine, before));
    });
  },
);
