-- Accounts and sessions, as better-auth expects them (test/web/server/migrations.test.ts compares).
create table "user" (
  "id" text primary key,
  "name" text not null,
  "email" text not null unique,
  "emailVerified" boolean not null,
  "image" text,
  "createdAt" timestamptz not null default current_timestamp,
  "updatedAt" timestamptz not null default current_timestamp,
  "twoFactorEnabled" boolean
);
create table "session" (
  "id" text primary key,
  "expiresAt" timestamptz not null,
  "token" text not null unique,
  "createdAt" timestamptz not null default current_timestamp,
  "updatedAt" timestamptz not null,
  "ipAddress" text,
  "userAgent" text,
  "userId" text not null references "user" ("id") on delete cascade
);
create index "session_userId_idx" on "session" ("userId");
create table "account" (
  "id" text primary key,
  "accountId" text not null,
  "providerId" text not null,
  "userId" text not null references "user" ("id") on delete cascade,
  "accessToken" text,
  "refreshToken" text,
  "idToken" text,
  "accessTokenExpiresAt" timestamptz,
  "refreshTokenExpiresAt" timestamptz,
  "scope" text,
  "password" text,
  "createdAt" timestamptz not null default current_timestamp,
  "updatedAt" timestamptz not null
);
create index "account_userId_idx" on "account" ("userId");
create table "verification" (
  "id" text primary key,
  "identifier" text not null,
  "value" text not null,
  "expiresAt" timestamptz not null,
  "createdAt" timestamptz not null default current_timestamp,
  "updatedAt" timestamptz not null default current_timestamp
);
create index "verification_identifier_idx" on "verification" ("identifier");
create table "twoFactor" (
  "id" text primary key,
  "secret" text not null,
  "backupCodes" text not null,
  "userId" text not null references "user" ("id") on delete cascade,
  "verified" boolean,
  "failedVerificationCount" integer,
  "lockedUntil" timestamptz
);
create index "twoFactor_secret_idx" on "twoFactor" ("secret");
create index "twoFactor_userId_idx" on "twoFactor" ("userId");

-- One row per person: what the account may do and see.
create table app_user (
  user_id text primary key references "user" ("id") on delete cascade,
  roles text[] not null check (cardinality(roles) > 0 and roles <@ array['cfo', 'analyst', 'risk', 'approver', 'auditor', 'admin']),
  company_keys uuid[],
  locale text not null default 'en' check (locale in ('en', 'zh-CN')),
  time_zone text not null default 'UTC',
  approval_limit numeric(18, 4) check (approval_limit >= 0),
  limit_currency text check (limit_currency ~ '^[A-Z]{3}$'),
  active boolean not null default true,
  check ((approval_limit is null) = (limit_currency is null))
);

-- One row per account name or address that failed to sign in; `subject` is 'account:…' or 'address:…'.
create table sign_in_failure (
  subject text primary key,
  failures integer not null,
  last_failed_at timestamptz not null,
  locked_until timestamptz
);

-- One row per case: the findings that tell one story about one subject.
create sequence case_number_sequence start 1001;
create table cases (
  case_number text primary key default 'Q-' || nextval('case_number_sequence'),
  story_key uuid not null unique,
  payment_request_key uuid,
  payment_request_id text,
  source text,
  invoice_key uuid,
  vendor_key uuid,
  company_key uuid not null,
  title jsonb not null default '{}',
  score double precision not null check (score between 0 and 1),
  expected_loss numeric(18, 4),
  amount numeric(18, 4),
  currency text,
  amount_base numeric(18, 4),
  base_currency text,
  state text not null default 'open' check (state in ('open', 'waiting', 'snoozed', 'decided')),
  assignee text references "user" ("id") on delete set null,
  due_at timestamptz,
  snoozed_until timestamptz,
  opened_at timestamptz not null,
  updated_at timestamptz not null default current_timestamp,
  version integer not null default 1
);
create index cases_state_idx on cases (state, expected_loss desc nulls last, case_number);
create index cases_payment_request_idx on cases (payment_request_key);

