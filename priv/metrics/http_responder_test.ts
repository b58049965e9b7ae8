import assert from "node:assert/strict";
import fc from "fast-check";
import { Errno } from "../../ffi/errno.ts";
import { closeFd, pipe, readFd, writeFd } from "../../ffi/fd.ts";
import { pidfdOpen } from "../../ffi/process.ts";
import { endSending, listenTcp, localPort } from "../../ffi/tcp_socket.ts";
import { connectUnix, listenUnix, SocketType } from "../../ffi/unix_socket.ts";
import { EventLoop } from "../event_loop.ts";
import { PollingLoop } from "../testing/polling_loop.ts";
import { CONNECTION_MS, MAX_DISCARDED, MAX_REQUEST } from "./http_connection.ts";
import { ACCEPT_PAUSE_MS, CACHE_MS, HttpResponder, MAX_CONNECTIONS } from "./http_responder.ts";

const GET = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
const encoder = new TextEncoder();

/** A server at a Unix socket, and clients of it. */
class Stage {
  readonly loop = new PollingLoop();
  readonly warnings: string[] = [];
  readonly responder: HttpResponder;
  readonly #directory = Deno.makeTempDirSync();
  readonly #listener: number;
  #clients: number[] = [];
  renders = 0;
  render = (): string => `scrape ${this.renders}\n`;

