import { fingerprint, RANDOM_STREAM_VERSION } from '../engine/index.js';
import type { KeepalivedDesign, LabDesign, NodeDesign, ProgramDesign } from './design.js';

/** What a replay token says: `vl1-7q2mzk4d-s1`. */
export interface ReplayToken {
  /** Version of the token's form and of the random streams. */
  readonly version: number;
  /** Digest of the lab and its configuration files, eight letters and digits. */
  readonly lab: string;
  /** The seed of the run. */
  readonly seed: number;
}

const DIGEST_LENGTH = 8;

/**
 * The digest of a design: what influences a run. Expectations, notes and the names of files do not, so a token does not
 * depend on how a path was typed.
 */
export function designDigest(design: LabDesign): string {
  const { expect: _, inferred: __, ...rest } = design;
  const nodes = Object.entries(design.nodes).map(([name, node]) => [name, withoutFileNames(node)]);
  const matters = { ...rest, nodes };
  return fingerprint(matters).toString(36).padStart(11, '0').slice(-DIGEST_LENGTH);
}

function withoutFileNames(node: NodeDesign): object {
  if (node.kind === 'switch') return node;
  const { keepalived, programs, ...rest } = node;
  return {
    ...rest,
    ...(keepalived === undefined ? {} : { keepalived: textsOf(keepalived) }),
    ...(programs === undefined ? {} : { programs: programs.map(sourceOf) }),
  };
}

function textsOf(keepalived: string | KeepalivedDesign): object {
  if (typeof keepalived === 'string') return { conf: keepalived };
  const { file: _, includes, ...rest } = keepalived;
  return { ...rest, ...(includes === undefined ? {} : { includes: Object.values(includes) }) };
}

/** A program by its plain data and the source of its handlers. */
function sourceOf(program: ProgramDesign): object {
  const plain = (data: unknown): unknown => {
    if (typeof data === 'function') return String(data);
    if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, plain(value)]));
  };
  return { ...(plain(program) as object) };
}

/** The token of a run. */
export function formatToken(design: LabDesign, seed: number): string {
  return `vl${RANDOM_STREAM_VERSION}-${designDigest(design)}-s${seed}`;
}

/**
 * Reads a token.
 *
 * @throws RangeError saying what is wrong with it, and of a token of other random streams, that it cannot replay here.
 */
export function parseToken(text: string): ReplayToken {
  const match = /^vl(\d+)-([0-9a-z]{8})-s(\d+)$/.exec(text);
  if (match === null)
    throw new RangeError(`'${text}' is not a replay token such as vl${RANDOM_STREAM_VERSION}-7q2mzk4d-s1`);
  const version = Number(match[1]);
  if (version !== RANDOM_STREAM_VERSION) {
    throw new RangeError(
      `token ${text} belongs to random streams version ${version}; this release draws by version ${RANDOM_STREAM_VERSION}, so the run would differ`,
    );
  }
  return { version, lab: match[2] as string, seed: Number(match[3]) };
}
