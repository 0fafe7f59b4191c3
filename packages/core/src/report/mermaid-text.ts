/** Mermaid ends a statement at `;` and begins a comment or an entity at `#`; line breaks and `%%` are its own too. */
export function escapedForMermaid(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/[#;<>%"]/g, (letter) => `#${letter.codePointAt(0)};`);
}
