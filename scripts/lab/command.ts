/** Runs programs to their end. */

export type Command = readonly [string, ...string[]];

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with nothing to read and without colours. @throws {Error} if it cannot start. */
export async function run(
  [program, ...args]: Command,
  options: Pick<Deno.CommandOptions, "clearEnv" | "cwd" | "env" | "signal"> = {},
): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    ...options,
    args,
    stdin: "null",
    env: { NO_COLOR: "1", ...options.env },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Returns what a program prints. @throws {Error} saying what failed, and how. */
export async function toolOutput(...command: Command): Promise<string> {
  const [program] = command;
  const { code, stdout, stderr } = await run(command).catch((cause) => {
    throw new Error(`Cannot run "${program}"`, { cause });
  });
  if (code === 0) return stdout;
  const said = stderr.trim();
  throw new Error(`"${program}" failed${said === "" ? "" : `: ${said}`}`);
}
