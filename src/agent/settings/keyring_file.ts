/**
 * The encryption keys on disk: a JSON list of base64 texts, the primary key
 * first (agent.md section 8.2). Keys never reach a log or an error.
 */

import { Base64Error, decodeBase64 } from "../../go/base64.ts";
import { systemErrorText } from "../../go/system_error.ts";
import { createFile, removeLeftovers, replaceFile } from "./atomic_file.ts";
import { jsonKind, type JsonValue, readOnlyJson } from "../../go/json_reader.ts";

/**
 * Reads the keys, in order, and removes what a crash left beside the file.
 *
 * @throws {Error} `stat PATH: …`, `Failed to read keyring file: …`, `Failed to decode
 * keyring file: …`, `Failed to decode key from keyring: …` or `Keyring file contains no keys`.
 */
export function readKeyringFile(path: string): Uint8Array[] {
  removeLeftovers(path);
  const texts = parseKeyring(readBytes(path));
  const keys = texts.map(decodeKey);
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
  try {
    action();
  } catch (error) {
    throw new Error(`Failed to write keyring file: open ${path}: ${systemErrorText(error)}`);
  }
}

function readBytes(path: string): Uint8Array {
  try {
    Deno.statSync(path);
  } catch (error) {
    throw new Error(`stat ${path}: ${systemErrorText(error)}`);
  }
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    throw new Error(`Failed to read keyring file: open ${path}: ${systemErrorText(error)}`);
  }
}

function parseKeyring(bytes: Uint8Array): string[] {
  const refuse = (reason: string): never => {
    throw new Error(`Failed to decode keyring file: ${reason}`);
  };
  let value: JsonValue = null;
  try {
    value = readOnlyJson(bytes);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return refuse(error.message);
  }
  if (value === null) return [];
  if (!Array.isArray(value)) {
    return refuse(`json: cannot unmarshal ${jsonKind(value)} into Go value of type []string`);
  }
  return value.map((text) => {
    if (typeof text === "string") return text;
    if (text === null) return "";
    return refuse(`json: cannot unmarshal ${jsonKind(text)} into Go value of type string`);
  });
}

function decodeKey(text: string): Uint8Array {
  try {
    return decodeBase64(text);
  } catch (error) {
    if (!(error instanceof Base64Error)) throw error;
    throw new Error(`Failed to decode key from keyring: ${error.message}`);
  }
}
