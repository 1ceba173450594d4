/** `serf keygen`: a new key with any arguments (cli.md section 7.6). */

import { errorText } from "../../../ports/error_text.ts";
import { formatJson } from "../../../go/json_writer.ts";
import { defineCommand } from "../../command.ts";
import { textFlag } from "../../flags.ts";
import { formatFlag } from "../../output/output_format.ts";

/** Length of a key in bytes: that of AES-256. */
const keyLength = 32;

export const keygen = defineCommand({
  name: "keygen",
  example: "serf keygen > key",
  about: [
    "Prints a new random key for the traffic of a cluster, in the form that the agent's " +
    "-encrypt flag and the keys command take. With -keyring it prints no key, but puts it into a " +
    "file for the agent's -keyring-file flag.",
  ],
  flags: {
    keyring: textFlag(
      "keyring=path",
      "Make a keyring file with the key, which only its owner can read. Overwrites no file.",
      { offers: "files" },
    ),
    format: formatFlag,
  },
  isLenient: true,
  async run({ keyring, format }, _args, { terminal }) {
    const key = crypto.getRandomValues(new Uint8Array(keyLength));
    if (keyring === "") {
      const text = key.toBase64();
      return terminal.print(format === "json" ? formatJson({ key: text }) : text);
    }
    const { createKeyringFile } = await import("../../../agent/settings/keyring_file.ts");
    try {
      createKeyringFile(keyring, key);
    } catch (error) {
      terminal.warn(errorText(error));
      return 1;
    }
    const made = `Made keyring ${keyring} with a new key`;
    terminal.print(format === "json" ? formatJson({ keyring }) : made);
  },
});
