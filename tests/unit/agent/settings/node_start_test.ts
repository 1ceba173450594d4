import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { defaultConfig } from "../../../../src/agent/settings/config.ts";
import {
  loadKeys,
  loadTags,
  nodeOptions,
  type NodeParts,
  readProfile,
} from "../../../../src/agent/settings/node_start.ts";
import { RecordingLog, RecordingMeter } from "../../../support/recorders.ts";

const key = (fill: number) => new Uint8Array(32).fill(fill);

function parts(said: Partial<NodeParts> = {}): NodeParts {
  return {
    addresses: {
      bind: { host: "127.0.0.1", port: 7946 },
      advertise: undefined,
      chosenFromInterface: undefined,
    },
    profile: "lan",
    tags: new Map(),
    keys: [],
    log: new RecordingLog(),
    meter: new RecordingMeter(),
    ...said,
  };
}

async function withFile(text: string, body: (path: string) => void): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/file`, text);
    body(`${directory}/file`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("readProfile() knows three names, to the letter", () => {
  for (const profile of ["lan", "wan", "local"]) {
    strictEqual(readProfile({ ...defaultConfig, profile }), profile);
  }
  throws(() => readProfile({ ...defaultConfig, profile: "LAN" }), {
    message: "Unknown profile: LAN",
  });
});

Deno.test("loadTags() takes those of the file, or those configured, never both", async () => {
  const log = new RecordingLog();
  const tags = new Map([["a", "1"]]);
  strictEqual(loadTags({ ...defaultConfig, tags }, log), tags);
  strictEqual(loadTags({ ...defaultConfig, tagsFile: "/nonexistent/t" }, log).size, 0);
  throws(() => loadTags({ ...defaultConfig, tags, tagsFile: "/nonexistent/t" }, log), {
    message: "Tags config not allowed while using tag files",
  });
  deepStrictEqual(log.lines, []);

  await withFile('{"role": "web"}', (path) => {
    deepStrictEqual([...loadTags({ ...defaultConfig, tagsFile: path }, log)], [["role", "web"]]);
    deepStrictEqual(log.lines, [`info Restored 1 tag(s) from ${path}`]);
  });
});

Deno.test("loadKeys() takes those of the file, or the one given", async () => {
  const log = new RecordingLog();
  deepStrictEqual(loadKeys(defaultConfig, undefined, log), []);
  deepStrictEqual(loadKeys(defaultConfig, key(1), log), [key(1)]);
  throws(() => loadKeys({ ...defaultConfig, keyringFile: "/nonexistent/k" }, undefined, log), {
    message: "stat /nonexistent/k: no such file or directory (give a key to begin with, or make " +
      'the file with "serf keygen -keyring=/nonexistent/k")',
  });
  deepStrictEqual(log.lines, []);

  await withFile(JSON.stringify([key(2).toBase64(), key(3).toBase64()]), (path) => {
    const keys = loadKeys({ ...defaultConfig, keyringFile: path }, undefined, log);
    deepStrictEqual(keys, [key(2), key(3)]);
    deepStrictEqual(log.lines, [`info Restored keyring with 2 keys from ${path}`]);
  });
});

Deno.test("loadKeys() makes the keyring file of the key given, where there is none", async () => {
  await withFile("", (path) => {
    Deno.removeSync(path);
    const log = new RecordingLog();
    const config = { ...defaultConfig, keyringFile: path };
    throws(() => loadKeys(config, key(1).subarray(1), log), {
      message: "Failed to restore keyring: key size must be 16, 24 or 32 bytes",
    });
    throws(() => Deno.statSync(path), Deno.errors.NotFound);

    deepStrictEqual(loadKeys(config, key(1), log), [key(1)]);
    deepStrictEqual(log.lines, [`info Made keyring ${path} with the encryption key given`]);
    strictEqual((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    deepStrictEqual(JSON.parse(Deno.readTextFileSync(path)), [key(1).toBase64()]);
  });
});

Deno.test("loadKeys() lets the file win over the key given, and says if that is not in it", async () => {
  const text = JSON.stringify([key(2).toBase64(), key(3).toBase64()]);
  await withFile(text, (path) => {
    const config = { ...defaultConfig, keyringFile: path };
    const log = new RecordingLog();
    deepStrictEqual(loadKeys(config, key(3), log), [key(2), key(3)]);
    strictEqual(log.lines.length, 1);
    deepStrictEqual(loadKeys(config, key(1), log), [key(2), key(3)]);
    strictEqual(
      log.lines.at(-1),
      `warn The encryption key given is not used: keyring ${path} has others`,
    );
    strictEqual(Deno.readTextFileSync(path), text);
  });
});

Deno.test("loadKeys() and loadTags() remove what a killed writer left beside their files", async () => {
  await withFile(JSON.stringify([key(2).toBase64()]), (path) => {
    const folder = path.slice(0, path.lastIndexOf("/"));
    Deno.writeTextFileSync(`${folder}/tags`, "{}");
    for (const name of ["file", "tags"]) {
      Deno.writeTextFileSync(`${folder}/${name}.0123abcd.tmp`, "");
    }
    const config = { ...defaultConfig, keyringFile: path, tagsFile: `${folder}/tags` };
    loadKeys(config, undefined, new RecordingLog());
    loadTags(config, new RecordingLog());
    deepStrictEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["file", "tags"]);
  });
});

Deno.test("nodeOptions() leaves out what is not set", () => {
  const options = nodeOptions({ ...defaultConfig, nodeName: "n" }, parts());
  strictEqual(options.name, "n");
  deepStrictEqual(options.bind, { host: "127.0.0.1", port: 7946 });
  for (const name of ["advertise", "onKeysChanged", "snapshotPath"]) ok(!(name in options), name);
});

Deno.test("nodeOptions() hands every setting on, those included that the reference ignores", () => {
  const config = {
    ...defaultConfig,
    snapshotPath: "/s",
    protocol: 4,
    disableCoordinates: true,
    disableNameResolution: true,
    enableCompression: false,
    validateNodeNames: true,
    rejoinAfterLeave: true,
    userEventSizeLimit: 600,
    broadcastTimeout: 7000,
  };
  const addresses = { ...parts().addresses, advertise: { host: "127.0.0.5", port: 1 } };
  const tags = new Map([["a", "1"]]);
  const options = nodeOptions(config, parts({ addresses, tags, keys: [key(1)] }));
  deepStrictEqual(options.advertise, { host: "127.0.0.5", port: 1 });
  deepStrictEqual(options.tags, { a: "1" });
  deepStrictEqual(options.keys, [key(1)]);
  strictEqual(options.snapshotPath, "/s");
  strictEqual(options.membership?.compression, false);
  const { settings = {} } = options;
  strictEqual(settings.protocolVersion, 4);
  strictEqual(settings.disableCoordinates, true);
  strictEqual(settings.nameConflictResolution, false);
  strictEqual(settings.validateNodeNames, true);
  strictEqual(settings.rejoinAfterLeave, true);
  strictEqual(settings.userEventSizeLimit, 600);
  strictEqual(settings.broadcastTimeout, 7000);
});

Deno.test("nodeOptions() gathers events for up to three seconds, one of them quiet", () => {
  const { settings = {} } = nodeOptions(defaultConfig, parts());
  deepStrictEqual([settings.coalescePeriod, settings.quiescentPeriod], [3000, 1000]);
  deepStrictEqual([settings.userCoalescePeriod, settings.userQuiescentPeriod], [3000, 1000]);
});

Deno.test("nodeOptions() stores changed keys, or says why it could not", async () => {
  await withFile("[]", (path) => {
    const options = nodeOptions({ ...defaultConfig, keyringFile: path }, parts({ keys: [key(1)] }));
    deepStrictEqual(options.onKeysChanged?.([key(2), key(1)]), { ok: true, value: undefined });
    deepStrictEqual(JSON.parse(Deno.readTextFileSync(path)), [
      key(2).toBase64(),
      key(1).toBase64(),
    ]);
  });
  const config = { ...defaultConfig, keyringFile: "/nonexistent/k" };
  const lost = nodeOptions(config, parts({ keys: [key(1)] }));
  const result = lost.onKeysChanged?.([key(1)]);
  ok(result && !result.ok);
  match(result.error.message, /^Failed to write keyring file: open \/nonexistent\/k: /);
});

Deno.test("nodeOptions() hands on intervals, limits and switches", () => {
  const config = {
    ...defaultConfig,
    broadcastTimeout: 500,
    disableCoordinates: true,
    rejoinAfterLeave: true,
    validateNodeNames: true,
    reconnectInterval: 1000,
    reconnectTimeout: 2000,
    tombstoneTimeout: 3000,
    queryResponseSizeLimit: 4,
    querySizeLimit: 5,
    userEventSizeLimit: 6,
  };
  const { settings = {} } = nodeOptions(config, parts());
  strictEqual(settings.reconnectInterval, 1000);
  strictEqual(settings.reconnectTimeout, 2000);
  strictEqual(settings.tombstoneTimeout, 3000);
  strictEqual(settings.queryResponseSizeLimit, 4);
  strictEqual(settings.querySizeLimit, 5);
  strictEqual(settings.userEventSizeLimit, 6);
  strictEqual(settings.broadcastTimeout, 500);
  strictEqual(settings.disableCoordinates, true);
  strictEqual(settings.rejoinAfterLeave, true);
  strictEqual(settings.validateNodeNames, true);
  strictEqual(settings.protocolVersion, 5);
});

Deno.test("nodeOptions() hands on the guards, the networks only if there are any", () => {
  const guarded = { ...defaultConfig, label: "blue", cidrAllow: ["10.0.0.0/8"] };
  const options = nodeOptions(guarded, parts());
  strictEqual(options.label, "blue");
  deepStrictEqual(options.allowedNetworks, ["10.0.0.0/8"]);
  strictEqual("allowedNetworks" in nodeOptions(defaultConfig, parts()), false);
});

Deno.test("nodeOptions() warns that changed keys are forgotten, without a keyring file", () => {
  const log = new RecordingLog();
  const options = nodeOptions(defaultConfig, parts({ keys: [key(1)], log }));
  deepStrictEqual(log.lines, []);
  deepStrictEqual(options.onKeysChanged?.([key(2), key(1)]), { ok: true, value: undefined });
  strictEqual(log.lines.length, 1);
  match(log.lines[0]!, /^warn The keys changed, but this agent has no keyring file: /);
});
