-- What the approval policy and the segregation of duties look at, from the warehouse with each refresh.
alter table cases add column facts jsonb not null default '{}';

-- The accounts a person holds in the source systems, for the segregation of duties.
alter table app_user add column employee_keys uuid[] not null default '{}';

-- One row per version of the approval policy. At most one is live.
create table policy (
  version integer generated always as identity primary key,
  state text not null default 'draft'
    check (state in ('draft', 'simulated', 'asked', 'live', 'replaced', 'declined')),
  document jsonb not null,
  reason text not null,
  written_by text not null references "user" ("id"),
  written_at timestamptz not null default current_timestamp,
  simulated_at timestamptz,
  simulation jsonb,
  live_at timestamptz,
  confirmed_by text references "user" ("id"),
  check (confirmed_by is distinct from written_by)
);
create unique index policy_live_idx on policy (state) where state = 'live';

-- One row per change that waits, or waited, for a second person. Of a decision it has the same id.
create table confirmation (
  confirmation_id uuid primary key,
  kind text not null check (kind in ('decision', 'policy', 'standing_decision', 'access')),
  subject text not null,
  case_number text references cases,
  company_key uuid,
  change jsonb not null,
  before jsonb,
  plan jsonb,
  because text[] not null,
  policy_version integer references policy,
  seen text,
  asked_by text not null references "user" ("id"),
  asked_at timestamptz not null default current_timestamp,
  note text not null default '',
  state text not null default 'pending'
    check (state in ('pending', 'confirmed', 'declined', 'withdrawn', 'overtaken')),
  ended_at timestamptz,
  ended_because text
);
create unique index confirmation_pending_idx on confirmation (kind, subject) where state = 'pending';
create index confirmation_case_idx on confirmation (case_number);

-- One row per answer to a confirmation; a person answers once, whoever they act for.
create table confirmation_answer (
  confirmation_id uuid not null references confirmation,
  position integer not null,
  answered_by text not null references "user" ("id"),
  on_behalf_of text not null references "user" ("id"),
  answer text not null check (answer in ('confirm', 'decline')),
  note text not null default '',
  answered_at timestamptz not null default current_timestamp,
  primary key (confirmation_id, answered_by),
  unique (confirmation_id, position)
);
create function refuse_own_confirmation() returns trigger language plpgsql as $$
begin
  if exists (select from confirmation where confirmation_id = new.confirmation_id
             and asked_by in (new.answered_by, new.on_behalf_of)) then
    raise exception 'nobody confirms their own request' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger confirmation_answer_by_another before insert or update on confirmation_answer
  for each row execute function refuse_own_confirmation();

-- One row per period in which one person may confirm for another. Ended early, never deleted.
create table delegation (
  delegation_id uuid primary key default gen_random_uuid(),
  from_user text not null references "user" ("id"),
  to_user text not null references "user" ("id"),
  starts_on date not null,
  ends_on date not null,
  company_keys uuid[],
  amount_below numeric(18, 4) check (amount_below > 0),
  reason text not null,
  made_by text not null references "user" ("id"),
  made_at timestamptz not null default current_timestamp,
  ended_at timestamptz,
  check (from_user <> to_user),
  check (ends_on >= starts_on)
);
create index delegation_to_idx on delegation (to_user, ends_on);
