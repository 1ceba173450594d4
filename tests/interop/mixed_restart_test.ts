/**
 * A snapshot that one kind wrote restarts the other: members are found again, clocks
 * go on, old events stay old, and a leave counts as it does for the writer.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { AgentProcess, type Kind, needsReference } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";

const anchorBind = "127.73.3.1";
const moverBind = "127.73.3.2";

/** An agent that stays, and one that changes its kind from one life to the next. */
class Move implements AsyncDisposable {
  readonly anchor: AgentProcess;
  readonly directory: string;
  mover: AgentProcess | undefined;

  private constructor(anchor: AgentProcess, directory: string) {
    this.anchor = anchor;
    this.directory = directory;
  }

  static async create(): Promise<Move> {
    const anchor = await AgentProcess.start("reference", {
      name: "anchor",
      bind: anchorBind,
      args: ["-profile=local"],
    });
    return new Move(anchor, await Deno.makeTempDir());
  }

  /** Starts the next life of the mover on a snapshot. */
  async start(kind: Kind, snapshot: string, ...args: readonly string[]): Promise<AgentProcess> {
    this.mover = await AgentProcess.start(kind, {
      name: "mover",
      bind: moverBind,
      args: [
        "-profile=local",
        `-snapshot=${this.pathOf(snapshot)}`,
        `-tag=kind=${kind}`,
        `-event-handler=user=echo "$SERF_USER_EVENT" >> ${this.pathOf("heard")}`,
        "-event-handler=query=true",
        ...args,
      ],
    });
    return this.mover;
  }

  async end(how: "SIGKILL" | "SIGINT"): Promise<void> {
    const { mover } = this;
    ok(mover);
    mover.signal(how);
    const code = await mover.exit();
    if (how === "SIGINT") strictEqual(code, 0, mover.output);
    this.mover = undefined;
  }

  /** Fires an event somewhere, and waits until the mover has heard and noted its time. */
  async fire(name: string, at: AgentProcess, snapshot: string, time: number): Promise<void> {
    await at.cli(["event", "-coalesce=false", name], "reference");
    await eventually(`the mover hears ${name}`, async () => (await this.heard()).includes(name));
    await this.notes(snapshot, `event-clock: ${time}\n`);
  }

  async notes(snapshot: string, line: string): Promise<void> {
    await eventually(`the snapshot says ${line}`, async () => {
      if ((await Deno.readTextFile(this.pathOf(snapshot))).includes(line)) return true;
      // The reference keeps a line back until there is another one to write.
      await this.mover?.cli(["query", "-timeout=1ms", "nudge"], "reference");
      return false;
    });
  }

  /** Waits until both see both alive, the mover being of this kind. */
  async together(kind: Kind): Promise<void> {
    for (const agent of [this.anchor, this.mover!]) {
      await eventually(`${agent.name} sees both`, async () => {
        const members = await agent.members("reference");
        const mover = members.get("mover");
        return members.get("anchor")?.status === "alive" && mover?.status === "alive" &&
          mover.tags["kind"] === kind;
      }, { detail: () => agent.output });
    }
  }

  /** What the mover's handler noted, over all its lives. */
  async heard(): Promise<string[]> {
    const text = await Deno.readTextFile(this.pathOf("heard")).catch(() => "");
    return text.trim().split("\n");
  }

  /** The clocks of an agent, as its statistics show them. */
  async clocks(agent = this.mover!): Promise<{ member: number; event: number; query: number }> {
    const { stdout } = await agent.cli(["info", "-format=json"], "reference");
    const { serf } = JSON.parse(stdout);
    return {
      member: Number(serf.member_time),
      event: Number(serf.event_time),
      query: Number(serf.query_time),
    };
  }

  pathOf(name: string): string {
    return `${this.directory}/${name}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.mover?.kill();
    await this.anchor.kill();
    await Deno.remove(this.directory, { recursive: true });
  }
}

Deno.test({
  name: "Mixed cluster: a snapshot of either kind restarts the other",
  ...needsReference,
  fn: async (test) => {
    await using move = await Move.create();
    const { anchor } = move;
    const expected: string[] = [];

    await test.step("our agent writes a snapshot", async () => {
      await move.start("ours", "snapshot", `-join=${anchor.bind}`);
      await move.together("ours");
      await anchor.cli(["query", "-timeout=500ms", "load"], "reference");
      await move.notes("snapshot", "query-clock: 1\n");
      await move.fire("first", anchor, "snapshot", 1);
      await move.fire("second", anchor, "snapshot", 2);
      expected.push("first", "second");
    });

    let time = 2;
    for (const kind of ["reference", "ours"] as const) {
      await test.step(`killed, it comes back as ${kind}, from the snapshot alone`, async () => {
        const before = await move.clocks();
        await move.end("SIGKILL");
        const mover = await move.start(kind, "snapshot");
        await move.together(kind);
        await mover.waitForOutput("Re-joined to previously known node: anchor");
        const now = await move.clocks();
        ok(now.member >= before.member, "the member clock goes on");
        strictEqual(now.event, before.event);
        ok(now.query > 1, "the query clock goes on");

        // Its own event goes last: whatever the anchor told again would stand before it.
        await move.fire(`by ${kind}`, mover, "snapshot", ++time);
        expected.push(`by ${kind}`);
        deepStrictEqual(await move.heard(), expected);
        await eventually("the anchor's clock follows", async () => {
          return (await move.clocks(anchor)).event === time + 1;
        });
      });
    }

    for (const [leaver, next] of [["ours", "reference"], ["reference", "ours"]] as const) {
      await test.step(`${leaver} leaves; ${next} starts anew, or rejoins if told to`, async () => {
        await move.end("SIGINT");
        await move.notes("snapshot", "leave\n");
        await Deno.copyFile(move.pathOf("snapshot"), move.pathOf(`left by ${leaver}`));

        const alone = await move.start(next, `left by ${leaver}`);
        deepStrictEqual([...(await alone.members("reference")).keys()], ["mover"]);
        deepStrictEqual((await move.clocks()).event, 1, "what was known is forgotten");
        strictEqual(/Attempting re-join|Re-joined/.test(alone.output), false);
        await move.end("SIGKILL");

        const again = await move.start(next, "snapshot", "-rejoin");
        await move.together(next);
        await again.waitForOutput("Ignoring previous leave in snapshot");
        strictEqual((await move.clocks()).event, time + 1);
        await move.fire(`again by ${next}`, again, "snapshot", ++time);
        expected.push(`again by ${next}`);
        deepStrictEqual(await move.heard(), expected);
      });
    }
  },
});
