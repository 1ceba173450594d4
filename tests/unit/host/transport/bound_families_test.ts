import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { boundFamilies, hostToBind } from "../../../../src/host/transport/bound_families.ts";

Deno.test("hostToBind() keeps an address, and takes one socket for every address", () => {
  for (const host of ["127.0.0.1", "::1", "::", "192.0.2.1"]) strictEqual(hostToBind(host), host);
  strictEqual(hostToBind(""), hostToBind("0.0.0.0"));
});

Deno.test("boundFamilies() is the family of an address, and what is heard on every address", async () => {
  deepStrictEqual(boundFamilies("127.0.0.1"), ["IPv4"]);
  deepStrictEqual(boundFamilies("::1"), ["IPv6"]);

  const heard: string[] = [];
  for (const [family, hostname] of [["IPv4", "127.0.0.1"], ["IPv6", "::1"]] as const) {
    using listener = Deno.listen({ hostname: hostToBind("0.0.0.0"), port: 0 });
    try {
      (await Deno.connect({ hostname, port: listener.addr.port })).close();
      heard.push(family);
    } catch {
      // This machine, or its socket, lacks the family.
    }
  }
  deepStrictEqual(boundFamilies("0.0.0.0"), heard);
});
