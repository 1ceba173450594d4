/**
 * Reads the stage directions of a case: its steps and its command lines, which
 * were written down in English and in the shell's manner.
 */

/** One thing to do while a program runs. */
export type Action =
  | { readonly kind: "wait"; readonly delay: number }
  | { readonly kind: "line"; readonly text: string }
  | { readonly kind: "signal"; readonly signal: Deno.Signal }
  | { readonly kind: "serf"; readonly args: readonly string[]; readonly inBackground: boolean }
  | { readonly kind: "write"; readonly file: string; readonly text: string }
  | { readonly kind: "end" };

const signals: Readonly<Record<string, Deno.Signal>> = {
  SIGINT: "SIGINT",
  SIGTERM: "SIGTERM",
  SIGHUP: "SIGHUP",
  SIGUSR1: "SIGUSR1",
};

/** Reads one step. @throws {Error} on a sentence that it does not know. */
export function parseStep(step: string): Action[] {
  let words: RegExpExecArray | null;
  if ((words = /^wait for the line '(.*)' then ([\d.]+) s, send (SIG\w+)$/.exec(step))) {
    const [, text = "", seconds, name = ""] = words;
    return [{ kind: "line", text }, wait(seconds), ...parseStep(name)];
  }
  if ((words = /^wait for the line '(.*)'$/.exec(step))) {
    return [{ kind: "line", text: words[1] ?? "" }];
  }
  if (/^wait for the agent to end( by itself)?$/.test(step)) return [{ kind: "end" }];
  if ((words = /^send (SIG\w+) one second after start$/.exec(step))) {
    return [wait("1"), ...parseStep(words[1] ?? "")];
  }
  if ((words = /^(SIG\w+) (?:after )?([\d.]+) s(?: after start)?$/.exec(step))) {
    return [wait(words[2]), ...parseStep(words[1] ?? "")];
  }
  if ((words = /^([\d.]+) s (?:after start:?|later) (.*)$/.exec(step))) {
    return [wait(words[1]), ...parseStep(words[2] ?? "")];
  }
  if ((words = /^wait ([\d.]+) s(?: after start)?$/.exec(step))) return [wait(words[1])];
  if ((words = /^(\S+) becomes (\{[^]*)$/.exec(step))) {
    return [{ kind: "write", file: words[1] ?? "", text: words[2] ?? "" }];
  }
  if ((words = /^serf (.*?)( in the background)?(?: \([^)]*\))?$/.exec(step))) {
    const inBackground = words[2] !== undefined;
    return [{ kind: "serf", args: splitArguments(words[1] ?? ""), inBackground }];
  }
  const signal = signals[step];
  if (signal) return [{ kind: "signal", signal }];
  throw new Error(`No such step: "${step}"`);
}

function wait(seconds: string | undefined): Action {
  return { kind: "wait", delay: Number(seconds) * 1000 };
}

/**
 * Splits a command line into its arguments.
 *
 * An argument with blanks stands between quotes, and the quotes within it were
 * not marked: only one before a blank or the end closes it.
 */
export function splitArguments(line: string): string[] {
  return [...line.matchAll(/'([^]*?)'(?= |$)|([^ ]+)/g)].map(([, quoted, plain]) => {
    return quoted ?? plain ?? "";
  });
}
