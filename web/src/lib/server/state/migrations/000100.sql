-- One row per address that is told what happens. Secrets are sealed; the newest is last, at most two sign.
create table webhook_endpoint (
  endpoint_id uuid primary key default gen_random_uuid(),
  url text not null unique check (length(url) <= 2000),
  sealed_secrets text[] not null check (cardinality(sealed_secrets) between 1 and 2),
  disabled_because text,
  made_at timestamptz not null default current_timestamp
);

-- One row per message and endpoint; `message_id` is the same at every attempt.
create table webhook_delivery (
  message_id text not null,
  endpoint_id uuid not null references webhook_endpoint on delete cascade,
  body text not null,
  state text not null default 'queued' check (state in ('queued', 'delivered', 'failed')),
  attempts integer not null default 0,
  next_attempt_at timestamptz default current_timestamp,
  last_status integer,
  last_error text,
  made_at timestamptz not null default current_timestamp,
  ended_at timestamptz,
  primary key (message_id, endpoint_id)
);
create index webhook_delivery_due_idx on webhook_delivery (next_attempt_at) where state = 'queued';
