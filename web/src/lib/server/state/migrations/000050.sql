-- One row per passkey a person registered; only its public half is ever known here.
create table passkey (
  credential_id text primary key,
  user_id text not null references "user" ("id") on delete cascade,
  name text not null check (length(name) between 1 and 60),
  public_key bytea not null,
  counter bigint not null default 0,
  transports text[] not null default '{}',
  is_synced boolean not null,
  created_at timestamptz not null default current_timestamp,
  last_used_at timestamptz
);
create index passkey_user_idx on passkey (user_id);

-- When the person of a session last showed a second factor in it.
create table second_factor_proof (
  session_id text primary key references "session" ("id") on delete cascade,
  method text not null check (method in ('code', 'recovery_code', 'passkey')),
  proven_at timestamptz not null default current_timestamp
);

-- Challenges and links that were good once and have been used, until they would have expired.
create table used_token (
  token_hash text primary key,
  good_until timestamptz not null
);

-- One row per person who signed a decision: its canonical text and the passkey's signature over it.
create table decision_signature (
  decision_id uuid not null,
  signed_by text not null references "user" ("id"),
  signed_at timestamptz not null default current_timestamp,
  canonical text not null,
  credential_id text not null,
  public_key bytea not null,
  rp_id text not null,
  origin text not null,
  client_data bytea not null,
  authenticator_data bytea not null,
  signature bytea not null,
  primary key (decision_id, signed_by)
);
create function refuse_signature_change() returns trigger language plpgsql as $$
begin
  raise exception 'a signature is never changed: % refused', tg_op using errcode = 'insufficient_privilege';
end $$;
create trigger decision_signature_kept before update or delete on decision_signature
  for each row execute function refuse_signature_change();
