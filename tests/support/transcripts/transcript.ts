/**
 * Recorded runs of the reference program: what was asked of it, and what it did.
 *
 * One JSON file holds one case (`tests/transcripts/README.md` explains the
 * fields). This file turns it into values with everything optional filled in.
 */

const folder = new URL("../../transcripts/", import.meta.url);

/** One run of a handler script: its environment and its standard input, as `od -c` shows it. */
export interface Invocation {
  readonly env: readonly string[];
  readonly stdin_od_c: readonly string[];
}

/** What a program did; which of the fields a case has depends on the case. */
export interface Outcome {
  /** Exit status; negative is the number of the signal that ended the process. */
  readonly exit?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** Content and permissions of the file that the agent wrote. */
  readonly file?: string;
  readonly mode?: string;
  /** Datagrams that a syslog server received. */
  readonly syslog?: readonly string[];
  readonly invocations?: readonly Invocation[];
  /** What `serf members` printed meanwhile. */
  readonly members?: string;
  /** Lines that a metrics server received, each kind once. */
  readonly distinct_lines?: readonly string[];
}

/** How two outputs are compared. */
export type Order = "exact" | "lines-any-order" | "members-any-order" | "tags-any-order" | "any";

/** A recorded case. */
export interface Transcript {
  /** The group and the name within it, as in `keys/list-one`. */
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly setup: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** Empty where the case only watches the agents of its setup. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly steps: readonly string[];
  readonly order: Order;
  readonly racyLines: readonly string[];
  /** What the development head did, and what release 0.9.4 did where that is known. */
  readonly head: Outcome;
  readonly release: Outcome | undefined;
}

/** A case as it lies on disk. */
interface TranscriptFile {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly setup?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly steps?: readonly string[];
  readonly order: Order;
  readonly racy_lines?: readonly string[];
  readonly runs: { readonly head: Outcome; readonly "0.9.4"?: Outcome | "same as head" };
}

/** Reads all cases, by id. */
export async function loadTranscripts(): Promise<ReadonlyMap<string, Transcript>> {
  const transcripts: Transcript[] = [];
  for await (const group of Deno.readDir(folder)) {
    if (!group.isDirectory) continue;
    for await (const entry of Deno.readDir(new URL(`${group.name}/`, folder))) {
      const text = await Deno.readTextFile(new URL(`${group.name}/${entry.name}`, folder));
      transcripts.push(readTranscript(JSON.parse(text)));
    }
  }
  transcripts.sort((a, b) => a.id < b.id ? -1 : 1);
  return new Map(transcripts.map((transcript) => [transcript.id, transcript]));
}

function readTranscript(file: TranscriptFile): Transcript {
  const release = file.runs["0.9.4"];
  return {
    id: `${file.group}/${file.id}`,
    group: file.group,
    title: file.title,
    setup: file.setup ?? [],
    files: file.files ?? {},
    command: file.command ?? [],
    env: file.env ?? {},
    steps: file.steps ?? [],
    order: file.order,
    racyLines: file.racy_lines ?? [],
    head: file.runs.head,
    release: release === "same as head" ? file.runs.head : release,
  };
}

/** A case in which this program does something else on purpose. */
export interface Difference {
  readonly reason: string;
  /** The fields that differ, with what this program does. */
  readonly ours: Outcome;
}

/** Reads the deliberate differences, by id of the case. */
export async function loadDifferences(): Promise<ReadonlyMap<string, Difference>> {
  const text = await Deno.readTextFile(new URL("differences.json", folder));
  const parsed: Readonly<Record<string, Difference>> = JSON.parse(text);
  return new Map(Object.entries(parsed));
}
