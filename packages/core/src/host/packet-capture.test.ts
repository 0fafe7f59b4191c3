import { beforeEach, describe, expect, test } from 'vitest';
import { Engine, MILLISECOND, type Nanoseconds, SECOND, SeededChoices } from '../engine/index.js';
import { Trace } from '../trace/index.js';
import {
  BROADCAST_MAC,
  ethernetFrame,
  type IpPacket,
  ipv4Address,
  ipv4Cidr,
  ipv4Packet,
  type MacAddress,
  macAddress,
  multicastMac,
  udpDatagram,
  VRRP_GROUP,
} from '../wire/index.js';
import { Host } from './host.js';
import { PacketCapture } from './packet-capture.js';
import { Process } from './process.js';

const OWN = macAddress(0x02_00_00_00_00_01);
const SOURCE = ipv4Address('10.0.0.2');

class Listener extends Process {
  readonly heard: string[] = [];
  readonly capture: PacketCapture;
  constructor(host: Host, timeout: Nanoseconds) {
    super(host, 'listener');
    const face = host.interface('eth0');
    if (face === undefined) throw new Error('no interface');
    this.capture = new PacketCapture(
      this,
      { interface: face, timeout, wants: ({ source }) => source === SOURCE },
      () => {
        for (let packet = this.capture.take(); packet !== undefined; packet = this.capture.take())
          this.heard.push(`${(host.engine.now / SECOND).toFixed(3)} ${identificationOf(packet)}`);
      },
    );
  }
  protected onStart(): void {
    this.capture.open(12 * MILLISECOND);
  }
  protected onStop(): void {}
  protected onReset(): void {}
}

const identificationOf = (packet: IpPacket): number => (packet.kind === 'ipv4' ? packet.identification : -1);

let engine: Engine;
let host: Host;
let listener: Listener;

function build(timeout: Nanoseconds): void {
  engine = new Engine({ choices: new SeededChoices(1) });
  host = new Host(engine, new Trace(engine), {
    name: 'n1',
    interfaces: [{ name: 'eth0', mac: OWN, addresses: [ipv4Cidr('10.0.0.1/24')] }],
  });
  listener = new Listener(host, timeout);
  host.boot();
}

/** A packet with that number comes in. */
function arrive(number: number, to: MacAddress = multicastMac(VRRP_GROUP), source = SOURCE): void {
  const packet = ipv4Packet(source, VRRP_GROUP, udpDatagram(1, 2, new Uint8Array(0)), {
    identification: number,
  });
  host.interface('eth0')?.receive(ethernetFrame(to, macAddress(0x02_00_00_00_00_02), packet));
}

const until = (seconds: number): void => {
  engine.runUntil(seconds * SECOND);
};

describe('each packet at once', () => {
  beforeEach(() => {
    build(0);
    until(1);
  });

  test('what comes to the interface, its groups and broadcast included', () => {
    arrive(1);
    arrive(2, OWN);
    arrive(3, BROADCAST_MAC);
    expect(listener.heard).toEqual(['1.000 1', '1.000 2', '1.000 3']);
  });

  test('neither what is for another card, nor what the filter is against', () => {
    arrive(1, macAddress(0x02_00_00_00_00_09));
    arrive(2, OWN, ipv4Address('10.0.0.3'));
    expect(listener.heard).toEqual([]);
  });

  test('before the firewall', () => {
    host.filter.add({ name: 'all', direction: 'in' });
    arrive(1);
    expect(listener.heard).toEqual(['1.000 1']);
  });

  test('frozen it waits in the ring; after its end nothing is kept', () => {
    listener.freeze();
    arrive(1);
    until(2);
    arrive(2);
    expect(listener.heard).toEqual([]);
    listener.thaw();
    expect(listener.heard).toEqual(['2.000 1', '2.000 2']);
    listener.freeze();
    arrive(3);
    listener.kill();
    arrive(4);
    listener.start();
    until(3);
    expect(listener.heard).toHaveLength(2);
  });

  test('a full ring loses what comes', () => {
    listener.freeze();
    for (let number = 0; number < 1030; number++) arrive(number);
    listener.thaw();
    expect(listener.heard).toHaveLength(1024);
    expect(listener.heard.at(-1)).toBe('1.000 1023');
  });
});

describe('in blocks of a second', () => {
  beforeEach(() => build(SECOND));

  test('counted from when the first one was begun, not from the packets', () => {
    until(0.5);
    arrive(1);
    until(0.987);
    arrive(2);
    until(0.99);
    arrive(3);
    until(4.5);
    arrive(4);
    until(6);
    expect(listener.heard).toEqual(['0.988 1', '0.988 2', '1.988 3', '4.988 4']);
  });

  test('the kernel closes blocks while the program is frozen, and with the whole machine nothing goes on', () => {
    until(0.5);
    arrive(1);
    listener.freeze();
    until(2.5);
    arrive(2);
    listener.thaw();
    expect(listener.heard).toEqual(['2.500 1']);
    until(4);
    expect(listener.heard.slice(1)).toEqual(['2.988 2']);
    arrive(3);
    host.freeze();
    until(7.2);
    expect(listener.heard).toHaveLength(2);
    host.thaw();
    until(9);
    expect(listener.heard.slice(2)).toEqual(['7.200 3']);
  });
});
