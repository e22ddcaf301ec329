-- What an accepted decision still waits for in the source, and when a person sent it again.
alter table outbox
  add column awaits text check (awaits in ('second_approval')),
  add column replayed_at timestamptz,
  add column alarmed_at timestamptz;
-- Decisions that stopped: they need a person and are not tried again by themselves.
create index outbox_stopped_idx on outbox (answered_at) where state = 'needs_person';

-- One row per source system that answered badly of late; `open_until` is in the future while nothing is sent.
create table delivery_circuit (
  source text primary key,
  failures integer not null,
  open_until timestamptz,
  last_error text,
  changed_at timestamptz not null default current_timestamp
);

-- One row per payment about which the source and an accepted decision say different things.
create table delivery_drift (
  source text not null,
  payment_request_id text not null,
  decision_id uuid not null references decision,
  case_number text not null references cases,
  expected_status text not null,
  found_status text,
  found_at timestamptz not null,
  resolved_at timestamptz,
  primary key (source, payment_request_id, decision_id)
);