  constructor() {
    this.responder = new HttpResponder({
      loop: this.loop,
      render: () => {
        this.renders++;
        return this.render();
      },
      warn: (text) => this.warnings.push(text),
    });
    this.#listener = listenUnix(`${this.#directory}/socket`, SocketType.STREAM, 64);
    this.responder.listen(this.#listener);
  }

  connect(text = ""): number {
    const fd = connectUnix(`${this.#directory}/socket`, SocketType.STREAM, { nonblocking: true });
    this.#clients.push(fd);
    this.send(fd, text);
    return fd;
  }

  send(fd: number, text: string): void {
    const bytes = encoder.encode(text);
    if (bytes.length > 0) writeFd(fd, bytes, bytes.length);
    this.loop.settle();
  }

  /** What has come, with `end` when the server has ended or `reset`. */
  read(fd: number): string {
    let text = "";
    const buffer = new Uint8Array(1 << 16);
    for (;;) {
      const n = readFd(fd, buffer);
      this.loop.settle();
      if (n === -Errno.EAGAIN) return text;
      if (n < 0) return `${text}<reset>`;
      if (n === 0) return `${text}<end>`;
      text += new TextDecoder().decode(buffer.subarray(0, n));
    }
  }

  /** The first line of an answer to `text`. */
  status(text: string): string {
    return this.read(this.connect(text)).split("\r\n")[0];
  }

  close(fd: number): void {
    this.#clients = this.#clients.filter((client) => client !== fd);
    closeFd(fd);
    this.loop.settle();
  }

  end(): void {
    this.responder.stop();
    assert.equal(this.responder.connections, 0);
    assert.equal(this.loop.watched, 0, "nothing is watched any more");
    assert.equal(this.loop.waiting, 0, "no timer is left");
    [...this.#clients, this.#listener].forEach(closeFd);
    Deno.removeSync(this.#directory, { recursive: true });
  }
}

function onStage(body: (stage: Stage) => void): void {
  const stage = new Stage();
  try {
    body(stage);
  } finally {
    stage.end();
  }
}

Deno.test("HttpResponder answers GET with the metrics and ends the connection", () => {
  onStage((stage) => {
    const [head, body] = stage.read(stage.connect(GET)).split("\r\n\r\n");
    assert.equal(body, "scrape 1\n<end>");
    const [status, ...fields] = head.split("\r\n");
    assert.equal(status, "HTTP/1.1 200 OK");
    assert.deepEqual(fields.filter((field) => !field.startsWith("Date: ")), [
      "Content-Type: text/plain; version=0.0.4; charset=utf-8",
      "Content-Length: 9",
      "Connection: close",
    ]);
  });
});

Deno.test("HttpResponder answers HEAD without the body", () => {
  onStage((stage) => {
    const text = stage.read(stage.connect(GET.replace("GET", "HEAD")));
    assert.match(text, /^HTTP\/1.1 200 OK\r\n.*Content-Length: 9\r\n.*\r\n\r\n<end>$/s);
  });
});

Deno.test("HttpResponder says what is wrong with other requests, and renders nothing for them", () => {
  onStage((stage) => {
    assert.equal(stage.status(GET.replace("/metrics", "/")), "HTTP/1.1 404 Not Found");
    const post = stage.read(stage.connect(GET.replace("GET", "POST")));
    assert.match(post, /^HTTP\/1.1 405 Method Not Allowed\r\n.*Allow: GET, HEAD\r\n/s);
    assert.equal(stage.status("\x16\x03\x01 hello\n\n"), "HTTP/1.1 400 Bad Request");
    assert.equal(stage.renders, 0);
  });
});

Deno.test("HttpResponder renders once a second at most", () => {
  onStage((stage) => {
    const scrape = () => stage.read(stage.connect(GET)).split("\r\n\r\n")[1];
    assert.deepEqual([scrape(), scrape()], ["scrape 1\n<end>", "scrape 1\n<end>"]);
    stage.loop.advance(CACHE_MS);
    assert.deepEqual([scrape(), scrape()], ["scrape 2\n<end>", "scrape 2\n<end>"]);
  });
});

Deno.test("HttpResponder answers 500 and goes on when the metrics cannot be made", () => {
  onStage((stage) => {
    const render = stage.render;
    stage.render = () => {
      throw new Error("out of order");
    };
    assert.equal(stage.status(GET), "HTTP/1.1 500 Internal Server Error");
    assert.deepEqual(stage.warnings, ["Cannot make the metrics: out of order"]);
    stage.render = render;
    stage.loop.advance(CACHE_MS);
    assert.equal(stage.status(GET), "HTTP/1.1 200 OK");
  });
});

Deno.test("HttpResponder takes a request in single bytes, but no longer than the time it has", () => {
  onStage((stage) => {
    const slow = stage.connect();
    for (const byte of GET) stage.send(slow, byte);
    assert.match(stage.read(slow), /^HTTP\/1.1 200 OK/);
    const slower = stage.connect();
    for (let second = 0; second < CONNECTION_MS / 1000; second++) {
      stage.send(slower, "G");
      stage.loop.advance(1000);
    }
    assert.equal(stage.responder.connections, 0);
    assert.match(stage.read(slower), /^<(end|reset)>$/);
  });
});

Deno.test("HttpResponder serves no more connections at a time than it may, and the others later", () => {
  onStage((stage) => {
    const idle = Array.from({ length: MAX_CONNECTIONS }, () => stage.connect("GET"));
    const patient = stage.connect(GET);
    assert.equal(stage.responder.connections, MAX_CONNECTIONS);
    assert.equal(stage.read(patient), "");
    stage.close(idle[0]);
    assert.match(stage.read(patient), /^HTTP\/1.1 200 OK/);
    stage.close(patient);
    const next = stage.connect(GET);
    assert.match(stage.read(next), /<end>$/);
    for (let n = 0; n < 40; n++) stage.connect();
    assert.equal(stage.responder.connections, MAX_CONNECTIONS);
    stage.loop.advance(CONNECTION_MS);
    stage.loop.settle();
    assert.equal(stage.responder.connections, MAX_CONNECTIONS, "those that waited");
  });
});

Deno.test("HttpResponder is not kept busy by a reader that does not read", () => {
  onStage((stage) => {
    stage.render = () => "x".repeat(4 << 20);
    const lazy = stage.connect(GET);
    assert.equal(stage.loop.settle(), 0, "nothing to do while the socket is full");
    assert.equal(stage.status(GET.replace("/metrics", "/")), "HTTP/1.1 404 Not Found");
    const text = stage.read(lazy);
    assert.equal(text.length, text.indexOf("\r\n\r\n") + 4 + (4 << 20) + "<end>".length);
    const lazier = stage.connect(GET);
    stage.loop.advance(CONNECTION_MS);
    assert.equal(stage.responder.connections, 0);
    stage.close(lazier);
  });
});

Deno.test("HttpResponder answers the first of several requests in one go", () => {
  onStage((stage) => {
    const text = stage.read(stage.connect(GET.repeat(3)));
    assert.equal(text.split("HTTP/1.1 200 OK").length, 2);
    assert.match(text, /<end>$/);
  });
});

Deno.test("HttpResponder refuses a head that is too long, and throws away only so much", () => {
  onStage((stage) => {
    const fits = `${GET.slice(0, -2)}X: ${"x".repeat(MAX_REQUEST - GET.length - 5)}\r\n\r\n`;
    assert.equal(fits.length, MAX_REQUEST);
    assert.equal(stage.status(fits), "HTTP/1.1 200 OK");
    const long = stage.connect(`${GET.slice(0, -2)}X: ${"x".repeat(2 * MAX_REQUEST)}\r\n\r\n`);
    assert.match(
      stage.read(long),
      /^HTTP\/1.1 431 .*\r\n\r\n431 Request Header Fields Too Large\n<end>$/s,
    );
    for (let sent = 0; sent <= MAX_DISCARDED; sent += 1024) stage.send(long, "x".repeat(1024));
    assert.equal(writeFd(long, Uint8Array.of(1), 1), -Errno.EPIPE);
  });
});

Deno.test("HttpResponder answers who has ended its own half, and forgets who has ended too early", () => {
  onStage((stage) => {
    const done = stage.connect();
    writeFd(done, encoder.encode(GET), GET.length);
    endSending(done);
    stage.loop.settle();
    assert.match(stage.read(done), /^HTTP\/1.1 200 OK.*<end>$/s);
    const early = stage.connect(GET.slice(0, 20));
    endSending(early);
    stage.loop.settle();
    assert.equal(stage.read(early), "<end>");
    const gone = stage.connect(GET.slice(0, 20));
    stage.close(gone);
    assert.equal(stage.responder.connections, 0);
  });
});

Deno.test("HttpResponder survives any bytes, in any pieces", () => {
  onStage((stage) => {
    const piece = fc.oneof(
      fc.string({ unit: "binary", maxLength: 50 }),
      fc.constantFrom("GET ", "/metrics", " HTTP/1.1", "\r\n", "\n", "Host: x", GET, "\0"),
    );
    fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const client = stage.connect();
      for (const text of pieces) stage.send(client, text);
      const answer = stage.read(client);
      assert.match(answer, /^(HTTP\/1\.1 (200|400|404|405) .*<(end|reset)>)?$/s);
      stage.close(client);
    }));
    assert.equal(stage.responder.connections, 0);
    assert.equal(stage.status(GET), "HTTP/1.1 200 OK");
  });
});

