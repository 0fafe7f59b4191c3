import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addWords, finishChecksum, foldSum, pseudoHeaderSum } from './checksum.js';
import { arbitraryIpv4, arbitraryTcp } from './frame.arbitrary.js';
import { describeFrame, emitFrame, parseFrame } from './frame.js';
import { ipv4Length } from './ipv4.js';
import { FRAMES_WITHOUT_CHECKSUM, fromHex, RECORDED_FRAMES, toHex } from './recorded-frames.fixture.js';
import {
  describeTcp,
  emitTcp,
  IP_PROTOCOL_TCP,
  parseTcp,
  TCP_ACK,
  TCP_CWR,
  TCP_ECE,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  TCP_URG,
  type TcpFields,
  type TcpSegment,
  tcpHeaderLength,
  tcpLength,
  tcpSegment,
  writeTcp,
} from './tcp.js';
import { wireErrorCode } from './wire-error.fixture.js';

const ends = { sourcePort: 40_000, destinationPort: 5432, sequence: 7 };
const syn: TcpFields = {
  ...ends,
  flags: TCP_SYN,
  window: 64_240,
  mss: 1460,
  windowScale: 7,
  sackPermitted: true,
  timestamp: 0x0102_0304,
};
const data: TcpFields = {
  ...ends,
  flags: TCP_ACK | TCP_PSH,
  acknowledgement: 9,
  window: 501,
  timestamp: 5,
  timestampEcho: 6,
  payload: Uint8Array.of(1, 2, 3),
};

/** The sum of a pseudo header between two addresses that do not matter. */
const sumFor = (length: number): number => 0x1_2345 + IP_PROTOCOL_TCP + length;
const emit = (segment: TcpSegment): Uint8Array => emitTcp(segment, sumFor(tcpLength(segment)));
const parse = (bytes: Uint8Array): TcpSegment => parseTcp(bytes, sumFor(bytes.length));
const optionsOf = (fields: TcpFields): string => {
  const segment = tcpSegment(fields);
  return toHex(emit(segment).slice(20, tcpHeaderLength(segment)));
};

/** A segment as another stack would send it: with these options, as hexadecimal digits, and a good checksum. */
function foreign(flags: number, options: string, dataOffset = 5 + options.length / 8): Uint8Array {
  const bytes = fromHex(
    `9c401538${'00000007'}${'00000009'}${dataOffset.toString(16)}0${flags.toString(16).padStart(2, '0')}` +
      `01f5${'00000000'}${options}${'616263'}`,
  );
  const checksum = finishChecksum(addWords(bytes, 0, bytes.length, sumFor(bytes.length)));
  bytes[16] = checksum >> 8;
  bytes[17] = checksum & 0xff;
  return bytes;
}

describe('what Linux sent', () => {
  const recorded = (
    name: 'tcpSyn' | 'tcpSynAck' | 'tcpData' | 'tcpFin' | 'tcpSack' | 'tcpAck' | 'tcpReset',
  ) => {
    const bytes = fromHex({ ...RECORDED_FRAMES, ...FRAMES_WITHOUT_CHECKSUM }[name]);
    const frame = parseFrame(bytes, { checksums: 'trust' });
    const packet = frame.payload;
    if (packet.kind !== 'ipv4' || packet.payload.kind !== 'tcp') throw new Error(`${name} is not TCP`);
    return { bytes, frame, packet, segment: packet.payload };
  };

  test.each(['tcpAck', 'tcpReset'] as const)('%s, byte for byte', (name) => {
    const { bytes, frame } = recorded(name);
    expect(toHex(emitFrame(frame, { padding: 'host' }))).toBe(toHex(bytes));
    expect(parseFrame(bytes)).toEqual(frame);
  });

  test.each(['tcpSyn', 'tcpSynAck', 'tcpData', 'tcpFin', 'tcpSack'] as const)(
    '%s, byte for byte, with the checksum that Linux leaves to the network card',
    (name) => {
      const { bytes, frame, packet } = recorded(name);
      expect(wireErrorCode(() => parseFrame(bytes))).toBe('checksum');
      const again = emitFrame(frame, { padding: 'host' });
      expect(parseFrame(again)).toEqual(frame);
      // CHECKSUM_PARTIAL: the field holds the sum of the pseudo header, to which the card adds the segment.
      const length = ipv4Length(packet) - 20;
      const half = foldSum(pseudoHeaderSum(packet.source, packet.destination, IP_PROTOCOL_TCP, length));
      again[50] = half >> 8;
      again[51] = half & 0xff;
      expect(toHex(again)).toBe(toHex(bytes));
    },
  );

  test('says what it says', () => {
    expect(recorded('tcpSyn').bytes.length).toBe(74);
    expect(recorded('tcpSyn').segment).toEqual(
      tcpSegment({
        sourcePort: 44_036,
        destinationPort: 8080,
        sequence: 0x677c_3efc,
        flags: TCP_SYN,
        window: 64_240,
        mss: 1460,
        windowScale: 10,
        sackPermitted: true,
        timestamp: 3_786_376_506,
      }),
    );
    expect(recorded('tcpData').segment).toMatchObject({
      flags: TCP_PSH | TCP_ACK,
      payload: new TextEncoder().encode('s16\n'),
    });
    expect(recorded('tcpReset').segment).toMatchObject({ flags: TCP_RST, acknowledgement: 0, window: 0 });
    const { segment } = recorded('tcpSack');
    expect(segment.sack).toEqual([{ left: segment.acknowledgement - 1, right: segment.acknowledgement }]);
    expect(describeFrame(recorded('tcpSynAck').frame)).toBe(
      '192.168.1.100 > 192.168.1.50 TCP 8080 > 44036 SYN ACK seq 1360611055 ack 1736195837 length 0',
    );
  });
});

