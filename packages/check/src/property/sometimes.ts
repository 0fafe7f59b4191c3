import type { Property, Violation, Watch } from './property.js';
import { SharedMonitor } from './shared-monitor.js';
import { complaintOf, type Predicate } from './user-predicate.js';

class Sometimes extends SharedMonitor {
  constructor(
    watch: Watch,
    private readonly name: string,
    private readonly predicate: Predicate,
  ) {
    super(watch);
  }

  get violation(): Violation | null {
    const isSo = complaintOf(this.predicate, this.name, this.watch.view) === null;
    return isSo ? { property: this.name, message: this.name } : null;
  }
}

/**
 * Something of interest that is to happen in some run, or what holds in all runs says little: coverage.
 *
 * @example
 * ```ts
 * sometimes('n2 served', (net) => net.client('c1').landsOn('192.168.1.100') === 'n2');
 * ```
 */
export const sometimes = (name: string, predicate: Predicate): Property => ({
  name,
  means: `in some run: ${name}`,
  quantifier: 'sometimes',
  watch: (watch) => new Sometimes(watch, name, predicate),
});
