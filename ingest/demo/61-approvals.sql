-- The approval log. Waits are log-normal around the medians measured in real approval logs
-- (BPI Challenge 2020: administration, budget owner, supervisor, payment request; calendar days).
create macro seats(role_no) as
  [30, 6, 5, 12, 10, 6, 3, 1, 3, 3][role_no] * case when role_no in (7, 8) then 1 else greatest(1, round(getvariable('scale') ** 0.6))::bigint end;

create macro seat_of(role_no, k, cost_center, stream) as (
  case
    when role_no in (5, 6) and u(stream || 'night', k) < 0.03 then 0
    when role_no in (5, 6) then 1 + (if(u(stream, k) < 0.85, hash(cost_center, role_no), hash(k, stream)) % (seats(role_no) - 1)::ubigint)::bigint
    else (if(u(stream, k) < 0.85, hash(cost_center, role_no), hash(k, stream)) % seats(role_no)::ubigint)::bigint
  end
);

create table chain as
select * from (values
  (1, 1, 5, true), (2, 1, 6, true), (3, 1, 6, false), (3, 2, 7, true), (4, 1, 7, false), (4, 2, 8, true)
) as t(level, place, role_no, is_final);

create table chain_step as
select level, with_budget, row_number() over (partition by level, with_budget order by happened) as step, role_no, is_final
from (
  select level, with_budget, 0 as happened, 3 as role_no, false as is_final from (select distinct level from chain), (values (false), (true)) as t(with_budget)
  union all
  select distinct level, true, 1, 4, false from chain
  union all
  select level, with_budget, 1 + place, role_no, is_final from chain, (values (false), (true)) as t(with_budget)
);

-- One row per round of a request that people decide: 90 % need one, 8.5 % two, 1.1 % three.
create table round as
with drawn as (
  select k, level, with_budget,
    [case when x < 0.106 then 3 when x < 0.127 and with_budget then 4 when x > 0.972 then 9 else 0 end
      for x in [u('round 1', k), u('round 2', k), u('round 3', k)]] as refused_by,
    [u('gives up ' || n, k) < 0.2 for n in ['1', '2', '3']] as gives_up
  from document where path = 'human' and requested_at <= getvariable('present')
),
counted as (
  select *,
    case when refused_by[1] = 0 or gives_up[1] then 1 when refused_by[2] = 0 or gives_up[2] then 2
      when refused_by[3] = 0 or gives_up[3] then 3 else 4 end as rounds
  from drawn
)
select k, level, with_budget, unnest(range(1, rounds + 1)) as round, rounds, refused_by, gives_up from counted;

create table human_step as
with step as (
  select round.k, round, rounds, chain_step.step, chain_step.role_no, is_final,
    round <= 3 and refused_by[round] = case when chain_step.role_no in (3, 4) then chain_step.role_no when is_final then 9 else -1 end as refused
  from round join chain_step using (level, with_budget)
  -- A refusal ends its round.
  where round > 3 or refused_by[round] in (0, 9) or chain_step.role_no <= refused_by[round]
),
submitted as (
  select k, round, 0 as step, 1 as role_no, false as is_final, false as refused, rounds from round
  union all by name
  select * from step
  union all by name
  select k, round, 9 as step, 9 as role_no, false as is_final, false as refused, rounds from round
  where round = rounds and (round > 3 or refused_by[round] = 0)
),
waiting as (
  select *,
    k * 100 + round * 10 + step as step_k
  from submitted
)
select waiting.*, document.company, document.zone, document.requested, document.cost_center, document.urgent,
  case
    when role_no = 1 and round = 1 then 0
    when role_no = 1 then least(90, 0.7 * exp(2.2 * z('again', step_k)))
    when role_no = 3 then if(u('same hour', step_k) < 0.5, 0.004 + 0.02 * u('minutes', step_k), least(20, 0.8 * exp(1.0 * z('wait', step_k))))
    when role_no = 4 then least(40, 1.0 * exp(1.2 * z('wait', step_k)))
    when role_no = 9 then least(30, 1.35 * exp(1.1 * z('wait', step_k)))
    else least(40, 0.95 * exp(1.15 * z('wait', step_k)))
  end * if(document.urgent, 0.1, if(document.discount_rate is not null, 0.45, 1)) + if(step > 0 or round > 1, 0.004, 0) as wait_days,
  seat_of(role_no, step_k, cost_center, 'seat') as seat
from waiting join document using (k);

create table event (k bigint, position bigint, activity varchar, action varchar, role_no integer, actor varchar, behalf varchar, happened timestamp, comment varchar);

