import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import {
  interfaceAddresses,
  isLinkLocal,
} from "../../../../src/agent/settings/network_interface.ts";

Deno.test("interfaceAddresses() lists what the system knows of an interface, IPv4 first", async () => {
  for (const name of new Set(Deno.networkInterfaces().map(({ name }) => name))) {
    const known = Deno.networkInterfaces().filter((entry) => entry.name === name);
    const listed = await interfaceAddresses(name);
    deepStrictEqual([...listed].sort(), known.map(({ address }) => address).sort(), name);
    const firstOfSix = listed.findIndex((address) => address.includes(":"));
    const lastOfFour = listed.findLastIndex((address) => !address.includes(":"));
    ok(firstOfSix < 0 || lastOfFour < firstOfSix, `${name}: ${listed}`);
  }
});

Deno.test("interfaceAddresses() refuses a name that is none, whatever it looks like", async () => {
  for (const name of ["nope0", "", "../net", "."]) {
    await rejects(interfaceAddresses(name), {
      message: "route ip+net: no such network interface",
    }, name);
  }
});

Deno.test("isLinkLocal() knows both families", () => {
  for (const ip of ["169.254.0.1", "fe80::1", "FE90::1", "febf::1"]) {
    strictEqual(isLinkLocal(ip), true, ip);
  }
  for (const ip of ["169.253.0.1", "10.0.0.1", "fec0::1", "fd00::1", "::1"]) {
    strictEqual(isLinkLocal(ip), false, ip);
  }
});