describe('bytes', () => {
  test('every segment survives, and its length is known beforehand', () => {
    fc.assert(
      fc.property(arbitraryTcp, arbitraryIpv4, arbitraryIpv4, (segment, source, destination) => {
        const sum = pseudoHeaderSum(source, destination, IP_PROTOCOL_TCP, tcpLength(segment));
        const bytes = emitTcp(segment, sum);
        expect(bytes.length).toBe(tcpLength(segment));
        expect(bytes.length).toBe(tcpHeaderLength(segment) + segment.payload.length);
        expect(parseTcp(bytes, sum)).toEqual(segment);
      }),
      { numRuns: 500 },
    );
  });

  test('are written into the middle of a buffer, over whatever was there', () => {
    fc.assert(
      fc.property(arbitraryTcp, (segment) => {
        const length = tcpLength(segment);
        const buffer = new Uint8Array(length + 7).fill(0xee);
        expect(writeTcp(segment, sumFor(length), buffer, 3)).toBe(3 + length);
        expect(toHex(buffer)).toBe(`eeeeee${toHex(emit(segment))}eeeeeeee`);
        expect(parseTcp(buffer, sumFor(length), 3, 3 + length)).toEqual(segment);
      }),
    );
  });

  test('options stand as Linux lays them out', () => {
    expect(optionsOf(syn)).toBe('020405b40402080a01020304000000000103' + '0307');
    expect(optionsOf({ ...syn, timestamp: -1 })).toBe('020405b4' + '01010402' + '01030307');
    expect(optionsOf({ ...syn, sackPermitted: false })).toBe('020405b40101080a010203040000000001030307');
    expect(optionsOf(data)).toBe('0101080a0000000500000006');
    const sack = [{ left: 1, right: 2 }];
    expect(optionsOf({ ...data, sack })).toBe('0101080a0000000500000006' + '0101050a0000000100000002');
    expect(optionsOf({ ...data, timestamp: -1, timestampEcho: 0, sack })).toBe('0101050a0000000100000002');
    expect(optionsOf({ ...ends, flags: TCP_RST })).toBe('');
  });

  test('segments of all kinds have the same keys in the same order', () => {
    const keys = Object.keys(tcpSegment(syn));
    expect(Object.keys(tcpSegment(data))).toEqual(keys);
    expect(Object.keys(parse(emit(tcpSegment(data))))).toEqual(keys);
    expect(Object.keys(parse(emit(tcpSegment({ ...ends, flags: TCP_RST }))))).toEqual(keys);
  });

  test('a flipped bit anywhere is noticed', () => {
    const bytes = emit(tcpSegment(data));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const broken = Uint8Array.from(bytes);
      broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(wireErrorCode(() => parse(broken))).not.toBe('none');
    }
    expect(wireErrorCode(() => parseTcp(bytes, sumFor(bytes.length) + 1))).toBe('checksum');
    expect(parseTcp(bytes, 0, 0, bytes.length, 'trust')).toEqual(tcpSegment(data));
  });
});

