/** The library: everything that the command line does. */
export { loadScenario, type LoadOptions } from './load/load-scenario.ts';
export { formatProblem, ScenarioError, type Problem, type SourcePosition } from './load/problem.ts';
export type { Notice, Scenario, ScenarioService } from './load/scenario.ts';
export type { Expectation, Step, Where } from './load/step.ts';
export { runScenario } from './run/run-scenario.ts';
export type { OutputFolder, RunOptions, RunProgress, RunResult } from './run/run-options.ts';
export { scenarioJsonSchema } from './schema/json-schema.ts';
export { graphScenario, type GraphOptions } from './graph/graph-scenario.ts';
export type * from './graph/topology.ts';
export { toDot } from './graph/to-dot.ts';
export { toMermaid } from './graph/to-mermaid.ts';
export { toSvg } from './graph/to-svg.ts';
export { planSweep, type SweepPlan, type SweepRequest } from './sweep/plan-sweep.ts';
export { runSweep, type SweepOptions, type SweepRun } from './sweep/run-sweep.ts';
export { summarisePoints, type PointSummary, type Statistics } from './sweep/summarise-points.ts';
export { writeSweep, type Provenance } from './sweep/write-sweep.ts';
export { openLab, type OpenedLab } from './lab/open-lab.ts';
export { defaultLab } from './lab/default-lab.ts';
export type { Lab } from './lab/lab.ts';
export type { LabOptions, LineResult, PauseState } from './lab/lab-options.ts';
export {
  NoSuchPacketError,
  whyScenario,
  type CapturedFrame,
  type WhyOptions,
  type WhyQuestion,
} from './why/why-scenario.ts';
export { answerText, type TextOptions } from './why/answer-text.ts';
export type * from './why/life.ts';
export type { PacketSelection } from './why/packet-finder.ts';
export { parseRunRecord, RunRecordError, scenarioOfRecord } from './why/read-run-record.ts';
export { RUN_RECORD_FILE, type RunRecord } from './run/run-record.ts';
export { reportFolder } from './report/report-folder.ts';
export { ReportError, type ReadFile } from './report/read-files.ts';
