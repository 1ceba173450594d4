/** `serf version`: whatever its arguments (cli.md section 7.15). */

import type { Command } from "../command.ts";
import { versionText } from "../version.ts";

/** The `version` command. */
export const version: Command = {
  // Parity: the reference has nothing to say about this one either.
  help: () => "",
  execute(_args, { terminal }) {
    terminal.print(versionText);
    return Promise.resolve(0);
  },
};
