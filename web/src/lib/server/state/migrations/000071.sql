-- One row per team: for how many new cases a working day it has time, over which entities (null: all).
create table alert_budget (
  team text primary key,
  company_keys uuid[],
  alerts_per_day integer not null check (alerts_per_day between 1 and 10000),
  reason text not null,
  changed_by text not null references "user" ("id"),
  changed_at timestamptz not null default current_timestamp
);
