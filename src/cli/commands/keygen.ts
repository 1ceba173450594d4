/** `serf keygen`: a fresh key, whatever the arguments (cli.md section 7.6). */

import type { Command, HelpText } from "../command.ts";
import { formatHelp } from "../help.ts";
import { formatJson } from "../json.ts";
import { formatFlag, looseOutputFormat } from "../output_format.ts";

/** Length of a key in bytes: that of AES-256. */
const keyLength = 32;

const text: HelpText = {
  usage: "[options]",
  example: "serf keygen > key",
  about: [
    "Prints a new random key for the traffic of a cluster, in the form that the agent's " +
    "-encrypt flag and the keys command take.",
  ],
  flags: { format: formatFlag },
};

/** The `keygen` command. */
export const keygen: Command = {
  ...text,
  help: () => formatHelp("keygen", text),
  execute(args, { terminal }) {
    const key = crypto.getRandomValues(new Uint8Array(keyLength)).toBase64();
    terminal.print(looseOutputFormat(args) === "json" ? formatJson({ key }) : key);
    return Promise.resolve(0);
  },
};
