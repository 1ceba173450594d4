import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import {
  type AgentFlags,
  defaultConfig,
  flagsLayer,
  mergeLayer,
} from "../../../../src/agent/settings/config.ts";

Deno.test("mergeLayer() keeps what the later layer leaves out, empty or zero", () => {
  const base = { ...defaultConfig, nodeName: "a", retryMaxAttempts: 3 };
  const merged = mergeLayer(base, { nodeName: "", retryMaxAttempts: 0, profile: undefined });
  deepStrictEqual(merged, base);
});

Deno.test("mergeLayer() lets the later layer win", () => {
  const merged = mergeLayer({ ...defaultConfig, nodeName: "a" }, { nodeName: "b", protocol: 4 });
  strictEqual(merged.nodeName, "b");
  strictEqual(merged.protocol, 4);
});

Deno.test("mergeLayer() counts an explicit false", () => {
  const base = { ...defaultConfig, skipLeaveOnInterrupt: true };
  strictEqual(mergeLayer(base, { skipLeaveOnInterrupt: false }).skipLeaveOnInterrupt, false);
});

Deno.test("mergeLayer() joins tags key by key and appends lists", () => {
  const base = {
    ...defaultConfig,
    tags: new Map([["a", "1"], ["b", "1"]]),
    startJoin: ["x"],
    cidrAllow: ["10.0.0.0/8"],
    secretFiles: ["f"],
  };
  const merged = mergeLayer(base, {
    tags: new Map([["b", "2"]]),
    startJoin: ["y"],
    cidrAllow: ["::/0"],
    secretFiles: ["g"],
  });
  deepStrictEqual(merged.secretFiles, ["f", "g"]);
  deepStrictEqual([...merged.tags], [["a", "1"], ["b", "2"]]);
  deepStrictEqual(merged.startJoin, ["x", "y"]);
  deepStrictEqual(merged.cidrAllow, ["10.0.0.0/8", "::/0"]);
});

Deno.test("flagsLayer() splits tags at the first equals sign", () => {
  deepStrictEqual([...flagsLayer({ tags: ["a=b=c", "d="] }).tags ?? []], [["a", "b=c"], ["d", ""]]);
});

Deno.test("flagsLayer() refuses bad tags before bad durations", () => {
  const message = "Invalid tag: 'foo'";
  throws(() => flagsLayer({ tags: ["foo"], retryInterval: "x" }), { message });
  throws(() => flagsLayer({ tags: ["=foo"] }), { message: "Invalid tag: '=foo'" });
  throws(() => flagsLayer({ retryInterval: "30" }), {
    message: 'time: missing unit in duration "30"',
  });
});

Deno.test("flagsLayer() ignores protocols below 1 and leaves absent switches open", () => {
  const layer = flagsLayer({ protocol: -3 });
  strictEqual(layer.protocol, undefined);
  strictEqual(layer.enableCompression, undefined);
  strictEqual(flagsLayer({ enableCompression: false }).enableCompression, false);
  strictEqual(flagsLayer({ enableCompression: true }).enableCompression, true);
});

Deno.test("flagsLayer() hands every flag on under the name that files have for it", () => {
  const flags: Required<AgentFlags> = {
    nodeName: "n",
    role: "r",
    tags: ["a=1"],
    tagsFile: "tf",
    bind: "b",
    advertise: "ad",
    interface: "if",
    encryptKey: "k",
    encryptFile: "ef",
    keyringFile: "kf",
    logLevel: "warn",
    logFormat: "json",
    rpcAddr: "ra",
    rpcAllowOpen: true,
    rpcTlsCert: "c",
    rpcTlsKey: "ck",
    label: "l",
    cidrAllow: ["10.0.0.0/8"],
    protocol: 4,
    profile: "wan",
    snapshotPath: "s",
    rejoinAfterLeave: true,
    startJoin: ["j"],
    replayOnJoin: true,
    retryJoin: ["rj"],
    retryInterval: "4s",
    retryMaxAttempts: 7,
    eventHandlers: ["e"],
    handlerTimeout: "20s",
    discover: "d",
    mdnsInterface: "mi",
    mdnsDisableIpv4: true,
    mdnsDisableIpv6: false,
    history: "h",
    enableSyslog: true,
    broadcastTimeout: "5s",
    enableCompression: false,
    configPaths: [],
  };
  deepStrictEqual(flagsLayer(flags), {
    nodeName: "n",
    role: "r",
    tags: new Map([["a", "1"]]),
    tagsFile: "tf",
    bind: "b",
    advertise: "ad",
    interface: "if",
    encryptKey: "k",
    encryptFile: "ef",
    keyringFile: "kf",
    logLevel: "warn",
    logFormat: "json",
    rpcAddr: "ra",
    rpcAllowOpen: true,
    rpcTlsCert: "c",
    rpcTlsKey: "ck",
    label: "l",
    cidrAllow: ["10.0.0.0/8"],
    protocol: 4,
    profile: "wan",
    snapshotPath: "s",
    rejoinAfterLeave: true,
    startJoin: ["j"],
    replayOnJoin: true,
    retryJoin: ["rj"],
    retryInterval: 4000,
    retryMaxAttempts: 7,
    eventHandlers: ["e"],
    handlerTimeout: 20_000,
    discover: "d",
    mdnsInterface: "mi",
    mdnsDisableIpv4: true,
    mdnsDisableIpv6: false,
    history: "h",
    enableSyslog: true,
    broadcastTimeout: 5000,
    enableCompression: false,
  });
});
