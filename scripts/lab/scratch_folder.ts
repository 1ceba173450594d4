/** A new folder for files that nobody keeps, until it is disposed of. */
export class ScratchFolder implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "serf-" });

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}
