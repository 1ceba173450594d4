/**
 * The encryption keys on disk: a JSON list of base64 texts, the primary key
 * first (agent.md section 8.2). Keys never reach a log or an error.
 */

import { decodeBase64 } from "../../go/base64.ts";
import { cannotUnmarshal, readOnlyJson, readString } from "../../go/json_reader.ts";
import { systemErrorText } from "../../go/system_error.ts";
import { withContext } from "../../ports/error_context.ts";
import { createFile, removeLeftovers, replaceFile } from "./atomic_file.ts";

/**
 * Reads the keys, in order, and removes what a crash left beside the file.
 *
 * @throws {Error} `stat PATH: …`, `Failed to read keyring file: …`, `Failed to decode
 * keyring file: …`, `Failed to decode key from keyring: …` or `Keyring file contains no keys`.
 */
export function readKeyringFile(path: string): Uint8Array[] {
  removeLeftovers(path);
  const bytes = readBytes(path);
  const texts = withContext("Failed to decode keyring file", () => decodeTexts(bytes));
  const keys = withContext("Failed to decode key from keyring", () => texts.map(decodeBase64));
  if (keys.length === 0) throw new Error("Keyring file contains no keys");
  requireKeySizes(keys);
  return keys;
}

/** Checks the sizes of keys. @throws {Error} `Failed to restore keyring: …`. */
export function requireKeySizes(keys: readonly Uint8Array[]): void {
  const bad = keys.find(({ length }) => length !== 16 && length !== 24 && length !== 32);
  if (bad) throw new Error("Failed to restore keyring: key size must be 16, 24 or 32 bytes");
}

/**
 * Writes the keys: two-blank indentation, no newline at the end.
 *
 * @throws {Error} `Failed to write keyring file: …`.
 */
export function writeKeyringFile(path: string, keys: readonly Uint8Array[]): void {
  write(path, () => replaceFile(path, formatKeyring(keys)));
}

/**
 * Makes a keyring file that only its owner reads.
 *
 * @throws {Error} `Failed to write keyring file: …`, also if there is a file already.
 */
export function createKeyringFile(path: string, key: Uint8Array): void {
  write(path, () => createFile(path, formatKeyring([key])));
}

function formatKeyring(keys: readonly Uint8Array[]): string {
  return JSON.stringify(keys.map((key) => key.toBase64()), undefined, 2);
}

function write(path: string, action: () => void): void {
  withContext(`Failed to write keyring file: open ${path}`, action, systemErrorText);
}

function readBytes(path: string): Uint8Array {
  withContext(`stat ${path}`, () => Deno.statSync(path), systemErrorText);
  const context = `Failed to read keyring file: open ${path}`;
  return withContext(context, () => Deno.readFileSync(path), systemErrorText);
}

function decodeTexts(bytes: Uint8Array): string[] {
  const value = readOnlyJson(bytes);
  if (value === null) return [];
  if (!Array.isArray(value)) throw cannotUnmarshal(value, "[]string");
  return value.map(readString);
}
