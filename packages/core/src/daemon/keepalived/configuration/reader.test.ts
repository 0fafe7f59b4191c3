import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../../diagnostic/diagnostic.js';
import { formatDiagnostic } from '../../../diagnostic/format.js';
import { readKeepalivedConf } from './reader.js';
import { briefly, ENOUGH } from './testing/read-instance.js';

const FILE = 'n1/keepalived.conf';
const read = (text: string) => readKeepalivedConf(text, { file: FILE });
const show = (diagnostic: Diagnostic | undefined, text: string): string[] =>
  diagnostic === undefined
    ? []
    : formatDiagnostic(diagnostic, new Map([[diagnostic.file, text]])).split('\n');

describe('what people see', () => {
  test('a misspelt block', () => {
    const text = `vrrp_instance VI_WRITE {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 150
    advert_int 1





    authentication {

    }
    virtual_ipadress {
        192.168.1.100/24
    }
}
`;
    const { diagnostics, config } = read(text);
    expect(show(diagnostics[0], text)).toEqual([
      "n1/keepalived.conf:15:5: error: unknown keyword 'virtual_ipadress' [conf/unknown-keyword]",
      '   15 |     virtual_ipadress {',
      '      |     ^^^^^^^^^^^^^^^^ did you mean virtual_ipaddress?',
      "  means: keepalived skips the '{', reads line 16 as part of vrrp_instance, and '}' on 17 ends VI_WRITE",
    ]);
    expect(diagnostics[0]?.means).toBe(
      "keepalived skips the '{', reads line 16 as part of vrrp_instance, and '}' on 17 ends VI_WRITE",
    );
    expect(briefly(diagnostics)).toEqual([
      "error conf/unknown-keyword: unknown keyword 'virtual_ipadress'",
      'error conf/no-vip: VI_WRITE has no virtual address',
    ]);
    expect(config.instances[0]?.basePriority).toBe(150);
  });

  test('a number out of range, as text and as data', () => {
    const text = `vrrp_instance VI_1 {\n${ENOUGH}\n\n    priority 300\n}`;
    const { diagnostics, config } = read(text);
    expect(show(diagnostics[0], text)).toEqual([
      'n1/keepalived.conf:8:14: error: priority 300 is out of range 1..255 [conf/out-of-range]',
      '    8 |     priority 300',
      '      |              ^^^',
      '  means: keepalived logs this and uses 100',
      '  cure:  priority 255',
    ]);
    expect(JSON.parse(JSON.stringify(diagnostics))).toEqual([
      {
        severity: 'error',
        code: 'conf/out-of-range',
        message: 'priority 300 is out of range 1..255',
        file: 'n1/keepalived.conf',
        range: { start: { line: 8, column: 14 }, end: { line: 8, column: 17 } },
        means: 'keepalived logs this and uses 100',
        cures: [
          {
            title: 'priority 255',
            edits: [{ range: { start: { line: 8, column: 14 }, end: { line: 8, column: 17 } }, text: '255' }],
          },
        ],
      },
    ]);
    expect(config.instances[0]?.basePriority).toBe(100);
  });

  test('a block that is never closed', () => {
    const text = `global_defs {\n}\n\n\nvrrp_instance VI_WRITE {\n${ENOUGH}\n\n\nvrrp_instance VI_READ {\n${ENOUGH}\n}\n`;
    const { diagnostics } = read(text);
    const unclosed = diagnostics.find((each) => each.code === 'conf/unclosed-block');
    expect(show(unclosed, text)[0]).toBe(
      "n1/keepalived.conf:5:24: error: '{' is never closed [conf/unclosed-block]",
    );
    expect(unclosed?.means).toBe(
      "all to the end of the file (line 19) is VI_WRITE's; a '}' seems to be missing before line 13",
    );
  });

  test('something that is not modelled', () => {
    const text = `vrrp_instance VI_WRITE {\n${ENOUGH}\n    use_vmac\n    vmac_xmit_base\n}`;
    const { diagnostics } = read(text);
    expect(show(diagnostics[0], text).slice(0, 1)).toEqual([
      'n1/keepalived.conf:8:5: warning: vmac_xmit_base matters here and is not modelled [conf/not-modelled]',
    ]);
    expect(diagnostics[0]?.means).toBe(
      'VI_WRITE runs as if the line were absent: its adverts leave with the virtual MAC',
    );
  });
});

