/**
 * Our command line beside HashiCorp's, on the same agents: both must print the
 * same and exit the same. Order is free where the reference has none.
 */

import assert from "node:assert/strict";
import {
  AgentProcess,
  eventually,
  type Kind,
  needsReference,
  type Outcome,
  runSerf,
} from "../support/agents.ts";

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
  ["members", "positional", "-name=nobody"],
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
  ["force-leave", "n1"],
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

/** Runs a command line in front of the agent; help and what is said freely is cut out. */
async function outcomeOf(kind: Kind, args: readonly string[], address = rpc): Promise<Outcome> {
  const [command = "", ...rest] = args;
  const outcome = await runSerf(kind, [command, `-rpc-addr=${address}`, ...rest]);
  return {
    code: outcome.code,
    stdout: comparable(outcome.stdout),
    stderr: outcome.stderr.replace(/^Did you mean .*\n/gm, ""),
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

Deno.test({
  name: "The command line prints and exits as HashiCorp's does, on the same agents",
  ...needsReference,
  fn: async (test) => {
    await using first = await AgentProcess.start("reference", {
      name: "n1",
      bind: "127.63.0.10",
      args: [
        "-profile=local",
        "-tag=role=web",
        "-tag=dc=east",
        "-event-handler=query:load=echo 0.42",
      ],
    });
    await using second = await AgentProcess.start("reference", {
      name: "node-two",
      bind: "127.63.0.11",
      args: ["-profile=local", `-join=${first.bind}`],
    });
    await eventually("both know both", async () => {
      return (await first.members()).size === 2 && (await second.members()).size === 2;
    });

    for (const args of plainCases) {
      await test.step(args.map((arg) => arg.slice(0, 30)).join(" "), async () => {
        const [ours, theirs] = await Promise.all([
          outcomeOf("ours", args),
          outcomeOf("reference", args),
        ]);
        assert.deepEqual(ours, theirs);
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
