export {
  type Cure,
  type Diagnostic,
  DiagnosticError,
  type RelatedPlace,
  type Severity,
  type SourcePosition,
  type SourceRange,
  type TextEdit,
} from './diagnostic.js';
export { formatDiagnostic, formatDiagnostics, formatGithub, MAX_SHOWN, sortDiagnostics } from './format.js';
export { editDistance, suggest } from './suggest.js';
