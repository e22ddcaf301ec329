-- The audit log is searched by what it is about, by who did it, and by day.
create index audit_log_actor_idx on audit_log (actor, id);
create index audit_log_at_idx on audit_log (at, id);
