-- One row per version of a standing decision: what is released or held without asking each time.
create table standing_decision (
  standing_id uuid not null,
  version integer not null check (version > 0),
  state text not null default 'proposed' check (state in ('proposed', 'live', 'ended', 'replaced', 'declined')),
  document jsonb not null,
  reason text not null,
  written_by text not null references "user" ("id"),
  written_at timestamptz not null default current_timestamp,
  confirmed_by text references "user" ("id"),
  live_at timestamptz,
  ended_at timestamptz,
  primary key (standing_id, version),
  check (confirmed_by is distinct from written_by)
);
create unique index standing_decision_live_idx on standing_decision (standing_id) where state = 'live';

-- One row per case a standing decision looked at: applied, or kept back for people as the random sample.
create table standing_outcome (
  case_number text not null references cases,
  standing_id uuid not null,
  version integer not null,
  outcome text not null check (outcome in ('applied', 'kept_back')),
  decision_id uuid references decision,
  at timestamptz not null default current_timestamp,
  primary key (case_number, standing_id),
  foreign key (standing_id, version) references standing_decision
);
alter table decision add column standing_id uuid;
alter table decision add column standing_version integer;
alter table decision add foreign key (standing_id, standing_version) references standing_decision;

-- One row per reminder or escalation: each is sent once to each person.
create table confirmation_notice (
  confirmation_id uuid not null references confirmation,
  kind text not null check (kind in ('remind', 'escalate')),
  user_id text not null references "user" ("id"),
  noticed_at timestamptz not null default current_timestamp,
  mail text not null default 'none' check (mail in ('none', 'sending', 'sent', 'refused', 'unknown')),
  primary key (confirmation_id, kind, user_id)
);

-- One row per finished access review: what everybody could do then, and who signed it.
create table access_review (
  review_id uuid primary key default gen_random_uuid(),
  signed_by text not null references "user" ("id"),
  signed_at timestamptz not null default current_timestamp,
  snapshot jsonb not null,
  note text not null default ''
);
