/** Does the file that unpacks itself ever run what is not what was built? One bit is flipped at a time. */

import { dirname } from "node:path";
import type { Kind } from "../../lab/agents.ts";
import { run, toolOutput } from "../../lab/command.ts";
import { type Measure, toBeNone } from "../../lab/comparison.ts";
import { filesIn } from "../../lab/files.ts";
import { ScratchFolder } from "../../lab/scratch_folder.ts";

/** Some flips are in the script at the file's head. */
const scriptLength = 4000;
const scriptShare = 0.1;

export const flippedBits: Measure<Kind> = async (kind, isShort) => {
  if (kind === "reference") return [];
  using folder = new ScratchFolder();
  const dist = `${folder.path}/dist`;
  const compile = new URL("../../compile.ts", import.meta.url).pathname;
  await toolOutput(Deno.execPath(), "run", "-A", compile, `--output=${dist}`, "self-extracting");
  const name = [...Deno.readDirSync(dist)].find(({ name }) => name.endsWith(".run"))!.name;
  const whole = await Deno.readFile(`${dist}/${name}`);
  const sound = await digests(whole);
  if (!sound) throw new Error("The file does not run as it was built");

  const flips = isShort ? 3 : 50;
  let altered = 0;
  for (let n = 0; n < flips; n++) {
    const length = n < scriptShare * flips ? scriptLength : whole.length;
    const at = Math.floor(Math.random() * length);
    whole[at]! ^= 1 << n % 8;
    const found = await digests(whole);
    whole[at]! ^= 1 << n % 8;
    if (found && !found.isSubsetOf(sound)) altered++;
  }
  return [toBeNone(`${flips} flipped bits in the one file: runs of altered bytes`, altered)];
};

/** The digest of each file that was unpacked and run; undefined if nothing ran. */
async function digests(bytes: Uint8Array): Promise<Set<string> | undefined> {
  using folder = new ScratchFolder();
  const file = `${folder.path}/serf`;
  const cache = `${folder.path}/cache`;
  await Deno.writeFile(file, bytes, { mode: 0o755 });
  const env = { PATH: "/usr/bin:/bin", XDG_CACHE_HOME: cache, TMPDIR: cache };
  // Some flips leave nothing that the system can start.
  const { code } = await run([file, "version"], { clearEnv: true, env }).catch(() => ({ code: 1 }));
  if (code !== 0) return undefined;
  // A flip in the script may give the folder another name, or end it before anything is unpacked.
  await Deno.mkdir(cache, { recursive: true });
  const [list] = filesIn(cache, "SUMS");
  if (!list) return undefined;
  const lines = (await toolOutput("sh", "-c", `cd ${dirname(list)} && sha256sum *`)).split("\n");
  return new Set(lines.map((line) => line.split(" ")[0]!));
}
