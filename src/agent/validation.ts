/**
 * `serf agent -validate`: judges flags, files and what they name without starting anything.
 *
 * Each check stands for a step of the start that would fail, calls the same code, and says which
 * settings it is about. All are made, so that one run tells everything. What only binding and
 * joining show (a port in use, a member that does not answer) stays open.
 */

import { lookUpHost, parseJoinAddress } from "../host/transport/resolver.ts";
import { membershipConfig, requireOwnAddressAllowed } from "../host/node_options.ts";
import { checkOptions, type SerfOptions } from "../host/serf_options.ts";
import { systemErrorText } from "../go/system_error.ts";
import { type Address, defaultPort, isLoopback, parseIp } from "../ports/address.ts";
import { addContext, withContext } from "../ports/error_context.ts";
import { errorText } from "../ports/error_text.ts";
import { silentLog, silentMeter } from "../ports/silence.ts";
import { parseRpcAddress } from "../rpc/address.ts";
import { checkCertificate } from "./clients/rpc_certificate.ts";
import { openPortReason } from "./clients/rpc_listener.ts";
import { parseEventHandlers } from "./handlers/event_filter.ts";
import { checkProgram } from "./handlers/handler_program.ts";
import { type AgentAddresses, resolveAddresses } from "./settings/addresses.ts";
import {
  type AgentConfig,
  type AgentFlags,
  defaultConfig,
  fileKey,
  type SettingName,
} from "./settings/config.ts";
import { changedSettings } from "./reload.ts";
import { readEncryptKey } from "./settings/encryption_key.ts";
import { requireKeySizes } from "./settings/keyring_file.ts";
import { existingKeys, loadTags, nodeOptions, readProfile } from "./settings/node_start.ts";
import { flagName } from "./settings/setting_kind.ts";
import { correctSettings, mergeSettings, settingChecks } from "./settings/settings.ts";
import { settings } from "./settings/settings_table.ts";
import { startWarnings } from "./settings/start_warnings.ts";
import { parseLogLevel } from "./telemetry/log_format.ts";

/** Something that keeps an agent from starting. */
export interface Problem {
  /** The flags and the keys of files that it is about; empty if the text tells. */
  readonly where: string;
  readonly what: string;
}

/** What there is to say about how an agent would be started. */
export interface Validation {
  readonly problems: readonly Problem[];
  /** What is dangerous or odd, but stops nothing. */
  readonly warnings: readonly string[];
}

/** Judges what an agent with these flags would start with. */
export async function validateAgent(flags: AgentFlags): Promise<Validation> {
  const run = new ValidationRun(flags);
  await run.judge();
  return run;
}

class ValidationRun implements Validation {
  readonly #flags: AgentFlags;
  #config = defaultConfig;
  readonly problems: Problem[] = [];
  readonly warnings: string[] = [];

  constructor(flags: AgentFlags) {
    this.#flags = flags;
  }

  async judge(): Promise<void> {
    const merged = await this.#try([], () => mergeSettings(this.#flags));
    // The other checks would be about settings that nobody gave.
    if (!merged) return;
    this.#config = merged;
    const warn = (text: string) => this.warnings.push(text);
    for (const { names, check } of settingChecks(merged)) await this.#try(names, check);
    const config = correctSettings(merged, warn);
    await this.#judgeOutput(config);
    await this.#judgeNode(config);
    await this.#judgeRpc(config);
    await this.#try(["snapshotPath"], () => requireKeepable(config.snapshotPath));
    await this.#judgeHandlers(config);
  }

