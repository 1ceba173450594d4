/**
 * What is dangerous about how an agent was started: told once, at the start, with what to do
 * about it. It stops nothing.
 */

import { isLoopback, parseIp } from "../../ports/address.ts";
import type { AgentAddresses } from "./addresses.ts";
import type { AgentConfig, AgentFlags } from "./config.ts";

export interface AgentStart {
  readonly flags: AgentFlags;
  readonly config: AgentConfig;
  readonly addresses: AgentAddresses;
  readonly isEncrypted: boolean;
}

/** Bits of a file's mode: what users other than its owner and group may do. */
const othersRead = 0o004;
const othersWrite = 0o002;

/** Returns the warnings, one line each. */
export function startWarnings({ flags, config, addresses, isEncrypted }: AgentStart): string[] {
  const { keyringFile, encryptFile, rpcTlsKey, secretFiles, snapshotPath } = config;
  const keyOnCommandLine = flags.encryptKey === undefined ? [] : [
    "The encryption key is on the command line, where every user of this machine can see it " +
    "(-encrypt-file hides it)",
  ];
  const unencrypted = isEncrypted || isLocal(addresses) ? [] : [
    "Without encryption, everybody who reaches this agent's port can read what members tell " +
    "each other and become a member (give a key with -encrypt-file or -keyring-file)",
  ];
  const secrets = [keyringFile, encryptFile, rpcTlsKey, ...secretFiles];
  return [
    ...keyOnCommandLine,
    ...unencrypted,
    ...secrets.filter((path) => allows(path, othersRead)).map((path) =>
      `Every user of this machine can read the secrets in ${path} (chmod o-r)`
    ),
    ...[...secrets, snapshotPath].filter((path) => allows(path, othersWrite)).map((path) =>
      `Every user of this machine can change ${path} (chmod o-w)`
    ),
  ];
}

function isLocal({ bind }: AgentAddresses): boolean {
  const ip = parseIp(bind.host);
  return ip !== undefined && isLoopback(ip);
}

function allows(path: string, bit: number): boolean {
  if (Deno.build.os === "windows") return false;
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && ((mode ?? 0) & bit) !== 0;
  } catch {
    // It is not there yet, or no file: "-" is standard input, and "" was not given.
    return false;
  }
}
