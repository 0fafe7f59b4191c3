import { explore, HARD } from './exploration-cases.mjs';

const CLASSES = 40_000;

const measured = (figure) => () => {
  const { search, seconds } = explore([100, 100, 100], HARD, CLASSES);
  return figure(search, seconds);
};

/** Three equal nodes, the first 40 000 classes. */
export const bench = {
  unit: 'a second in thousands, or bytes',
  cases: {
    'k classes/s': measured((search, seconds) => search.classes.size / seconds / 1000),
    'k transitions/s': measured((search, seconds) => search.transitions / seconds / 1000),
    'bytes a class': measured((search) => search.bytes / search.classes.size),
  },
  peers: [],
};