Deno.test("HttpResponder pauses when it cannot accept what waits", () => {
  onStage((stage) => {
    // In the place of a listener while no descriptor is free: ready, and accept fails.
    const [broken, write] = pipe();
    writeFd(write, Uint8Array.of(1), 1);
    stage.responder.listen(broken);
    assert.ok(stage.loop.settle() < 3);
    const client = stage.connect(GET);
    assert.equal(stage.read(client), "");
    assert.equal(readFd(broken, new Uint8Array(1)), 1);
    stage.loop.advance(ACCEPT_PAUSE_MS);
    stage.loop.settle();
    assert.match(stage.read(client), /^HTTP\/1.1 200 OK/);
    stage.responder.stop();
    [broken, write].forEach(closeFd);
  });
});

Deno.test("HttpResponder serves TCP and Unix sockets on the real event loop", async () => {
  const loop = new EventLoop();
  const directory = Deno.makeTempDirSync();
  const tcp = listenTcp("127.0.0.1", 0, 4);
  const unix = listenUnix(`${directory}/socket`, SocketType.STREAM, 4);
  const body = "y".repeat(2 << 20);
  const responder = new HttpResponder({ loop, render: () => body, warn: assert.fail });
  [tcp, unix].forEach((fd) => responder.listen(fd));
  // fetch() cannot run in this thread, which is to stand still in the loop.
  const script = `
    const texts = [await (await fetch("http://127.0.0.1:${localPort(tcp)}/metrics")).text()];
    const unix = await Deno.connect({ transport: "unix", path: "${directory}/socket" });
    await unix.write(new TextEncoder().encode(${JSON.stringify(GET)}));
    texts.push((await new Response(unix.readable).text()).split("\\r\\n\\r\\n")[1]);
    console.log(texts.map((text) => text.length).join(" "));
  `;
  const client = new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const ended = pidfdOpen(client.pid);
  loop.onReadable(ended, () => loop.stop());
  loop.run();
  const { stdout } = await client.output();
  assert.equal(new TextDecoder().decode(stdout).trim(), `${body.length} ${body.length}`);
  responder.stop();
  [ended, tcp, unix].forEach(closeFd);
  Deno.removeSync(directory, { recursive: true });
});
