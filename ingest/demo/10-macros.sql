-- Chance, clocks and account numbers as macros. Chance is a hash of seed, stream and key, so that
-- neither threads nor the order of rows can change a value.
create macro u(stream, k) as
  (hash(hash(getvariable('seed'), stream, k)) >> 11)::double / 9007199254740992.0;

create macro z(stream, k) as
  sqrt(-2 * ln(greatest(u(stream || ':a', k), 1e-12))) * cos(2 * pi() * u(stream || ':b', k));

create macro whole(stream, k, n) as floor(u(stream, k) * n)::bigint;

create macro pick(choices, stream, k) as choices[1 + whole(stream, k, len(choices))];

create macro days(n) as to_microseconds((n * 86400000000)::bigint);

create macro utc(t, zone) as timezone('UTC', timezone(zone, t));

create macro to_second(t) as date_trunc('second', t);

-- Payment runs leave on Mondays and Thursdays at 17:00.
create macro next_run_on(t) as (
  case when t::time <= time '17:00' then t::date else t::date + 1 end
  + [0, 2, 1, 0, 3, 2, 1][isodow(case when t::time <= time '17:00' then t::date else t::date + 1 end)]::integer
);

create macro last_run_on(d) as d - [0, 1, 2, 0, 1, 2, 3][isodow(d)]::integer;

-- A moment moved into the working day (Monday to Friday, 8 to 18) without changing the order of
-- moments: a night or weekend shrinks into the first 1.5 hours of the next working day.
create macro working(t) as (
  case
    when isodow(t) <= 5 and hour(t) between 8 and 17 then
      t::date + interval '9 hours 30 minutes'
      + to_microseconds(((epoch_us(t) - epoch_us(t::date::timestamp)) * 0.85 - 24480000000)::bigint)
    when isodow(t) <= 5 and hour(t) < 8 then
      t::date + interval '8 hours'
      + to_microseconds((5.4e9
        * (epoch_us(t) - epoch_us(t::date::timestamp) + if(isodow(t) = 1, 194400000000, 21600000000))
        / if(isodow(t) = 1, 223200000000, 50400000000))::bigint)
    else
      t::date + interval '8 hours' + to_days([1, 1, 1, 1, 3, 2, 1][isodow(t)]::integer)
      + to_microseconds((5.4e9
        * (epoch_us(t) - epoch_us(t::date::timestamp) - 64800000000
          + case isodow(t) when 6 then 86400000000 when 7 then 172800000000 else 0 end)
        / if(isodow(t) >= 5, 223200000000, 50400000000))::bigint)
  end
);

create macro check_digits(digits) as lpad((98 - digits::hugeint % 97)::varchar, 2, '0');

-- IBAN with right check digits in the Netherlands, Germany and Belgium; local forms elsewhere.
create macro account_number(country, k) as (
  case country
    when 'NL' then
      'NL' || check_digits('10112310' || lpad(whole('account', k, 10000000000)::varchar, 10, '0') || '232100')
      || 'ABNA' || lpad(whole('account', k, 10000000000)::varchar, 10, '0')
    when 'DE' then
      'DE' || check_digits('37040044' || lpad(whole('account', k, 10000000000)::varchar, 10, '0') || '131400')
      || '37040044' || lpad(whole('account', k, 10000000000)::varchar, 10, '0')
    when 'BE' then
      'BE' || check_digits('53' || lpad(whole('account', k, 10000000000)::varchar, 10, '0') || '111400')
      || '53' || lpad(whole('account', k, 10000000000)::varchar, 10, '0')
    when 'US' then '021000021-' || lpad(whole('account', k, 10000000000)::varchar, 10, '0')
    when 'CN' then '622202' || lpad(whole('account', k, 10000000000000)::varchar, 13, '0')
    else 'LT' || check_digits('32500' || lpad(whole('account', k, 100000000000)::varchar, 11, '0') || '212900')
      || '32500' || lpad(whole('account', k, 100000000000)::varchar, 11, '0')
  end
);

create macro bank_name(country) as (
  case country
    when 'NL' then 'ABN AMRO Bank' when 'DE' then 'Commerzbank' when 'BE' then 'Fortis'
    when 'US' then 'JPMorgan Chase' when 'CN' then '中国工商银行' else 'Revolut Bank UAB'
  end
);
