import { ACTIONS } from '@viplab/core';
import type { Deed } from '../campaign/fault.js';

/**
 * Whether a deed can make a VIP move, so that it pays for a handover. All others are causes too, since a network may need
 * its time to settle after them, but a handover that a lost frame brings about is a flap.
 */
export const isDisruptive = (deed: Deed): boolean => ACTIONS[deed.do].disruptive;
