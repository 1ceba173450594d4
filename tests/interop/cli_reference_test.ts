/**
 * Our command line beside HashiCorp's, on the same agents: both must print the
 * same and exit the same. Order is free where the reference has none.
 */

import assert from "node:assert/strict";
import {
  AgentProcess,
  type Kind,
  needsReference,
  runSerf,
  serfCommand,
} from "../../scripts/lab/agents.ts";
import type { Outcome } from "../../scripts/lab/command.ts";
import { eventually } from "../../scripts/lab/waiting.ts";

/** Where the agents of each kind are: the same numbers in another network. */
const networks: Readonly<Record<Kind, string>> = { reference: "127.63.0.", ours: "127.73.7." };
const rpc = "127.63.0.10:7373";

/** Command lines whose outcome is the same however often they run. */
const plainCases: readonly (readonly string[])[] = [
  ["members"],
  ["members", "-detailed"],
  ["members", "-format=json"],
  ["members", "-format", "json", "-name=n1"],
  ["members", "-format=JSON"],
  ["members", "-name=one"],
  ["members", "-name=n|two"],
  ["members", "-status=alive", "-tag=role=we?b", "-tag", "empty="],
  ["members", "-tag", "nonsense"],
  ["members", "-tag=missing="],
  ["members", "-name=nobody", "-format=json"],
  ["members", "-detailed=no"],
  ["info"],
  ["info", "-format=json"],
  ["info", "-format=yaml"],
  ["event", "-coalesce=false", "deploy", "v1"],
  ["event", "--coalesce=F", "deploy"],
  ["event", "-coalesce", "false", "x"],
  ["event", ""],
  ["event", "deploy", "-coalesce=false"],
  ["event", "deploy", "x".repeat(600)],
  ["event"],
  ["event", "a", "b", "c"],
  ["join", "127.63.0.11"],
  ["join", "-replay", "127.63.0.11:7946", "127.63.0.11:7946"],
  ["join", "127.63.0.99"],
  ["join", "127.63.0.98:1", "127.63.0.99"],
  ["join"],
  ["force-leave"],
  ["force-leave", "-prune", "a", "b"],
  ["keys"],
  ["keys", "-list"],
  ["keys", "-install=AAAAAAAAAAAAAAAAAAAAAA=="],
  ["keys", "-use=nonsense!"],
  ["keys", "-remove", "AAAAAAAAAAAAAAAAAAAAAA=="],
  ["keys", "-list", "-use=x"],
  ["query", "-timeout=300ms", "load"],
  ["query", "-timeout=300ms", "-node=n1", "load", "payload"],
  ["query", "-timeout=300ms", "-format=json", "-node=n1", "load"],
  ["query", "-timeout=300ms", "-no-ack", "-tag=role=w", "load"],
  ["query", "-timeout=300ms", "-relay-factor=0x2", "nobody-answers"],
  ["query", "-relay-factor=256", "load"],
  ["query", "-relay-factor=many", "load"],
  ["query", "-timeout=15", "load"],
  ["query", "-format=xml", "load"],
  ["query", "-tag==x", "load"],
  ["query", "_serf_secret"],
  ["query", "x".repeat(1100)],
  ["query"],
  ["reachability"],
  ["rtt", "n1", "n1"],
  ["rtt", "zzz"],
  ["rtt", 'a"b\n', "n1"],
  ["rtt"],
  ["tags"],
  ["tags", "-set", "nonsense"],
  ["tags", "-set", "a=b=c", "-delete", "a", "-delete=missing"],
  ["tags", "-set", `big=${"x".repeat(600)}`],
  ["tags", "-delete=a"],
  ["monitor", "-log-level=loud"],
  ["leave", "-bogus"],
];

/** What HashiCorp's command line says of our agents, as if they were where HashiCorp's are. */
async function outcomeAtOurs(args: readonly string[]): Promise<Outcome> {
  const there = (text: string) => text.replaceAll(networks.reference, networks.ours);
  const here = (text: string) => text.replaceAll(networks.ours, networks.reference);
  const { code, stdout, stderr } = await outcomeOf("reference", args.map(there), there(rpc));
  return { code, stdout: here(stdout), stderr: here(stderr) };
}

/** Takes out a distance, which every probe changes a little. */
function withoutDistance(outcome: Outcome): Outcome {
  return { ...outcome, stdout: outcome.stdout.replace(/rtt: [\d.]+ ms/, "rtt: <distance>") };
}

/** Takes out in what agents differ: their runtime, distances, and how newer releases name an address. */
function alikeOfAgents(outcome: Outcome): Outcome {
  const stdout = withoutDistance(outcome).stdout
    .replace(/\b(?:deno|go)\d[\d.]*/, "<runtime>")
    .replace(/[Ff]ailed to join ([\d.]+)(?::\d+)?: dial/g, "failed to join $1: dial");
  return { ...outcome, stdout };
}

