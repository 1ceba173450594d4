/** A small disk that nobody else sees: a tmpfs in a mount namespace of its own. */

import { eventually } from "../../scripts/lab/waiting.ts";

/** A disk, until it is disposed of; the folder where it is mounted stays as it was. */
export class PrivateDisk implements AsyncDisposable {
  readonly #holder: Deno.ChildProcess;
  /** Where programs inside see it. */
  readonly folder: string;

  private constructor(folder: string, size: string) {
    this.folder = folder;
    const mount = 'mount -t tmpfs -o "size=$1" none "$2" && exec sleep infinity';
    this.#holder = new Deno.Command("unshare", {
      args: ["-m", "sh", "-c", mount, "sh", size, folder],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** Mounts a disk of so many bytes, such as `64k`. Rejects if that cannot be. */
  static async create(size: string): Promise<PrivateDisk> {
    const disk = new PrivateDisk(await Deno.makeTempDir({ prefix: "serf-disk-" }), size);
    try {
      await eventually("the disk is mounted", () => disk.#isMounted());
      return disk;
    } catch (error) {
      await disk[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The command that runs another one inside. */
  get wrapper(): readonly string[] {
    return ["nsenter", `--mount=/proc/${this.#holder.pid}/ns/mnt`];
  }

  /** Where this process sees a file of the disk. */
  path(name: string): string {
    return `/proc/${this.#holder.pid}/root${this.folder}/${name}`;
  }

  /** Takes the last byte of room. */
  async fill(): Promise<void> {
    using file = await Deno.open(this.path("ballast"), { write: true, create: true });
    for (let size = 4096; size > 0; size >>= 1) {
      try {
        for (;;) await file.write(new Uint8Array(size));
      } catch {
        // That was too much: less may fit.
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#holder.kill("SIGKILL");
    } catch {
      // It never came so far.
    }
    await this.#holder.status;
    await Deno.remove(this.folder, { recursive: true });
  }

  #isMounted(): boolean {
    const mounts = Deno.readTextFileSync(`/proc/${this.#holder.pid}/mounts`);
    return mounts.includes(` ${this.folder} tmpfs `);
  }
}

/** Test option: skips a test, visibly, where no such disk can be made. */
export async function needsPrivateDisk(): Promise<{ ignore: boolean }> {
  try {
    if (Deno.build.os !== "linux") throw new Error("only Linux has mount namespaces");
    await using _disk = await PrivateDisk.create("64k");
    return { ignore: false };
  } catch (error) {
    console.warn(`TESTS WITH A FULL DISK ARE SKIPPED: ${error}`);
    return { ignore: true };
  }
}
