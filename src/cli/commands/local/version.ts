/** `serf version`: the same with any arguments (cli.md section 7.15). */

import { formatJson } from "../../../go/json_writer.ts";
import { defineCommand } from "../../command.ts";
import { formatFlag } from "../../output/output_format.ts";
import { VERSION } from "../../../agent/version.ts";
import { agentProtocol, versionText } from "../../version.ts";

export const version = {
  ...defineCommand({
    name: "version",
    example: "serf version -format=json",
    about: ["Prints the version, and which versions of the agents' protocol are understood."],
    flags: { format: formatFlag },
    isLenient: true,
    run({ format }, _args, { terminal }) {
      const json = { version: VERSION, protocol: agentProtocol };
      terminal.print(format === "json" ? formatJson(json) : versionText);
    },
  }),
  // Parity: the reference has nothing to say about this one either.
  help: () => "",
};