/** Runs a command line in front of the agent; help and what is said freely is cut out. */
async function outcomeOf(kind: Kind, args: readonly string[], address = rpc): Promise<Outcome> {
  const [command = "", ...rest] = args;
  const outcome = await runSerf(kind, [command, `-rpc-addr=${address}`, ...rest]);
  return {
    code: outcome.code,
    stdout: comparable(outcome.stdout),
    stderr: outcome.stderr.replace(/^(Did you mean|Hint:) .*\n/gm, ""),
  };
}

/** Sorts what has no order in the reference, and takes out what changes by itself. */
function comparable(stdout: string): string {
  const text = stdout
    .replace(/Usage: serf [^]*/, "<help>\n")
    .replace(/(goroutines|_time|_queue|coordinate_resets)("?(?: =|:) "?)\d+/g, "$1$2<number>");
  if (text.startsWith("{")) return sortedMembers(JSON.parse(text));
  return text.split("\n").map((line) => {
    return line.trimEnd().replace(/\S+=\S*/g, (tags) => tags.split(",").sort().join());
  }).sort().join("\n");
}

/** JSON as it was written, except that members, acknowledgements and tags come sorted. */
function sortedMembers(output: { members?: { name: string }[]; Acks?: string[] }): string {
  output.members?.sort((a, b) => a.name < b.name ? -1 : 1);
  output.Acks?.sort();
  return JSON.stringify(output, undefined, 1);
}

function startFirst(kind: Kind): Promise<AgentProcess> {
  return AgentProcess.start(kind, {
    name: "n1",
    bind: `${networks[kind]}10`,
    args: [
      "-profile=local",
      "-tag=role=web",
      "-tag=dc=east",
      "-event-handler=query:load=echo 0.42",
    ],
  });
}

/** Starts the second one and waits until both know both. */
async function startSecond(kind: Kind): Promise<AgentProcess> {
  const second = await AgentProcess.start(kind, {
    name: "node-two",
    bind: `${networks[kind]}11`,
    args: ["-profile=local", `-join=${networks[kind]}10`],
  });
  await eventually("both know both", async () => {
    const { stdout } = await outcomeOf("reference", ["members"], `${networks[kind]}10:7373`);
    return stdout.includes("node-two") && (await second.members("reference")).size === 2;
  });
  return second;
}

Deno.test({
  name: "The command line prints and exits as HashiCorp's does, on agents of either kind",
  ...needsReference,
  fn: async (test) => {
    await using _first = await startFirst("reference");
    await using second = await startSecond("reference");
    await using _ourFirst = await startFirst("ours");
    await using _ourSecond = await startSecond("ours");

    for (const args of plainCases) {
      await test.step(args.map((arg) => arg.slice(0, 30)).join(" "), async () => {
        const [ours, theirs, theirsAtOurs] = await Promise.all([
          outcomeOf("ours", args),
          outcomeOf("reference", args),
          outcomeAtOurs(args),
        ]);
        assert.deepEqual(
          withoutDistance(ours),
          withoutDistance(theirs),
          "our command line, HashiCorp's agent",
        );
        assert.deepEqual(
          alikeOfAgents(theirsAtOurs),
          alikeOfAgents(theirs),
          "HashiCorp's command line, our agent",
        );
      });
    }

    await test.step("a bad expression, of which ours says what is wrong", async () => {
      assert.equal(
        (await outcomeOf("ours", ["members", "-name=["])).stdout,
        "\nError retrieving members: Failed to compile regex: error parsing regexp: " +
          "missing closing ]: `[$`",
      );
    });

    await test.step("a name that nobody has, which ours mentions on stderr only", async () => {
      const { stderr, ...ours } = await outcomeOf("ours", ["force-leave", "nobody"]);
      const theirs = await outcomeOf("reference", ["force-leave", "nobody"]);
      assert.deepEqual({ ...ours, stderr: "" }, theirs);
      assert.equal(stderr, "Note: no member is named 'nobody'\n");
    });

    await test.step("a live member that stays, which ours mentions on stderr only", async () => {
      const { stderr, ...ours } = await outcomeOf("ours", ["force-leave", "n1"]);
      const theirs = await outcomeOf("reference", ["force-leave", "n1"]);
      assert.deepEqual({ ...ours, stderr: "" }, theirs);
      assert.match(stderr, /^Note: 'n1' is alive, says so and stays/);
    });

    await test.step("an argument too many, which ours refuses and HashiCorp's ignores", async () => {
      const args = ["members", "positional", "-name=nobody"];
      assert.equal((await outcomeOf("ours", args)).code, 1);
      assert.equal((await outcomeOf("reference", args)).code, 0);
    });

    await test.step("a member that does not answer the reachability test", async () => {
      second.signal("SIGSTOP");
      const outcomes = await Promise.all([
        outcomeOf("ours", ["reachability"]),
        outcomeOf("reference", ["reachability"]),
      ]);
      second.signal("SIGCONT");
      assert.deepEqual(outcomes[0], outcomes[1]);
      assert.match(outcomes[0].stdout, /Missing acks from:/);
    });

    await test.step("leave, after which nobody listens", async () => {
      assert.deepEqual(await outcomeOf("ours", ["leave"], second.rpc), {
        code: 0,
        stdout: "\nGraceful leave complete",
        stderr: "",
      });
      assert.equal(await second.exit(), 0);
      for (const args of [["leave"], ["members"], ["monitor"], ["rtt"], ["query", "x"]]) {
        const theirs = await outcomeOf("reference", args, second.rpc);
        assert.deepEqual(await outcomeOf("ours", args, second.rpc), theirs);
        assert.equal(theirs.code, 1);
      }
    });
  },
});

