import { strictEqual } from "node:assert/strict";
import { configKeys } from "../../../../src/agent/settings/config_file.ts";
import { fileKey, settingEntries } from "../../../../src/agent/settings/config.ts";
import { flagName } from "../../../../src/agent/settings/setting_kind.ts";

Deno.test("no two settings share a flag or a key", () => {
  const flags = settingEntries.map(([, { flag }]) => flagName(flag)).filter((name) => name !== "");
  strictEqual(new Set(flags).size, flags.length);
  strictEqual(new Set(configKeys).size, configKeys.length);
});

Deno.test("keys are the names in snake case, some of them within mdns", () => {
  strictEqual(fileKey("rpcTlsCert"), "rpc_tls_cert");
  strictEqual(fileKey("mdnsDisableIpv4"), "mdns.disable_ipv4");
});
