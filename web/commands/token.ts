import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { listTokens, makeToken, revokeToken } from '../src/lib/server/state/machine-tokens.ts';
import { withState } from '../start/hand-over.ts';

export const summary = 'List the tokens of machines that ask for scores; make and revoke them.';
export const usage = `npx quittance token [--data DIR] [--make NAME [--company KEY …]] [--revoke TOKEN_ID] [--json]

--make     make a token of this name and show it, once
--company  key of a legal entity it may ask about (default: all); several times for several
--revoke   end a token; it is refused within two seconds`;

const actor = 'system:token';

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      make: { type: 'string' },
      company: { type: 'string', multiple: true, default: [] },
      revoke: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const dataFolder = resolve(values.data ?? process.env['QUITTANCE_DATA'] ?? 'data');
  const { make, revoke } = values;
  const company_keys = values.company.length === 0 ? null : values.company.map(companyKey);
  await withState(dataFolder, async (state) => {
    if (make !== undefined) {
      const name = make.trim();
      if (name === '') throw new Error('--make needs a name that says which machine it is for');
      const { token_id, text } = await makeToken(state, { name, company_keys, actor });
      if (values.json) console.log(JSON.stringify({ token_id, token: text }));
      else console.log(`${text}\n\nShown once: keep it where the machine keeps its secrets.`);
      return;
    }
    if (revoke !== undefined) {
      if (!(await revokeToken(state, revoke, actor)))
        throw new Error(
          `${revoke}: no such token, or revoked already; \`npx quittance token\` lists them`,
        );
      console.log(`${revoke}: revoked`);
      return;
    }
    const tokens = await listTokens(state);
    if (values.json) console.log(JSON.stringify(tokens));
    else if (tokens.length === 0) console.log('There is no token; make one with --make NAME.');
    else
      for (const token of tokens)
        console.log(
          `${token.token_id}  ${token.name}  ${token.company_keys?.join(', ') ?? 'all companies'}  made ${token.made_at}${token.revoked_at === null ? '' : `, revoked ${token.revoked_at}`}`,
        );
  });
}

function companyKey(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return text;
  throw new Error(
    `--company ${text}: expected the key of a legal entity, 32 hexadecimal digits with dashes`,
  );
}
