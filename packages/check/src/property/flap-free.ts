import { everyClientLands } from './every-client-lands.js';
import { noFlap } from './no-flap.js';
import { noFlux } from './no-flux.js';
import { notHeadless } from './not-headless.js';
import type { Property } from './property.js';
import { settles } from './settles.js';
import { singleOwner } from './single-owner.js';

/** The properties that together are called flap-free. */
export const flapFree = (): Property[] => [
  noFlap(),
  noFlux(),
  singleOwner(),
  notHeadless(),
  settles(),
  everyClientLands(),
];
