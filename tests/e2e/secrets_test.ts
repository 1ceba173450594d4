/**
 * Keys, tokens and payloads are nobody's business: whatever an agent prints, logs,
 * streams or counts, none of them is in it.
 */

import assert from "node:assert/strict";
import { RpcClient } from "../../src/rpc/client.ts";
import { AgentProcess, runSerf } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";

const ips = ["127.78.2.1", "127.78.2.2"] as const;

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Each secret as text, and the key ones as bytes. */
const secrets = {
  firstKey: "first-key-16-b!!",
  secondKey: "second-key-of-32-bytes-for-AES!!",
  brokenKey: "no-key-but-a-secret",
  token: "the-token-of-the-agent",
  guess: "the-guess-of-a-stranger",
  eventPayload: "payload-of-a-user-event",
  queryPayload: "payload-of-a-query",
  response: "payload-of-a-response",
} as const;

const [firstKey, secondKey] = [btoa(secrets.firstKey), btoa(secrets.secondKey)];

/** Every form in which a secret could show. */
function formsOf(secret: string): string[] {
  const base64 = btoa(secret).replace(/=+$/, "");
  return [
    secret,
    base64,
    base64.replaceAll("+", "-").replaceAll("/", "_"),
    bytes(secret).toHex(),
    [...bytes(secret)].join(","),
    [...bytes(secret)].join(", "),
    [...bytes(secret)].map((byte) => `0x${byte.toString(16)}`).join(", "),
  ];
}

function assertHidden(where: string, text: string): void {
  for (const [name, secret] of Object.entries(secrets)) {
    for (const form of formsOf(secret)) {
      assert(!text.includes(form), `The ${name} is in ${where} as ${form}`);
    }
  }
}

/** Follows a log through RPC until the client is closed. */
async function follow(client: RpcClient, lines: string[]): Promise<void> {
  try {
    for await (const line of await client.monitor("TRACE")) lines.push(line);
  } catch {
    // The agent ended; what it said is there.
  }
}

Deno.test("No key, token or payload is in anything that an agent says", async () => {
  const folder = await Deno.makeTempDir({ prefix: "serf-secrets-" });
  const keyring = (index: number) => `${folder}/keyring-${index}.json`;
  const agents: AgentProcess[] = [];
  const clients: RpcClient[] = [];
  const monitored: string[] = [];
  const following: Promise<void>[] = [];
  try {
    for (const [index, ip] of ips.entries()) {
      await Deno.writeTextFile(keyring(index), JSON.stringify([firstKey]));
      // The command line of a handler is the name of a metric, so it must hold no secret itself.
      await Deno.writeTextFile(`${folder}/response`, secrets.response);
      const config = `${folder}/config-${index}.json`;
      await Deno.writeTextFile(
        config,
        JSON.stringify({
          rpc_auth: secrets.token,
          keyring_file: keyring(index),
          event_handlers: [`query:ask=cp ${folder}/response ${folder}/asked`],
        }),
      );
      const agent = await AgentProcess.start("ours", {
        name: `secret-${index}`,
        bind: ip,
        args: [`-config-file=${config}`, "-log-level=trace"],
      });
      agents.push(agent);
      const client = await RpcClient.connect({ address: agent.rpc, authKey: secrets.token });
      clients.push(client);
      following.push(follow(client, monitored));
    }
    const [client] = clients;
    assert(client);
    await client.join([ips[1]]);
    await eventually("both see both", async () => (await client.members()).length === 2);

    // What goes right.
    await client.userEvent("deploy", bytes(secrets.eventPayload), { coalesce: false });
    for await (const _ of await client.query("ask", bytes(secrets.queryPayload), {}));
    await client.installKey(secondKey);
    await client.useKey(secondKey);
    await client.removeKey(firstKey);
    await client.listKeys();

    // What goes wrong.
    await assert.rejects(client.userEvent("big", bytes(secrets.eventPayload.repeat(100)), {}));
    await assert.rejects(client.installKey(btoa(secrets.brokenKey)));
    await assert.rejects(client.installKey(`${secrets.brokenKey}*`));
    await assert.rejects(client.removeKey(secondKey));
    for (const authKey of [secrets.guess, ""]) {
      await assert.rejects(async () => {
        using stranger = await RpcClient.connect({ address: agents[0]!.rpc, authKey });
        await stranger.userEvent("forbidden", bytes(secrets.eventPayload), {});
      });
    }
    const stats = await client.stats();
    for (const agent of agents) agent.signal("SIGUSR1");
    await eventually("something was heard", () => {
      return Promise.resolve(monitored.some((line) => line.includes("Received event: user-event")));
    });
    // Metrics are shown once their interval of ten seconds is over, if that is soon.
    for (const agent of agents) agent.signal("SIGUSR1");
    for (const running of clients) await running.leave();
    for (const agent of agents) await agent.exit();
    await Promise.all(following);

    assert(monitored.length > 20, "The log was not followed");
    assert.equal(await Deno.readTextFile(`${folder}/asked`), secrets.response);
    assertHidden("the monitor's stream", monitored.join("\n"));
    assertHidden("the stats", JSON.stringify(stats));
    for (const agent of agents) {
      assert.match(agent.output, /\[DEBUG\]/);
      assertHidden(`the output of ${agent.name}`, agent.output);
    }
  } finally {
    for (const client of clients) client.close();
    for (const agent of agents) await agent.kill();
    await Promise.all(following);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("An agent that does not start over a wrong key keeps it to itself", async () => {
  const folder = await Deno.makeTempDir({ prefix: "serf-secrets-" });
  try {
    const file = `${folder}/keyring.json`;
    for (const text of [JSON.stringify([btoa(secrets.brokenKey)]), `["${secrets.brokenKey}*"]`]) {
      await Deno.writeTextFile(file, text);
      const { code, stdout, stderr } = await runSerf("ours", [
        "agent",
        `-bind=${ips[0]}`,
        `-rpc-addr=${ips[0]}:7373`,
        `-keyring-file=${file}`,
        "-log-level=trace",
      ]);
      assert.equal(code, 1);
      assertHidden("the error", stdout + stderr);
    }
    for (const key of [btoa(secrets.brokenKey), `${secrets.brokenKey}*`]) {
      const { code, stdout, stderr } = await runSerf("ours", [
        "agent",
        `-bind=${ips[0]}`,
        `-rpc-addr=${ips[0]}:7373`,
        `-encrypt=${key}`,
      ]);
      assert.equal(code, 1);
      assertHidden("the error", stdout + stderr);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
