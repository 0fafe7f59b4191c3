import type { LabPlan, Nanoseconds } from '@viplab/core';

/** The shortest and the longest time that a frame takes from one interface to another, one way. */
export interface PathDelay {
  readonly lo: Nanoseconds;
  readonly hi: Nanoseconds;
}

interface Edge extends PathDelay {
  readonly to: string;
}

/** A switch with its settings. */
export type SwitchOfPlan = LabPlan['switches'][number];

/** Which interfaces hear each other's multicasts, and how long frames travel between them: read from the cables. */
export class Lan {
  readonly #edges = new Map<string, Edge[]>();
  readonly #latency = new Map<string, Nanoseconds>();
  readonly #segments = new Map<string, string>();
  readonly #switches = new Map<string, SwitchOfPlan>();

  constructor(plan: LabPlan) {
    const switches = new Map(plan.switches.map((part) => [part.name, part]));
    for (const { ends, delay } of plan.links) {
      const [one, other] = ends.map(({ node, port }) => {
        const part = switches.get(node);
        if (part === undefined)
          return { untagged: hostVertex(node, port), tagged: new Map<number, string>() };
        const found = part.ports.find(({ name }) => name === port);
        const vertex = (vlan: number): string => {
          const name = `${node}#${vlan}`;
          this.#latency.set(name, part.latency);
          this.#switches.set(name, part);
          return name;
        };
        return {
          untagged: vertex(found?.vlan ?? 1),
          tagged: new Map((found?.trunk ?? []).map((vlan) => [vlan, vertex(vlan)])),
        };
      });
      if (one === undefined || other === undefined) continue;
      this.#join(one.untagged, other.untagged, delay);
      for (const [vlan, vertex] of one.tagged) {
        const peer = other.tagged.get(vlan);
        if (peer !== undefined) this.#join(vertex, peer, delay);
      }
    }
  }

  /** A name for the broadcast domain that an interface is in: equal names, one LAN. */
  segmentOf(node: string, port: string): string {
    const start = hostVertex(node, port);
    const known = this.#segments.get(start);
    if (known !== undefined) return known;
    for (const vertex of this.#reachable(start).keys()) this.#segments.set(vertex, start);
    return this.#segments.get(start) ?? start;
  }

  /** The switches that a frame from an interface can get to. */
  switchesOf(node: string, port: string): readonly SwitchOfPlan[] {
    return [...this.#reachable(hostVertex(node, port)).keys()].flatMap((vertex) => {
      const part = this.#switches.get(vertex);
      return part === undefined ? [] : [part];
    });
  }

  /** How long a frame travels between two interfaces of one LAN; undefined if there is no way. */
  delayBetween(
    one: { readonly node: string; readonly port: string },
    other: { readonly node: string; readonly port: string },
  ): PathDelay | undefined {
    return this.#reachable(hostVertex(one.node, one.port)).get(hostVertex(other.node, other.port));
  }

  #join(one: string, other: string, delay: PathDelay): void {
    const add = (from: string, to: string): void => {
      const edges = this.#edges.get(from) ?? [];
      edges.push({ to, ...delay });
      this.#edges.set(from, edges);
    };
    add(one, other);
    add(other, one);
  }

  /**
   * Everything that a frame from `start` gets to; the cables form a tree, so the first way found is the only one. A host
   * passes nothing on: each of its interfaces is a place of its own.
   */
  #reachable(start: string): ReadonlyMap<string, PathDelay> {
    const found = new Map<string, PathDelay>([[start, { lo: 0, hi: 0 }]]);
    const waiting = [start];
    for (let vertex = waiting.pop(); vertex !== undefined; vertex = waiting.pop()) {
      const far = found.get(vertex) ?? { lo: 0, hi: 0 };
      const through = this.#latency.get(vertex) ?? 0;
      for (const { to, lo, hi } of this.#edges.get(vertex) ?? []) {
        if (found.has(to)) continue;
        found.set(to, { lo: far.lo + through + lo, hi: far.hi + through + hi });
        waiting.push(to);
      }
    }
    return found;
  }
}

const hostVertex = (node: string, port: string): string => `${node}:${port}`;
