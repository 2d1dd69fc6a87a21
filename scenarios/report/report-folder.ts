import { graphScenario } from '../graph/graph-scenario.ts';
import { toDot } from '../graph/to-dot.ts';
import { toSvg } from '../graph/to-svg.ts';
import { ScenarioError } from '../load/problem.ts';
import type { Scenario } from '../load/scenario.ts';
import { RUN_RECORD_FILE, type RunRecord } from '../run/run-record.ts';
import { parseRunRecord, RunRecordError, scenarioOfRecord } from '../why/read-run-record.ts';
import { ReportError, readDocument, type ReadFile } from './read-files.ts';
import { runReport, type RunSubject } from './run-report.ts';
import { runSummarySchema } from './run-summary.ts';
import { sweepReport } from './sweep-report.ts';
import { sweepSummarySchema } from './sweep-summary.ts';

/**
 * The report of a folder that a run or a sweep wrote, as an HTML document that needs no other file. The topology of a run is drawn
 * by running its scenario again. Throws a ReportError when the folder is of neither, or its files are not what they should be.
 */
export async function reportFolder(read: ReadFile): Promise<string> {
  const sweep = readDocument(read, 'sweep.json', sweepSummarySchema);
  if (sweep !== null) return sweepReport(read, sweep);
  const summary = readDocument(read, 'summary.json', runSummarySchema);
  if (summary !== null) return runReport(read, summary, await subjectOf(read));
  throw new ReportError('neither a run nor a sweep: there is no summary.json and no sweep.json');
}

async function subjectOf(read: ReadFile): Promise<RunSubject> {
  const text = read(RUN_RECORD_FILE);
  if (text === null)
    return notDrawn('', `not drawn: there is no ${RUN_RECORD_FILE}, which holds the scenario`);
  let record: RunRecord;
  let scenario: Scenario;
  try {
    record = parseRunRecord(text);
    scenario = scenarioOfRecord(record);
  } catch (error) {
    if (!(error instanceof RunRecordError || error instanceof ScenarioError)) throw error;
    return notDrawn('', `not drawn: this version does not take ${RUN_RECORD_FILE}: ${error.message}`);
  }
  const { description } = scenario;
  if (scenario.drivers.length > 0)
    return notDrawn(description, 'not drawn: the scenario has drivers of its own');
  const topology = await graphScenario(scenario, {
    seed: record.seed,
    ...(record.untilNs === null ? {} : { untilNs: record.untilNs }),
  });
  return { description, topology: await toSvg(toDot(topology)), topologyNote: '' };
}

function notDrawn(description: string, topologyNote: string): RunSubject {
  return { description, topology: null, topologyNote };
}
