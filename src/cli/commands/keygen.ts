/** `serf keygen`: a fresh key, whatever the arguments (cli.md section 7.6). */

import type { Command, HelpText } from "../command.ts";
import { FlagError, parseFlags, textFlag } from "../flags.ts";
import { formatHelp } from "../help.ts";
import { formatJson } from "../../go/json_writer.ts";
import { formatFlag, outputFormat } from "../output/output_format.ts";

/** Length of a key in bytes: that of AES-256. */
const keyLength = 32;

const flags = {
  keyring: textFlag({
    name: "keyring",
    hint: "=path",
    about: "Make a keyring file with the key, which only its owner can read. Overwrites no file.",
    initial: "",
    offers: "files",
  }),
  format: formatFlag,
};

const text: HelpText = {
  usage: "[options]",
  example: "serf keygen > key",
  about: [
    "Prints a new random key for the traffic of a cluster, in the form that the agent's " +
    "-encrypt flag and the keys command take. With -keyring it prints no key, but puts it into a " +
    "file for the agent's -keyring-file flag.",
  ],
  flags,
};

/** The `keygen` command. */
export const keygen: Command = {
  ...text,
  help: () => formatHelp("keygen", text),
  async execute(args, { terminal }) {
    const { keyring, isJson } = readArguments(args);
    const key = crypto.getRandomValues(new Uint8Array(keyLength));
    if (keyring === "") {
      const text = key.toBase64();
      terminal.print(isJson ? formatJson({ key: text }) : text);
      return 0;
    }
    const { createKeyringFile } = await import("../../agent/settings/keyring_file.ts");
    try {
      createKeyringFile(keyring, key);
    } catch (error) {
      terminal.warn(`${error instanceof Error ? error.message : error}`);
      return 1;
    }
    terminal.print(isJson ? formatJson({ keyring }) : `Made keyring ${keyring} with a new key`);
    return 0;
  },
};

/** Parity: arguments that are none mean nothing, and the command succeeds all the same. */
function readArguments(args: readonly string[]): { keyring: string; isJson: boolean } {
  try {
    const { keyring, format } = parseFlags(flags, args).values;
    return { keyring, isJson: outputFormat(format) === "json" };
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    return { keyring: "", isJson: false };
  }
}
