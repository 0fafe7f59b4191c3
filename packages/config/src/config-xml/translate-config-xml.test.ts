import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isXml, translateConfigXml } from './translate-config-xml.js';

const PFSENSE = `<?xml version="1.0"?>
<pfsense>
	<version>22.9</version>
	<interfaces>
		<wan>
			<enable></enable>
			<if>em0</if>
			<ipaddr>198.51.100.2</ipaddr>
			<subnet>24</subnet>
		</wan>
		<lan>
			<enable></enable>
			<if>em1</if>
			<ipaddr>192.0.2.2</ipaddr>
			<subnet>24</subnet>
			<ipaddrv6>2001:db8::2</ipaddrv6>
			<subnetv6>64</subnetv6>
		</lan>
		<opt1>
			<if>em2</if>
			<ipaddr>dhcp</ipaddr>
		</opt1>
	</interfaces>
	<virtualip>
		<vip>
			<mode>carp</mode>
			<interface>lan</interface>
			<vhid>1</vhid>
			<advskew>0</advskew>
			<advbase>1</advbase>
			<password>it's é</password>
			<uniqid>5f2a</uniqid>
			<subnet_bits>24</subnet_bits>
			<subnet>192.0.2.1</subnet>
		</vip>
		<vip>
			<mode>ipalias</mode>
			<interface>_vip5f2a</interface>
			<subnet>192.0.2.9</subnet>
			<subnet_bits>32</subnet_bits>
		</vip>
		<vip><mode>ipalias</mode><interface>lo0</interface><subnet>127.0.0.9</subnet><subnet_bits>32</subnet_bits></vip>
	</virtualip>
</pfsense>
`;

const opnsense = (vip: string, more = '') => `<?xml version="1.0"?>
<opnsense>
  <interfaces><lan><if>em1</if><enable>1</enable><ipaddr>192.0.2.2</ipaddr><subnet>24</subnet></lan></interfaces>
  ${more}
  <virtualip version="1.0.0">
    <vip uuid="1">
${vip}
    </vip>
  </virtualip>
</opnsense>
`;
const VIP = `      <interface>lan</interface>
      <mode>carp</mode>
      <subnet>192.0.2.1</subnet>
      <subnet_bits>24</subnet_bits>
      <password>secret</password>
      <vhid>1</vhid>
      <advbase>1</advbase>
      <advskew>100</advskew>`;

/** The commands without their layout. */
const commands = (script: string): readonly string[] =>
  script
    .replace(/ *\\\n/g, ' ')
    .split(/[\n;]/)
    .map((line) => line.trim().replace(/ +/g, ' '))
    .filter((line) => line !== '' && !line.startsWith('#'));
const said = (text: string) =>
  translateConfigXml('fw1/config.xml', text).diagnostics.map(
    ({ severity, code, message, range: { start } }) =>
      `${start.line}:${start.column} ${severity} ${code} ${message}`,
  );

describe('pfSense', () => {
  test('becomes what its scripts do', () => {
    const { script, system, diagnostics } = translateConfigXml('fw1/config.xml', PFSENSE);
    expect(commands(script)).toEqual([
      'sysctl net.inet.carp.preempt=1',
      'sysctl net.inet.carp.senderr_demotion_factor=0',
      'ifconfig em0 inet 198.51.100.2/24',
      'ifconfig em1 inet 192.0.2.2/24',
      'ifconfig em1 inet6 2001:db8::2/64',
      "ifconfig em1 inet vhid 1 vhid 1 advskew 0 advbase 1 pass 'it\\'\\''sé' alias 192.0.2.1/24",
      'ifconfig em1 inet alias 192.0.2.9/32 vhid 1',
    ]);
    expect(system).toBe('freebsd-13');
    expect(diagnostics).toEqual([]);
  });

  test('stands in the script where it stands in the file', () => {
    const { script } = translateConfigXml('fw1/config.xml', PFSENSE);
    const [xml, lines] = [PFSENSE, script].map((text) => text.split('\n').map((line) => [...line].join('')));
    for (const value of ['192.0.2.2', '>1<', '192.0.2.1<', '2001:db8::2']) {
      const word = value.replace(/[<>]/g, '');
      const line = xml?.findIndex((each) => each.includes(value)) ?? -1;
      const column = (xml?.[line] ?? '').indexOf(value) + (value.startsWith('>') ? 1 : 0);
      expect(lines?.[line]?.slice(column, column + word.length), value).toBe(word);
    }
  });

  test('stands there too where everything is in one line', () => {
    const flat = PFSENSE.replace(/\n\s*/g, '');
    const { script } = translateConfigXml('fw1/config.xml', flat);
    const asWritten = translateConfigXml('fw1/config.xml', PFSENSE);
    expect(commands(script).toSorted()).toEqual(commands(asWritten.script).toSorted());
    const column = flat.indexOf('<advskew>') + '<advskew>'.length;
    expect(script.slice(column, column + 2)).toBe('0 ');
  });

  test('in maintenance has the worst skew', () => {
    const { script } = translateConfigXml(
      'x',
      PFSENSE.replace(
        '<version>',
        '<virtualip_carp_maintenancemode></virtualip_carp_maintenancemode><version>',
      ),
    );
    expect(script).toContain('advskew 254');
  });
});

