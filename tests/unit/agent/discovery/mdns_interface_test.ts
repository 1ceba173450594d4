import assert from "node:assert/strict";
import { describeInterface } from "../../../../src/agent/discovery/mdns_interface.ts";

function address(
  name: string,
  family: "IPv4" | "IPv6",
  address: string,
  scopeid: number | null,
) {
  return { name, family, address, scopeid };
}

const addresses = [
  address("lo", "IPv4", "127.0.0.1", null),
  address("eth0", "IPv6", "fd00::1", 0),
  address("eth0", "IPv6", "fe80::1", 3),
  address("eth0", "IPv4", "10.0.0.1", null),
  address("eth0", "IPv4", "10.0.0.2", null),
  address("tun0", "IPv4", "10.8.0.1", null),
  address("nosuch-6", "IPv6", "fd00::2", 0),
];

Deno.test("describeInterface() takes the first IPv4 address and the number of the link", async () => {
  assert.deepEqual(await describeInterface("eth0", addresses), {
    name: "eth0",
    ipv4: "10.0.0.1",
    index: 3,
  });
});

Deno.test("describeInterface() knows what an interface lacks", async () => {
  const expected = { name: "tun0", ipv4: "10.8.0.1", index: undefined };
  assert.deepEqual(await describeInterface("tun0", addresses), expected);
  assert.deepEqual(await describeInterface("down", addresses), {
    name: "down",
    ipv4: undefined,
    index: undefined,
  });
});

Deno.test("describeInterface() has no number where neither address nor system tells it", async () => {
  assert.equal((await describeInterface("nosuch-6", addresses)).index, undefined);
});
