/**
 * A network of its own for every case, so that all can use the addresses that
 * were recorded, at the same time and whatever else runs on the machine.
 *
 * On Linux this is a network namespace, held open by a process that ends with
 * ours. Where it cannot be had, cases share the machine's loopback interface
 * and must run one after the other.
 */

/** How a process is started in a sandbox. */
export interface SpawnOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Ways to make a namespace: as root, and as an ordinary user. */
const recipes: readonly { unshare: readonly string[]; enter: readonly string[] }[] = [
  { unshare: ["--net", "--mount"], enter: ["--net", "--mount"] },
  {
    unshare: ["--user", "--map-root-user", "--net", "--mount"],
    enter: ["--user", "--preserve-credentials", "--net", "--mount"],
  },
];

/** Runs processes on a network that nobody else is on. */
export class Sandbox implements AsyncDisposable {
  readonly #holder: Deno.ChildProcess | undefined;
  readonly #enter: readonly string[];

  private constructor(holder?: Deno.ChildProcess, enter: readonly string[] = []) {
    this.#holder = holder;
    this.#enter = enter;
  }

  /**
   * Makes a sandbox.
   *
   * @param commands shell commands that prepare it, such as network interfaces.
   * @returns undefined if namespaces cannot be had here.
   */
  static async open(commands: readonly string[] = []): Promise<Sandbox | undefined> {
    if (Deno.build.os !== "linux") return undefined;
    for (const recipe of recipes) {
      const holder = await hold(recipe.unshare, ["ip link set lo up", ...commands]);
      if (!holder) continue;
      return new Sandbox(holder, ["nsenter", `--target=${holder.pid}`, ...recipe.enter]);
    }
    return undefined;
  }

  /** The machine itself, for want of a namespace. */
  static shared(): Sandbox {
    return new Sandbox();
  }

  /** Starts a process with nothing in its environment but what is given. */
  spawn(command: readonly string[], options: SpawnOptions): Deno.ChildProcess {
    // The directory is entered on the inside: a mount namespace shows its own.
    const [path = "", ...args] = this.#holder
      ? [...this.#enter, `--wdns=${options.cwd}`, "--", ...command]
      : command;
    return new Deno.Command(path, {
      args,
      cwd: options.cwd,
      clearEnv: true,
      env: { ...options.env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#holder?.stdin.close();
    await this.#holder?.status;
  }
}

/** Starts the process that holds a namespace until its standard input closes. */
async function hold(
  unshare: readonly string[],
  commands: readonly string[],
): Promise<Deno.ChildProcess | undefined> {
  const script = [...commands, "echo ready", "exec cat >&2"].join(" && ");
  let holder: Deno.ChildProcess;
  try {
    holder = new Deno.Command("unshare", {
      args: [...unshare, "sh", "-c", script],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const reader = holder.stdout.getReader();
  const { done } = await reader.read();
  await reader.cancel();
  if (!done) return holder;
  await holder.stdin.close().catch(() => {});
  await holder.status;
  return undefined;
}
