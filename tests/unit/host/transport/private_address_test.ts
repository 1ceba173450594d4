import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  choosePrivateAddress,
  type InterfaceAddress,
  isPrivate,
} from "../../../../src/host/transport/private_address.ts";
import { parseIp } from "../../../../src/ports/address.ts";

function at(name: string, address: string, prefix = 24): InterfaceAddress {
  return {
    name,
    address,
    family: address.includes(":") ? "IPv6" : "IPv4",
    cidr: `${address}/${prefix}`,
  };
}

for (
  const [address, expected] of [
    ["10.1.2.3", true],
    ["100.64.0.1", true],
    ["100.128.0.1", false],
    ["172.31.255.255", true],
    ["172.32.0.0", false],
    ["192.168.1.1", true],
    ["198.19.0.1", true],
    ["127.0.0.1", false],
    ["169.254.1.1", false],
    ["8.8.8.8", false],
    ["fd00::1", true],
    ["fe80::1", false],
    ["2001:db8::1", false],
    ["2001:0:1::1", true],
    ["not an address", false],
  ] as const
) {
  Deno.test(`isPrivate() is ${expected} for ${address}`, () => {
    strictEqual(isPrivate(address), expected);
  });
}

const both = ["IPv4", "IPv6"] as const;

Deno.test("choosePrivateAddress() prefers the interface of the default route", () => {
  const addresses = [at("a0", "10.0.0.1"), at("b0", "192.168.0.1")];
  deepStrictEqual(choosePrivateAddress(addresses, both, "b0"), new Uint8Array([192, 168, 0, 1]));
});

Deno.test("choosePrivateAddress() takes IPv4 before IPv6, and larger networks first", () => {
  const addresses = [at("a0", "fd00::1", 8), at("b0", "10.0.0.1", 24), at("c0", "10.1.0.1", 16)];
  deepStrictEqual(choosePrivateAddress(addresses, both, undefined), new Uint8Array([10, 1, 0, 1]));
});

Deno.test("choosePrivateAddress() finds nothing among public and local addresses", () => {
  const addresses = [at("lo", "127.0.0.1", 8), at("a0", "8.8.8.8")];
  strictEqual(choosePrivateAddress(addresses, both, undefined), undefined);
});

Deno.test("choosePrivateAddress() takes no address of a family that the sockets do not hear", () => {
  const addresses = [at("a0", "192.0.2.11"), at("a0", "fd00:5::1", 64)];
  deepStrictEqual(choosePrivateAddress(addresses, both, undefined), parseIp("fd00:5::1"));
  strictEqual(choosePrivateAddress(addresses, ["IPv4"], undefined), undefined);
  addresses.push(at("b0", "10.0.0.1"));
  deepStrictEqual(choosePrivateAddress(addresses, ["IPv6"], undefined), parseIp("fd00:5::1"));
});