describe('blocks', () => {
  test.each<[string, string, string[]]>([
    ['the brace may stand on the next line', `vrrp_instance A\n{\n${ENOUGH}\n}`, []],
    [
      'or be missing',
      `vrrp_instance A\n${ENOUGH}\n}`,
      [
        "error conf/missing-brace: '{' is missing after vrrp_instance",
        "error conf/extra-brace: '}' closes nothing",
      ],
    ],
    [
      'one brace too many',
      `vrrp_instance A {\n${ENOUGH}\n}\n}`,
      ["error conf/extra-brace: '}' closes nothing"],
    ],
    [
      'a brace of its own',
      `vrrp_instance A {\n{\n${ENOUGH}\n}`,
      ["error conf/unexpected-brace: unexpected '{'", "error conf/unclosed-block: '{' is never closed"],
    ],
    [
      'a misspelt block outside of all',
      `vrp_instance A {\n${ENOUGH}\n}`,
      ["error conf/unknown-keyword: unknown keyword 'vrp_instance'"],
    ],
    [
      'a list without its brace takes the next lines',
      `vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress\n10.0.0.1\n}\n}`,
      [
        "warning conf/missing-brace: '{' is missing after virtual_ipaddress",
        "error conf/extra-brace: '}' closes nothing",
      ],
    ],
    [
      'a list with words before its brace',
      `vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress x {\n10.0.0.1\n}\n}`,
      ["error conf/extra-words: unexpected 'x' after virtual_ipaddress"],
    ],
    [
      'an instance without a name',
      `vrrp_instance {\n${ENOUGH}\n}`,
      ['error conf/bad-name: vrrp_instance takes one name'],
    ],
    [
      'an instance with two',
      `vrrp_instance A B {\n${ENOUGH}\n}`,
      ['error conf/bad-name: vrrp_instance takes one name'],
    ],
    [
      'a keyword of another block',
      `vrrp_instance A {\n${ENOUGH}\nrouter_id x\n}`,
      ["error conf/unknown-keyword: unknown keyword 'router_id'"],
    ],
    [
      'a keyword of a later release',
      `vrrp_instance A {\n${ENOUGH}\nno_virtual_ipaddress\n}`,
      ["error conf/unknown-keyword: unknown keyword 'no_virtual_ipaddress'"],
    ],
    ['nothing at all', '', []],
  ])('%s', (_, text, expected) => {
    expect(briefly(read(text).diagnostics).filter((each) => !each.includes('conf/no-'))).toEqual(expected);
  });

  test('where a keyword belongs is said', () => {
    const hints = read(
      `vrrp_instance A {\n${ENOUGH}\nrouter_id x\nno_virtual_ipaddress\n}\npriority 3`,
    ).diagnostics.map((each) => each.hint);
    expect(hints).toEqual([
      'belongs in global_defs',
      'known since keepalived 2.2.8',
      'belongs in vrrp_instance',
    ]);
  });

  test('after a misspelt block the rest of the instance stands outside, and that is said', () => {
    const { diagnostics, config } = read(
      `vrrp_instance A {\n${ENOUGH}\nauthenticaton {\nauth_type PASS\n}\npriority 150\n}`,
    );
    expect(diagnostics.map((each) => [each.message, each.means])).toEqual([
      [
        "unknown keyword 'authenticaton'",
        "keepalived skips the '{', reads line 8 as part of vrrp_instance, and '}' on 9 ends A",
      ],
      ["unknown keyword 'priority'", "keepalived reads it outside of A, which the '}' on line 9 ended"],
    ]);
    expect(config.instances[0]?.basePriority).toBe(100);
  });

  test('known keywords in a misspelt block count for the enclosing one', () => {
    const { config } = read(`vrrp_instance A {\n${ENOUGH}\nfoo {\npriority 42\n}\n}`);
    expect(config.instances[0]?.basePriority).toBe(42);
  });

  test('a second block of the same name is passed over', () => {
    const { config, diagnostics } = read(
      `vrrp_instance A {\n${ENOUGH}\n}\nvrrp_instance A {\npriority 7\nnonsense { }\n}\nvrrp_instance B {\ninterface eth1\nvirtual_router_id 2\nvirtual_ipaddress { 10.0.0.1 }\n}`,
    );
    expect(config.instances.map((each) => [each.name, each.basePriority])).toEqual([
      ['A', 100],
      ['B', 100],
    ]);
    expect(briefly(diagnostics)).toEqual(['error conf/duplicate: vrrp_instance A exists already']);
    expect(diagnostics[0]?.related).toEqual([
      {
        file: FILE,
        range: { start: { line: 1, column: 15 }, end: { line: 1, column: 16 } },
        message: 'the first one',
      },
    ]);
  });

  test('a keyword without its value ends keepalived', () => {
    const { config, diagnostics } = read(`vrrp_instance A {\n${ENOUGH}\npriority\n}`);
    expect(config.fatal).toBe(true);
    expect(briefly(diagnostics)).toEqual(['error conf/missing-value: priority needs a value']);
  });

  test('an unclosed quotation mark is told once', () => {
    expect(briefly(read(`vrrp_instance A {\n${ENOUGH}\nnotify "x\n}`).diagnostics)).toContain(
      "error conf/unclosed-quote: '\"' is never closed",
    );
  });
});

