/** What a process takes up, as Linux tells it. */

/** The kernel counts processor time in hundredths of a second. */
const tick = 10;

/** Milliseconds of processor time that a process has used, its threads included. */
export async function processorTime(pid: number): Promise<number> {
  return parseProcessorTime(await Deno.readTextFile(`/proc/${pid}/stat`));
}

/** Bytes of memory that a process has in use, what it shares with others included. */
export async function residentMemory(pid: number): Promise<number> {
  return parseResidentMemory(await Deno.readTextFile(`/proc/${pid}/status`));
}

export function openDescriptors(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

export async function childCount(pid: number): Promise<number> {
  const children = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  return children.split(" ").filter((id) => id !== "").length;
}

/** Reads the processor time in milliseconds out of a process's `stat`. */
export function parseProcessorTime(stat: string): number {
  // The name stands in brackets and may hold anything, spaces and brackets too.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * tick;
}

/** Reads the resident bytes out of a process's `status`. */
export function parseResidentMemory(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}
