import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import type { AgentFlags } from "../../../src/agent/settings/config.ts";
import { validateAgent } from "../../../src/agent/validation.ts";

const certificates = new URL("../../support/certificates/", import.meta.url).pathname;
const local: AgentFlags = { bind: "127.0.0.1" };

/** The problems, as they are printed. */
async function problemsOf(flags: AgentFlags, file?: unknown): Promise<string[]> {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(path, JSON.stringify(file ?? {}));
  try {
    const { problems } = await validateAgent({ ...local, configPaths: [path], ...flags });
    return problems.map(({ where, what }) => `${where}: ${what}`);
  } finally {
    await Deno.remove(path);
  }
}

async function withFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("validateAgent() finds nothing wrong with sound settings, and warns of danger", async () => {
  deepStrictEqual(await problemsOf({ eventHandlers: ["echo hi"], retryJoin: ["a.example"] }), []);
  const { warnings } = await validateAgent({ bind: "0.0.0.0", advertise: "10.0.0.1" });
  match(warnings.join(), /^Without encryption/);
});

Deno.test("validateAgent() tells all problems at once, each with the flag or key that has it", async () => {
  const flags: AgentFlags = { profile: "moon", logLevel: "loud", protocol: 9, retryJoin: ["/x"] };
  const problems = await problemsOf(flags, {
    event_handlers: ["bad=x", "./nowhere.sh"],
    rpc_addr: "0.0.0.0:7373",
    statsd_addr: "nowhere",
  });
  deepStrictEqual(problems.map((each) => each.replace(/(:.{30}).*/, "$1")), [
    "'event_handlers': Invalid event script: Event '",
    "-log-level: Invalid log level: LOUD. Vali",
    "'statsd_addr': address nowhere: missing port",
    "-retry-join: failed to resolve /x: empty n",
    "-profile: Unknown profile: moon",
    ": Protocol version '9' too high",
    "'rpc_addr': 0.0.0.0 is open to other mach",
    "'event_handlers': './nowhere.sh': there is no f",
  ]);
});

Deno.test("validateAgent() says what is wrong with a file that cannot be understood", async () => {
  const [problem, ...more] = await problemsOf({}, { snapshot: "x" });
  match(problem ?? "", /Error decoding .*invalid keys: snapshot/s);
  deepStrictEqual(more, []);
});

Deno.test("validateAgent() looks at keys and keyrings, and makes none", async () => {
  await withFolder(async (folder) => {
    const key = btoa("x".repeat(32));
    const keyringFile = `${folder}/keys.json`;
    deepStrictEqual(await problemsOf({ keyringFile, encryptKey: key }), []);
    deepStrictEqual([...Deno.readDirSync(folder)], []);
    match((await problemsOf({ keyringFile })).join(), /^-keyring-file: stat .*serf keygen/);
    match((await problemsOf({ encryptKey: "AAAA" })).join(), /^-encrypt: .*16, 24 or 32 bytes$/);
    await Deno.writeTextFile(keyringFile, "[");
    match((await problemsOf({ keyringFile })).join(), /Failed to decode keyring file/);
  });
});

Deno.test("validateAgent() looks at snapshots and tags files", async () => {
  await withFolder(async (folder) => {
    const snapshotPath = `${folder}/snapshot`;
    deepStrictEqual(await problemsOf({ snapshotPath }), []);
    strictEqual([...Deno.readDirSync(folder)].length, 0);
    match((await problemsOf({ snapshotPath: folder })).join(), /^-snapshot: .*is a directory$/);
    match((await problemsOf({ snapshotPath: `${folder}/no/x` })).join(), /there is no folder/);
    await Deno.writeTextFile(`${folder}/tags`, '{"a": 1}');
    match((await problemsOf({ tagsFile: `${folder}/tags` })).join(), /^-tags-file: Failed to dec/);
  });
});

Deno.test("validateAgent() looks into certificates", async () => {
  const [cert, key] = [`${certificates}cert.pem`, `${certificates}key.pem`];
  deepStrictEqual(await problemsOf({ rpcTlsCert: cert, rpcTlsKey: key }), []);
  match((await problemsOf({ rpcTlsCert: cert })).join(), /^-rpc-tls-cert: .*needs both files$/);
  const stranger = `${certificates}stranger.pem`;
  match(
    (await problemsOf({ rpcTlsCert: stranger, rpcTlsKey: key })).join(),
    /^-rpc-tls-cert, -rpc-tls-key: rpc_tls_key: .* is not the key of/,
  );
});

Deno.test("validateAgent() refuses an own address that no member may have", async () => {
  const [problem] = await problemsOf({ cidrAllow: ["10.0.0.0/8"] });
  match(problem ?? "", /own address 127.0.0.1 is in none of the networks/);
});