describe('what other stacks send', () => {
  const all = tcpSegment({ ...syn, acknowledgement: 9, flags: TCP_SYN | TCP_ACK, window: 501 });
  const synAck = TCP_SYN | TCP_ACK;

  test.each([
    [
      'without padding between, with an end of options',
      '01020405b404020303' + '07080a010203040000000000' + '000000',
    ],
    ['in another order', '080a0102030400000000' + '030307' + '0402' + '020405b4' + '01'],
    ['with options that nobody knows', `1312${'00'.repeat(16)}020405b40402080a0102030400000000010303070101`],
    ['with rubbish after the end of options', '020405b40402080a01020304000000000303' + '0700' + 'ffff0101'],
  ])('options %s', (_name, options) => {
    expect(options.length % 8).toBe(0);
    const parsed = parse(foreign(synAck, options));
    expect(parsed).toEqual({ ...all, payload: fromHex('616263') });
    // It is emitted again as Linux would say the same.
    expect(toHex(emit(parsed).slice(20, 40))).toBe(optionsOf(syn));
  });

  test('of two options of a kind the last one counts', () => {
    expect(parse(foreign(synAck, '020405b40204012c')).mss).toBe(300);
  });

  test('a window scale above 14 is taken as 14 (RFC 7323 §2.3)', () => {
    expect(parse(foreign(synAck, '0303ff01')).windowScale).toBe(14);
  });

  test('what a kernel heeds in a SYN only is ignored elsewhere, and SACK in a SYN', () => {
    const plain = parse(foreign(TCP_ACK, ''));
    expect(parse(foreign(TCP_ACK, '020405b40402030307000000'))).toEqual(plain);
    expect(parse(foreign(synAck, '0101050a0000000100000002'))).toEqual({ ...plain, flags: synAck });
  });

  test('reserved bits, and numbers without their flag, are ignored', () => {
    const bytes = foreign(TCP_RST, '');
    bytes[12] = 0x5f;
    bytes[19] = 1;
    const parsed = parseTcp(bytes, 0, 0, bytes.length, 'trust');
    expect(parsed).toMatchObject({ flags: TCP_RST, acknowledgement: 0, urgentPointer: 0 });
    expect(parse(emit(parsed))).toEqual(parsed);
  });

  test('is understood the same after it has been emitted again, whatever it is', () => {
    const option = fc.oneof(
      fc.constantFrom('01', '020405b4', '0402', '03030e', '080a0000000500000006', '050a0000000100000002'),
      fc.uint8Array({ maxLength: 6 }).map((body) => `fd${toHex(Uint8Array.of(body.length + 2, ...body))}`),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.array(option, { maxLength: 5 }), (flags, chosen) => {
        const options = chosen.join('').slice(0, 80);
        const padded = options + '01'.repeat(((8 - (options.length % 8)) % 8) / 2);
        const bytes = foreign(flags, padded);
        // A cut through an option is an illegal length; everything else must be understood.
        if (chosen.join('').length <= 80) expect(parse(emit(parse(bytes)))).toEqual(parse(bytes));
        else expect(['none', 'malformed']).toContain(wireErrorCode(() => parse(bytes)));
      }),
    );
  });
});

describe('malformed segments', () => {
  test.each([
    ['no length at all', '01010102'],
    ['length zero', '02000000'],
    ['length one', '01fd0100'],
    ['an option that leaves the header', '01010204'],
    ['MSS', '02030500'],
    ['window scale', '03040101'],
    ['SACK-permitted', '04030001'],
    ['timestamps', '0101080900000005000000'.padEnd(24, '0')],
    ['SACK without blocks', '01010502'],
    ['half a SACK block', '0506000000010101'],
  ])('an option of an illegal length: %s', (_name, options) => {
    for (const flags of [TCP_SYN, TCP_ACK]) {
      expect(wireErrorCode(() => parse(foreign(flags, options)))).toBe('malformed');
    }
  });

  test('a data offset that cannot be', () => {
    expect(wireErrorCode(() => parse(foreign(TCP_ACK, '', 4)))).toBe('malformed');
    expect(wireErrorCode(() => parse(foreign(TCP_ACK, '', 6)))).toBe('truncated');
  });

  test('cut off anywhere', () => {
    const bytes = emit(tcpSegment(syn));
    for (let length = 0; length < bytes.length; length++) {
      expect(wireErrorCode(() => parse(bytes.slice(0, length)))).toBe('truncated');
    }
  });

  test('any bytes give a segment that can be emitted, or a WireError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 90 }), (bytes) => {
        let segment: TcpSegment | undefined;
        const code = wireErrorCode(() => {
          segment = parseTcp(bytes, 0, 0, bytes.length, 'trust');
        });
        if (segment === undefined) expect(['truncated', 'malformed']).toContain(code);
        else expect(parse(emit(tcpSegment(segment)))).toEqual(segment);
      }),
      { numRuns: 500 },
    );
  });
});

