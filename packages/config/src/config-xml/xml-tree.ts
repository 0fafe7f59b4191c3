import { parseXml, XmlElement, XmlError } from '@rgrove/parse-xml';
import type { Diagnostic, SourcePosition, SourceRange } from '@viplab/core';
import { complaint } from '../complaint.js';

/** An element of an XML text, and where it stands. */
export class XmlPart {
  readonly name: string;
  /** The text inside it, without blanks around. */
  readonly text: string;
  readonly #element: XmlElement;
  readonly #source: string;

  constructor(element: XmlElement, source: string) {
    this.#element = element;
    this.#source = source;
    this.name = element.name;
    this.text = element.text.trim();
  }

  /** The elements inside it; all, or those of one name. */
  children(name?: string): readonly XmlPart[] {
    return this.#element.children
      .filter((child): child is XmlElement => child instanceof XmlElement)
      .filter((child) => name === undefined || child.name === name)
      .map((child) => new XmlPart(child, this.#source));
  }

  /** The first element of a name inside it, or inside that, and so on. */
  child(...path: readonly string[]): XmlPart | undefined {
    const [name = '', ...rest] = path;
    const found = this.children(name)[0];
    return rest.length === 0 ? found : found?.child(...rest);
  }

  /** Where its start tag begins. */
  get position(): SourcePosition {
    return positionIn(this.#source, this.#element.start);
  }

  /** Its text, or its start tag where it has none. */
  get range(): SourceRange {
    const { start, end } = this.#element;
    const tagEnd = this.#source.indexOf('>', start) + 1;
    const at = this.text === '' ? -1 : this.#source.slice(0, end).indexOf(this.text, tagEnd);
    // Text with entities (&amp;) stands differently in the file.
    const [from, to] = at === -1 ? [start, tagEnd] : [at, at + this.text.length];
    return { start: positionIn(this.#source, from), end: positionIn(this.#source, to) };
  }
}

/** Lines and columns from 1; columns count code points. */
function positionIn(source: string, offset: number): SourcePosition {
  const before = source.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length, column: [...(before.at(-1) ?? '')].length + 1 };
}

/** Reads an XML text. Never throws: what is wrong with it comes back as a complaint. */
export function readXml(
  file: string,
  text: string,
): { readonly root: XmlPart } | { readonly complaint: Diagnostic } {
  try {
    const { root } = parseXml(text, { includeOffsets: true });
    if (root !== null) return { root: new XmlPart(root, text) };
  } catch (error) {
    if (error instanceof XmlError) {
      const [message = ''] = error.message.split(' (line ');
      const at = { line: error.line, column: error.column };
      return {
        complaint: complaint(
          file,
          'conf/xml-syntax',
          `this is not XML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`,
          { range: { start: at, end: at } },
        ),
      };
    }
    // The parser recurses: elements nested some thousand deep end its stack.
    if (!(error instanceof RangeError)) throw error;
  }
  return { complaint: complaint(file, 'conf/xml-syntax', 'this is nested too deep') };
}
