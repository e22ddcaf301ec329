-- Macros of the staging SQL, on the writer connection only. $account_secret is replaced by the
-- quoted secret, which therefore never reaches the stored catalogue.

create or replace temp macro filled(value) as nullif(trim(value), '');

-- ISO date, the original text when it does not fit the format, null when empty.
create or replace temp macro parse_date(value, format) as
  coalesce(strftime(try_strptime(filled(value), format), '%Y-%m-%d'), filled(value));

-- ISO time in UTC of a local time in `zone`; a time with its own offset ('%z' in the format) keeps it.
create or replace temp macro parse_timestamp(value, format, zone) as
  coalesce(
    strftime(
      case
        when zone = 'UTC' and not contains(format, '%z') then try_strptime(filled(value), format)::timestamp
        when contains(format, '%z') then timezone('UTC', try_strptime(filled(value), format)::timestamptz)
        else timezone('UTC', timezone(zone, try_strptime(filled(value), format)::timestamp))
      end,
      '%Y-%m-%dT%H:%M:%S.%fZ'
    ),
    filled(value)
  );

-- Decimal text with '.': thousands marks stripped, (1.00) and 1.00- are negative; else the original text.
create or replace temp macro parse_decimal(value, decimal_mark) as
  case
    when value is null or trim(value) = '' then null
    -- The ordinary case first: the wide cast after it costs a hundred times as much.
    when decimal_mark = '.' and regexp_full_match(value, '[+-]?[0-9]+([.][0-9]+)?') then value
    when decimal_mark = '.' and try_cast(value as decimal(38, 9)) is not null and not contains(value, '_')
      then trim(value)
    else coalesce(
      nullif(
        regexp_extract(
          regexp_replace(
            regexp_replace(
              replace(
                regexp_replace(
                  trim(value),
                  case when decimal_mark = ',' then '[.''’\s]' else '[,''’\s]' end, '', 'g'
                ),
                decimal_mark, '.'
              ),
              '^\((.*)\)$', '-\1'
            ),
            '^([^-].*)-$', '-\1'
          ),
          '^[+-]?[0-9]+([.][0-9]*)?$|^[+-]?[.][0-9]+$'
        ),
        ''
      ),
      value
    )
  end;

-- Letters and digits of an account number, upper case.
create or replace temp macro normal_account(value) as
  nullif(regexp_replace(upper(value), '[^A-Z0-9]', '', 'g'), '');

create or replace temp macro account_token(value) as
  case when normal_account(value) is not null then sha256($account_secret || normal_account(value)) end;

create or replace temp macro last4(value) as right(normal_account(value), 4);

-- Lower case without accents and punctuation, words apart by one blank.
create or replace temp macro normal_name(value) as
  nullif(trim(regexp_replace(lower(strip_accents(value)), '[^\p{L}\p{N}]+', ' ', 'g')), '');

-- Letters and digits, upper case, without leading zeros: 'INV-00123/A' and 'inv 00123a' are equal.
create or replace temp macro normal_number(value) as
  nullif(ltrim(regexp_replace(upper(value), '[^\p{L}\p{N}]', '', 'g'), '0'), '');
