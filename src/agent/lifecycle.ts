/**
 * An agent from start to end: boot, signals, reload, exit (agent.md sections 1 to 4).
 *
 * The order of the steps is what users see, and what they see last when one
 * fails; each failure is one line and the exit status 1.
 */

import type { History } from "../history/history.ts";
import { openHistory } from "../host/history/open_history.ts";
import { lookUpHost } from "../host/transport/resolver.ts";
import { Serf } from "../host/serf.ts";
import { Witness } from "../host/witness.ts";
import type { SerfOptions } from "../host/serf_options.ts";
import { formatAddress } from "../ports/address.ts";
import type { Milliseconds } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import { systemClock } from "../rpc/system_clock.ts";
import { type AgentAddresses, resolveAddresses } from "./settings/addresses.ts";
import { Agent } from "./agent.ts";
import { describeStart } from "./banner.ts";
import type { AgentConfig, AgentFlags } from "./settings/config.ts";
import { readEncryptKey } from "./settings/encryption_key.ts";
import { joinHint } from "./discovery/join_hint.ts";
import { keepDebuggerShut } from "./debugger_guard.ts";
import { describeFacts } from "./telemetry/agent_facts.ts";
import { VERSION } from "./version.ts";
import { parseLogLevel } from "./telemetry/log_format.ts";
import { LogWriter } from "./telemetry/log_writer.ts";
import { MetricLines } from "./telemetry/metric_lines.ts";
import { formatMetrics, Metrics } from "./telemetry/metrics.ts";
import { loadKeys, loadTags, nodeOptions, readProfile } from "./settings/node_start.ts";
import { Output } from "./telemetry/output.ts";
import { nameProcess } from "./process_name.ts";
import { readCertificate } from "./clients/rpc_certificate.ts";
import { applyReload } from "./reload.ts";
import type { ReloadRecord } from "../rpc/commands.ts";
import { retryJoin } from "./discovery/retry_join.ts";
import { watchSeeds } from "./discovery/seed_watch.ts";
import { RpcServer } from "./clients/rpc_server.ts";
import { measureRuntime } from "./telemetry/runtime_metrics.ts";
import { addContext, withContext } from "../ports/error_context.ts";
import { pause } from "./pause.ts";
import { errorText } from "../ports/error_text.ts";
import { readSettings } from "./settings/settings.ts";
import { type AgentSignal, signalNames, Signals } from "./signals.ts";
import { startWarnings } from "./settings/start_warnings.ts";

/** A graceful leave that takes longer is given up. */
const leaveLimit: Milliseconds = 3000;

/**
 * Runs an agent until it ends: the `serf agent` command behind its flags.
 *
 * Prints everything itself, listens to signals, and never throws for what the
 * world does wrong.
 *
 * @param output where it prints; standard output by default.
 * @returns the exit status (agent.md section 3); the caller exits with it.
 */
export async function runAgent(flags: AgentFlags, output = new Output()): Promise<number> {
  await using run = new AgentRun(flags, output);
  return await run.run();
}

class AgentRun implements AsyncDisposable {
  readonly #flags: AgentFlags;
  readonly #output: Output;
  readonly #logWriter = new LogWriter();
  readonly #log: Log;
  readonly #resources = new AsyncDisposableStack();
  readonly #stopping = new AbortController();
  #config!: AgentConfig;
  readonly #startedAt = new Date();
  #keys: readonly Uint8Array[] = [];
  #reloading: Promise<unknown> = Promise.resolve();
  #metrics!: Metrics;
  #agent!: Agent;

  constructor(flags: AgentFlags, output: Output) {
    this.#flags = flags;
    this.#output = output;
    this.#log = this.#logWriter.log("agent");
    this.#resources.defer(() => output.flush());
  }

  async run(): Promise<number> {
    try {
      await this.#boot();
    } catch (error) {
      // What led to it stands in the log, which nobody could ask for later.
      this.#logWriter.releaseHeld();
      const message = errorText(error);
      this.#output.error(message);
      const hint = joinHint(message);
      if (hint !== undefined) this.#output.error(`Hint: ${hint}`);
      return 1;
    }
    return await this.#serve();
  }

