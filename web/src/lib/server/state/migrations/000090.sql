-- Tokens of machines. The secret itself is nowhere: only its SHA-256.
create table machine_token (
  token_id text primary key,
  name text not null check (name <> ''),
  secret_hash bytea not null,
  -- Legal entities it may ask about; null is all.
  company_keys uuid[],
  made_by text not null,
  made_at timestamptz not null default current_timestamp,
  revoked_by text,
  revoked_at timestamptz
);

-- What was answered to which question before money left, one row per token and idempotency key.
create table score_answer (
  token_id text not null references machine_token,
  idempotency_key text not null,
  body_hash text not null,
  payment_request_key uuid not null,
  company_key uuid not null,
  suggestion text not null check (suggestion in ('release', 'review', 'hold')),
  -- json, not jsonb: the same request gets the same answer to the letter.
  answer json not null,
  answered_at timestamptz not null default current_timestamp,
  primary key (token_id, idempotency_key)
);
create index score_answer_payment_request_idx on score_answer (payment_request_key, answered_at);
