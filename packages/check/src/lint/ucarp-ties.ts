import { compareWords } from '@viplab/core/network';
import type { UcarpRouter } from './carp-router.js';

/** Whether a ucarp that is master stays so when it hears an equal advert of another (ucarp carp.c `packethandler`). */
export const isPreferred = ({ ucarp, byteOrder }: UcarpRouter, other: UcarpRouter): boolean =>
  compareWords(ucarp.source, other.ucarp.source, byteOrder) < 0;

/** Whether exactly one of two ucarps yields to the other's equal advert: not so between machines of two byte orders. */
export const agreeOnTies = (one: UcarpRouter, other: UcarpRouter): boolean =>
  isPreferred(one, other) !== isPreferred(other, one);
