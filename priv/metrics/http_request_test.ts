import assert from "node:assert/strict";
import fc from "fast-check";
import { endOfHead, judgeHead } from "./http_request.ts";

const encoder = new TextEncoder();

function judge(text: string): string {
  const { status, headOnly } = judgeHead(encoder.encode(text));
  return headOnly ? `${status} head` : String(status);
}

function request(line: string, fields = "Host: localhost\r\n"): string {
  return judge(`${line}\r\n${fields}\r\n`);
}

Deno.test("judgeHead() grants GET and HEAD of /metrics", () => {
  assert.equal(request("GET /metrics HTTP/1.1"), "200");
  assert.equal(request("HEAD /metrics HTTP/1.1"), "200 head");
  assert.equal(request("GET /metrics?name[]=up HTTP/1.1"), "200");
  assert.equal(request("GET /metrics HTTP/1.0", ""), "200");
  assert.equal(judge("GET /metrics HTTP/1.1\nhost:\n\n"), "200");
  assert.equal(judge("\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), "200");
});

Deno.test("judgeHead() takes the absolute form (RFC 9112 §3.2.2)", () => {
  assert.equal(request("GET http://localhost:9967/metrics HTTP/1.1"), "200");
  assert.equal(request("GET http://localhost/ HTTP/1.1"), "404");
});

Deno.test("judgeHead() refuses other methods and other resources", () => {
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get"]) {
    assert.equal(request(`${method} /metrics HTTP/1.1`), "405");
  }
  for (const target of ["/", "/metrics/", "/metric", "//metrics", "*", "/../metrics", "x"]) {
    assert.equal(request(`GET ${target} HTTP/1.1`), "404");
  }
  assert.equal(request("HEAD / HTTP/1.1"), "404 head");
});

Deno.test("judgeHead() refuses what is no HTTP/1 request", () => {
  const lines = [
    ...["", "GET", "GET /metrics", "GET /metrics HTTP/2.0", "GET  /metrics HTTP/1.1"],
    ...["GET /metrics HTTP/1.1 x", " GET /metrics HTTP/1.1", "G\x00T /metrics HTTP/1.1"],
  ];
  for (const line of lines) assert.equal(request(line), "400", JSON.stringify(line));
  const fields = [
    "",
    "Host: a\r\nHost: b\r\n",
    "Host : a\r\n",
    " Host: a\r\n",
    "Host: a\r\n b\r\n",
  ];
  for (const field of [...fields, "Host: a\x00\r\n", "Host: a\r\nX\r\n"]) {
    assert.equal(request("GET /metrics HTTP/1.1", field), "400", JSON.stringify(field));
  }
  assert.equal(judge("\r\n\r\n"), "400");
});

Deno.test("endOfHead() finds the first empty line wherever the pieces are cut", () => {
  const head = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const [text, end] of [[head + "GET", head.length], ["a\n\nb\n\n", 3], ["a\n\r\nb", 4]]) {
    const bytes = encoder.encode(String(text));
    for (let cut = 0; cut <= bytes.length; cut++) {
      const first = endOfHead(bytes, 0, cut);
      assert.equal(first, cut >= Number(end) ? end : -1);
      if (first < 0) assert.equal(endOfHead(bytes, cut, bytes.length), end);
    }
  }
});

Deno.test("judgeHead() has a verdict on any bytes, and grants nothing by chance", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    assert.notEqual(judgeHead(bytes).status, 200);
    const end = endOfHead(bytes, 0, bytes.length);
    if (end >= 0) {
      assert.match(new TextDecoder("latin1").decode(bytes.subarray(0, end)), /\n\r?\n$/);
    }
  }));
});
