import { error } from '@sveltejs/kit';
import { formatDate, formatDayRange, formatMoney, formatNumber } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { messageText } from '#lib/server/message-text.ts';
import { findKpi, readKpiDetail, readQuestion, rowsPerPage } from '#lib/server/reads/kpi-detail.ts';
import {
  changeOf,
  changeText,
  kpiDefinition,
  kpiName,
  valueParts,
} from '#lib/server/reads/kpi-tile.ts';
import { partLabel } from '#lib/server/reads/part-label.ts';
import { kpiCell, shownColumns } from '#lib/server/reads/kpi-rows.ts';
import { pageScope } from '#lib/server/scope.ts';
import { addDays } from '#lib/url-state.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, params }) => {
  const kpi = findKpi(params.id) ?? error(404, `No KPI is called ${params.id}.`);
  const person = signedIn(locals);
  const scope = await pageScope(person, url);
  const question = readQuestion(kpi, url.searchParams, scope);
  const detail = await readKpiDetail(kpi, scope, question);
  const currency = application().configuration.group_currency;
  const text = (found: {
    value: number | null;
    amount: string | null;
    tooFew: boolean;
  }): string => {
    const { value, unit } = valueParts(kpi, found, currency);
    return `${value} ${unit}`.trim();
  };
  const change = changeOf(kpi, detail.value, detail.before);
  const columns = shownColumns(detail.rows);
  return {
    kpi: {
      id: kpi.id,
      name: kpiName(kpi),
      definition: kpiDefinition(kpi),
      caveat: messageText('kpi_', `${kpi.id}_caveat`, {}, kpi.caveat),
      unit: kpi.unit,
      better: kpi.better,
      benchmark: kpi.benchmark ?? null,
      dimensions: kpi.dimensions.map((dimension) => ({
        id: dimension,
        name: messageText('overview_dimension_', dimension),
      })),
    },
    currency,
    question,
    sub: formatDayRange(scope.from, addDays(scope.to, -1)),
    value: valueParts(kpi, detail.value, currency),
    exact: detail.value.amount === null ? '' : formatMoney(detail.value.amount, currency),
    p90:
      detail.value.p90 === null
        ? ''
        : m.overview_p90({ value: formatNumber(detail.value.p90, 'days') }),
    interval:
      detail.value.low === null || detail.value.high === null
        ? ''
        : m.overview_interval({
            low: formatNumber(detail.value.low, kpi.unit),
            high: formatNumber(detail.value.high, kpi.unit),
            count: formatNumber(detail.value.count, 'count'),
          }),
    count: detail.value.count,
    isYoung: detail.value.immature,
    change,
    changeText: changeText(kpi, change, currency),
    series: {
      buckets: detail.series.map((point) =>
        formatDate(point.bucket, { year: question.grain === 'month' }),
      ),
      values: detail.series.map((point) => point.value),
      texts: detail.series.map(text),
      counts: detail.series.map((point) => formatNumber(point.count, 'count')),
      unfinished_from: detail.series.findIndex(
        (point) => addDays(point.bucket, question.grain === 'week' ? 7 : 31) > scope.anchor,
      ),
    },
    parts: detail.parts.map((part) => ({
      part: part.part,
      label: partLabel(question.by, part),
      value: part.value,
      text: text(part),
      count: formatNumber(part.count, 'count'),
    })),
    rows: {
      columns: columns.map((name) => ({
        name,
        label: messageText('overview_column_', name),
        isNumber: kpiCell.isNumber(name),
      })),
      cells: detail.rows.rows.map((row) => columns.map((name) => kpiCell.text(name, row))),
      total: detail.rows.row_count,
      first: (question.page - 1) * rowsPerPage + 1,
      sums: {
        count: formatNumber(detail.rows.count, 'count'),
        numerator: detail.rows.numerator,
        denominator: detail.rows.denominator,
      },
      pages: Math.max(1, Math.ceil(detail.rows.row_count / rowsPerPage)),
    },
  };
};
