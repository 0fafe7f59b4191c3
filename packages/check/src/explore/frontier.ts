/** What has been found and not yet expanded: in layers of causes spent, first in, first out within a layer. */
export class Frontier {
  private readonly layers: number[][] = [];
  private readonly heads: number[] = [];

  add(id: number, cost: number): void {
    while (this.layers.length <= cost) {
      this.layers.push([]);
      this.heads.push(0);
    }
    (this.layers[cost] as number[]).push(id);
  }

  /** Takes out the next; undefined if there is none. */
  next(): number | undefined {
    for (let cost = 0; cost < this.layers.length; cost++) {
      const layer = this.layers[cost] as number[];
      const head = this.heads[cost] as number;
      if (head === layer.length) continue;
      this.heads[cost] = head + 1;
      return layer[head];
    }
    return undefined;
  }

  get size(): number {
    let count = 0;
    this.layers.forEach((layer, cost) => {
      count += layer.length - (this.heads[cost] as number);
    });
    return count;
  }
}
