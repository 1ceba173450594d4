/** Runs a program of the system for what it prints. */

/** Returns the standard output. @throws {Error} saying what failed, and how. */
export async function toolOutput(command: string, ...args: readonly string[]): Promise<string> {
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      env: { NO_COLOR: "1" },
    }).output();
  } catch (error) {
    throw new Error(`Cannot run "${command}"`, { cause: error });
  }
  const decoder = new TextDecoder();
  if (output.success) return decoder.decode(output.stdout);
  const said = decoder.decode(output.stderr).trim();
  throw new Error(`"${command}" failed${said === "" ? "" : `: ${said}`}`);
}
