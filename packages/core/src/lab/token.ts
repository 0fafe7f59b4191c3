import { fingerprint, RANDOM_STREAM_VERSION } from '../engine/index.js';
import type {
  CarpDesign,
  KeepalivedDesign,
  LabDesign,
  NodeDesign,
  ProgramDesign,
  UcarpDesign,
} from './design.js';

/** What a replay token says: which lab, and which run (or runs) of it. */
export type ReplayToken = TokenOfLab &
  (
    | {
        /** `vl2-7q2mzk4d-s1`: one run as the lab says, by its seed. */
        readonly kind: 'seed';
        readonly seed: number;
      }
    | {
        /** `vl2-7q2mzk4d-c7e2a`: the lab with the bad luck that a check found. */
        readonly kind: 'choices';
        /** The scenario in letters and digits; `@viplab/check` reads it. */
        readonly path: string;
      }
    | {
        /** `vl2-7q2mzk4d-r20000`: a check's random runs, seeds 1 to this. */
        readonly kind: 'range';
        readonly runs: number;
      }
  );

interface TokenOfLab {
  /** Version of the token's form and of the random streams. */
  readonly version: number;
  /** Digest of the lab and its configuration files, eight letters and digits. */
  readonly lab: string;
  /** The lab itself, packed in letters and digits, in the long form for bug reports. */
  readonly packedLab?: string;
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
  const { keepalived, carp, ucarp, programs, ...rest } = node;
  return {
    ...rest,
    ...(keepalived === undefined ? {} : { keepalived: textsOf(keepalived) }),
    ...(carp === undefined ? {} : { carp: textsOfCarp(carp) }),
    ...(ucarp === undefined ? {} : { ucarp: [ucarp].flat().map(textsOfUcarp) }),
    ...(programs === undefined ? {} : { programs: programs.map(sourceOf) }),
  };
}

function textsOf(keepalived: string | KeepalivedDesign): object {
  if (typeof keepalived === 'string') return { conf: keepalived };
  const { file: _, includes, ...rest } = keepalived;
  return { ...rest, ...(includes === undefined ? {} : { includes: Object.values(includes) }) };
}

/** Whose language a file is in is told by the last part of its name. */
function textsOfCarp(carp: string | CarpDesign): object {
  if (typeof carp === 'string') return { files: [['carp', carp]] };
  const { files, ...rest } = carp;
  const named = Object.entries(files).map(([name, text]) => [name.slice(name.lastIndexOf('/') + 1), text]);
  return { ...rest, files: named };
}

function textsOfUcarp(ucarp: string | UcarpDesign): object {
  if (typeof ucarp === 'string') return { command: ucarp };
  const { file: _, ...rest } = ucarp;
  return rest;
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
  return tokenOf(design, `s${seed}`);
}

/** The token of a run with a check's bad luck; the path is made by `scenarioPath` of `@viplab/check`. */
export function formatChoiceToken(design: LabDesign, path: string): string {
  return tokenOf(design, `c${path}`);
}

/** The token of a check's random runs. */
export function formatRangeToken(design: LabDesign, runs: number): string {
  return tokenOf(design, `r${runs}`);
}

const tokenOf = (design: LabDesign, choices: string): string =>
  `vl${RANDOM_STREAM_VERSION}-${designDigest(design)}-${choices}`;

/** `vl`, version, digest, choices, and in the long form the lab. */
const FORM = /^vl(\d{1,4})-([0-9a-z]{8})-(?:s(\d{1,16})|c([0-9A-Za-z]+)|r(\d{1,16}))(?:-p([0-9a-z]+))?$/;

/**
 * Reads a token.
 *
 * @throws RangeError saying what is wrong with it, and of a token of other random streams, that it cannot replay here.
 */
export function parseToken(text: string): ReplayToken {
  const [, versionText = '', lab = '', seed, path, runs, packedLab] = FORM.exec(text) ?? [];
  if (lab === '') {
    throw new RangeError(
      `'${abbreviated(text)}' is not a replay token such as vl${RANDOM_STREAM_VERSION}-7q2mzk4d-s1`,
    );
  }
  const version = Number(versionText);
  if (version !== RANDOM_STREAM_VERSION) {
    throw new RangeError(
      `token ${abbreviated(text)} belongs to random streams version ${version}; this release draws by version ${RANDOM_STREAM_VERSION}, so the run would differ`,
    );
  }
  const whose = { version, lab, ...(packedLab === undefined ? {} : { packedLab }) };
  if (path !== undefined) return { ...whose, kind: 'choices', path };
  const number = Number(seed ?? runs);
  if (!Number.isSafeInteger(number))
    throw new RangeError(
      `token ${text} names a ${seed === undefined ? 'number of runs' : 'seed'} that is too large`,
    );
  return seed === undefined
    ? { ...whose, kind: 'range', runs: number }
    : { ...whose, kind: 'seed', seed: number };
}

/** What is shown of a token; the long form is pages long. */
const SHOWN = 60;

const abbreviated = (text: string): string => (text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`);
