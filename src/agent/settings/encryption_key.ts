/**
 * The encryption key that an agent is given: as it stands in flags or files, in a file of its
 * own, or in the environment. It reaches no log and no error.
 */

import { decodeBase64 } from "../../go/base64.ts";
import { systemErrorText } from "../../go/system_error.ts";
import { withContext } from "../../ports/error_context.ts";
import type { AgentConfig } from "./config.ts";

/** A key may be given in the environment, where neither flags nor files give one. */
const keyVariable = "SERF_ENCRYPT_KEY";
/** How many bytes of a key file are read: no key is longer. */
const maxKeyLine = 256;

/**
 * Reads the encryption key that the configuration gives or names, else that of the
 * environment, if there is one.
 *
 * @throws {Error} `Invalid encryption key: …`, or why the file or variable holds none.
 */
export function readEncryptKey(config: AgentConfig): Uint8Array | undefined {
  const text = keyText(config);
  if (text === undefined) return undefined;
  return withContext("Invalid encryption key", () => decodeBase64(text));
}

function keyText({ encryptKey, encryptFile }: AgentConfig): string | undefined {
  if (encryptKey !== "" && encryptFile !== "") {
    throw new Error(
      "Both an encryption key (-encrypt, encrypt_key) and a file with one (-encrypt-file, " +
        "encrypt_file) are given",
    );
  }
  if (encryptKey !== "") return encryptKey;
  const [source, text] = encryptFile === ""
    ? [keyVariable, takeKeyVariable()]
    : [encryptFile === "-" ? "standard input" : encryptFile, readKeyLine(encryptFile)];
  if (text === "") throw new Error(`No encryption key in ${source}`);
  return text;
}

/** Takes the variable out of the environment, which event handlers inherit. */
function takeKeyVariable(): string | undefined {
  // Without the permission, reading would ask for it at the terminal.
  const { state } = Deno.permissions.querySync({ name: "env", variable: keyVariable });
  if (state !== "granted") return undefined;
  const text = Deno.env.get(keyVariable)?.trim();
  Deno.env.delete(keyVariable);
  return text;
}

/** Reads the first line of a file, without the blanks around it. */
function readKeyLine(path: string): string {
  const bytes = new Uint8Array(maxKeyLine);
  let length = 0;
  withContext(`Failed to read encryption key: open ${path}`, () => {
    using opened = path === "-" ? undefined : Deno.openSync(path);
    const file = opened ?? Deno.stdin;
    while (length < bytes.length && !bytes.includes(0x0a)) {
      const count = file.readSync(bytes.subarray(length));
      if (count === null) break;
      length += count;
    }
  }, systemErrorText);
  return new TextDecoder().decode(bytes.subarray(0, length)).split("\n", 1)[0]!.trim();
}
