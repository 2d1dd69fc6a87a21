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
