-- What a KPI should be, for the group (no company) or one entity. The present value; what was before is in the audit log.
create table kpi_target (
  kpi_id text not null,
  company_key uuid,
  value numeric(24, 8) not null,
  set_by text not null references "user" (id),
  set_at timestamptz not null default current_timestamp,
  constraint kpi_target_once unique nulls not distinct (kpi_id, company_key)
);

-- A change somebody declared, with the KPI it should move and that KPI's weeks before it, frozen.
create table declared_change (
  change_id uuid primary key,
  name text not null,
  kpi_id text not null,
  company_key uuid,
  starts_on date not null,
  baseline jsonb not null,
  baseline_hash text not null,
  declared_by text not null references "user" (id),
  declared_at timestamptz not null default current_timestamp,
  withdrawn_at timestamptz
);
create index declared_change_kpi_idx on declared_change (kpi_id, starts_on);
