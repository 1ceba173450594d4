/** `serf version`: the same with any arguments (cli.md section 7.15). */

import type { Command } from "../command.ts";
import { parseFlagsLeniently } from "../flags.ts";
import { formatJson } from "../../go/json_writer.ts";
import { formatFlag } from "../output/output_format.ts";
import { agentProtocol, VERSION, versionText } from "../version.ts";

const flags = { format: formatFlag };

export const version: Command = {
  usage: "[options]",
  example: "serf version -format=json",
  about: ["Prints the version, and which versions of the agents' protocol are understood."],
  flags,
  // Parity: the reference has nothing to say about this one either.
  help: () => "",
  execute(args, { terminal }) {
    const { format } = parseFlagsLeniently(flags, args);
    const json = { version: VERSION, protocol: agentProtocol };
    terminal.print(format === "json" ? formatJson(json) : versionText);
    return Promise.resolve(0);
  },
};
