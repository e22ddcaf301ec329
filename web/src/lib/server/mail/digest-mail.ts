import { m } from '#lib/paraglide/messages.js';
import { getLocale } from '#lib/paraglide/runtime.js';
import type { CaseWords, DigestWords, NumberWords, SignedDigestWords } from './digest-words.ts';
import { html, type Markup } from './html.ts';

/** Where the links of a digest lead. None of them changes anything by being opened. */
export interface DigestLinks {
  readonly triage: string;
  readonly settings: string;
  readonly unsubscribe: string;
  /** Source of the picture: `cid:…` in a mail, a data address in the preview. */
  readonly image: string;
}

const ink = '#181b1c';
const quiet = '#4f565a';
const line = '#e1e2dc';
const strongLine = '#c9cbc4';
const accent = '#0a6660';
const deltaColours = { good: '#2354b5', bad: '#9f4000', plain: quiet } as const;

/** The digest as HTML for mail programs: tables and inline styles only, 600 px, one picture with its figures repeated as text. */
export function digestHtml(words: SignedDigestWords, links: DigestLinks): string {
  const page = html`<!doctype html>
    <html lang="${getLocale()}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light only" />
        <title>${words.subject}</title>
      </head>
      <body style="margin:0;padding:0;background:#f5f5f2;">
        <div style="display:none;max-height:0;overflow:hidden;">${words.lead}</div>
        <table
          role="presentation"
          width="100%"
          cellpadding="0"
          cellspacing="0"
          border="0"
          bgcolor="#f5f5f2"
        >
          <tr>
            <td align="center" style="padding:24px 12px;">
              <table
                role="presentation"
                width="600"
                cellpadding="0"
                cellspacing="0"
                border="0"
                bgcolor="#ffffff"
                style="width:600px;max-width:100%;border:1px solid ${line};font-family:Inter,Arial,Helvetica,'PingFang SC','Microsoft YaHei',sans-serif;color:${ink};font-size:14px;line-height:20px;"
              >
                <tr>
                  <td style="padding:20px 32px 16px;border-bottom:1px solid ${line};">
                    <table
                      role="presentation"
                      width="100%"
                      cellpadding="0"
                      cellspacing="0"
                      border="0"
                    >
                      <tr>
                        <td style="font-size:16px;font-weight:bold;color:${accent};">Quittance</td>
                        <td align="right" style="font-size:12px;line-height:16px;color:${quiet};">
                          ${words.period}<br />${words.scope}
                        </td>
                      </tr>
                    </table>
                  </td>
                </tr>
                <tr>
                  <td style="padding:24px 32px 4px;">
                    <h1 style="margin:0;font-size:22px;line-height:30px;font-weight:bold;">
                      ${words.headline}
                    </h1>
                  </td>
                </tr>
                <tr>
                  <td style="padding:4px 32px 20px;color:${quiet};">${words.lead}</td>
                </tr>
                <tr>
                  <td style="padding:0 32px 24px;">
                    <table role="presentation" cellpadding="0" cellspacing="0" border="0">
                      <tr>
                        <td bgcolor="${accent}" style="border-radius:6px;">
                          <a
                            href="${links.triage}"
                            style="display:inline-block;padding:12px 20px;font-size:14px;font-weight:bold;color:#ffffff;text-decoration:none;"
                            >${m.digest_open_cases()}</a
                          >
                        </td>
                      </tr>
                    </table>
                  </td>
                </tr>
                <tr>
                  <td style="padding:0 32px;">
                    <table
                      role="presentation"
                      width="100%"
                      cellpadding="0"
                      cellspacing="0"
                      border="0"
                      style="border-top:1px solid ${strongLine};border-bottom:1px solid ${strongLine};"
                    >
                      <tr>
                        ${words.numbers.map(numberCell)}
                      </tr>
                    </table>
                  </td>
                </tr>
                ${caseSection(m.digest_largest_decided(), words.decided)}
                ${caseSection(m.digest_largest_open(), words.top)}
                <tr>
                  <td style="padding:24px 32px 0;">
                    <h2 style="margin:0 0 2px;font-size:15px;line-height:20px;">
                      ${m.digest_effectiveness_title()}
                    </h2>
                    <div style="color:${quiet};">${words.effectiveness}</div>
                  </td>
                </tr>
                <tr>
                  <td style="padding:14px 32px 0;font-size:12px;line-height:16px;color:${quiet};">
                    ${legend()}
                  </td>
                </tr>
                <tr>
                  <td style="padding:6px 32px 0;">
                    <img
                      src="${links.image}"
                      width="536"
                      alt="${chartText(words)}"
                      style="display:block;width:100%;max-width:536px;height:auto;border:0;"
                    />
                  </td>
                </tr>
                ${kindTable(words)}
                <tr>
                  <td
                    style="padding:20px 32px 20px;border-top:1px solid ${line};font-size:12px;line-height:18px;color:${quiet};"
                  >
                    ${words.reach} ${m.digest_footer()}<br /><a
                      href="${links.settings}"
                      style="color:${accent};"
                      >${m.digest_settings()}</a
                    >
                    &nbsp;·&nbsp;
                    <a href="${links.unsubscribe}" style="color:${accent};"
                      >${m.digest_unsubscribe()}</a
                    >
                    ${headLine(words)}
                  </td>
                </tr>
              </table>
            </td>
          </tr>
        </table>
      </body>
    </html>`;
  return page.text;
}

function headLine(words: SignedDigestWords): Markup {
  return words.audit_head === null
    ? html``
    : html`<br /><span style="word-break:break-all;"
          >${m.digest_audit_head()} ${words.audit_head}</span
        >`;
}

