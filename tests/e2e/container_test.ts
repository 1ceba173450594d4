/**
 * The container without a container engine: its root file system, mounted
 * read-only, with the agent as the first process and as nobody in particular. Where
 * buildah is installed the image is made of it too.
 */

import assert from "node:assert/strict";
import { assembleRoot, sizeOf } from "../../scripts/container/build.ts";
import { findProgram } from "../../scripts/debian_packages.ts";
import { toolOutput } from "../../scripts/lab/command.ts";
import { versionText } from "../../src/cli/version.ts";
import { AgentProcess, runSerf } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";
import { namespaceObstacle } from "../support/network_namespaces.ts";

const program = ["/usr/bin/serf"];

/** A command that runs another one in the container. */
function inContainer(root: string): readonly string[] {
  const script = `
    set -e
    mount --bind ${root} ${root}
    mount -t proc proc ${root}/proc
    mount --rbind /dev ${root}/dev
    mount -t tmpfs -o mode=755,uid=65532,gid=65532 tmpfs ${root}/var/lib/serf
    mount -o remount,bind,ro ${root}
    exec chroot --userspec=65532:65532 ${root} "$@"
  `;
  return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh"];
}

/** The agent itself: unshare passes no signals on. */
async function firstProcess(agent: AgentProcess): Promise<number> {
  return Number(await Deno.readTextFile(`/proc/${agent.pid}/task/${agent.pid}/children`));
}

/** Builds the image where buildah is installed, and runs it once; leaves nothing behind. */
async function buildImage(folder: string): Promise<void> {
  const buildah = await findProgram("buildah");
  if (buildah === undefined) return;
  const storage = [`--root=${folder}/storage`, `--runroot=${folder}/run`, "--storage-driver=vfs"];
  const call = (...args: readonly string[]) => toolOutput(buildah, ...storage, ...args);
  const obstacle = await call("info").then(() => undefined, String);
  if (obstacle !== undefined) return console.warn(`THE IMAGE IS NOT BUILT: ${obstacle}`);
  await call("build", "--file=scripts/container/Containerfile", "--tag=serf-test", folder);
  const image: { OCIv1: { config: Record<string, unknown> } } = JSON.parse(
    await call("inspect", "--type=image", "serf-test"),
  );
  const { Entrypoint, User, StopSignal } = image.OCIv1.config;
  assert.deepEqual([Entrypoint, User, StopSignal], [["/usr/bin/serf"], "65532:65532", "SIGINT"]);
  const container = (await call("from", "serf-test")).trim();
  const isolated = ["run", "--isolation=chroot", container, "--"];
  assert.equal(await call(...isolated, "/usr/bin/serf", "version"), `${versionText}\n`);
  await call("rm", container);
}

/** Ends an agent in the container, whatever became of the test. */
function endOf(agent: AgentProcess): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      // To end unshare alone would leave the agent behind: it is another user's.
      const pid = await firstProcess(agent).catch(() => 0);
      if (pid > 0) Deno.kill(pid, "SIGKILL");
    },
  };
}

Deno.test({
  name: "the container's root file system runs read-only, by nobody, and ends as it should",
  ignore: namespaceObstacle !== undefined,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const before = Deno.cwd();
    const root = `${folder}/root`;
    try {
      await Deno.chmod(folder, 0o755);
      Deno.chdir(new URL("../..", import.meta.url));
      await assembleRoot(root, `${folder}/program`);
      assert.deepEqual([...Deno.readDirSync(`${root}/usr/bin`)].map(({ name }) => name).sort(), [
        "deno",
        "serf",
      ]);
      const size = await sizeOf(root);
      const stated = Number(/an image of (\d+) MB/.exec(await Deno.readTextFile("README.md"))?.[1]);
      // The C library differs a little from one system to the next.
      assert.equal(Math.abs(size / 1e6 - stated) < 5, true, `${size} bytes, not ${stated} MB`);

      await buildImage(folder);

      const wrapper = inContainer(root);
      // The variable is what the Containerfile sets.
      const options = { wrapper, program, cwd: "/", env: { HOME: "/var/lib/serf" } };
      const version = await runSerf("ours", ["version"], options);
      assert.deepEqual(version, { code: 0, stdout: `${versionText}\n`, stderr: "" });

      const start = (name: string, bind: string) =>
        AgentProcess.start("ours", {
          ...options,
          name,
          bind,
          args: [
            "-config-dir=/etc/serf",
            "-snapshot=/var/lib/serf/snapshot",
            '-event-handler=query:who=echo "$HOME"; echo x 2>/dev/null > /etc/passwd || echo read-only',
          ],
        });
      await using first = await start("first", "127.77.10.1");
      await using _first = endOf(first);
      await using second = await start("second", "127.77.10.2");
      await using _second = endOf(second);
      const joined = await second.cli(["join", first.bind]);
      assert.equal(joined.stdout, "Successfully joined cluster by contacting 1 nodes.\n");
      await eventually("first sees second", async () => {
        return (await first.members()).get("second")?.status === "alive";
      });
      const { stdout } = await first.cli(["query", "-timeout=2s", "who"]);
      assert.match(stdout, /^Response from 'second': \/var\/lib\/serf\nread-only$/m);

      const pid = await firstProcess(second);
      const status = await Deno.readTextFile(`/proc/${pid}/status`);
      assert.match(status, /^Uid:\t65532\t65532\t65532\t65532$/m);
      assert.match(status, /^NSpid:\t\d+\t1$/m);
      Deno.kill(pid, "SIGTERM");
      assert.equal(await second.exit(), 0);
      await eventually("second has left", async () => {
        return (await first.members()).get("second")?.status === "left";
      });
      Deno.kill(await firstProcess(first), "SIGINT");
      assert.equal(await first.exit(), 0);
    } finally {
      Deno.chdir(before);
      await Deno.remove(folder, { recursive: true });
    }
  },
});
