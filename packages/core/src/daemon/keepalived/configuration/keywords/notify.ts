import type { Mutable } from '../draft.js';
import type { NotifyConfig } from '../keepalived-config.js';
import { splitCommand } from '../lexer.js';
import { boolean, type Keyword, type Statement } from './keyword.js';

type NotifyName = keyof NotifyConfig;

/** The command behind a keyword, split as keepalived does (`notify_script_init`). */
export function readCommand(statement: Statement): string[] | undefined {
  const words = splitCommand(statement.line, (place) =>
    statement.reading.complaints.add(place, 'unclosed-quote', 'a quotation mark is never closed', {
      means: 'keepalived logs this and has no command',
    }),
  );
  const command = words?.slice(1).map((word) => word.text);
  return command === undefined || command.length === 0 ? undefined : command;
}

function notifyKeyword(name: NotifyName, notifyOf: (statement: Statement) => Mutable<NotifyConfig>): Keyword {
  return {
    effect: 'modelled',
    read(statement) {
      const notify = notifyOf(statement);
      if (name !== 'deleted' && statement.reading.require(statement) === undefined) return;
      if (notify[name] !== undefined) {
        statement.reading.complaints.add(
          statement.keyword.place,
          'duplicate',
          `${statement.keyword.text} was given already`,
          {
            means: 'keepalived logs this and keeps the first',
          },
        );
        return;
      }
      const command = readCommand(statement);
      if (command === undefined) return;
      notify[name] = { arguments: command, origin: statement.reading.placeOfStatement(statement) };
    },
  };
}

/** The notify keywords that instances and groups share. */
export function notifyKeywords(
  notifyOf: (statement: Statement) => Mutable<NotifyConfig>,
): Readonly<Record<string, Keyword>> {
  return {
    notify_master: notifyKeyword('master', notifyOf),
    notify_backup: notifyKeyword('backup', notifyOf),
    notify_fault: notifyKeyword('fault', notifyOf),
    notify_stop: notifyKeyword('stop', notifyOf),
    notify: notifyKeyword('any', notifyOf),
    smtp_alert: { ...boolean(() => undefined), effect: 'silent' },
  };
}

/** The notify keywords that only instances have. */
export function instanceNotifyKeywords(
  notifyOf: (statement: Statement) => Mutable<NotifyConfig>,
): Readonly<Record<string, Keyword>> {
  return {
    ...notifyKeywords(notifyOf),
    notify_deleted: notifyKeyword('deleted', notifyOf),
    notify_master_rx_lower_pri: notifyKeyword('masterRxLowerPriority', notifyOf),
  };
}
