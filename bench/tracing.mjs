import { FrameColumns } from '../packages/core/dist/trace/index.js';
import { paddedFrameLength } from '../packages/core/dist/wire/index.js';
import { chatter } from './lan-chatter.mjs';

const HOSTS = 64;
const CABLES_PER_DATAGRAM = 2;

/** Keeps when, where and how long of every frame on every cable. */
function columns() {
  let kept;
  const speed = chatter(HOSTS, false, (trace) => {
    kept = new FrameColumns(trace, paddedFrameLength);
    trace.frames = kept;
  });
  if (kept.length < HOSTS * 10_000 * CABLES_PER_DATAGRAM) throw new Error(`${kept.length} rows`);
  return speed;
}

export const bench = {
  unit: 'M frame-hops/s',
  cases: { 'nobody listens': () => chatter(HOSTS, false), columns },
  compare: [['nobody listens', 'columns']],
  peers: [],
};