/** The same digest without markup. */
export function digestPlain(words: SignedDigestWords, links: DigestLinks): string {
  const rows = (cases: readonly CaseWords[]): string[] =>
    cases.map(
      (one) => `- ${one.vendor}, ${one.amount}: ${one.reason} (${one.outcome}; ${one.case_number})`,
    );
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', title, ...lines];
  return [
    words.headline,
    `${words.period} · ${words.scope}`,
    '',
    words.lead,
    `${m.digest_open_cases()}: ${links.triage}`,
    '',
    ...words.numbers.map((number) => `${number.name}: ${number.value} (${number.change})`),
    ...section(m.digest_largest_decided(), rows(words.decided)),
    ...section(m.digest_largest_open(), rows(words.top)),
    ...section(m.digest_effectiveness_title(), [
      words.effectiveness,
      chartText(words),
      ...words.kinds.map(([kind, flags, right, interval, stopped]) =>
        [
          kind,
          `${m.digest_flags()} ${flags}`,
          `${m.digest_confirmed()} ${right}`,
          interval,
          stopped,
        ].join(' · '),
      ),
    ]),
    '',
    `${words.reach} ${m.digest_footer()}`,
    `${m.digest_settings()}: ${links.settings}`,
    `${m.digest_unsubscribe()}: ${links.unsubscribe}`,
    ...(words.audit_head === null ? [] : [`${m.digest_audit_head()} ${words.audit_head}`]),
    '',
  ].join('\n');
}

function numberCell(number: NumberWords, at: number): Markup {
  const edge = at === 0 ? '' : `border-left:1px solid ${line};`;
  const weight = number.kind === 'plain' ? 'normal' : 'bold';
  return html`<td
    width="25%"
    valign="top"
    style="padding:14px 8px 14px ${at === 0 ? 0 : 12}px;${edge}"
  >
    <div style="font-size:12px;line-height:16px;color:${quiet};">${number.name}</div>
    <div style="font-size:20px;line-height:28px;font-weight:bold;">${number.value}</div>
    <div
      style="font-size:12px;line-height:16px;color:${deltaColours[number.kind]};font-weight:${weight};"
    >
      ${number.change}
    </div>
  </td>`;
}

function caseSection(title: string, cases: readonly CaseWords[]): Markup {
  if (cases.length === 0) return html``;
  return html`<tr>
      <td style="padding:24px 32px 0;">
        <h2 style="margin:0;font-size:15px;line-height:20px;">${title}</h2>
      </td>
    </tr>
    <tr>
      <td style="padding:4px 32px 0;">
        <table
          width="100%"
          cellpadding="0"
          cellspacing="0"
          border="0"
          style="font-size:14px;line-height:20px;"
        >
          ${cases.map((one, at) => caseRow(one, at === cases.length - 1))}
        </table>
      </td>
    </tr>`;
}

function caseRow(one: CaseWords, last: boolean): Markup {
  const edge = last ? '' : `border-bottom:1px solid ${line};`;
  const colour = one.needsLook ? deltaColours.bad : quiet;
  return html`<tr>
    <td style="padding:10px 8px 10px 0;${edge}">
      <b>${one.vendor}</b><br /><span style="font-size:12px;line-height:16px;color:${quiet};"
        >${one.reason}</span
      >
    </td>
    <td align="right" valign="top" style="padding:10px 0;${edge}white-space:nowrap;">
      <b>${one.amount}</b><br /><span style="font-size:12px;color:${colour};font-weight:bold;"
        >${one.needsLook ? '▲' : '●'} ${one.outcome}</span
      >
    </td>
  </tr>`;
}

function legend(): Markup {
  const entry = (colour: string, name: string): Markup =>
    html`<span
        style="display:inline-block;width:10px;height:10px;background:${colour};border:1px solid ${strongLine};"
      ></span>
      ${name} &nbsp; `;
  return html`${[
    entry(accent, m.digest_confirmed()),
    entry('#c9cbc9', m.digest_dismissed()),
    entry('#eceeea', m.digest_undecided()),
  ]}`;
}

function chartText(words: DigestWords): string {
  const series = (at: 1 | 2 | 3): string => words.weeks.map((week) => week[at]).join(', ');
  return m.digest_chart_text({
    weeks: words.weeks.map((week) => week[0]).join(', '),
    confirmed: series(1),
    dismissed: series(2),
    undecided: series(3),
  });
}

function kindTable(words: DigestWords): Markup {
  if (words.kinds.length === 0)
    return html`<tr>
      <td style="padding:0 0 24px;"></td>
    </tr>`;
  const heads = [
    m.digest_kind(),
    m.digest_flags(),
    m.digest_confirmed(),
    m.digest_interval(),
    m.digest_stopped(),
  ];
  const cell = (tag: 'th' | 'td', text: string, at: number, colour: string): Markup => {
    const style = `padding:6px ${at === 4 ? 0 : 8}px 6px ${at === 0 ? 0 : 8}px;border-bottom:1px solid ${colour};font-weight:normal;`;
    const align = at === 0 ? 'left' : 'right';
    return tag === 'th'
      ? html`<th align="${align}" style="${style}color:${quiet};font-size:12px;">${text}</th>`
      : html`<td align="${align}" style="${style}">${text}</td>`;
  };
  return html`<tr>
    <td style="padding:8px 32px 24px;">
      <table
        width="100%"
        cellpadding="0"
        cellspacing="0"
        border="0"
        style="font-size:13px;line-height:20px;font-variant-numeric:tabular-nums;"
      >
        <tr>
          ${heads.map((head, at) => cell('th', head, at, strongLine))}
        </tr>
        ${words.kinds.map(
          (kind) =>
            html`<tr>
              ${kind.map((text, at) => cell('td', text, at, line))}
            </tr>`,
        )}
      </table>
    </td>
  </tr>`;
}
