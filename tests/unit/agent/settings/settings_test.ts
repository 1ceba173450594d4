import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { type AgentFlags, defaultConfig } from "../../../../src/agent/settings/config.ts";
import { readSettings } from "../../../../src/agent/settings/settings.ts";

async function read(flags: AgentFlags) {
  const warnings: string[] = [];
  const config = await readSettings(flags, (text) => warnings.push(text));
  return { config, warnings };
}

/** Reads settings with a configuration file that holds `text`. */
async function readWithFile(text: string, flags: AgentFlags = {}) {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(path, text);
    return await read({ configPaths: [path], ...flags });
  } finally {
    await Deno.remove(path);
  }
}

const fails = (flags: AgentFlags, message: string) => rejects(read(flags), { message });

Deno.test("readSettings() gives an agent that was told nothing the host's name", async () => {
  const { config, warnings } = await read({});
  deepStrictEqual(config, { ...defaultConfig, nodeName: Deno.hostname() });
  deepStrictEqual(warnings, []);
});

Deno.test("readSettings() puts flags over files over defaults", async () => {
  const file = '{"node_name": "file", "profile": "wan", "tags": {"a": "1", "b": "2"}}';
  const { config } = await readWithFile(file, { nodeName: "flag", tags: ["b=3"] });
  strictEqual(config.nodeName, "flag");
  strictEqual(config.profile, "wan");
  strictEqual(config.bind, "0.0.0.0");
  deepStrictEqual([...config.tags], [["a", "1"], ["b", "3"]]);
});

Deno.test("readSettings() judges flags before it opens a file", async () => {
  const missing = { configPaths: ["/nonexistent/c.json"] };
  await fails({ ...missing, tags: ["x"], retryInterval: "soon" }, "Error: Invalid tag: 'x'");
  await fails(
    { ...missing, retryInterval: "30", broadcastTimeout: "x" },
    'Error: time: missing unit in duration "30"',
  );
  await fails(
    missing,
    "Error reading '/nonexistent/c.json': open /nonexistent/c.json: no such file or directory",
  );
});

Deno.test("readSettings() checks handlers, the log format and interfaces", async () => {
  await fails(
    { eventHandlers: ["ok.sh", "foo=bar.sh"], interface: "nope0" },
    "Invalid event script: Event 'foo' invoking 'bar.sh'",
  );
  await fails(
    { logFormat: "xml" },
    "Invalid log format: xml. Valid log formats are: [text json]",
  );
  await fails(
    { interface: "nope0" },
    "Invalid network interface: route ip+net: no such network interface",
  );
  await fails(
    { mdnsInterface: "nope0" },
    "mDNS interface specified without enabling mDNS discovery",
  );
  await fails(
    { mdnsInterface: "nope0", discover: "c" },
    "Invalid mDNS network interface: route ip+net: no such network interface",
  );
});

Deno.test("readSettings() wants one family for mDNS, but only on an interface that was named", async () => {
  const [known] = Deno.networkInterfaces();
  const off = { discover: "c", mdnsDisableIpv4: true, mdnsDisableIpv6: true };
  await read(off);
  if (known) {
    await fails(
      { ...off, mdnsInterface: known.name },
      "Invalid mDNS configuration: both IPv4 and IPv6 are disabled",
    );
  }
});

Deno.test("readSettings() turns the role into a tag, over one of that name", async () => {
  const { config, warnings } = await read({ role: "web", tags: ["role=db", "dc=east"] });
  deepStrictEqual([...config.tags], [["role", "web"], ["dc", "east"]]);
  deepStrictEqual(warnings, ["Deprecation warning: 'Role' has been replaced with 'Tags'"]);
});

Deno.test("readSettings() corrects what is too low and warns of what has no effect", async () => {
  const { config, warnings } = await read({
    retryInterval: "1ms",
    broadcastTimeout: "-5s",
    rejoinAfterLeave: true,
  });
  strictEqual(config.retryInterval, 1000);
  strictEqual(config.broadcastTimeout, 1000);
  deepStrictEqual(warnings, [
    "Warning: 'RetryInterval' is too low. Setting to 1s",
    "Warning: 'BroadcastTimeout' is too low. Setting to 1s",
    "Warning: 'RejoinAfterLeave' enabled without snapshot file: -rejoin does nothing without -snapshot",
  ]);
  deepStrictEqual((await read({ rejoinAfterLeave: true, snapshotPath: "/s" })).warnings, []);
});

Deno.test("readSettings() keeps the low byte of a protocol version", async () => {
  strictEqual((await read({ protocol: 260 })).config.protocol, 4);
  strictEqual((await read({ protocol: -1 })).config.protocol, 5);
});

Deno.test("readSettings() refuses an empty key or key file: it would start without encryption", async () => {
  for (
    const [name, flags] of [
      ["-encrypt", { encryptKey: "" }],
      ["-encrypt-file", { encryptFile: "" }],
      ["-keyring-file", { keyringFile: "" }],
    ] as const
  ) {
    await fails(flags, `Empty value for ${name}. To start without encryption, leave the flag out`);
  }
});
