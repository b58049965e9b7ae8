import assert from "node:assert/strict";
import type { LogRecord } from "@logtape/logtape";
import { closeFd, pipe, readFd } from "../../ffi/fd.ts";
import { DatagramReceiver } from "../../tests/support/datagram_receiver.ts";
import type { LogOptions } from "../service_options.ts";
import { openOutputs, type Outputs } from "./outputs.ts";

const RECORD: LogRecord = {
  category: ["priv", "eth0"],
  level: "info",
  message: ["hello"],
  rawMessage: "hello",
  timestamp: 0,
  properties: {},
};
const OPTIONS: LogOptions = { level: "info", format: "text", file: null, syslog: null };

interface World {
  readonly directory: string;
  /** Makes the outputs and says hello. */
  hello(options: Partial<LogOptions>, isJournal?: boolean): Outputs;
  stderr(): string;
}

function inWorld(body: (world: World) => void): void {
  const directory = Deno.makeTempDirSync();
  const [reader, writer] = pipe();
  const { dev, ino } = Deno.statSync(`/proc/self/fd/${writer}`);
  let outputs: Outputs | null = null;
  try {
    body({
      directory,
      hello(options, isJournal = false) {
        outputs = openOutputs({ ...OPTIONS, ...options }, {
          stderr: writer,
          isTerminal: false,
          noColor: undefined,
          journalStream: isJournal ? `${dev}:${ino}` : undefined,
          journalSocket: `${directory}/journal`,
          devLog: `${directory}/devlog`,
        }, (text) => assert.fail(text));
        for (const sink of Object.values(outputs.sinks)) sink(RECORD);
        return outputs;
      },
      stderr() {
        const bytes = new Uint8Array(4096);
        return new TextDecoder().decode(bytes.subarray(0, readFd(reader, bytes)));
      },
    });
  } finally {
    (outputs as Outputs | null)?.close();
    closeFd(reader);
    closeFd(writer);
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("openOutputs() writes to stderr in the format that was asked for", () => {
  inWorld(({ hello, stderr }) => {
    hello({});
    assert.equal(stderr(), "1970-01-01T00:00:00.000Z INFO  priv eth0: hello\n");
    hello({ format: "kv" });
    assert.match(stderr(), /^time=\S+ level=info source=priv interface=eth0 msg="hello"\n$/);
    hello({ format: "json" });
    assert.equal(JSON.parse(stderr()).msg, "hello");
  });
});

Deno.test("openOutputs() writes to the file too, and reopens it", () => {
  inWorld(({ directory, hello }) => {
    const file = `${directory}/file`;
    const outputs = hello({ file, format: "json" });
    assert.equal(JSON.parse(Deno.readTextFileSync(file)).msg, "hello");
    Deno.removeSync(file);
    outputs.reopen();
    outputs.sinks.file(RECORD);
    assert.equal(JSON.parse(Deno.readTextFileSync(file)).msg, "hello");
  });
});

Deno.test("openOutputs() writes to syslog and to stderr", () => {
  inWorld(({ directory, hello, stderr }) => {
    using receiver = DatagramReceiver.unix(`${directory}/devlog`);
    hello({ syslog: "local" });
    assert.equal(receiver.all.length, 1);
    assert.match(receiver.all[0], /^<30>1 .* priv eth0: hello$/);
    assert.match(stderr(), /hello/);
  });
});

Deno.test("openOutputs() writes to the journal, and not to a stderr that leads there as well", () => {
  inWorld(({ directory, hello, stderr }) => {
    {
      using receiver = DatagramReceiver.unix(`${directory}/journal`);
      hello({}, true);
      assert.match(receiver.all[0], /^MESSAGE=priv eth0: hello\nPRIORITY=6\n/);
    }
    hello({}, true);
    assert.equal(stderr(), "<6>priv eth0: hello\n", "the first one is not there");
  });
});
