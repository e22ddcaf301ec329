import { error } from '@sveltejs/kit';
import type { ChangePart } from '#analytics/kpis/change.ts';
import { kpiGrains, type Kpi, type KpiValue } from '#analytics/kpis/kpi.ts';
import { formatDate, formatDayRange, formatMoney, formatNumber } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { application } from '#lib/server/application.ts';
import { can } from '#lib/server/auth/permissions.ts';
import { signedIn } from '#lib/server/auth/signed-in.ts';
import { messageText } from '#lib/server/message-text.ts';
import { findKpi, readKpiDetail, readQuestion, rowsPerPage } from '#lib/server/reads/kpi-detail.ts';
import {
  changeOf,
  changeText,
  differenceText,
  kpiDefinition,
  kpiName,
  targetText,
  valueParts,
} from '#lib/server/reads/kpi-tile.ts';
import { partLabel } from '#lib/server/reads/part-label.ts';
import { kpiCell, shownColumns } from '#lib/server/reads/kpi-rows.ts';
import { pageScope } from '#lib/server/scope.ts';
import { addDays, pageHref } from '#lib/url-state.ts';
import type { PageServerLoad } from './$types';

type Shown = Pick<KpiValue, 'value' | 'amount' | 'tooFew'>;

const mostMoves = 8;
const shownMoves = (parts: readonly ChangePart[]): readonly ChangePart[] =>
  parts.slice(0, mostMoves);

export const load: PageServerLoad = async ({ locals, url, params }) => {
  const kpi = findKpi(params.id) ?? error(404, m.overview_no_kpi({ id: params.id }));
  const person = signedIn(locals);
  const scope = await pageScope(person, url);
  const question = readQuestion(kpi, url.searchParams, scope);
  const detail = await readKpiDetail(kpi, scope, question);
  const currency = application().configuration.group_currency;
  const valueText = (of: Kpi, found: Shown): string => {
    const { value, unit } = valueParts(of, found, currency);
    return `${value} ${unit}`.trim();
  };
  const text = (found: Shown): string => valueText(kpi, found);
  const partText = (value: number | null): string => text({ value, amount: null, tooFew: false });
  const movedText = (difference: number): string => differenceText(kpi, difference, currency);
  const change = changeOf(kpi, detail.value, detail.before);
  const columns = shownColumns(detail.rows);
  const isYear = scope.period.comparison === 'year';
  const otherChange = changeOf(kpi, detail.value, detail.other);
  const { target } = detail;
  const gap = target === null || detail.value.value === null ? null : detail.value.value - target;
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
    comparisons: [
      {
        change,
        text: changeText(kpi, change, currency),
        note: isYear ? m.overview_against_year() : m.overview_against_before(),
      },
      {
        change: otherChange,
        text: changeText(kpi, otherChange, currency),
        note: isYear ? m.overview_against_before() : m.overview_against_year(),
      },
      ...(target === null
        ? []
        : [
            {
              change: gap,
              text: gap === null ? m.overview_no_comparison() : differenceText(kpi, gap, currency),
              note: targetText(kpi, target, currency),
            },
          ]),
    ],
    target,
    originals: detail.entities
      .flatMap((entity) => entity.original_amounts)
      .map(({ amount, currency: own }) => formatMoney(amount, own)),
    entities: detail.entities.map((entity) => ({
      name: entity.company_name ?? m.overview_not_said(),
      own: formatMoney(entity.amount, entity.currency),
      group: formatMoney(entity.amount_base, currency),
      originals: entity.original_amounts
        .map(({ amount, currency: own }) => formatMoney(amount, own))
        .join(' · '),
      count: formatNumber(entity.count, 'count'),
    })),
    moved:
      detail.change === null || detail.change.change === null
        ? null
        : {
            total: movedText(detail.change.change),
            within: movedText(detail.change.within),
            mix: movedText(detail.change.mix),
            parts: shownMoves(detail.change.parts).map((part) => ({
              part: part.part,
              label: part.is_rest ? m.overview_all_others_plain() : partLabel(question.by, part),
              before: partText(part.before),
              now: partText(part.now),
              contribution: part.contribution,
              text: movedText(part.contribution),
              within: movedText(part.within),
              mix: movedText(part.mix),
            })),
            others: Math.max(0, detail.change.parts.length - mostMoves),
          },
    pair:
      detail.pair === null
        ? null
        : {
            name: kpiName(detail.pair.kpi),
            href: pageHref(`/overview/kpi/${detail.pair.kpi.id}`, url),
            text: valueText(detail.pair.kpi, detail.pair.value),
            better: detail.pair.kpi.better,
            change: changeOf(detail.pair.kpi, detail.pair.value, detail.pair.before),
            changeText: changeText(
              detail.pair.kpi,
              changeOf(detail.pair.kpi, detail.pair.value, detail.pair.before),
              currency,
            ),
          },
    declared: detail.declared.map((one) => ({
      href: pageHref(`/overview/change/${one.change_id}`, url),
      name: one.name,
      day: formatDate(one.starts_on),
    })),
    mayManage: can(person, 'goals.manage'),
    grains: kpiGrains.map((grain) => ({ id: grain, name: messageText('overview_grain_', grain) })),
    series: {
      buckets: detail.series.map((point) =>
        formatDate(point.bucket, { year: !['day', 'week'].includes(question.grain) }),
      ),
      values: detail.series.map((point) => point.value),
      texts: detail.series.map(text),
      counts: detail.series.map((point) => formatNumber(point.count, 'count')),
      unfinished_from: detail.series.findIndex(
        (point) => point.bucket_end > addDays(scope.anchor, 1) || point.immature,
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
