/**
 * Guests of the tender for hvt on a real KVM, whatever the machine: qemu emulates a processor of AMD's with
 * its virtual machines (SVM), and in there the kernel's kvm-amd runs the guests.
 *
 * @module
 */
import assert from "node:assert/strict";
import { copyBusybox, packInitrd } from "../support/initrd.ts";
import { executablePath, testWith } from "../support/requirements.ts";
import { type Boot, boot } from "../support/vm.ts";
import { KVM_MODULES, vmKernelFolder } from "../tasks/vm_kernel.ts";
import { guest, type GuestPlan } from "../tender/guest/guest.ts";
import * as basic from "../tender/guest/guests/basic.ts";
import { echoesFrames, usesBlocks } from "../tender/guest/guests/devices.ts";
import { FAULT_NAMES, faults } from "../tender/guest/guests/faults.ts";
import { asksBadly, type BadHypercall } from "../tender/guest/guests/hostile_hvt.ts";

const LIMIT_MS = 400_000;

interface Case {
  readonly plan: GuestPlan;
  /** Between the tender's name and the guest's. */
  readonly options?: string;
  /** What the machine says: exit code, standard output, standard error. */
  readonly wanted: RegExp;
}

const BAD: readonly BadHypercall[] = [
  "hypercall 9",
  "port 0x80",
  "a hypercall of 8 bits",
  "in from a hypercall's port",
  "a result over the page tables",
  "a struct across the end of the memory",
  "text that overflows",
];
const DEVICES = "--net:net=tap0 --block:storage=/disk";

const CASES: Readonly<Record<string, Case>> = {
  hello: { plan: basic.hello("hvt"), wanted: /^0 Hello, world~ \|$/ },
  status: { plan: basic.exits("hvt", 0x1_03), wanted: /^3 \|$/ },
  abort: { plan: basic.aborts("hvt"), wanted: /^255 solo5_abort\(\) called~ \| .*aborted~$/ },
  arguments: { plan: basic.echoesArguments("hvt"), wanted: /^0 one two~ \|$/ },
  memory: { plan: basic.examines("hvt"), wanted: /^0 \|$/ },
  memory3: { plan: basic.examines("hvt"), options: "--mem=3", wanted: /^0 \|$/ },
  memory4096: { plan: basic.examines("hvt"), options: "--mem=4096", wanted: /^0 \|$/ },
  waits: { plan: basic.waits("hvt", 20_000_000), wanted: /^0 waited~ \|$/ },
  blocks: {
    plan: usesBlocks("hvt"),
    options: "--block:storage=/disk",
    wanted: /^0 \|$/, // the first block is of zeros, which a shell does not keep
  },
  ...Object.fromEntries(
    FAULT_NAMES.map((name) => [`fault-${name}`, {
      plan: faults("hvt", name),
      wanted: /^255 before~ \| mirage-dhcp: Cannot go on with the guest: [^~]+~$/,
    }]),
  ),
  ...Object.fromEntries(
    BAD.map((name) => [`bad-${name}`, {
      plan: asksBadly(name),
      options: DEVICES,
      wanted: /^1 before~ \| mirage-dhcp: Cannot go on with the guest: it [^~]+~$/,
    }]),
  ),
};

const INIT = `#!/bin/busybox sh
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for module in ${KVM_MODULES.join(" ")}; do
  [ ! -e /modules/$module.ko ] || insmod /modules/$module.ko
done
say() { echo "@@ $*"; }
tunctl -t tap0 > /dev/null && ip link set tap0 up || say "no tap0"
tell() { say "$1: $2 $(tr -d '\\0' < /out | tr '\\n' '~') |$([ ! -s /err ] || echo " $(tr '\\n' '~' < /err)")"; }
dd if=/dev/zero of=/disk bs=512 count=4 2> /dev/null
i=0
while [ -e /guests/$i ]; do
  /mirage-dhcp --mode=tender --mem=16 $(cat /guests/$i.options) /guests/$i one two > /out 2> /err
  tell $i $?
  i=$((i + 1))
done
/mirage-dhcp --mode=tender --mem=16 /guests/spins > /out 2> /err &
until grep -q "^Seccomp:.2" /proc/$!/status; do sleep 0.1; done
say "processor: $(ls -l /proc/$!/fd | grep -c kvm-vcpu) $(ls /proc/$!/fd | wc -w)"
sleep 1
kill -TERM $!
wait $!
tell spins $?
ip address add 198.51.100.1/24 dev tap0
/mirage-dhcp --mode=tender --mem=16 --net:service=tap0 /guests/echoes > /out 2> /err &
until grep -q ready /out; do sleep 0.1; done
ping -c 1 -W 2 198.51.100.2 > /dev/null
say "answers: $(cat /sys/class/net/tap0/statistics/rx_packets)"
kill -TERM $!
wait $!
tell echoes $?
rmmod kvm-amd
/mirage-dhcp --mode=tender /guests/0 > /out 2> /err
tell nokvm $?
say done
poweroff -f
`;

async function makeInitrd(folder: string): Promise<string> {
  const tree = `${folder}/tree`;
  for (const name of ["bin", "dev", "modules", "proc", "sys", "tmp", "guests"]) {
    await Deno.mkdir(`${tree}/${name}`, { recursive: true });
  }
  await copyBusybox(`${tree}/bin`);
  for (const { name } of Deno.readDirSync(vmKernelFolder())) {
    if (name.endsWith(".ko")) {
      await Deno.copyFile(`${vmKernelFolder()}/${name}`, `${tree}/modules/${name}`);
    }
  }
  await Deno.copyFile(executablePath(), `${tree}/mirage-dhcp`);
  for (const [i, { plan, options = "" }] of Object.values(CASES).entries()) {
    await Deno.writeFile(`${tree}/guests/${i}`, guest(plan));
    await Deno.writeTextFile(`${tree}/guests/${i}.options`, options);
  }
  await Deno.writeFile(`${tree}/guests/echoes`, guest(echoesFrames("hvt", ["service"])));
  await Deno.writeFile(`${tree}/guests/spins`, guest(basic.spins("hvt")));
  await Deno.writeTextFile(`${tree}/init`, INIT);
  await Deno.chmod(`${tree}/init`, 0o755);
  return await packInitrd(tree, `${folder}/initrd`);
}

function check({ lines }: Boot): void {
  const said = (what: string) =>
    lines.find((line) => line.startsWith(`${what}: `))?.slice(what.length + 2).trim() ?? "nothing";
  for (const [i, [name, { wanted }]] of Object.entries(CASES).entries()) {
    assert.match(said(`${i}`).replace(/ +\|/, " |"), wanted, name);
  }
  assert.equal(said("processor"), "1 4", "stdout, stderr, processor, signalfd");
  assert.equal(said("spins"), "1 spinning~ | mirage-dhcp: The guest is ended: SIGTERM~");
  assert.match(
    said("nokvm"),
    /^1 +\| mirage-dhcp: Cannot run the guest without KVM: .*kvm_amd, or/,
  );
  assert.equal(lines.at(-1), "done");
}

testWith(
  ["executable", "qemu", "vmkernel", "vmkvm"],
  "the tender for hvt runs guests on the KVM of a machine of qemu's",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const booted = await boot(await makeInitrd(folder), LIMIT_MS);
      try {
        check(booted);
      } catch (error) {
        console.error(`--- the machine's serial line\n${booted.log}\n---`);
        throw error;
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