  /** Runs a check about settings; what it throws is a problem. */
  async #try<T>(
    names: readonly SettingName[],
    check: () => T | Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await check();
    } catch (error) {
      const said = names.filter((name) => isSaid(name, this.#flags, this.#config));
      const where = said.map((name) => describeSource(name, this.#flags)).join(", ");
      this.problems.push({ where, what: errorText(error) });
      return undefined;
    }
  }

  async #judgeOutput(config: AgentConfig): Promise<void> {
    await this.#try(["logLevel"], () => parseLogLevel(config.logLevel));
    if (config.enableSyslog) {
      await this.#try(["enableSyslog", "syslogFacility"], async () => {
        const { openSyslog } = await import("./telemetry/syslog.ts");
        const fail = addContext("Syslog setup failed");
        await (await openSyslog(config.syslogFacility).catch(fail)).close();
      });
    }
    for (const name of ["statsdAddr", "statsiteAddr"] as const) {
      if (config[name] !== "") await this.#try([name], () => parseRpcAddress(config[name]));
    }
  }

  /** Addresses, keys, tags, and what the node makes of all together. */
  async #judgeNode(config: AgentConfig): Promise<void> {
    const addresses = await this.#try(["bind", "advertise", "interface"], () => {
      return resolveAddresses(config, lookUpHost);
    });
    for (const name of ["startJoin", "retryJoin"] as const) {
      for (const entry of config[name]) {
        await this.#try([name], () => parseJoinAddress(entry, defaultPort));
      }
    }
    const profile = await this.#try(["profile"], () => readProfile(config)) ?? "lan";
    const keys = await this.#try(["encryptKey", "encryptFile", "keyringFile"], async () => {
      // Standard input can be read once, and belongs to the agent.
      const key = config.encryptFile === "-" ? undefined : readEncryptKey(config);
      const found = existingKeys(config, key, silentLog) ?? (key ? [key] : []);
      requireKeySizes(found);
      await requireKeepable(config.keyringFile);
      return found;
    });
    const tags = await this.#try(["tags", "tagsFile"], async () => {
      await requireKeepable(config.tagsFile);
      return loadTags(config, silentLog);
    }) ?? new Map();
    const { bind } = addresses ?? {};
    const parts = { profile, tags, keys: keys ?? [], log: silentLog, meter: silentMeter };
    const options = nodeOptions(config, { ...parts, addresses: addresses ?? anyAddress });
    const isSound = await this.#try([], () => (checkOptions(options), true));
    if (!addresses || !bind || !keys) return;
    if (isSound) await this.#try([], () => judgeOwnAddress(options, bind));
    const isEncrypted = keys.length > 0 || config.encryptFile === "-";
    this.warnings.push(...startWarnings({ flags: this.#flags, config, addresses, isEncrypted }));
  }

  async #judgeRpc(config: AgentConfig): Promise<void> {
    await this.#try(["rpcTlsCert", "rpcTlsKey"], () => checkCertificate(config));
    await this.#try(["rpcAddr"], async () => {
      const target = await parseRpcAddress(config.rpcAddr)
        .catch(addContext("Error starting RPC listener: listen tcp"));
      if (target.transport === "unix" || config.rpcAuth !== "" || config.rpcAllowOpen) return;
      const ip = parseIp(target.host);
      const isOpen = ip ? !isLoopback(ip) : target.host === "";
      if (isOpen) {
        throw new Error(openPortReason(target.host === "" ? "every address" : target.host));
      }
    });
  }

  async #judgeHandlers({ eventHandlers }: AgentConfig): Promise<void> {
    for (const specification of eventHandlers) {
      await this.#try(["eventHandlers"], async () => {
        const [handler] = withoutThrowing(() => parseEventHandlers(specification)) ?? [];
        if (!handler) return;
        await checkProgram(handler.script).catch(addContext(`'${specification}'`));
      });
    }
  }
}

/** Says where a setting comes from: its flag if that was given, else its key in files. */
function describeSource(name: SettingName, flags: AgentFlags): string {
  const { flag } = settings[name];
  return isInFlags(name, flags) ? `-${flagName(flag)}` : `'${fileKey(name)}'`;
}

function isInFlags(name: SettingName, flags: AgentFlags): boolean {
  const given: unknown = Object.entries(flags).find(([key]) => key === name)?.[1];
  return given !== undefined && !(Array.isArray(given) && given.length === 0);
}

/** Whether anybody said something about a setting. */
function isSaid(name: SettingName, flags: AgentFlags, config: AgentConfig): boolean {
  return isInFlags(name, flags) || changedSettings(defaultConfig, config).includes(name);
}

/** Stands for addresses that are wrong, so that the other settings can be judged. */
const anyAddress: AgentAddresses = {
  bind: { host: "127.0.0.1", port: defaultPort },
  advertise: undefined,
  chosenFromInterface: undefined,
};

function judgeOwnAddress(options: SerfOptions, bind: Address): void {
  const host = bind.host === "" ? "0.0.0.0" : bind.host;
  requireOwnAddressAllowed(membershipConfig(options, { ...bind, host }));
}

/** @throws {Error} if a file that the agent keeps cannot be read and written, or made. */
async function requireKeepable(path: string): Promise<void> {
  if (path === "") return;
  const existing = await Deno.stat(path).catch(() => undefined);
  if (existing?.isDirectory) throw new Error(`open ${path}: is a directory`);
  if (existing) {
    return withContext(`open ${path}`, () => {
      Deno.openSync(path, { read: true, append: true }).close();
    }, systemErrorText);
  }
  const folder = path.replace(/[^/\\]*$/, "") || ".";
  const { access, constants } = await import("node:fs/promises");
  const isThere = await Deno.stat(folder).then(({ isDirectory }) => isDirectory, () => false);
  if (!isThere) throw new Error(`there is no folder '${folder}' to make ${path} in`);
  await access(folder, constants.W_OK | constants.X_OK).catch(() => {
    throw new Error(`this user may not make ${path}: the folder '${folder}' is not theirs`);
  });
}

function withoutThrowing<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    // It is a problem of a check before.
    return undefined;
  }
}