  /** Takes every step up to a running agent. @throws {Error} with the line to show. */
  async #boot(): Promise<void> {
    if (this.#flags.logFormat === "json") this.#output.format = "json";
    // A file may choose the format of what there is to say about it.
    const warnings: string[] = [];
    const config = await readSettings(this.#flags, (text) => warnings.push(text));
    this.#config = config;
    if (config.logFormat === "json") this.#output.format = "json";
    for (const text of warnings) this.#output.status(text);
    this.#logWriter.level = parseLogLevel(config.logLevel);
    this.#logWriter.addSink(this.#output.record);
    await this.#openSyslog(config);
    this.#metrics = this.#openMetrics(config);
    this.#resources.defer(keepDebuggerShut());
    nameProcess();

    const addresses = await resolveAddresses(config, lookUpHost);
    if (addresses.chosenFromInterface !== undefined) {
      this.#output.status(
        `Using interface '${config.interface}' address '${addresses.chosenFromInterface}'`,
      );
    }
    const isEncrypted = await this.#startAgent(config, addresses);
    await this.#discover(config);
    await this.#listenForClients(config);
    for (const fact of describeStart(config, addresses, isEncrypted)) this.#output.fact(fact);
    await this.#startJoin(config);
  }

  /** Runs until something ends the agent, and returns the exit status. */
  async #serve(): Promise<number> {
    using signals = new Signals(() => this.#dumpMetrics());
    this.#output.space();
    this.#output.status("Log data will now stream in as it occurs:");
    this.#output.space();
    this.#logWriter.openGate();

    // Parity: the reference ends with 0 also when it lost its name, so that nothing restarts it.
    const ended = this.#agent.ended.then((reason) => reason === undefined ? "ended" : "lost name");
    const gaveUp = this.#retryJoin();
    while (true) {
      const cause = await Promise.race([ended, gaveUp, signals.next()]);
      if (cause === "ended") return 0;
      if (cause === "lost name") return 1;
      if (cause === "gave up") {
        await this.#agent.shutdown();
        return 1;
      }
      this.#output.status(`Caught signal: ${signalNames[cause]}`);
      if (cause === "SIGHUP") await this.#reload();
      else return await this.#end(cause, signals);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#resources.disposeAsync();
  }

  async #openSyslog(config: AgentConfig): Promise<void> {
    if (!config.enableSyslog) return;
    const { openSyslog } = await import("./telemetry/syslog.ts");
    const syslog = await openSyslog(config.syslogFacility).catch(addContext("Syslog setup failed"));
    this.#logWriter.addSink(syslog.sink);
    this.#resources.defer(() => syslog.close());
  }

