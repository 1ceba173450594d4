/** The system's shell, which runs what users write as handlers. */

/** How to have the shell run a script. */
export interface ShellCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Whether the arguments are to reach the shell as they stand, without further quoting. */
  readonly windowsRawArguments: boolean;
}

/** Returns how a platform's shell runs a script, both outputs in one pipe where it can do that. */
export function shellCommand(script: string, os: string = Deno.build.os): ShellCommand {
  if (os === "windows") {
    // The shell takes the text between the outermost quotes; the platform must add none.
    return { command: "cmd", args: ["/d", "/s", "/c", `"${script}"`], windowsRawArguments: true };
  }
  // The outer shell only joins the outputs and becomes the inner one, so that
  // lines come in the order in which they were printed.
  const args = ["-c", 'exec /bin/sh -c "$1" 2>&1', "sh", script];
  return { command: "/bin/sh", args, windowsRawArguments: false };
}
