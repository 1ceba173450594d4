/**
 * Structs: maps keyed by field name, of which each field is declared once.
 *
 * The rules are the reference's (gossip.md section 6): unknown keys are skipped,
 * missing ones keep what the target holds, the last of equal keys wins, nil
 * stands for a struct of zeros, and a struct may come as a list in declaration
 * order. Written keys are in ascending order, as every peer writes them, and so
 * recognised without making strings.
 */

import type { Codec } from "./msgpack_codec.ts";
import type { MsgpackReader } from "./msgpack_reader.ts";
import { encodeKey, type MsgpackWriter } from "./msgpack_writer.ts";

/** For each property of a struct, in declaration order: its key on the wire, and its codec. */
export type Fields = Readonly<Record<string, readonly [key: string, codec: Codec<unknown>]>>;

/** The object that `Fields` describe. */
export type StructOf<F extends Fields> = {
  readonly [P in keyof F]: F[P][1] extends Codec<infer T> ? T : never;
};

/** The value that a codec reads and writes. */
export type ValueOf<C> = C extends Codec<infer T> ? T : never;

/** How a struct travels. */
export interface Struct<T> extends Codec<T> {
  /**
   * Reads into `target`, whose absent fields keep what they hold, and returns it.
   *
   * @throws {MsgpackError} if the input is no such struct; `target` may be changed.
   */
  readInto(reader: MsgpackReader, target: T): T;
}

interface Field {
  readonly property: string;
  readonly codec: Codec<unknown>;
  readonly key: Uint8Array;
  /** Position among the fields in ascending order of key. */
  rank: number;
}

/** Declares a struct. */
export function struct<const F extends Fields>(fields: F): Struct<StructOf<F>> {
  // Every property is set by the codec of its own field, so the shape is right by
  // construction; the compiler cannot follow that through the loop.
  return new FieldTable(fields) as Struct<unknown> as Struct<StructOf<F>>;
}

class FieldTable implements Struct<Record<string, unknown>> {
  readonly #declared: readonly Field[];
  readonly #sorted: readonly Field[];
  readonly #byKey: ReadonlyMap<string, Field>;
  readonly #zeros: Record<string, unknown> = {};
  readonly #canOmit: boolean;

  constructor(fields: Fields) {
    const byKey = new Map<string, Field>();
    for (const [property, [key, codec]] of Object.entries(fields)) {
      byKey.set(key, { property, codec, key: encodeKey(key), rank: 0 });
      this.#zeros[property] = codec.zero();
    }
    this.#byKey = byKey;
    this.#declared = [...byKey.values()];
    this.#sorted = [...byKey.keys()].sort().map((key) => byKey.get(key)!);
    this.#sorted.forEach((field, rank) => field.rank = rank);
    this.#canOmit = this.#declared.some(({ codec }) => codec.omits);
  }

  zero(): Record<string, unknown> {
    return { ...this.#zeros };
  }

  read(reader: MsgpackReader): Record<string, unknown> {
    return this.readInto(reader, this.zero());
  }

  readInto(reader: MsgpackReader, target: Record<string, unknown>): Record<string, unknown> {
    if (reader.isArrayNext()) return this.#readList(reader, target);
    const count = reader.readMapLength() ?? 0;
    let expected = 0;
    for (let i = 0; i < count; i++) {
      let field: Field | undefined = this.#sorted[expected];
      if (!field || !reader.tryEncoded(field.key)) field = this.#byKey.get(reader.readText());
      if (field) {
        target[field.property] = field.codec.read(reader);
        expected = field.rank + 1;
      } else reader.skip();
    }
    return target;
  }

  #readList(reader: MsgpackReader, target: Record<string, unknown>): Record<string, unknown> {
    const count = reader.readArrayLength() ?? 0;
    for (let i = 0; i < count; i++) {
      const field = this.#declared[i];
      if (field) target[field.property] = field.codec.read(reader);
      else reader.skip();
    }
    return target;
  }

  write(writer: MsgpackWriter, value: Record<string, unknown>): void {
    writer.writeMapLength(this.#canOmit ? this.#countPresent(value) : this.#sorted.length);
    // Unlike `for … of`, these loops allocate nothing.
    for (let i = 0; i < this.#sorted.length; i++) {
      const { property, codec, key } = this.#sorted[i]!;
      if (this.#canOmit && codec.omits?.(value[property])) continue;
      writer.writeEncoded(key);
      codec.write(writer, value[property]);
    }
  }

  #countPresent(value: Record<string, unknown>): number {
    let count = 0;
    for (let i = 0; i < this.#sorted.length; i++) {
      const { property, codec } = this.#sorted[i]!;
      if (!codec.omits?.(value[property])) count++;
    }
    return count;
  }
}
