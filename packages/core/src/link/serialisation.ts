import { type Nanoseconds, SECOND } from '../engine/index.js';

const PREAMBLE_BYTES = 8; // with the start frame delimiter: IEEE 802.3 §3.1.1
const FRAME_CHECK_BYTES = 4; // IEEE 802.3 §3.2.9
const INTERPACKET_GAP_BYTES = 12; // IEEE 802.3 §4.4.2: 96 bit times
const BITS_PER_BYTE = 8;

/** Nanoseconds that a number of bytes takes, rounded up to a whole one. The quotient is corrected in integers. */
function timeOf(bytes: number, bandwidth: number): Nanoseconds {
  const numerator = bytes * BITS_PER_BYTE * SECOND;
  const whole = Math.floor(numerator / bandwidth);
  return whole * bandwidth < numerator ? whole + 1 : whole;
}

/**
 * How long a frame keeps the line busy: preamble, frame, frame check sequence and interpacket gap.
 *
 * @param length bytes of the padded frame without frame check sequence
 * @param bandwidth bits per second
 */
export function occupancy(length: number, bandwidth: number): Nanoseconds {
  return timeOf(PREAMBLE_BYTES + length + FRAME_CHECK_BYTES + INTERPACKET_GAP_BYTES, bandwidth);
}

/** How long after its start the last bit of a frame has left: the interpacket gap is no part of its latency. */
export function serialisation(length: number, bandwidth: number): Nanoseconds {
  return timeOf(PREAMBLE_BYTES + length + FRAME_CHECK_BYTES, bandwidth);
}