describe('constructor', () => {
  test('what is left out is absent', () => {
    expect(tcpSegment({ ...ends, flags: TCP_RST })).toEqual({
      kind: 'tcp',
      ...ends,
      acknowledgement: 0,
      flags: TCP_RST,
      window: 0,
      urgentPointer: 0,
      mss: 0,
      windowScale: -1,
      sackPermitted: false,
      timestamp: -1,
      timestampEcho: 0,
      sack: [],
      payload: new Uint8Array(0),
    });
  });

  const four = Array.from({ length: 4 }, () => ({ left: 1, right: 2 }));
  test.each<[name: string, fields: Partial<TcpFields>]>([
    ['source port', { sourcePort: 65_536 }],
    ['destination port', { destinationPort: -1 }],
    ['sequence number', { sequence: 2 ** 32 }],
    ['broken sequence number', { sequence: 0.5 }],
    ['sequence number that is none', { sequence: Number.NaN }],
    ['acknowledgement number', { acknowledgement: 2 ** 32 }],
    ['acknowledgement without its flag', { flags: TCP_PSH }],
    ['flags', { flags: 256 }],
    ['window', { window: 65_536 }],
    ['urgent pointer without its flag', { urgentPointer: 1 }],
    ['urgent pointer', { flags: TCP_ACK | TCP_URG, urgentPointer: 65_536 }],
    ['MSS without SYN', { mss: 1460 }],
    ['MSS', { flags: TCP_ACK | TCP_SYN, mss: 65_536 }],
    ['window scale without SYN', { windowScale: 0 }],
    ['window scale', { flags: TCP_ACK | TCP_SYN, windowScale: 15 }],
    ['SACK permitted without SYN', { sackPermitted: true }],
    ['timestamp', { timestamp: 2 ** 32 }],
    ['timestamp below none', { timestamp: -2, timestampEcho: 0 }],
    ['echo', { timestampEcho: -1 }],
    ['echo without timestamp', { timestamp: -1, timestampEcho: 6 }],
    ['four SACK blocks beside timestamps', { sack: four }],
    ['five SACK blocks', { timestamp: -1, timestampEcho: 0, sack: [...four, { left: 1, right: 2 }] }],
    ['SACK with SYN', { flags: TCP_ACK | TCP_SYN, sack: four.slice(0, 1) }],
    ['edge of a SACK block', { sack: [{ left: 1, right: -1 }] }],
    ['payload', { payload: new Uint8Array(65_535 - 31) }],
  ])('refuses a wrong %s', (_name, fields) => {
    expect(wireErrorCode(() => tcpSegment(data))).toBe('none');
    expect(wireErrorCode(() => tcpSegment({ ...data, ...fields }))).toBe('range');
  });

  test('takes what just fits', () => {
    const most: TcpFields[] = [
      { ...data, timestamp: -1, timestampEcho: 0, sack: four },
      { ...data, sack: four.slice(0, 3) },
      { ...data, payload: new Uint8Array(65_535 - 32) },
      { ...data, flags: TCP_ACK | TCP_ECE | TCP_CWR },
    ];
    for (const fields of most) {
      const segment = tcpSegment(fields);
      expect(parse(emit(segment))).toEqual(segment);
      expect(tcpHeaderLength(segment)).toBeLessThanOrEqual(60);
    }
  });

  test('in words', () => {
    expect(describeTcp(tcpSegment(data))).toBe('TCP 40000 > 5432 PSH ACK seq 7 ack 9 length 3');
    expect(describeTcp(tcpSegment({ ...ends, flags: 0 }))).toBe('TCP 40000 > 5432 no flags seq 7 length 0');
    expect(describeTcp(tcpSegment({ ...data, flags: TCP_FIN | TCP_ACK, sack: four.slice(0, 1) }))).toBe(
      'TCP 40000 > 5432 FIN ACK seq 7 ack 9 sack 1-2 length 3',
    );
  });
});
