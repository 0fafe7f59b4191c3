import { type SwitchCore, SwitchPort } from './switch-port.js';

/** The port of another switch at the other end of a cable; hosts pass nothing on. */
const farPort = (port: SwitchPort): SwitchPort | null => {
  const to = port.outgoing?.to;
  return to instanceof SwitchPort ? to : null;
};

const passes = (port: SwitchPort, vlan: number): boolean =>
  port.forwards && port.membership.carried[vlan] === 1;

/**
 * The shortest loop through which a frame comes back to the switch where it began, or that can be reached from there:
 * the paths of the ports in order, `sw1:p1 sw2:p1 sw2:p2 sw1:p2`. Empty where there is none.
 */
export function loopThrough(start: SwitchCore, vlan: number): string[] {
  const queue: SwitchCore[] = [start];
  const seen = new Set<SwitchCore>(queue);
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    const loop = loopFrom(at, vlan);
    if (loop.length > 0) return loop;
    for (const port of at.ports) {
      const core = farPort(port)?.core;
      if (core === undefined || seen.has(core)) continue;
      seen.add(core);
      queue.push(core);
    }
  }
  return [];
}

interface Step {
  /** Where the frame leaves a switch, and where it arrives at the next. */
  readonly out: SwitchPort;
  readonly into: SwitchPort;
  readonly before: Step | null;
}

/** The shortest way out of a switch and back into it by another port. */
function loopFrom(start: SwitchCore, vlan: number): string[] {
  const queue: (Step | null)[] = [null];
  const seen = new Set<SwitchPort>();
  for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
    if (step !== null && step.into.core === start) return pathOf(step);
    const at = step === null ? start : step.into.core;
    for (const out of at.ports) {
      const into = farPort(out);
      if (out.index !== at.leadOf(out.index)) continue;
      if (into === null || out === step?.into || !passes(out, vlan) || !passes(into, vlan)) continue;
      if (seen.has(into) || isBackAt(start, into, step)) continue;
      seen.add(into);
      queue.push({ out, into, before: step });
    }
  }
  return [];
}

/** Back by the very cable by which it left: no loop. */
function isBackAt(start: SwitchCore, into: SwitchPort, step: Step | null): boolean {
  if (into.core !== start) return false;
  let first = step;
  while (first !== null && first.before !== null) first = first.before;
  return first?.out === into;
}

function pathOf(last: Step): string[] {
  const path: string[] = [];
  for (let step: Step | null = last; step !== null; step = step.before)
    path.unshift(step.out.path, step.into.path);
  return path;
}
