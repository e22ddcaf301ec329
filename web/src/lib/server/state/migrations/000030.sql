-- A case that tells the same story as another is decided with it; the other is its lead.
alter table cases add column merged_into text references cases;
alter table cases add constraint cases_merged_into_another check (merged_into <> case_number);
create index cases_merged_into_idx on cases (merged_into) where merged_into is not null;

-- What the expected loss was when the case was put away: it comes back when that has grown.
alter table cases add column snoozed_loss numeric(18, 4);
