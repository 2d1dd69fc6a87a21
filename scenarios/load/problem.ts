/** A scenario that cannot be run is told as any file with mistakes in it. */
export {
  FileError as ScenarioError,
  MAX_PROBLEMS,
  formatProblem,
  type Problem,
  type SourcePosition,
} from '../../programs/compose-file/problem.ts';
