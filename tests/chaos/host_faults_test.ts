import { match, ok, strictEqual } from "node:assert/strict";
import { runSerf } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";
import { ChaosCluster, mixedKinds } from "../support/chaos.ts";
import { needsChaos } from "../support/chaos_obstacle.ts";
import { NetworkStar } from "../../scripts/lab/network_star.ts";

async function run(command: string, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  if (code !== 0) throw new Error(`${command}: ${new TextDecoder().decode(stderr).trim()}`);
}

/** A disk of its own, of so many bytes, for as long as `use` runs. */
async function withDisk(size: string, use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "serf-disk-" });
  await run("mount", "-t", "tmpfs", "-o", `size=${size}`, "none", folder);
  try {
    await use(folder);
  } finally {
    await run("umount", "-l", folder);
    await Deno.remove(folder);
  }
}

/** Fills a disk to the last byte. */
async function fill(folder: string): Promise<void> {
  using file = await Deno.open(`${folder}/ballast`, { write: true, create: true });
  try {
    for (;;) await file.write(new Uint8Array(4096));
  } catch {
    // That was the last byte.
  }
}

Deno.test(
  "A full disk stops the snapshot and nothing else, until there is room",
  needsChaos,
  async () => {
    await withDisk("64k", async (folder) => {
      // Full from the start: later, what is written might still fit its last page.
      await fill(folder);
      await using cluster = await ChaosCluster.start({
        kinds: ["ours", ...mixedKinds(4).slice(1)],
        argsOf: (index) => index === 0 ? [`-snapshot=${folder}/snapshot`] : [],
      });
      for (let i = 0; i < 4; i++) await cluster.spreadEvent(i, `without-room-${i}`);
      await cluster.agents[3]?.kill();
      await cluster.settled();
      const output = cluster.agents[0]?.process?.output ?? "";
      match(output, /\[ERR\] .*Failed to write snapshot .*: no space left on device/);
      strictEqual(output.split("Failed to write snapshot").length, 2, "It complains too often");

      await Deno.remove(`${folder}/ballast`);
      await cluster.agents[3]?.start();
      await cluster.settled();
      await cluster.spreadEvent(0, "with-room-again");
      await eventually("the snapshot is whole", async () => {
        const text = await Deno.readTextFile(`${folder}/snapshot`);
        return text.endsWith("\n") && text.includes("alive: chaos-3 10.78.0.4:7946");
      });
    });
  },
);

Deno.test("An agent says at once that its snapshot cannot be written", needsChaos, async () => {
  await withDisk("1m", async (folder) => {
    await Deno.writeTextFile(`${folder}/snapshot`, "alive: a 127.0.0.1:7946\n");
    await run("mount", "-o", "remount,ro", folder);
    await using network = await NetworkStar.create(1);
    const { code, stdout, stderr } = await runSerf("ours", [
      "agent",
      "-bind=10.78.0.1",
      `-rpc-addr=unix:${folder}.sock`,
      `-snapshot=${folder}/snapshot`,
    ], { wrapper: network.members[0]?.wrapper ?? [] });
    strictEqual(code, 1);
    match(stdout + stderr, new RegExp(`${folder}/snapshot: read-only file system`));
    strictEqual(await Deno.readTextFile(`${folder}/snapshot`), "alive: a 127.0.0.1:7946\n");
  });
});

/** The library that lies to a process about the time of day; undefined where it is not installed. */
async function findFakeTime(): Promise<string | undefined> {
  for (const triple of ["x86_64-linux-gnu", "aarch64-linux-gnu"]) {
    const path = `/usr/lib/${triple}/faketime/libfaketime.so.1`;
    try {
      await Deno.stat(path);
      return path;
    } catch {
      // It is not there.
    }
  }
  console.warn("TESTS WITH CLOCK JUMPS ARE SKIPPED: apt-get install faketime");
  return undefined;
}

const fakeTime = await findFakeTime();

Deno.test({
  name: "A clock that jumps by hours in both directions disturbs nobody",
  ignore: needsChaos.ignore || fakeTime === undefined,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "serf-clock-" });
    const file = `${folder}/time`;
    await Deno.writeTextFile(file, "+0");
    try {
      await using cluster = await ChaosCluster.start({
        kinds: ["ours", ...mixedKinds(4).slice(1)],
        wrapperOf: (index) =>
          index === 0
            ? [
              "env",
              `LD_PRELOAD=${fakeTime}`,
              `FAKETIME_TIMESTAMP_FILE=${file}`,
              "FAKETIME_NO_CACHE=1",
              "FAKETIME_DONT_FAKE_MONOTONIC=1",
            ]
            : [],
      });
      const agent = cluster.agents[0];
      for (const [jump, name] of [["+3h", "later"], ["-3h", "earlier"], ["+0", "now"]] as const) {
        await Deno.writeTextFile(file, jump);
        await cluster.spreadEvent(0, name);
        await new Promise((resolve) => setTimeout(resolve, 8000));
        await cluster.settled();
      }
      for (const { process } of cluster.agents) {
        strictEqual(process?.output.includes("EventMemberFailed"), false);
      }
      // The jumps were real: the log of the agent shows them.
      const hourOf = (name: string) => {
        const line = agent?.process?.output.split("\n").find((line) => {
          return line.includes(`Received event: user-event: ${name}`);
        });
        match(line ?? "", /^\s*\d{4}\/\d\d\/\d\d \d\d:/);
        return Date.parse((line ?? "").trim().slice(0, 19).replaceAll("/", "-").replace(" ", "T"));
      };
      ok(hourOf("later") - hourOf("earlier") > 5 * 3600 * 1000);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
