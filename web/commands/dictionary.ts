import { kpis } from '#analytics/kpis/catalogue.ts';
import type { Kpi } from '#analytics/kpis/kpi.ts';
import { notMeasured } from '#analytics/kpis/not-measured.ts';
import { columnsOf, recordNames, records } from '#ingest/records.ts';

export const summary = 'Print the KPI catalogue and the data dictionary as Markdown.';
export const usage = 'npx quittance dictionary > dictionary.md';

export function run(): Promise<void> {
  console.log(
    [
      '# KPIs',
      ...kpis.map(kpiText),
      notMeasuredText(),
      '# Records',
      ...recordNames.map(recordText),
    ].join('\n\n'),
  );
  return Promise.resolve();
}

function kpiText(kpi: Kpi): string {
  const { benchmark, pairedWith } = kpi;
  return [
    `## ${kpi.name} (\`${kpi.id}\`)`,
    '',
    `${kpi.question} ${kpi.definition}`,
    '',
    `- Unit: ${kpi.unit}; better: ${kpi.better}; interval: ${kpi.interval}`,
    `- Clock: ${kpi.measure.clock}; from ${kpi.minimumCount} rows on; final after ${kpi.maturityDays} days`,
    `- By: ${kpi.dimensions.join(', ')}`,
    `- Caveat: ${kpi.caveat}`,
    ...(pairedWith === undefined ? [] : [`- Read beside: \`${pairedWith}\``]),
    ...(benchmark === undefined
      ? []
      : [
          `- Benchmark: ${benchmark.value} (${benchmark.text}; ${benchmark.source}, ${benchmark.year})`,
        ]),
  ].join('\n');
}

function notMeasuredText(): string {
  return [
    '## Not measured',
    '',
    '| KPI | formula | missing |',
    '|---|---|---|',
    ...notMeasured.map(({ name, formula, missing }) => `| ${name} | ${formula} | ${missing} |`),
  ].join('\n');
}

function recordText(name: (typeof recordNames)[number]): string {
  const lines = Object.entries(columnsOf(name)).map(
    ([column, { type, meaning, required, pii }]) =>
      `| ${column} | ${type}${required === true ? ', required' : ''} | ${pii ?? 'none'} | ${meaning} |`,
  );
  return [
    `## ${name}`,
    '',
    records[name].grain,
    '',
    '| column | type | personal data | meaning |',
    '|---|---|---|---|',
    ...lines,
  ].join('\n');
}
