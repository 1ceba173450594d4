import { deepStrictEqual } from "node:assert/strict";
import { defaultConfig } from "../../../../src/agent/settings/config.ts";
import { type AgentStart, startWarnings } from "../../../../src/agent/settings/start_warnings.ts";

const bind = (host: string) => ({
  addresses: { bind: { host, port: 7946 }, advertise: undefined, chosenFromInterface: undefined },
});
const warn = (said: Partial<AgentStart> = {}) =>
  startWarnings({
    flags: {},
    config: defaultConfig,
    isEncrypted: false,
    ...bind("127.0.0.1"),
    ...said,
  });

const unencrypted =
  "Without encryption, everybody who reaches this agent's port can read what members tell each " +
  "other and become a member (give a key with -encrypt-file or -keyring-file)";

Deno.test("startWarnings() has nothing to say about an agent on its own machine", () => {
  for (const host of ["127.0.0.1", "127.9.9.9", "::1"]) deepStrictEqual(warn(bind(host)), []);
});

Deno.test("startWarnings() warns of an agent without a key that others can reach", () => {
  for (const host of ["", "0.0.0.0", "::", "10.0.0.1", "192.0.2.1"]) {
    deepStrictEqual(warn(bind(host)), [unencrypted]);
    deepStrictEqual(warn({ ...bind(host), isEncrypted: true }), []);
  }
});

Deno.test("startWarnings() warns of a key on the command line, without repeating it", () => {
  deepStrictEqual(warn({ flags: { encryptKey: "secret" }, isEncrypted: true }), [
    "The encryption key is on the command line, where every user of this machine can see it " +
    "(-encrypt-file hides it)",
  ]);
});

Deno.test({
  name: "startWarnings() warns of files that other users can read or change",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const make = (name: string, mode: number) => {
        Deno.writeTextFileSync(`${folder}/${name}`, "");
        Deno.chmodSync(`${folder}/${name}`, mode);
        return `${folder}/${name}`;
      };
      const config = {
        ...defaultConfig,
        keyringFile: make("keys.json", 0o644),
        encryptFile: make("key", 0o604),
        rpcTlsKey: make("rpc.pem", 0o602),
        secretFiles: [make("serf.json", 0o640), make("more.json", 0o666)],
        // What it tells, everybody may know; but it says whom to join.
        snapshotPath: make("snapshot", 0o646),
      };
      const readable = ["keys.json", "key", "more.json"];
      const writable = ["rpc.pem", "more.json", "snapshot"];
      deepStrictEqual(warn({ config }), [
        ...readable.map((name) =>
          `Every user of this machine can read the secrets in ${folder}/${name} (chmod o-r)`
        ),
        ...writable.map((name) =>
          `Every user of this machine can change ${folder}/${name} (chmod o-w)`
        ),
      ]);
      const quiet = { ...defaultConfig, encryptFile: "-", keyringFile: "/nonexistent/k" };
      deepStrictEqual(warn({ config: quiet }), []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
