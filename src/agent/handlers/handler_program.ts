/** Whether the program that a handler's command line begins with is there to run. */

/** A command line that begins with a plain word, behind variables that it sets. */
const plainStart = /^\s*(?:[A-Za-z_]\w*=[\w./:-]*\s+)*([\w./+-]+)(?=\s|;|$)/;

/**
 * Checks the first command of a script; one that the shell has to work out is not judged.
 *
 * @throws {Error} if there is no such program, or it may not be run.
 */
export async function checkProgram(script: string): Promise<void> {
  const program = plainStart.exec(script)?.[1];
  // Of the Windows shell's own commands there is no list to ask for.
  if (program === undefined || Deno.build.os === "windows") return;
  if (!program.includes("/")) {
    const { success } = await new Deno.Command("/bin/sh", {
      args: ["-c", 'command -v "$1"', "sh", program],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    if (!success) throw new Error(`there is no program '${program}' in PATH`);
    return;
  }
  const info = await Deno.stat(program).catch(() => undefined);
  if (!info) throw new Error(`there is no file '${program}'`);
  if (!info.isFile) throw new Error(`'${program}' is no file`);
  if (((info.mode ?? 0) & 0o111) === 0) {
    throw new Error(`'${program}' may not be run (chmod +x ${program})`);
  }
}
