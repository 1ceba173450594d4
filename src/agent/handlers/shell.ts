/** The system's shell, which runs what users write as handlers. */

import { encodeText } from "../../bytes/text.ts";

/** How to have the shell run a script. */
export interface ShellCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Whether the arguments are to reach the shell as they stand, without further quoting. */
  readonly windowsRawArguments: boolean;
}

export type Environment = Readonly<Record<string, string>>;

/**
 * Returns how a platform's shell runs a script, both outputs in one pipe where it can do that.
 *
 * @param environment what the process is given; read here for values that are no UTF-8.
 */
export function shellCommand(
  script: string,
  environment: Environment = {},
  os: string = Deno.build.os,
): ShellCommand {
  if (os === "windows") {
    // The shell takes the text between the outermost quotes; the platform must add none.
    return { command: "cmd", args: ["/d", "/s", "/c", `"${script}"`], windowsRawArguments: true };
  }
  // The outer shell only joins the outputs and becomes the inner one, so that
  // lines come in the order in which they were printed.
  const outer = `${oddVariables(environment)}exec /bin/sh -c "$1" 2>&1`;
  return { command: "/bin/sh", args: ["-c", outer, "sh", script], windowsRawArguments: false };
}

/**
 * Returns shell code that sets the variables whose bytes are no UTF-8: the runtime can
 * hand over nothing else. Each byte is written as octal digits, so nothing needs quotes.
 */
function oddVariables(environment: Environment): string {
  return Object.entries(environment).filter(([, value]) => !value.isWellFormed())
    .map(([name, value]) => {
      const bytes = Array.from(encodeText(value), (byte) => `\\0${byte.toString(8)}`).join("");
      // The dot keeps the shell from cutting line ends off.
      return `${name}=$(printf %b '${bytes}.'); export ${name}="\${${name}%.}"; `;
    }).join("");
}
