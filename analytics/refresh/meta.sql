-- Tables that say where everything came from and what became of it.

create table if not exists warehouse_state (
  generation BIGINT not null,
  as_of TIMESTAMP
);

-- One row: the currency of all *_base amounts.
create table if not exists group_currency (
  currency VARCHAR not null
);

create table if not exists batch (
  batch_id VARCHAR not null,
  source VARCHAR not null,
  connector VARCHAR not null,
  extracted_at TIMESTAMP not null,
  status VARCHAR not null,
  held_because VARCHAR
);

create table if not exists rejected (
  rejected_key UUID not null,
  batch_id VARCHAR not null,
  source VARCHAR not null,
  connector VARCHAR not null,
  stream VARCHAR not null,
  source_row BIGINT not null,
  record VARCHAR,
  code VARCHAR not null,
  column_name VARCHAR,
  value VARCHAR,
  detail VARCHAR
);

create table if not exists ignored (
  batch_id VARCHAR not null,
  stream VARCHAR not null,
  reason VARCHAR not null,
  row_count BIGINT not null
);

create table if not exists load_count (
  batch_id VARCHAR not null,
  source VARCHAR not null,
  stream VARCHAR not null,
  physical BIGINT not null,
  loaded BIGINT not null,
  rejected BIGINT not null,
  ignored BIGINT not null
);

create table if not exists control_total (
  batch_id VARCHAR not null,
  name VARCHAR not null,
  expected VARCHAR not null,
  actual VARCHAR not null
);

create table if not exists finding (
  finding_key UUID not null,
  detector VARCHAR not null,
  kind VARCHAR not null,
  subject VARCHAR not null,
  partition_key VARCHAR not null,
  subject_key UUID not null,
  payment_request_key UUID,
  company_key UUID,
  vendor_key UUID,
  score DOUBLE not null,
  amount_at_stake DECIMAL(18,4),
  amount_at_stake_base DECIMAL(18,4),
  currency VARCHAR,
  reasons JSON not null,
  evidence_keys UUID[] not null,
  found_as_of TIMESTAMP not null
);

-- The SQL each model's table was derived with: a changed model is derived in full.
create table if not exists model_version (
  name VARCHAR not null,
  version VARCHAR not null
);