-- One row per finding in a case, as it was when it entered.
create table case_finding (
  case_number text not null references cases on delete cascade,
  finding_key uuid not null,
  detector text not null,
  score double precision not null,
  amount_at_stake numeric(18, 4),
  currency text,
  reasons jsonb not null,
  found_as_of timestamptz not null,
  primary key (case_number, finding_key)
);

-- One row per remark.
create table case_comment (
  comment_id uuid primary key default gen_random_uuid(),
  case_number text not null references cases on delete cascade,
  author text not null references "user" ("id"),
  body text not null check (length(body) between 1 and 4000),
  written_at timestamptz not null default current_timestamp
);
create index case_comment_case_idx on case_comment (case_number, written_at);

-- One row per decision; its id is made by the client, so that a repeated request is recognised.
create table decision (
  decision_id uuid primary key,
  case_number text not null references cases,
  verdict text not null,
  reason_code text not null,
  action text not null check (action in ('release', 'hold', 'reject', 'refer')),
  note text not null default '',
  decided_by text not null references "user" ("id"),
  decided_at timestamptz not null,
  case_version integer not null,
  case_state_before text not null,
  expected_status text not null,
  expected_version bigint not null,
  undone_at timestamptz,
  undone_by text references "user" ("id")
);
create index decision_case_idx on decision (case_number, decided_at);

-- One row per decision on its way to the source system; `id` is the order in which they are sent.
create table outbox (
  id bigint generated always as identity primary key,
  decision_id uuid not null unique references decision,
  source text not null,
  payment_request_id text not null,
  state text not null default 'queued'
    check (state in ('queued', 'sent', 'accepted', 'refused', 'retrying', 'needs_person', 'undone')),
  attempts integer not null default 0,
  last_error text,
  erp_status text,
  erp_version bigint,
  queued_at timestamptz not null,
  send_at timestamptz not null,
  sent_at timestamptz,
  answered_at timestamptz,
  next_attempt_at timestamptz
);
create index outbox_request_idx on outbox (source, payment_request_id, id);
create index outbox_state_idx on outbox (state);

-- One row per thing done, chained: hash = sha256(previous_hash || canonical JSON of the row).
create table audit_log (
  id bigint primary key,
  at timestamptz not null,
  actor text not null check (actor <> ''),
  action text not null,
  subject text not null,
  before jsonb,
  after jsonb,
  previous_hash text not null,
  hash text not null
);
create index audit_log_subject_idx on audit_log (subject, id);
create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'audit_log is append-only: % refused', tg_op using errcode = 'insufficient_privilege';
end $$;
create trigger audit_log_append_only before update or delete on audit_log
  for each row execute function refuse_audit_change();
create trigger audit_log_no_truncate before truncate on audit_log
  for each statement execute function refuse_audit_change();

-- One row per recipient and digest.
create table digest_subscription (
  subscription_id uuid primary key default gen_random_uuid(),
  user_id text not null references app_user on delete cascade,
  weekday integer not null default 1 check (weekday between 1 and 7),
  hour integer not null default 7 check (hour between 0 and 23),
  time_zone text not null default 'UTC',
  active boolean not null default true,
  created_at timestamptz not null default current_timestamp,
  unsubscribe_token text not null unique default replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
  unique (user_id)
);

-- One row per recipient and period; a period is sent once.
create table digest_delivery (
  delivery_id uuid primary key default gen_random_uuid(),
  subscription_id uuid not null references digest_subscription on delete cascade,
  period_start date not null,
  period_end date not null,
  state text not null default 'planned' check (state in ('planned', 'rendered', 'sending', 'sent', 'failed')),
  message_id text unique,
  subject text,
  html text,
  plain text,
  image bytea,
  attempts integer not null default 0,
  last_error text,
  resent boolean not null default false,
  planned_at timestamptz not null default current_timestamp,
  sent_at timestamptz,
  unique (subscription_id, period_start)
);

-- One row per pull of a live source.
create table source_run (
  id bigint generated always as identity primary key,
  source text not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  state text not null check (state in ('running', 'done', 'failed')),
  extracted_at timestamptz,
  rows_landed bigint,
  error text
);
create index source_run_source_idx on source_run (source, id desc);

-- One row per setting of the installation.
create table setting (
  name text primary key,
  value jsonb not null,
  changed_at timestamptz not null default current_timestamp
);
