import type { Engine } from './engine.js';
import type { Field, Fields, NamesOf } from './fields.js';
import type { Row, Table, TableType } from './table.js';
import type { Timer, Window } from './timer.js';

type PlainNames<F extends Fields> = Exclude<keyof F, NamesOf<F, Timer> | NamesOf<F, Window>>;

/** A row of a table with its fields as plain properties; timers and windows are the table's. */
export type RowView<F extends Fields> = {
  -readonly [K in PlainNames<F>]: F[K] extends Field<infer T> ? T : never;
} & { readonly row: Row };

/** The table, as far as a view needs it: its words are others after it has grown. */
interface RowsInWords {
  readonly words: Float64Array;
}

interface ViewParts {
  readonly $table: RowsInWords;
  readonly $engine: Engine;
  readonly row: Row;
}

/**
 * Makes the class of views on rows of a table: components that live as a row read and write their state as properties.
 * A view holds nothing of its own, so it can be made again after a restore.
 */
export function rowView<F extends Fields>(type: TableType<F>): new (table: Table<F>, row: Row) => RowView<F> {
  class View implements ViewParts {
    readonly $table: RowsInWords;
    readonly $engine: Engine;

    constructor(
      table: Table<F>,
      readonly row: Row,
    ) {
      this.$table = table;
      this.$engine = table.engine;
    }
  }
  Object.entries(type.fields).forEach(([name, field], index) => {
    const access = accessorsOf(field, index);
    if (access !== null) Object.defineProperty(View.prototype, name, { ...access, enumerable: true });
  });
  return View as unknown as new (
    table: Table<F>,
    row: Row,
  ) => RowView<F>;
}

function accessorsOf(
  field: Field<unknown>,
  index: number,
): (PropertyDescriptor & ThisType<ViewParts>) | null {
  switch (field.kind) {
    case 'number':
      return {
        get() {
          return this.$table.words[this.row + index];
        },
        set(value: number) {
          this.$table.words[this.row + index] = value;
        },
      };
    case 'bool':
      return {
        get() {
          return this.$table.words[this.row + index] !== 0;
        },
        set(value: boolean) {
          this.$table.words[this.row + index] = value ? 1 : 0;
        },
      };
    case 'enum': {
      const labels = field.labels ?? [];
      return {
        get() {
          return labels[this.$table.words[this.row + index] as number];
        },
        set(value: string) {
          this.$table.words[this.row + index] = labels.indexOf(value);
        },
      };
    }
    case 'value':
      return {
        get() {
          const word = this.$table.words[this.row + index] as number;
          return word === 0 ? null : this.$engine.store.values.get(word);
        },
        set(value: unknown) {
          this.$table.words[this.row + index] = this.$engine.store.keep(value);
        },
      };
    default:
      return null;
  }
}