describe('OPNsense', () => {
  test('has its model in another order', () => {
    const { script, diagnostics } = translateConfigXml('fw1/config.xml', opnsense(VIP));
    expect(diagnostics).toEqual([]);
    expect(commands(script)).toEqual([
      'sysctl net.inet.carp.preempt=1',
      'sysctl net.inet.carp.senderr_demotion_factor=0',
      'ifconfig em1 inet 192.0.2.2/24',
      'ifconfig em1 inet vhid 1 alias 192.0.2.1/24 pass secret vhid 1 advbase 1 advskew 100',
    ]);
  });

  test('may be told not to preempt; tunables come last', () => {
    const more =
      '<hasync><disablepreempt>1</disablepreempt></hasync><sysctl><item><tunable>net.inet.carp.senderr_demotion_factor</tunable><value>240</value></item><item><tunable>net.inet.carp.allow</tunable><value>default</value></item></sysctl>';
    const { script } = translateConfigXml('x', opnsense(VIP, more));
    expect(commands(script).slice(0, 4)).toEqual([
      'sysctl net.inet.carp.senderr_demotion_factor=0',
      'ifconfig em1 inet 192.0.2.2/24',
      'sysctl net.inet.carp.preempt=0',
      'sysctl net.inet.carp.senderr_demotion_factor=240',
    ]);
  });

  test('may send to a peer, which needs a newer kernel', () => {
    const peers = translateConfigXml('x', opnsense(`${VIP}\n      <peer>192.0.2.3</peer><peer6/>`));
    expect(peers.script).toContain('peer 192.0.2.3');
    expect(peers.system).toBe('freebsd');
    expect(translateConfigXml('x', opnsense(`${VIP}<peer>224.0.0.18</peer>`)).system).toBe('freebsd-13');
  });

  test('in maintenance is demoted from the start', () => {
    const { script } = translateConfigXml(
      'x',
      opnsense(VIP, '<virtualip_carp_maintenancemode>1</virtualip_carp_maintenancemode>'),
    );
    expect(script).toContain('sysctl net.inet.carp.demotion=240');
  });
});

describe('complaints point into the XML', () => {
  test.each<[string, string, string]>([
    [
      'a vhid',
      VIP.replace('<vhid>1<', '<vhid>256<'),
      '12:13 error conf/out-of-range vhid 256 is out of range 1..255',
    ],
    [
      'no vhid',
      VIP.replace('<vhid>1</vhid>', ''),
      '6:5 error conf/missing-value a CARP address needs its <vhid>',
    ],
    [
      'an advbase',
      VIP.replace('<advbase>1<', '<advbase>255<'),
      '13:16 error conf/out-of-range advbase 255 is out of range 1..254',
    ],
    [
      'an advskew',
      VIP.replace('>100<', '>x<'),
      '14:16 error conf/out-of-range advskew x is out of range 0..254',
    ],
    [
      'no password',
      VIP.replace('>secret<', '><'),
      '11:7 warning conf/missing-value this vhid has no password',
    ],
    [
      'an interface',
      VIP.replace('>lan<', '>lna<'),
      "7:18 error conf/unknown-interface there is no interface 'lna'",
    ],
    [
      'an address',
      VIP.replace('192.0.2.1<', '192.0.2.<'),
      "9:15 error conf/bad-value '192.0.2.' is not an address",
    ],
    [
      'a mode',
      VIP.replace('>carp<', '>crap<'),
      '8:13 error conf/bad-value a virtual IP has a mode of carp, ipalias, proxyarp, other',
    ],
    [
      'proxy ARP',
      VIP.replace('>carp<', '>proxyarp<'),
      "8:13 warning conf/not-modelled virtual IPs of mode 'proxyarp' are not modelled",
    ],
  ])('%s', (_, vip, complaint) => {
    expect(said(opnsense(vip))).toEqual([complaint]);
  });

  test('what is not modelled', () => {
    expect(
      said(
        opnsense(
          VIP,
          '<hasync><pfsyncinterface>opt1</pfsyncinterface></hasync><dhcpd><lan><failover_peerip>192.0.2.3</failover_peerip></lan></dhcpd>',
        ),
      ),
    ).toEqual([
      '4:28 warning conf/not-modelled pfsync is not modelled',
      expect.stringContaining('warning conf/not-modelled DHCP failover is not modelled'),
    ]);
  });

  test('what is no XML', () => {
    expect(said('<opnsense>\n  <a>\n</opnsense>')).toEqual([
      expect.stringMatching(/^3:1 error conf\/xml-syntax this is not XML: missing end tag for element a$/),
    ]);
    expect(said(`<opnsense>${'<a>'.repeat(100_000)}`)).toEqual([
      '1:1 error conf/xml-syntax this is nested too deep',
    ]);
    expect(said('<?xml version="1.0"?><html/>')[0]).toContain('is no config.xml');
  });

  test('of any garbage, without throwing', () => {
    const part = fc.constantFrom(
      '<vip>',
      '</vip>',
      '<mode>carp</mode>',
      '<vhid>',
      '1',
      '</vhid>',
      '\n',
      '&amp;',
      'é',
      '<interface>lan</interface>',
      '<subnet>1.2.3.4</subnet>',
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const text = opnsense(parts.join(''));
        expect(translateConfigXml('x', text).diagnostics).toBeInstanceOf(Array);
        expect(isXml(text)).toBe(true);
      }),
    );
  });
});
