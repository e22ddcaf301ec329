-- One row per version of a rule by users, or of the setting of a built-in detector (then rule_id is its id).
create table rule_version (
  rule_id text not null,
  version integer not null check (version > 0),
  kind text not null check (kind in ('rule', 'detector')),
  state text not null default 'draft'
    check (state in ('draft', 'shadow', 'live', 'paused', 'replaced', 'rolled_back')),
  document jsonb not null,
  reason text not null,
  written_by text not null references "user" ("id"),
  written_at timestamptz not null default current_timestamp,
  primary key (rule_id, version)
);
create unique index rule_version_current_idx on rule_version (rule_id) where state in ('live', 'paused');

-- One row per change of what runs: who asked for it, who confirmed it, and why.
create table rule_event (
  id bigint generated always as identity primary key,
  rule_id text not null,
  version integer not null,
  state text not null check (state in ('live', 'paused', 'rolled_back')),
  reason text not null,
  asked_by text not null references "user" ("id"),
  confirmed_by text not null references "user" ("id"),
  at timestamptz not null default current_timestamp,
  foreign key (rule_id, version) references rule_version,
  check (asked_by <> confirmed_by)
);
create index rule_event_rule_idx on rule_event (rule_id, id);

-- One row per list that rules ask about.
create table rule_list (
  list_id uuid primary key,
  name text not null unique,
  entries text[] not null default '{}',
  includes uuid[] not null default '{}',
  reason text not null,
  owner text not null references "user" ("id"),
  expires_on date,
  changed_by text not null references "user" ("id"),
  changed_at timestamptz not null default current_timestamp
);

-- One row per scope in which findings open no cases for a time. Ended early, never deleted.
create table suppression (
  suppression_id uuid primary key default gen_random_uuid(),
  detector text,
  vendor_key uuid,
  company_key uuid,
  reason text not null,
  owner text not null references "user" ("id"),
  expires_on date not null,
  asked_by text not null references "user" ("id"),
  confirmed_by text not null references "user" ("id"),
  made_at timestamptz not null default current_timestamp,
  ended_at timestamptz,
  check (asked_by <> confirmed_by),
  check (num_nonnulls(detector, vendor_key) > 0)
);

alter table confirmation drop constraint confirmation_kind_check;
alter table confirmation add constraint confirmation_kind_check
  check (kind in ('decision', 'policy', 'standing_decision', 'access', 'rule'));
