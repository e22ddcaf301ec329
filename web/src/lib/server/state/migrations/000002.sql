-- One row per code of an authenticator app that was taken lately; it is not taken again.
create table used_code (
  user_id text not null references "user" ("id") on delete cascade,
  code text not null,
  used_at timestamptz not null default current_timestamp,
  primary key (user_id, code)
);
