import { CARP_SYSTEMS } from '@viplab/core';
import * as z from 'zod';
import { choice, duration, flag, keys, list, named, span, word } from './value-shapes.js';

/*
 * How lab.yaml names what a node's daemons are configured by: a path or a text, or the long form with what belongs to it.
 */

/** A text of several lines. */
const content = (description: string) =>
  z.string({ error: 'lab/wrong-type expected a text' }).meta({ description });

/** keepalived.conf. */
export const keepalived = z.union(
  [
    word('Path of keepalived.conf beside lab.yaml, or its text'),
    keys(
      {
        file: word(
          'Path of keepalived.conf, relative to lab.yaml; beside conf only its name in messages',
        ).optional(),
        conf: z
          .string({ error: 'lab/wrong-type expected the text of keepalived.conf' })
          .meta({ description: 'The text itself' })
          .optional(),
        includes: named(z.string({ error: 'lab/wrong-type expected a text' }), 'texts')
          .meta({ description: 'Texts of included files by path, beside conf' })
          .optional(),
        ready: span(
          'From launch to the first state; a range is drawn by the seed. Default [30ms, 150ms]',
        ).optional(),
        behaviour: choice(['keepalived-2.2.7', 'rfc'], 'rfc: strictly as RFC 5798').optional(),
        autostart: flag('false: installed, but not started at boot').optional(),
        likeDaemon: flag('true: carry on with errors in the file, as the daemon would').optional(),
      },
      'a path, or keys such as file and ready',
    ),
  ],
  { error: 'lab/wrong-type expected a path such as n1/keepalived.conf, or keys such as file and ready' },
);

/** Whose kernel a host has. */
export const system = choice(
  ['linux', ...CARP_SYSTEMS],
  'Whose kernel; default what its CARP files are of, else linux',
);

const ready = (otherwise: string) => span(`${otherwise}; a range is drawn by the seed`).optional();
const likeDaemon = flag('true: carry on with errors, as the system would').optional();

/** The files that configure CARP in a BSD kernel. */
export const carp = z.union(
  [
    word('A file of CARP (hostname.carp0, rc.conf, config.xml), a folder with such files, or ifconfig lines'),
    list(word('File of CARP, or a folder'), 'paths'),
    keys(
      {
        files: z
          .union(
            [
              word('A file, or a folder'),
              list(word('File, or a folder'), 'paths'),
              named(content('The text'), 'texts'),
            ],
            { error: 'lab/wrong-type expected a path, a list of them, or texts by name' },
          )
          .meta({ description: 'The files by path relative to lab.yaml, or their texts by name' }),
        ready: ready('From boot to the configured interfaces; default 0s'),
        timers: choice(
          ['ideal', 'ticks'],
          "ticks: as the kernel's clock lets them; default ideal",
        ).optional(),
        rc: duration('OpenBSD: how long rc(8) keeps group carp demoted at boot; default 0s').optional(),
        likeDaemon,
      },
      'a path, or keys such as files and timers',
    ),
  ],
  {
    error:
      'lab/wrong-type expected a path such as fw1/hostname.carp0, a list of them, or keys such as files and timers',
  },
);

const ucarpProcess = z.union(
  [
    word('A command line of ucarp, or the path of a script that has one'),
    keys(
      {
        command: word('The command line, or a script that has it').optional(),
        file: word(
          'Path of such a script, relative to lab.yaml; beside command only its name in messages',
        ).optional(),
        scripts: named(content('The text'), 'texts')
          .meta({ description: 'Texts of the files that the command line names, beside command' })
          .optional(),
        ready: ready('From the start of the process to its first state; default [30ms, 60ms]'),
        byteOrder: choice(
          ['little', 'big'],
          'Byte order of its machine, which ties depend on; default little',
        ).optional(),
        capture: choice(
          ['blocks', 'immediate'],
          'How libpcap hands packets over: in blocks of up to 1 s (the default), or each one at once',
        ).optional(),
        autostart: flag('false: installed, but not started at boot').optional(),
        likeDaemon,
      },
      'a command line, a path, or keys such as command and ready',
    ),
  ],
  { error: 'lab/wrong-type expected a command line of ucarp, a path, or keys such as command and ready' },
);

/** One or more processes of ucarp. */
export const ucarp = z.union([ucarpProcess, list(ucarpProcess, 'command lines')], {
  error: 'lab/wrong-type expected a command line of ucarp, a path, keys such as command, or a list of them',
});
