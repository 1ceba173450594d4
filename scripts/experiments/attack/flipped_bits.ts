/** Does the file that unpacks itself ever run what is not what was built? One bit is flipped at a time. */

import { type Measurement, toBeNone } from "../../lab/comparison.ts";
import { toolOutput } from "../../lab/tool_output.ts";
import type { Attack } from "./attack.ts";

/** Some flips are in the script at the file's head. */
const scriptLength = 4000;
const scriptShare = 0.1;

export const flippedBits: Attack = async (kind, isShort) => {
  if (kind === "reference") return [];
  const folder = await Deno.makeTempDir({ prefix: "serf-attack-" });
  try {
    const compile = new URL("../../compile.ts", import.meta.url).pathname;
    const build = ["run", "-A", compile, `--output=${folder}/dist`, "self-extracting"];
    await toolOutput(Deno.execPath(), ...build);
    const name = [...Deno.readDirSync(`${folder}/dist`)].find(({ name }) => name.endsWith(".run"));
    const whole = await Deno.readFile(`${folder}/dist/${name!.name}`);
    const sound = await digests(whole, `${folder}/sound`);
    if (!sound) throw new Error("The file does not run as it was built");

    const flips = isShort ? 3 : 50;
    let altered = 0;
    for (let n = 0; n < flips; n++) {
      const isInScript = n < scriptShare * flips;
      const at = Math.floor(Math.random() * (isInScript ? scriptLength : whole.length));
      whole[at]! ^= 1 << n % 8;
      const found = await digests(whole, `${folder}/flipped`);
      whole[at]! ^= 1 << n % 8;
      if (found && !isSubset(found, sound)) altered++;
    }
    const figure = `${flips} flipped bits in the one file: runs of altered bytes`;
    return [toBeNone(figure, altered)] satisfies Measurement[];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
};

/** Digest and name of each file that was unpacked and run; undefined if nothing ran. */
async function digests(bytes: Uint8Array, place: string): Promise<Set<string> | undefined> {
  await Deno.mkdir(place, { recursive: true });
  try {
    await Deno.writeFile(`${place}/serf`, bytes, { mode: 0o755 });
    const { success } = await new Deno.Command(`${place}/serf`, {
      args: ["version"],
      clearEnv: true,
      env: { PATH: "/usr/bin:/bin", XDG_CACHE_HOME: `${place}/cache`, TMPDIR: `${place}/cache` },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    if (!success) return undefined;
    const folder = `${place}/cache/serf`;
    const lines = await toolOutput("sh", "-c", `cd ${folder}/* && sha256sum *`);
    return new Set(lines.split("\n"));
  } finally {
    await Deno.remove(place, { recursive: true });
  }
}

function isSubset(some: ReadonlySet<string>, all: ReadonlySet<string>): boolean {
  return [...some].every((each) => all.has(each));
}
