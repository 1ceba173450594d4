/**
 * An agent with everything that is off by default: a Unix socket or TLS for clients,
 * a label and allowed networks for members, JSON for its log.
 */

import assert from "node:assert/strict";
import { AgentProcess, runSerf } from "../../scripts/lab/agents.ts";

const folder = new URL("../support/certificates", import.meta.url).pathname;
const onUnix = { ignore: Deno.build.os === "windows" };

/** The objects among the lines that an agent printed. */
function entries(output: string): Record<string, unknown>[] {
  return output.trimEnd().split("\n").map((line) => JSON.parse(line));
}

Deno.test(
  "An agent on a Unix socket logs JSON, serves its user and tidies up",
  onUnix,
  async () => {
    const directory = await Deno.makeTempDir();
    const socket = `${directory}/serf.sock`;
    try {
      await using agent = await AgentProcess.start("ours", {
        name: "n1",
        bind: "127.76.1.1",
        rpc: `unix:${socket}`,
        args: ["-log-format=json", "-label=blue", "-cidr-allow=127.76.0.0/16"],
      });
      assert.equal(((await Deno.stat(socket)).mode ?? 0) & 0o777, 0o600);
      const byVariable = await runSerf("ours", ["members", "-format=json"], {
        env: { SERF_RPC_ADDR: `unix:${socket}` },
      });
      assert.equal(byVariable.code, 0, byVariable.stdout);
      assert.match(byVariable.stdout, /"name": "n1"/);

      const leave = await agent.cli(["leave"]);
      assert.equal(leave.stdout, "Graceful leave complete\n");
      assert.equal(await agent.exit(), 0);
      await assert.rejects(Deno.lstat(socket), Deno.errors.NotFound);

      const lines = entries(agent.output);
      assert(lines.every((entry) => typeof entry["message"] === "string"), agent.output);
      const messages = lines.map(({ message }) => String(message));
      assert(messages.some((text) => /Cluster label: 'blue'/.test(text)), agent.output);
      assert(
        messages.some((text) => /Allowed networks: 127\.76\.0\.0\/16/.test(text)),
        agent.output,
      );
      assert(messages.includes("requesting graceful leave from Serf"), agent.output);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);

Deno.test("An agent with a certificate is reached by TLS, and by its variable", async () => {
  await using agent = await AgentProcess.start("ours", {
    name: "n1",
    bind: "127.76.3.1",
    args: [`-rpc-tls-cert=${folder}/cert.pem`, `-rpc-tls-key=${folder}/key.pem`],
  });
  const secured = await agent.cli(["members", `-rpc-tls-ca=${folder}/cert.pem`]);
  assert.equal(secured.stdout, "n1  127.76.3.1:7946  alive\n");
  const stranger = await runSerf("ours", ["members", `-rpc-addr=${agent.rpc}`], {
    env: { SERF_RPC_TLS_CA: `${folder}/stranger.pem` },
  });
  assert.equal(stranger.code, 1);
  assert.match(stranger.stdout, /^Error connecting to Serf agent: dial tcp .*: tls: .*UnknownIss/);
});

Deno.test("An agent that would be open to the world says how to go on", async () => {
  const run = (...args: string[]) =>
    runSerf("ours", ["agent", "-bind=127.76.1.2", "-node=n1", ...args]);
  const open = await run("-rpc-addr=0.0.0.0:0");
  assert.equal(open.code, 1);
  assert.match(
    open.stdout,
    /==> Error starting RPC listener: listen tcp 0\.0\.0\.0:0: .* 'rpc_auth' .* -rpc-allow-open/,
  );
  const badNetwork = await run("-cidr-allow=10.0.0.0/40");
  assert.match(badNetwork.stdout, /invalid CIDR address: 10\.0\.0\.0\/40 .*such as 10\.0\.0\.0\/8/);
  const foreign = await run("-cidr-allow=10.0.0.0/8");
  assert.match(foreign.stdout, /own address 127\.76\.1\.2 is in none of the networks/);
});
