import seedrandom from 'seedrandom';

/**
 * The one door for chance. Whatever is not determined (loss, a random reachable time, a start offset, a hash seed)
 * is asked here, by a *site*: a stable name such as `n1.eth0/reachable-time`.
 *
 * Behind the door stands a seeded source, a property test's, or an explorer that tries every option.
 */
export interface Choices {
  /** Picks one of `options` equally likely outcomes of a site: an integer in 0 .. options - 1. */
  choose(site: ChoiceSite, options: number): number;
}

/** A place where chance enters, made once when the lab is built. Its position (how often it was asked) is state. */
export interface ChoiceSite {
  readonly name: string;
  /** How many times this site has been asked. */
  position: number;
}

/**
 * The version of the random streams: the generator, the way a site's stream is seeded, and how draws become
 * choices. A replay token carries it; it is raised whenever an old token would replay differently.
 */
export const RANDOM_STREAM_VERSION = 2;

interface Stream {
  draw: () => number;
  /** The position of the generator; differs from the site's after a restore. */
  position: number;
}

/**
 * Chance from a seed, one independent stream per site, so that adding a host does not reshuffle the others.
 *
 * The stream of a site is seedrandom's alea seeded with version, seed and the site's name. (xor128 is linear: two names
 * that differ in a letter would differ by the same bits whatever the seed.) Only the site's
 * position is state: after a restore the stream is wound to it again.
 */
export class SeededChoices implements Choices {
  private readonly streams = new Map<string, Stream>();

  constructor(readonly seed: number | string) {}

  choose(site: ChoiceSite, options: number): number {
    let stream = this.streams.get(site.name);
    if (stream === undefined || stream.position > site.position) {
      stream = { draw: seedrandom.alea(`${RANDOM_STREAM_VERSION}/${this.seed}/${site.name}`), position: 0 };
      this.streams.set(site.name, stream);
    }
    while (stream.position < site.position) {
      stream.draw();
      stream.position++;
    }
    stream.position++;
    site.position++;
    return Math.floor(stream.draw() * options);
  }
}
