/**
 * The README as a newcomer follows it: what stands in its examples is typed, word
 * for word, and what it promises must come.
 */

import assert from "node:assert/strict";
import { eventually, type Outcome } from "../support/agents.ts";
import {
  type NamespaceEnd,
  NamespacePair,
  needsNamespaces,
} from "../support/network_namespaces.ts";
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

/** A machine to type at: one end of the cable, with a host name of its own. */
class Machine {
  readonly #wrapper: readonly string[];
  readonly #folder: string;
  readonly #started: Deno.ChildProcess[] = [];

  constructor({ wrapper }: NamespaceEnd, name: string, folder: string) {
    const named = ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec sh -c "$1"', name];
    this.#wrapper = [...wrapper, ...named];
    this.#folder = folder;
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
      env: { PATH: `${this.#folder}/bin:${Deno.env.get("PATH")}`, NO_COLOR: "1" },
      stdin: "null",
      stdout: output,
      stderr: output,
    });
  }
}

/** Two machines with `serf` on the path and one folder for both. */
async function withMachines(
  story: (left: Machine, right: Machine, leftIp: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  await using pair = await NamespacePair.create();
  const left = new Machine(pair.left, "left", folder);
  const right = new Machine(pair.right, "right", folder);
  try {
    await installSerf(`${folder}/bin`);
    await story(left, right, pair.left.ip);
  } finally {
    await left.kill();
    await right.kill();
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
    withMachines(async (machine) => {
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
    }),
});

Deno.test({
  name: "README: machines find each other, encrypted, by what stands under three machines",
  ...needsNamespaces,
  fn: () =>
    withMachines(async (left, right, leftIp) => {
      const [first = "", other = "", look = ""] = examples("### Three machines");
      const [keygen = "", agent = ""] = first.split("\n");
      assert.equal((await left.type(keygen)).code, 0);
      left.leaveRunning(agent);
      right.leaveRunning(other.replace("10.0.0.1", leftIp).trim());

      const [members = "", reachability = ""] = look.split("\n");
      await eventually("both are members", async () => {
        const { stdout } = await right.type(members);
        return /^left .*alive .*role=web\nright .*alive .*role=web\n$/s.test(stdout);
      });
      const reached = await right.type(reachability);
      assert.match(reached.stdout, /Successfully contacted all live nodes/);
      assert.deepEqual(await right.interruptAll(), [0]);
      assert.deepEqual(await left.interruptAll(), [0]);
    }),
});
