import { deepStrictEqual } from "node:assert/strict";
import type { AgentAddresses } from "../../../src/agent/settings/addresses.ts";
import { describeStart } from "../../../src/agent/banner.ts";
import { defaultConfig } from "../../../src/agent/settings/config.ts";

const config = { ...defaultConfig, nodeName: "n1" };
const addresses: AgentAddresses = {
  bind: { host: "127.0.0.1", port: 7946 },
  advertise: undefined,
  chosenFromInterface: undefined,
};

Deno.test("describeStart() aligns its labels and shows the defaults", () => {
  deepStrictEqual(describeStart(config, addresses, false), [
    "                  Node name: 'n1'",
    "                  Bind addr: '127.0.0.1:7946'",
    "                   RPC addr: '127.0.0.1:7373'",
    "                  Encrypted: false",
    "                   Snapshot: false",
    "                    Profile: lan",
    "Message Compression Enabled: true",
  ]);
});

Deno.test("describeStart() shows what is in use, the advertised address unaligned", () => {
  const settings = {
    ...config,
    rpcAddr: ":7373",
    snapshotPath: "/s",
    profile: "wan",
    enableCompression: false,
    discover: "c1",
  };
  const advertise = { host: "::5", port: 7951 };
  const bind = { host: "", port: 7946 };
  deepStrictEqual(describeStart(settings, { ...addresses, bind, advertise }, true), [
    "                  Node name: 'n1'",
    "                  Bind addr: ':7946'",
    "Advertise addr: '[::5]:7951'",
    "                   RPC addr: ':7373'",
    "                  Encrypted: true",
    "                   Snapshot: true",
    "                    Profile: wan",
    "Message Compression Enabled: false",
    "               mDNS cluster: c1",
  ]);
});