  #openMetrics(config: AgentConfig): Metrics {
    const metrics = new Metrics({ hostName: Deno.hostname() });
    const servers = [["statsite", config.statsiteAddr], ["statsd", config.statsdAddr]] as const;
    for (const [server, address] of servers) {
      if (address === "") continue;
      const lines = new MetricLines(server, address);
      metrics.addSink(lines);
      this.#resources.defer(() => lines.close());
    }
    this.#resources.defer(measureRuntime(metrics));
    return metrics;
  }

  /** Starts the node and what reacts to its events; returns whether traffic is encrypted. */
  async #startAgent(config: AgentConfig, addresses: AgentAddresses): Promise<boolean> {
    const encryptKey = readEncryptKey(config);
    const profile = readProfile(config);
    this.#output.status("Starting Serf agent...");
    const { tags, keys } = withContext("Failed to setup the Serf agent", () => ({
      tags: loadTags(config, this.#log),
      keys: loadKeys(config, encryptKey, this.#log),
    }));
    const isEncrypted = keys.length > 0;
    for (const text of startWarnings({ flags: this.#flags, config, addresses, isEncrypted })) {
      this.#log.warn(text);
    }
    const history = await this.#openHistory(config);
    this.#log.info("Serf agent starting");
    const [log, metrics] = [this.#logWriter, this.#metrics];
    const witness = new Witness();
    const { observer } = witness;
    const options = { addresses, profile, tags, keys, log: this.#log, meter: metrics, observer };
    const node = await Serf.start(this.#noteKeys(nodeOptions(config, options)))
      .catch(addContext("Failed to start the Serf agent: Error creating Serf"));
    const reload = () => this.#reload();
    const facts = () => this.#describe(node);
    this.#agent = new Agent({ node, log, metrics, config, history, witness, reload, facts });
    this.#resources.defer(() => this.#agent.shutdown());
    return isEncrypted;
  }

  async #openHistory(config: AgentConfig): Promise<History> {
    const log = this.#logWriter.log("agent.history");
    const { history, close } = await openHistory(config.history, log, this.#metrics)
      .catch(addContext("Failed to start the Serf agent: Failed to open the history"));
    this.#resources.defer(close);
    return history;
  }

  /** Remembers the keys, and each change of them. */
  #noteKeys(options: SerfOptions): SerfOptions {
    const { keys, onKeysChanged } = options;
    this.#keys = keys ?? [];
    if (!onKeysChanged) return options;
    return {
      ...options,
      onKeysChanged: (ring) => {
        this.#keys = ring;
        return onKeysChanged(ring);
      },
    };
  }

  #describe(node: Serf) {
    return describeFacts({
      version: VERSION,
      startedAt: this.#startedAt,
      now: new Date(),
      bound: formatAddress(node.address),
      advertised: formatAddress(node.self.address),
      rpc: this.#config.rpcAddr,
      snapshotPath: this.#config.snapshotPath,
      keys: this.#keys,
      backlog: this.#agent.handlers.backlog,
    });
  }

  /** What works beside the agent needs. */
  get #parts() {
    return { config: this.#config, agent: this.#agent, log: this.#log, clock: systemClock };
  }

  async #discover(config: AgentConfig): Promise<void> {
    if (config.discover === "") return;
    const { Discovery } = await import("./discovery/mdns.ts");
    const discovery = new Discovery({ ...this.#parts, meter: this.#metrics });
    this.#resources.defer(() => discovery.stop());
    await discovery.start().catch(addContext("Error starting mDNS listener"));
  }

  async #listenForClients(config: AgentConfig): Promise<void> {
    const fail = addContext("Error starting RPC listener");
    const server = await RpcServer.listen({
      address: config.rpcAddr,
      authKey: config.rpcAuth,
      allowOpen: config.rpcAllowOpen,
      certificate: await readCertificate(config).catch(fail),
      agent: this.#agent,
      log: this.#logWriter.log("agent.ipc"),
      meter: this.#metrics,
      clock: systemClock,
    }).catch(fail);
    this.#resources.defer(() => server.close());
    this.#output.status("Starting Serf agent RPC...");
    this.#output.status("Serf agent running!");
  }

  async #startJoin(config: AgentConfig): Promise<void> {
    if (config.startJoin.length === 0) return;
    this.#output.status(`Joining cluster...(replay: ${config.replayOnJoin})`);
    const count = await this.#agent.join(config.startJoin, config.replayOnJoin);
    this.#output.fact(`Join completed. Synced with ${count} initial agents`);
  }

  /** Joins in the background, then watches over the seeds; settles only if it gave up for good. */
  async #retryJoin(): Promise<"gave up"> {
    const { signal } = this.#stopping;
    if (!await retryJoin({ ...this.#parts, signal })) return "gave up";
    await watchSeeds({ ...this.#parts, signal });
    return await new Promise<never>(() => {});
  }

  /** Reloads once the reloads before it are done: a signal and clients may ask at once. */
  #reload(): Promise<ReloadRecord> {
    const reload = this.#reloading.then(() => this.#reloadNow());
    this.#reloading = reload.catch(() => {});
    return reload;
  }

  async #reloadNow(): Promise<ReloadRecord> {
    this.#output.status("Reloading configuration...");
    const warnings: string[] = [];
    const problems: string[] = [];
    const warn = (text: string) => {
      warnings.push(text);
      this.#output.status(text);
    };
    const complain = (text: string) => {
      problems.push(text);
      this.#output.error(text);
    };
    const config = await readSettings(this.#flags, warn).catch((error: unknown) => {
      complain(errorText(error));
      complain("Failed to reload configs");
    });
    if (!config) return { changed: [], waiting: [], warnings, problems };
    const { inForce, changed, waiting } = await applyReload(this.#config, config, {
      agent: this.#agent,
      logWriter: this.#logWriter,
      log: this.#log,
      complain,
    });
    this.#config = inForce;
    return { changed, waiting, warnings, problems };
  }

  /** Ends the agent because of a signal, gracefully if the settings want it. */
  async #end(signal: AgentSignal, signals: Signals): Promise<number> {
    const { skipLeaveOnInterrupt, leaveOnTerminate } = this.#config;
    const isGraceful = signal === "SIGINT" ? !skipLeaveOnInterrupt : leaveOnTerminate;
    const status = isGraceful ? await this.#leave(signals) : 1;
    await this.#agent.shutdown();
    return status;
  }

  /** Leaves, and returns the exit status: 1 if it took too long or somebody is impatient. */
  async #leave(signals: Signals): Promise<number> {
    this.#output.status("Gracefully shutting down agent...");
    const waiting = new AbortController();
    const left = this.#agent.leave().then(() => 0, async (error) => {
      // A refused leave goes on until the limit; one that the shutdown cut off is no news.
      if (!waiting.signal.aborted) this.#output.error(`Error: ${errorText(error)}`);
      return await new Promise<never>(() => {});
    });
    const limit = pause(systemClock, leaveLimit, waiting.signal);
    const gaveUp = Promise.race([limit, signals.next()]);
    const status = await Promise.race([left, gaveUp.then(() => 1)]);
    waiting.abort();
    return status;
  }

  #dumpMetrics(): void {
    Deno.stderr.writeSync(new TextEncoder().encode(formatMetrics(this.#metrics.records())));
  }
}
