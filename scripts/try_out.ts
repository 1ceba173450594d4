/**
 * Tries out a built program as a user would, on any platform: two agents, join,
 * members, an event, a query, a leave.
 *
 *     deno run -A scripts/try_out.ts PROGRAM
 *
 * Everything happens on 127.0.0.1. Prints one line for each step; the exit status
 * is 1 if one did not go as it should.
 */

/** How long any single step may take, in milliseconds. */
const stepLimit = 60_000;

/** The two agents and the commands at them. */
class TryOut implements AsyncDisposable {
  readonly #program: string;
  readonly #agents: Deno.ChildProcess[] = [];

  constructor(program: string) {
    this.#program = program;
  }

  async run(): Promise<void> {
    const first = { bind: freeAddress(), rpc: freeAddress() };
    const second = { bind: freeAddress(), rpc: freeAddress() };
    await this.#say("version", ["version"], /^\d+\.\d+\.\d+/);
    await this.#start("first", first, ["-event-handler=query:load=echo idle"]);
    await this.#start("second", second, []);
    await this.#say("join", ["join", `-rpc-addr=${second.rpc}`, first.bind], /contacting 1 nodes/);
    await this.#say("members", ["members", `-rpc-addr=${first.rpc}`], /second .*alive/);
    await this.#say("event", ["event", `-rpc-addr=${second.rpc}`, "deploy", "v42"], /dispatched/);
    await this.#say(
      "query",
      ["query", `-rpc-addr=${second.rpc}`, "-timeout=3s", "load"],
      /^Response from 'first': idle/m,
    );
    await this.#say("leave", ["leave", `-rpc-addr=${second.rpc}`], /Graceful leave complete/);
    await this.#say("left", ["members", `-rpc-addr=${first.rpc}`], /second .*left/);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.#agents) {
      try {
        agent.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
      await agent.status;
    }
  }

  async #start(
    name: string,
    { bind, rpc }: { readonly bind: string; readonly rpc: string },
    args: readonly string[],
  ): Promise<void> {
    this.#agents.push(
      new Deno.Command(this.#program, {
        args: ["agent", `-node=${name}`, `-bind=${bind}`, `-rpc-addr=${rpc}`, ...args],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn(),
    );
    await this.#say(`agent ${name}`, ["info", `-rpc-addr=${rpc}`], new RegExp(`name = ${name}`));
  }

  /** Runs a command again and again until it says what it should. */
  async #say(step: string, args: readonly string[], expected: RegExp): Promise<void> {
    const end = performance.now() + stepLimit;
    while (true) {
      const { stdout, stderr } = await new Deno.Command(this.#program, {
        args: [...args],
        stdin: "null",
      }).output();
      const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      if (expected.test(said)) return console.log(`${step}: ok`);
      if (performance.now() > end) throw new Error(`${step}: ${expected} never came:\n${said}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** An address on this machine that nobody uses. */
function freeAddress(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `127.0.0.1:${listener.addr.port}`;
}

async function main([program]: readonly string[]): Promise<number> {
  if (program === undefined) {
    console.error("Which program? deno run -A scripts/try_out.ts PROGRAM");
    return 1;
  }
  await using tryOut = new TryOut(await Deno.realPath(program));
  try {
    await tryOut.run();
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
