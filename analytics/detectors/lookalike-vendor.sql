-- One row per vendor whose name is one slip away from that of an established one.
with pair as (
  select
    newer.*,
    older.vendor_key as older_key,
    older.name as older_name,
    older.name_normal as older_normal,
    older.category as older_category,
    jaro_winkler_similarity(newer.name_normal, older.name_normal) as name_similarity
  from vendor_name_block as newer
  join vendor_name_block as older
    on older.block = newer.block
    and older.vendor_key <> newer.vendor_key
    and older.requested_at <= newer.created_at - to_days($established_days::integer)
  where newer.payment_request_key is not null
    and length(newer.name_normal) >= $least_length
    -- Sister companies and second accounts of one vendor are what they say they are.
    and not coalesce(newer.tax_id = older.tax_id, false)
    and not coalesce(newer.email_domain = older.email_domain, false)
    and (
      newer.name_normal = older.name_normal
      or regexp_replace(newer.name, '[0-9]+', '', 'g') <> regexp_replace(older.name, '[0-9]+', '', 'g')
    )
),
-- Two names can share several forms: the pair counts once, in the least of them.
once as (
  select * from pair
  where block = list_min(list_intersect(
    list_prepend(name_normal, list_transform(
      range(1, length(name_normal) + 1), place -> left(name_normal, place - 1) || substr(name_normal, place + 1)
    )),
    list_prepend(older_normal, list_transform(
      range(1, length(older_normal) + 1), place -> left(older_normal, place - 1) || substr(older_normal, place + 1)
    ))
  ))
),
closest as (
  select
    *,
    0.6
      -- An imitation keeps the legal form and all else that it can keep. Distance in bytes: a
      -- Chinese character has three.
      + if(levenshtein(lower(name), lower(older_name)) <= if(regexp_matches(name_normal, '[\p{Han}]'), 3, 2), 0.2, 0)
      + (name_similarity - 0.9)
      + if(coalesce(category = older_category, false), 0.1, 0)
      -- A Chinese character is a word: names that differ in one are as different as two words.
      - if(
        length(name_normal) = length(older_normal) and regexp_matches(name_normal, '[\p{Han}]'), 0.25, 0
      ) as score
  from once
)
select
  block as partition_key,
  vendor_key as subject_key,
  payment_request_key,
  company_key,
  vendor_key,
  score,
  amount as amount_at_stake,
  currency,
  [
    {
      'weight': 0.8, 'id': 'vendor_names_alike',
      'values': json_object('vendor_name', name, 'other_vendor_name', older_name),
      'actual': round(name_similarity, 3), 'usual_low': 0.0, 'usual_high': 0.9, 'unit': 'similarity'
    },
    case when category = older_category then {
      'weight': 0.2, 'id': 'same_category',
      'values': json_object('category', category),
      'actual': null, 'usual_low': null, 'usual_high': null, 'unit': ''
    } end
  ] as reasons,
  [older_key] as evidence_keys,
  requested_at as found_as_of
from closest
where score >= $least_score
