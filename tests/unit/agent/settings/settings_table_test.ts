import { strictEqual } from "node:assert/strict";
import { fileKey, settingEntries } from "../../../../src/agent/settings/config.ts";
import { flagName } from "../../../../src/agent/settings/setting_kind.ts";

Deno.test("no two settings share a flag or a key", () => {
  const flags = settingEntries.map(([, { flag }]) => flagName(flag)).filter((name) => name !== "");
  strictEqual(new Set(flags).size, flags.length);
  const keys = settingEntries.map(([name]) => fileKey(name));
  strictEqual(new Set(keys).size, keys.length);
});

Deno.test("keys are the names in snake case, some of them within mdns", () => {
  strictEqual(fileKey("rpcTlsCert"), "rpc_tls_cert");
  strictEqual(fileKey("mdnsDisableIpv4"), "mdns.disable_ipv4");
});
