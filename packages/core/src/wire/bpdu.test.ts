import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { macAddress } from './address.js';
import { type BpduVector, configBpdu, emitBpdu, rstBpdu, TCN_BPDU, tryParseBpdu } from './bpdu.js';
import { arbitraryBpdu } from './frame.arbitrary.js';
import { bpduFrame, describeFrame, emitFrame, frameLength, llcFrame, parseFrame } from './frame.js';
import { fromHex, toHex } from './recorded-frames.fixture.js';
import { wireErrorCode } from './wire-error.fixture.js';

const mac = macAddress('02:00:00:00:00:01');
const other = macAddress('02:00:00:00:00:02');
const VECTOR: BpduVector = {
  root: { priority: 0x8000, mac },
  rootPathCost: 20_000,
  bridge: { priority: 0x9001, mac: other },
  portId: 0x8003,
  messageAge: 256,
  maxAge: 20 * 256,
  helloTime: 2 * 256,
  forwardDelay: 15 * 256,
};
const VECTOR_BYTES = '80000200000000010000' + '4e20' + '9001020000000002' + '8003' + '0100140002000f00';

const parse = (bytes: Uint8Array) => tryParseBpdu(bytes, 0, bytes.length);

describe('BPDUs', () => {
  test.each([
    ['configuration', configBpdu(VECTOR), `424203${'00000000'}00${VECTOR_BYTES}`],
    [
      'configuration with flags',
      configBpdu(VECTOR, { topologyChange: true, topologyChangeAck: true }),
      `424203${'00000000'}81${VECTOR_BYTES}`,
    ],
    ['notification', TCN_BPDU, '42420300000080'],
    [
      'rapid, proposal of a designated port',
      rstBpdu(VECTOR, { role: 'designated', proposal: true }),
      `424203${'00000202'}0e${VECTOR_BYTES}00`,
    ],
    [
      'rapid, agreement of a root port',
      rstBpdu(VECTOR, {
        role: 'root',
        agreement: true,
        learning: true,
        forwarding: true,
        topologyChange: true,
      }),
      `424203${'00000202'}79${VECTOR_BYTES}00`,
    ],
  ])('%s: bytes as in IEEE 802.1D-2004 §9.3', (_name, bpdu, hex) => {
    expect(toHex(emitBpdu(bpdu))).toBe(hex);
    expect(parse(fromHex(hex))).toEqual(bpdu);
  });

  test('whatever is emitted is read back', () => {
    fc.assert(
      fc.property(arbitraryBpdu, (bpdu) => {
        expect(parse(emitBpdu(bpdu))).toEqual(bpdu);
      }),
    );
  });

  test('any bytes are read as what would be emitted so, or not at all', () => {
    const header = fc.constantFrom('424203', '424203000000', '42420300000202', '42420300000000', '');
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 45 }), (start, rest) => {
        const bytes = Uint8Array.from([...fromHex(start), ...rest]);
        const bpdu = parse(bytes);
        if (bpdu !== undefined) expect(emitBpdu(bpdu)).toEqual(bytes);
      }),
    );
  });

  test.each([
    ['another SAP', '42420400000080'],
    ['another protocol', '42420300010080'],
    ['MSTP', `424203${'00000302'}0e${VECTOR_BYTES}00`],
    ['cut off', `424203${'00000000'}00${VECTOR_BYTES}`.slice(0, -2)],
    ['a flag that is reserved', `424203${'00000000'}02${VECTOR_BYTES}`],
    ['version 1 information that should not be there', `424203${'00000202'}0e${VECTOR_BYTES}01`],
  ])('%s is left as raw bytes', (_name, hex) => {
    expect(parse(fromHex(hex))).toBeUndefined();
    const frame = llcFrame(other, mac, fromHex(hex));
    expect(parseFrame(emitFrame(frame))).toEqual(frame);
  });

  test('in a frame: the group of all bridges, its own length, padded to 60', () => {
    const frame = bpduFrame(mac, rstBpdu(VECTOR, { role: 'designated', proposal: true }));
    expect([frame.destination, frame.etherType, frameLength(frame)]).toEqual([0x0180c2000000, 39, 53]);
    expect(emitFrame(frame).length).toBe(60);
    expect(parseFrame(emitFrame(frame))).toEqual(frame);
    expect(describeFrame(frame)).toBe(
      'RST BPDU designated root 32768/02:00:00:00:00:01 cost 20000 port 8003 proposal',
    );
    expect(describeFrame(bpduFrame(mac, TCN_BPDU))).toBe('BPDU topology change notification');
  });

  test('what does not fit is refused, and a BPDU is no raw payload', () => {
    expect(wireErrorCode(() => configBpdu({ ...VECTOR, portId: 0x1_0000 }))).toBe('range');
    expect(wireErrorCode(() => configBpdu({ ...VECTOR, rootPathCost: -1 }))).toBe('range');
    expect(wireErrorCode(() => rstBpdu({ ...VECTOR, maxAge: 0.5 }, { role: 'root' }))).toBe('range');
    expect(wireErrorCode(() => llcFrame(other, mac, emitBpdu(TCN_BPDU)))).toBe('range');
  });
});