insert into event
with moment as (
  select *,
    requested + days(sum(wait_days) over (partition by k order by round, step)) as raw
  from human_step
),
placed as (
  select *,
    case when role_no = 1 and round = 1 then raw
      when role_no in (5, 6) and seat = 0 then working(raw - interval '12 hours') + interval '12 hours' else working(raw) end as placed_at
  from moment
),
ordered as (
  select *,
    to_second(max(placed_at) over (partition by k order by round, step)) + to_seconds(2 * (round * 10 + step)) as happened
  from placed
)
select
  k, round * 10 + step,
  case when role_no = 1 then 'Submitted by employee' when role_no = 9 then 'Payment requested'
    else if(refused, 'Rejected', 'Approved') || ' by ' || ['', '', 'administration', 'budget owner', 'team lead', 'manager', 'head', 'CFO'][role_no] end,
  case when role_no = 1 then 'submitted' when role_no = 9 then 'requested_payment' when refused then 'rejected' when is_final then 'final_approved' else 'approved' end,
  role_no,
  case when role_no = 1 then person_id(company, 1, (hash(cost_center) % 30)::bigint) else person_id(company, role_no, seat) end,
  null, utc(happened, zone), null
from ordered;

-- Planted requests: one clean round around the given moment of the final decision.
create table script as
select *,
  coalesce(final_at, working(requested + days(0.25 + 1.6 * u('decided', k)))) as decided,
  coalesce(approver_id, person_id(company, [5, 6, 7, 8][level], case when level <= 2 then 1 + whole('approver', k, seats([5, 6, 7, 8][level]) - 1) else whole('approver', k, seats([5, 6, 7, 8][level])) end)) as approver
from document where path = 'scripted';

insert into event
select k, step, activity, action, role_no, actor, behalf, utc(to_second(happened), zone), note
from (
  select k, zone, 10 as step, 'Submitted by employee' as activity, 'submitted' as action, 1 as role_no, requested_by as actor, null as behalf, requested as happened, null as note from script
  union all
  select k, zone, 11, 'Approved by administration', 'approved', 3, person_id(company, 3, seat_of(3, k, cost_center, 'seat')), null, requested + (decided - requested) * 0.4, null
  from script where not starts_with(approver, 'AUTO')
  union all
  select k, zone, 12, 'Approved by manager', 'approved', 6, person_id(company, 6, 1 + whole('first', k, 5)), null, requested + (decided - requested) * 0.7, null
  from script where level >= 3
  union all
  select script.k, script.zone, 13,
    case when starts_with(approver, 'AUTO') then 'Auto-approved' else 'Approved by ' || ['team lead', 'manager', 'head', 'CFO'][person.role_no - 4] end,
    if(starts_with(approver, 'AUTO'), 'auto_approved', 'final_approved'), person.role_no, approver, represented_id, decided, script.comment
  from script join person on person.user_id = approver
  union all
  select k, zone, 14, 'Payment requested', 'requested_payment', 9, person_id(company, 9, whole('treasury', k, 3)), null,
    if(final_at is null, working(decided + days(0.01 + 0.9 * exp(0.8 * z('payment asked', k)))), decided + interval '40 minutes'), null
  from script
);

-- The payment program asks for and approves small and matched invoices itself on the day of the run.
insert into event
select k, 10, 'Created by payment program', 'created', 13, service_id(company, 'PAY-RUN'), null, requested_at, null from document where path = 'auto'
union all
select k, 11, 'Auto-approved', 'auto_approved', 12, service_id(company, 'AUTO-APPROVE'), null, requested_at + to_seconds(1 + whole('auto', k, 4)), null from document where path = 'auto';

-- Direct debits are approved after the fact, by policy.
insert into event
select k, 10, 'Submitted by employee', 'submitted', 1, requested_by, null, requested_at, null from document where path = 'debit'
union all
select k, 11, 'Approved by team lead', 'final_approved', 5, person_id(company, 5, seat_of(5, k, cost_center, 'seat')), null,
  utc(to_second(working(requested + days(0.1 + exp(0.9 * z('after the fact', k))))), zone), null from document where path = 'debit' and seat_of(5, k, cost_center, 'seat') > 0;

-- Holidays: approvers are represented by the next person of their role.
create table delegation as
with period as (
  select user_id, company, role_no, place, unnest(range(4)) as n from person where role_no between 4 and 7
)
select user_id as from_user, person_id(company, role_no, case when role_no in (5, 6) then 1 + place % (seats(role_no) - 1) else (place + 1) % seats(role_no) end) as to_user,
  date '2025-07-01' + ((n // 2) * 365 + if(n % 2 = 0, whole('leave', user_id || n, 60), 172 + whole('leave', user_id || n, 8)))::integer as from_on,
  if(n % 2 = 0, 13, 6) as length
from period where place > 0 or role_no in (4, 7);

insert into delegation
select distinct represented_id, approver_id, requested::date - 3, 16 from document where represented_id is not null;

update event set behalf = from_user, actor = to_user
from delegation, document
where event.k = document.k and document.path = 'human' and event.actor = from_user and role_no between 4 and 7
  and event.happened >= from_on and event.happened < from_on + length::integer + 1 and from_user <> to_user;
