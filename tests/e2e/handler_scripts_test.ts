/**
 * Handlers as people write them: one router script that runs a file for each
 * event, and a tag that a script keeps up to date.
 */

import { deepEqual, equal } from "node:assert/strict";
import { AgentProcess, serfCommand } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";

const onUnix = { ignore: Deno.build.os === "windows" };

/** Runs `handlers/TYPE` or `handlers/TYPE-NAME`, whichever there is, and mentions all others. */
const router = `#!/bin/sh
cd "$(dirname "$0")"
name="\${SERF_USER_EVENT:-$SERF_QUERY_NAME}"
handler="handlers/$SERF_EVENT\${name:+-$name}"
if [ -x "$handler" ]; then exec "$handler"; fi
echo "$handler" >> unhandled
`;

const uptimeHandler = (address: string) =>
  `#!/bin/sh
${serfCommand("ours").join(" ")} tags -rpc-addr=${address} -set "uptime=$(cat)"
`;

Deno.test("A router script runs a file per event, and keeps a tag up to date", onUnix, async () => {
  const folder = await Deno.makeTempDir();
  const ip = "127.76.5.1";
  const write = (name: string, script: string) =>
    Deno.writeTextFile(`${folder}/${name}`, script, { mode: 0o755 });
  try {
    await Deno.mkdir(`${folder}/handlers`);
    await write("router.sh", router);
    await write("handlers/member-join", `#!/bin/sh\ncut -f1,2 > "${folder}/joined"\n`);
    await write("handlers/user-deploy", `#!/bin/sh\ncat >> "${folder}/deployed"\n`);
    await write("handlers/query-load", "#!/bin/sh\necho 0.42\n");
    await write("handlers/user-uptime", uptimeHandler(`${ip}:7373`));
    await using agent = await AgentProcess.start("ours", {
      name: "n1",
      bind: ip,
      args: [`-event-handler=${folder}/router.sh`],
    });
    const holds = (name: string, text: string) =>
      eventually(`${name} holds ${text}`, async () => {
        return (await Deno.readTextFile(`${folder}/${name}`).catch(() => "")) === text;
      }, { detail: () => agent.output });

    await holds("joined", `n1\t${ip}\n`);
    await agent.cli(["event", "-coalesce=false", "deploy", "v42"]);
    await holds("deployed", "v42\n");
    await eventually("the query is answered", async () => {
      const { stdout } = await agent.cli(["query", "-timeout=1s", "load"]);
      return /^Response from 'n1': 0\.42$/m.test(stdout);
    }, { detail: () => agent.output });

    await agent.cli(["event", "-coalesce=false", "uptime", "up 3 days"]);
    await eventually("the tag is there", async () => {
      return (await agent.members()).get("n1")?.tags["uptime"] === "up 3 days";
    }, { detail: () => agent.output });
    await holds("unhandled", "handlers/member-update\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Runs an agent with a handler that takes long, ends the agent, and tells whether the handler still runs. */
async function outlivesAgent(ip: string, args: readonly string[]): Promise<boolean> {
  const folder = await Deno.makeTempDir();
  try {
    const pidFile = `${folder}/pid`;
    await using agent = await AgentProcess.start("ours", {
      name: "n1",
      bind: ip,
      args: [`-event-handler=user:long=echo $$ > ${pidFile}; exec sleep 300`, ...args],
    });
    await agent.cli(["event", "long"]);
    const pid = () => Deno.readTextFile(pidFile).then(Number, () => 0);
    await eventually("the handler runs", async () => await pid() > 0);
    agent.signal("SIGTERM");
    await agent.exit();
    const signal = (which: string) =>
      new Deno.Command("kill", { args: ["-s", which, `${handler}`], stderr: "null" }).output();
    const handler = await pid();
    const { success } = await signal("0");
    if (success) await signal("KILL");
    return success;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test(
  "Handlers end with the agent if they have a time limit, and outlive it if not",
  onUnix,
  async () => {
    equal(await outlivesAgent("127.76.5.2", ["-handler-timeout=10m"]), false);
    equal(await outlivesAgent("127.76.5.3", []), true);
  },
);

Deno.test("A handler gets the bytes of an event's name as they were sent", onUnix, async () => {
  const folder = await Deno.makeTempDir();
  const ip = "127.76.5.4";
  try {
    await using agent = await AgentProcess.start("ours", {
      name: "n1",
      bind: ip,
      args: [`-event-handler=user=printf %s "$SERF_USER_EVENT" > ${folder}/name`],
    });
    const event = [...serfCommand("ours"), "event", `-rpc-addr=${ip}:7373`].join(" ");
    const { success } = await new Deno.Command("sh", {
      args: ["-c", `exec ${event} "$(printf 'a\\377\\303b')"`],
    }).output();
    equal(success, true);
    const read = () => Deno.readFile(`${folder}/name`).catch(() => new Uint8Array());
    await eventually("the handler has run", async () => (await read()).length > 0);
    deepEqual(await read(), Uint8Array.of(0x61, 0xff, 0xc3, 0x62), agent.output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
