/**
 * The README as a newcomer follows it: what stands in its examples is typed, word
 * for word, and what it promises must come.
 */

import assert from "node:assert/strict";
import { type Kind, referencePath } from "../../scripts/lab/agents.ts";
import type { Outcome } from "../../scripts/lab/command.ts";
import { eventually } from "../../scripts/lab/waiting.ts";
import { NamespacePair, needsNamespaces } from "../support/network_namespaces.ts";
import { type AddressesOf, NetworkStar } from "../../scripts/lab/network_star.ts";
import { installSerf } from "../support/recipes.ts";

const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));

/** The shell examples of a section, in order. */
function examples(heading: string): string[] {
  const start = readme.indexOf(`\n${heading}\n`);
  assert.notEqual(start, -1, `README.md has no section "${heading}"`);
  const body = readme.slice(start + heading.length + 2);
  const end = /^#+ /m.exec(body.replace(/^```.*?^```/gms, (block) => "-".repeat(block.length)));
  const section = body.slice(0, end?.index ?? body.length);
  return [...section.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = ""]) => block);
}

/** A machine to type at, in a network and with a host name of its own. */
class Machine {
  readonly #wrapper: readonly string[];
  readonly #folder: string;
  readonly #kind: Kind;
  readonly #started: Deno.ChildProcess[] = [];

  constructor(wrapper: readonly string[], name: string, folder: string, kind: Kind = "ours") {
    const named = ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec sh -c "$1"', name];
    this.#wrapper = [...wrapper, ...named];
    this.#folder = folder;
    this.#kind = kind;
  }

  /** Types a line and waits for its end. */
  async type(line: string): Promise<Outcome> {
    const { code, stdout, stderr } = await this.#command(line, "piped").output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  /** Types a line in a terminal of its own, where it goes on. */
  leaveRunning(line: string): void {
    // The shell itself becomes the agent, so that the agent gets what is sent to it.
    this.#started.push(this.#command(`exec ${line}`, "null").spawn());
  }

  /** Presses ctrl-C in the terminals, the last one first; returns what the agents ended with. */
  async interruptAll(): Promise<number[]> {
    const codes: number[] = [];
    for (const child of this.#started.splice(0).reverse()) {
      child.kill("SIGINT");
      codes.push((await child.status).code);
    }
    return codes;
  }

  async kill(): Promise<void> {
    for (const child of this.#started) {
      child.kill("SIGKILL");
      await child.status;
    }
  }

  #command(line: string, output: "piped" | "null"): Deno.Command {
    const [command = "", ...args] = this.#wrapper;
    return new Deno.Command(command, {
      args: [...args, line],
      cwd: this.#folder,
      env: { PATH: `${this.#folder}/${this.#kind}:${Deno.env.get("PATH")}`, NO_COLOR: "1" },
      stdin: "null",
      stdout: output,
      stderr: output,
    });
  }
}

/** Runs a story in a folder that holds a `serf` of each kind. */
async function inFolder(story: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await installSerf(`${folder}/ours`);
    if (referencePath !== undefined) await installSerf(`${folder}/reference`, "reference");
    await story(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A text without the blanks that end its lines, which the README does not show. */
function trimmed(text: string): string {
  return text.replaceAll(/ +$/gm, "");
}

Deno.test({
  name: "README: the quick start ends with a cluster of two, as it shows",
  ...needsNamespaces,
  fn: () =>
    inFolder(async (folder) => {
      await using network = await NamespacePair.create();
      const machine = new Machine(network.left.wrapper, "left", folder);
      try {
        await quickStart(machine);
      } finally {
        await machine.kill();
      }
    }),
});

async function quickStart(machine: Machine): Promise<void> {
  const [agents = "", session = ""] = examples("## Quick start");
  for (const line of agents.trim().split("\n")) machine.leaveRunning(line);
  for (const rpc of ["127.0.0.1:7373", "127.0.0.1:7374"]) {
    await eventually(`the agent at ${rpc} answers`, async () => {
      return (await machine.type(`serf info -rpc-addr=${rpc}`)).code === 0;
    });
  }
  const steps = session.split(/^\$ /m).slice(1);
  assert.equal(steps.length, 2);
  for (const step of steps) {
    const [line = "", ...expected] = step.split("\n");
    assert.equal(trimmed((await machine.type(line)).stdout), expected.join("\n"), line);
  }
  assert.deepEqual(await machine.interruptAll(), [0, 0]);
}

/** What hosts have, besides the loopback interface. */
const hosts: readonly (readonly [string, AddressesOf])[] = [
  ["a private IPv4 address", (number) => [`10.78.0.${number}/24`]],
  ["a public IPv4 and a private IPv6 address", (number) => [
    `192.0.2.1${number}/24`,
    `fd00:5::${number}/64`,
  ]],
  ["a private IPv6 address", (number) => [`fd00:5::${number}/64`]],
];

for (const [what, addresses] of hosts) {
  Deno.test({
    name: `README: three machines with ${what} find each other, encrypted`,
    ...needsNamespaces,
    fn: async () => {
      const firsts: Kind[] = referencePath === undefined ? ["ours"] : ["ours", "reference"];
      await Promise.all(firsts.map((first) => threeMachines(first, addresses)));
    },
  });
}

function threeMachines(kind: Kind, addresses: AddressesOf): Promise<void> {
  return inFolder(async (folder) => {
    await using star = await NetworkStar.create(3, addresses);
    const machines = star.members.map(({ wrapper }, index) =>
      new Machine(wrapper, `m${index + 1}`, folder, index === 0 ? kind : "ours")
    );
    try {
      await formCluster(machines, star.members[0]?.ip ?? "");
    } finally {
      for (const machine of machines) await machine.kill();
    }
  });
}

async function formCluster(machines: readonly Machine[], firstIp: string): Promise<void> {
  const [start = "", join = "", look = ""] = examples("### Three machines");
  const [keygen = "", agent = ""] = start.split("\n");
  const [first, ...others] = machines;
  assert.ok(first);
  // HashiCorp's program knows no keyring option; the file is one for all kinds.
  assert.equal((await others[0]!.type(keygen)).code, 0);
  first.leaveRunning(agent);
  // An agent that is refused tries again after 30 seconds.
  await eventually("the first answers", async () => (await first.type("serf info")).code === 0);
  for (const other of others) other.leaveRunning(join.replace("10.0.0.1", firstIp).trim());

  const [members = "", reachability = ""] = look.split("\n");
  for (const machine of machines) {
    await eventually("all are members", async () => {
      const { stdout } = await machine.type(members);
      return /^(?=.*^m1 .*^m2 |.*^m2 .*^m1 )(?:m\d .*alive .*role=web *\n){3}$/ms.test(stdout);
    });
  }
  for (const { stdout } of await Promise.all(machines.map((each) => each.type(reachability)))) {
    assert.match(stdout, /Successfully contacted all live nodes/);
  }
}
