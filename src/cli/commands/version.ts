/** `serf version`: whatever its arguments (cli.md section 7.15). */

import type { Command } from "../command.ts";
import { formatJson } from "../../go/json_writer.ts";
import { formatFlag, looseOutputFormat } from "../output/output_format.ts";
import { agentProtocol, VERSION, versionText } from "../version.ts";

/** The `version` command. */
export const version: Command = {
  usage: "[options]",
  example: "serf version -format=json",
  about: ["Prints the version, and which versions of the agents' protocol are understood."],
  flags: { format: formatFlag },
  // Parity: the reference has nothing to say about this one either.
  help: () => "",
  execute(args, { terminal }) {
    const json = { version: VERSION, protocol: agentProtocol };
    terminal.print(looseOutputFormat(args) === "json" ? formatJson(json) : versionText);
    return Promise.resolve(0);
  },
};
