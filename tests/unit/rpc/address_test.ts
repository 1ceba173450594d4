import assert from "node:assert/strict";
import { AddressError, formatRpcAddress, parseRpcAddress } from "../../../src/rpc/address.ts";

async function fails(address: string, message: string): Promise<void> {
  await assert.rejects(parseRpcAddress(address), (error) => {
    assert(error instanceof AddressError);
    assert.equal(error.message, message);
    return true;
  });
}

Deno.test("parseRpcAddress() reads hosts of every kind with a port", async () => {
  const cases: [string, string, number][] = [
    ["127.0.0.1:7373", "127.0.0.1", 7373],
    ["example.org:1", "example.org", 1],
    ["[::1]:7373", "::1", 7373],
    [":7373", "", 7373],
    ["host:", "host", 0],
    ["host:+80", "host", 80],
    ["host:0080", "host", 80],
  ];
  for (const [text, host, port] of cases) {
    assert.deepEqual(await parseRpcAddress(text), { transport: "tcp", host, port }, text);
  }
});

Deno.test("parseRpcAddress() knows services by name, in any case those that everybody has", async () => {
  assert.deepEqual(await parseRpcAddress("h:http"), { transport: "tcp", host: "h", port: 80 });
  assert.deepEqual(await parseRpcAddress("h:HTTPS"), { transport: "tcp", host: "h", port: 443 });
  await fails("h:no-such-service", "lookup tcp/no-such-service: unknown port");
});

Deno.test("parseRpcAddress() takes what follows unix: as a path", async () => {
  assert.deepEqual(await parseRpcAddress("unix:/run/serf.sock"), {
    transport: "unix",
    path: "/run/serf.sock",
  });
});

Deno.test("parseRpcAddress() says what is wrong in the reference's words", async () => {
  await fails("", "missing address");
  await fails("127.0.0.1", "address 127.0.0.1: missing port in address");
  await fails("[::1]", "address [::1]: missing port in address");
  await fails("::1:7373", "address ::1:7373: too many colons in address");
  await fails("[::1]:1:2", "address [::1]:1:2: too many colons in address");
  await fails("[::1:7373", "address [::1:7373: missing ']' in address");
  await fails("[::1]x:7373", "address [::1]x:7373: missing port in address");
  await fails("[[::1]:7373", "address [[::1]:7373: unexpected '[' in address");
  await fails("a[b:7373", "address a[b:7373: unexpected '[' in address");
  await fails("a]b:7373", "address a]b:7373: unexpected ']' in address");
  await fails("127.0.0.1:65536", "address 65536: invalid port");
  await fails("127.0.0.1:-1", "address -1: invalid port");
});

Deno.test("formatRpcAddress() puts IPv6 hosts in brackets and shows a socket's path", () => {
  assert.equal(formatRpcAddress({ transport: "tcp", host: "::1", port: 7 }), "[::1]:7");
  assert.equal(formatRpcAddress({ transport: "tcp", host: "h", port: 7 }), "h:7");
  assert.equal(formatRpcAddress({ transport: "unix", path: "/s" }), "/s");
});