const key = (fill: number) => new Uint8Array(16).fill(fill).toBase64();

/** Takes an agent and its neighbour through every command that changes something. */
async function takeThroughLife(cliKind: Kind, agentKind: Kind, network: string): Promise<void> {
  const start = (kind: Kind, name: string, host: number, ...args: readonly string[]) =>
    AgentProcess.start(kind, {
      name,
      bind: `${network}.${host}`,
      args: ["-profile=local", `-encrypt=${key(1)}`, "-tag=role=web", ...args],
    });
  await using agent = await start(agentKind, "one", 1, "-event-handler=query:load=echo 0.42");
  await using neighbour = await start(cliKind, "two", 2);
  /** Runs a command until it prints what it should; gossip may need a second attempt. */
  const prints = async (pattern: RegExp, ...args: readonly string[]) => {
    let last: Outcome | undefined;
    await eventually(`${cliKind} ${args.join(" ")} at ${agentKind} prints ${pattern}`, async () => {
      last = await agent.cli(args, cliKind);
      return last.code === 0 && pattern.test(last.stdout);
    }, { pause: 200, detail: () => `${last?.stdout}${last?.stderr}` });
  };

  await using monitor = new Monitor(cliKind, agent.rpc);
  await monitor.shows(/ \[INFO\] agent: Serf agent starting\n/);
  await prints(/^Successfully joined cluster by contacting 1 nodes\.\n$/, "join", neighbour.bind);
  await prints(/^two .* alive .*role=web/m, "members", "-name=two");
  await prints(/^Event 'deploy' dispatched! Coalescing enabled: true\n$/, "event", "deploy", "v1");
  await monitor.shows(/ \[INFO\] agent: Received event: user-event: deploy\n/);
  await monitor.shows(/\tPayload: \[\]byte\{0x76, 0x31\}\n/);
  await prints(/^Successfully updated agent tags\n$/, "tags", "-set", "a=b", "-delete", "role");
  await prints(/^one .* alive +a=b *$/m, "members");
  await prints(/Response from 'one': 0\.42\n/, "query", "-timeout=1s", "-relay-factor=1", "load");
  await prints(/Ack from 'two'\n[^]*all live nodes\n$/, "reachability", "-verbose");
  await prints(/^Estimated two <-> one rtt: [\d.]+ ms\n$/, "rtt", "two");
  await prints(/\tencrypted = true\n/, "info");

  await prints(/^==> Installing key on all members...\n==> Succ/, "keys", `-install=${key(2)}`);
  await prints(/^==> Changing primary key on all members...\n==> Succ/, "keys", `-use=${key(2)}`);
  await prints(/^==> Removing key on all members...\n==> Succ/, "keys", `-remove=${key(1)}`);
  await prints(/^AgICAgICAgICAgICAgICAg== {2}\[2\/2\] *\n/m, "keys", "-list");

  await neighbour.kill();
  await prints(/^two .* failed /m, "members");
  await prints(/^$/, "force-leave", "two");
  await prints(/^two .* left /m, "members");
  await prints(/^$/, "force-leave", "-prune", "two");
  await prints(/^one [^\n]*\n$/, "members");
  await prints(/^Graceful leave complete\n$/, "leave");
  assert.equal(await agent.exit(), 0);
  assert.equal(await monitor.end(), 1);
}

/** A running `monitor`. */
class Monitor implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #drained: Promise<void>;
  #output = "";

  constructor(kind: Kind, address: string) {
    const [command, ...first] = serfCommand(kind);
    this.#child = new Deno.Command(command, {
      args: [...first, "monitor", `-rpc-addr=${address}`, "-log-level=debug"],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.#drained = this.#drain();
  }

  async shows(pattern: RegExp): Promise<void> {
    await eventually(`monitor shows ${pattern}`, () => {
      return Promise.resolve(pattern.test(this.#output));
    }, { detail: () => this.#output });
  }

  /** Waits for its end and returns its exit code. */
  async end(): Promise<number> {
    const { code } = await this.#child.status;
    await this.#drained;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.end();
  }

  async #drain(): Promise<void> {
    const texts = this.#child.stdout.pipeThrough(new TextDecoderStream());
    for await (const text of texts) this.#output += text;
  }
}

Deno.test({
  name: "Either command line takes an agent of the other kind through its life",
  ...needsReference,
  fn: async () => {
    await Promise.all([
      takeThroughLife("reference", "ours", "127.73.8"),
      takeThroughLife("ours", "reference", "127.73.9"),
    ]);
  },
});
