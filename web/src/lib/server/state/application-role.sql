-- The role Quittance works under once its tables stand: it may add to the audit log and never change it.
-- Needs the right to create roles; without it the trigger on audit_log is the only wall.
do $$
declare policed record;
begin
  if not exists (select from pg_roles where rolname = 'quittance_application') then
    begin
      create role quittance_application nologin;
    exception
      when insufficient_privilege then return;
      when duplicate_object or unique_violation then null;
    end;
  end if;
  if not pg_has_role(current_user, 'quittance_application', 'member') then
    begin
      execute format('grant quittance_application to %I', current_user);
    exception when insufficient_privilege then return;
    end;
  end if;
  grant usage on schema public, graphile_worker to quittance_application;
  grant select, insert, update, delete on all tables in schema public, graphile_worker
    to quittance_application;
  grant usage, select, update on all sequences in schema public, graphile_worker
    to quittance_application;
  grant execute on all functions in schema graphile_worker to quittance_application;
  revoke insert, update, delete on migration from quittance_application;
  revoke update, delete, truncate on audit_log, decision_signature from quittance_application;
  -- The job queue lets nobody but its owner see rows unless a policy says so.
  for policed in
    select relname from pg_class
    where relnamespace = 'graphile_worker'::regnamespace and relrowsecurity
      and not exists (select from pg_policy where polrelid = pg_class.oid and polname = 'quittance_application')
  loop
    execute format(
      'create policy quittance_application on graphile_worker.%I to quittance_application using (true) with check (true)',
      policed.relname);
  end loop;
end $$;
