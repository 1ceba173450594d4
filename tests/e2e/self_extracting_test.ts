/**
 * The program as one file that unpacks itself, built for real and run for real:
 * from an empty folder, without any network but the cable between two agents.
 */

import assert from "node:assert/strict";
import { selfExtractingObstacle } from "../../scripts/self_extracting/self_extracting.ts";
import { VERSION } from "../../src/agent/version.ts";
import { versionText } from "../../src/cli/version.ts";
import { AgentProcess } from "../../scripts/lab/agents.ts";
import type { Outcome } from "../../scripts/lab/command.ts";
import { eventually } from "../../scripts/lab/waiting.ts";
import { namespaceObstacle, NamespacePair } from "../support/network_namespaces.ts";

const root = new URL("../..", import.meta.url).pathname;
const readme = await Deno.readTextFile(`${root}README.md`);
const where = { ignore: selfExtractingObstacle !== undefined };

/** The built file, in a folder that holds nothing else. */
class Download implements AsyncDisposable {
  readonly folder: string;
  readonly file: string;

  private constructor(folder: string) {
    this.folder = `${folder}/empty`;
    this.file = `${this.folder}/serf`;
  }

  static async build(): Promise<Download> {
    const folder = await Deno.makeTempDir();
    // Whoever runs the file need not be who built it.
    await Deno.chmod(folder, 0o755);
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "scripts/compile.ts", `--output=${folder}/dist`, "self-extracting"],
      cwd: root,
      stdin: "null",
      stderr: "inherit",
    }).output();
    const name = `serf-${VERSION}-${Deno.build.target}.run`;
    assert.deepEqual(new TextDecoder().decode(stdout).trimEnd().split("\n"), [
      `bundle: ${folder}/dist/serf-${VERSION}.js, starts`,
      `self-extracting: ${folder}/dist/${name}, starts, for ${Deno.build.target}`,
      "1 of 1 targets built",
    ]);
    assert.equal(code, 0);
    const download = new Download(folder);
    await Deno.mkdir(download.folder);
    await Deno.rename(`${folder}/dist/${name}`, download.file);
    return download;
  }

  /** Runs it with nothing in the environment but what is given. */
  async run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Outcome> {
    const { code, stdout, stderr } = await new Deno.Command(this.file, {
      args: [...args],
      cwd: this.folder,
      clearEnv: true,
      env: { PATH: "/usr/bin:/bin", NO_COLOR: "1", ...env },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  /** An empty folder beside that of the file. */
  async place(name: string): Promise<string> {
    const path = `${this.folder}/../${name}`;
    await Deno.mkdir(path);
    return await Deno.realPath(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(`${this.folder}/..`, { recursive: true });
  }
}

const started: Outcome = { code: 0, stdout: `${versionText}\n`, stderr: "" };

/** The names in a folder, sorted. */
function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/** The names of what lies unpacked in a folder, but for the parts of the program. */
function unpackedIn(folder: string): string[] {
  const names = namesIn(folder);
  assert.ok(names.some((name) => name.startsWith("part-")));
  return names.filter((name) => !name.startsWith("part-"));
}

const unpackedNames = ["LICENSES", "SUMS", "checked", "deno", "serf.js"];

/** The only folder in a folder. */
function onlyFolder(folder: string): string {
  const names = namesIn(folder);
  assert.equal(names.length, 1, `${folder} holds ${names.join(", ")}`);
  return `${folder}/${names[0]}`;
}

/** Two agents of the one file at the ends of a cable, or on loopback where there is no cable. */
async function tellStory(download: Download): Promise<void> {
  await using pair = namespaceObstacle === undefined ? await NamespacePair.create() : undefined;
  const home = await download.place("home");
  const handled = `${home}/handled`;
  const common = {
    program: [download.file],
    cwd: download.folder,
    env: { HOME: home, XDG_CACHE_HOME: "", TMPDIR: home },
    // Each end of the cable has a loopback of its own.
    ...(pair ? { rpc: "127.0.0.1:7373" } : {}),
  };
  await using first = await AgentProcess.start("ours", {
    ...common,
    name: "first",
    bind: pair?.left.ip ?? "127.77.1.1",
    wrapper: pair?.left.wrapper ?? [],
    args: [
      `-event-handler=user:deploy=cat >> ${handled}`,
      '-event-handler=query:load=echo "$SERF_SELF_NAME is idle"',
    ],
  });
  await using second = await AgentProcess.start("ours", {
    ...common,
    name: "second",
    bind: pair?.right.ip ?? "127.77.1.2",
    wrapper: pair?.right.wrapper ?? [],
  });

  const joined = await second.cli(["join", first.bind]);
  assert.equal(joined.stdout, "Successfully joined cluster by contacting 1 nodes.\n");
  const statusSeen = async (from: AgentProcess, name: string) =>
    (await from.members()).get(name)?.status;
  await eventually("first sees second", async () => {
    return await statusSeen(first, "second") === "alive";
  });
  assert.deepEqual([...(await second.members()).keys()].sort(), ["first", "second"]);

  assert.equal((await second.cli(["event", "deploy", "v42"])).code, 0);
  await eventually("the handler ran", async () => {
    return await Deno.readTextFile(handled).catch(() => "") === "v42\n";
  });
  const { stdout } = await second.cli(["query", "-timeout=2s", "load"]);
  assert.match(stdout, /^Response from 'first': first is idle$/m);

  assert.equal((await second.cli(["leave"])).stdout, "Graceful leave complete\n");
  assert.equal(await second.exit(), 0);
  await eventually("second has left", async () => {
    return await statusSeen(first, "second") === "left";
  });
  first.signal("SIGINT");
  assert.equal(await first.exit(), 0);
  assert.deepEqual(namesIn(download.folder), ["serf"]);
}

Deno.test({
  name: "one file is agent and command line, in an empty folder without network",
  ...where,
  fn: async (test) => {
    await using download = await Download.build();
    if (Deno.build.target === "x86_64-unknown-linux-gnu") {
      const stated = Number(/\| (\d+) MB, of which Deno/.exec(readme)?.[1]);
      const { size } = await Deno.stat(download.file);
      assert.equal(Math.abs(size / 1e6 - stated) < 2, true, `${size} bytes, not ${stated} MB`);
    }

    await test.step("it joins, tells events, asks and leaves", () => tellStory(download));

    await test.step("it unpacks once, and whole, however many start at once", async () => {
      const cache = await download.place("cache");
      const starts = Array.from(
        { length: 3 },
        () => download.run(["version"], { XDG_CACHE_HOME: cache }),
      );
      assert.deepEqual(await Promise.all(starts), [started, started, started]);
      const unpacked = onlyFolder(`${cache}/serf`);
      assert.deepEqual(unpackedIn(unpacked), unpackedNames);
      const { ino } = await Deno.stat(`${unpacked}/deno`);
      assert.deepEqual(await download.run(["version"], { XDG_CACHE_HOME: cache }), started);
      assert.equal((await Deno.stat(`${unpacked}/deno`)).ino, ino);

      // What was cut off while it unpacked does no harm, and is not taken for the program.
      await Deno.remove(`${unpacked}/serf.js`);
      assert.deepEqual(await download.run(["version"], { XDG_CACHE_HOME: cache }), started);
      assert.deepEqual(unpackedIn(unpacked), unpackedNames);
    });

    await test.step("it goes elsewhere where the home is not to be written", async () => {
      const elsewhere = await download.place("elsewhere");
      const env = { HOME: "/proc/self/nowhere", TMPDIR: elsewhere };
      assert.deepEqual(await download.run(["version"], env), started);
      assert.deepEqual(namesIn(elsewhere), [`serf-${Deno.uid()}`]);
      assert.equal(((await Deno.stat(`${elsewhere}/serf-${Deno.uid()}`)).mode ?? 0) & 0o777, 0o700);
    });

    await test.step("it passes arguments on as they are, and the exit code back", async () => {
      const env = { XDG_CACHE_HOME: `${download.folder}/../cache` };
      const nobody = await download.run(["event", "-rpc-addr=127.77.1.3:1", "a b", "*"], env);
      assert.equal(nobody.code, 1);
      assert.match(nobody.stdout, /^Error connecting to Serf agent: /);
    });

    await test.step("it trusts no folder that somebody else made", async () => {
      if (Deno.uid() !== 0) return;
      const trap = await download.place("trap");
      const folder = onlyFolder(`${await Deno.realPath(`${download.folder}/../cache`)}/serf`);
      const planted = `${trap}/serf/${folder.slice(folder.lastIndexOf("/") + 1)}`;
      await Deno.mkdir(planted, { recursive: true });
      await Deno.writeTextFile(`${planted}/deno`, "#!/bin/sh\necho trapped\n", { mode: 0o755 });
      await Deno.writeTextFile(`${planted}/serf.js`, "");
      for (const path of [`${trap}/serf`, planted]) await Deno.chown(path, 65534, 65534);
      const temporary = await download.place("temporary");
      const env = { XDG_CACHE_HOME: trap, TMPDIR: temporary };
      assert.deepEqual(await download.run(["version"], env), started);
      assert.deepEqual(namesIn(temporary), ["serf-0"]);
    });

    await test.step("it says what is wrong when it is cut short, or fits nowhere", async () => {
      const whole = await Deno.readFile(download.file);
      const torn = await Deno.realPath(`${download.folder}/..`) + "/torn";
      await Deno.writeFile(torn, whole.subarray(0, 1_000_000), { mode: 0o755 });
      const cache = await download.place("torn-cache");
      const { code, stdout, stderr } = await new Deno.Command(torn, {
        args: ["version"],
        clearEnv: true,
        env: { PATH: "/usr/bin:/bin", XDG_CACHE_HOME: cache, TMPDIR: cache },
        stdin: "null",
      }).output();
      const said = new TextDecoder().decode(stderr);
      assert.equal(code, 1);
      assert.equal(stdout.length, 0);
      assert.match(said, /^serf: there is no folder to unpack into:\n/);
      assert.match(said, /unexpected end of file|Unexpected EOF/i);
      assert.match(said, /\nName one that takes 100 MB and lets programs run: XDG_CACHE_HOME=/);
      assert.deepEqual(namesIn(`${cache}/serf`), []);
    });
  },
});