describe('balancers', () => {
  const text = `virtual_server 10.0.0.1 80 {
  delay_loop 6
  protocol TCP
  real_server 10.0.0.2 80 {
    weihgt 1
    TCP_CHECK {
      connect_timeout 3
    }
    HTTP_GET { url { path / } }
  }
}
virtual_server_group G {
  10.0.0.3 80
}`;
  test('one warning names the block, misspelt words in it are found', () => {
    const { config, diagnostics } = read(text);
    expect(briefly(diagnostics)).toEqual([
      'warning conf/not-modelled: virtual_server 10.0.0.1 80 matters here and is not modelled',
      "error conf/unknown-keyword: unknown keyword 'weihgt'",
    ]);
    expect(diagnostics[1]?.hint).toBe('did you mean weight?');
    expect(config.virtualServers).toEqual(['10.0.0.1 80']);
  });
});

describe('like the daemon', () => {
  test('errors are no obstacle if keepalived would run', () => {
    const { diagnostics } = readKeepalivedConf(`vrrp_instance A {\n${ENOUGH}\npriority 300\n}`, {
      file: FILE,
      likeDaemon: true,
    });
    expect(diagnostics.map((each) => each.severity)).toEqual(['warning']);
  });
  test('and stay errors if it would not', () => {
    const { diagnostics } = readKeepalivedConf(`vrrp_instance A {\ninterface eth0\n}`, {
      file: FILE,
      likeDaemon: true,
    });
    expect(diagnostics.map((each) => each.severity)).toEqual(['error', 'error']);
  });
});

describe('large and strange', () => {
  test('ten megabytes are read in linear time', () => {
    const line = 'vrrp_instance A { priority 300\n';
    const started = process.cpuUsage().user;
    const { diagnostics } = read(line.repeat(Math.ceil(10_000_000 / line.length)));
    expect(diagnostics.length).toBeLessThanOrEqual(10_000);
    expect((process.cpuUsage().user - started) / 1e6).toBeLessThan(20);
  });
  test('so is a single line of ten megabytes', () => {
    expect(read('x'.repeat(10_000_000)).diagnostics.length).toBeGreaterThan(0);
  });
  test('bytes that are no text', () => {
    let text = '';
    for (let index = 0; index < 100_000; index++) text += String.fromCharCode((index * 7919) % 256);
    expect(read(text).diagnostics.length).toBeGreaterThan(0);
  });
});
