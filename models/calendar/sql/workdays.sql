-- Which days people work where, and when a duration that began somewhere runs out.

-- region_zone --
-- The time zone in which a village's deadlines fall: WIB, WITA or WIT by province.
CREATE OR REPLACE FUNCTION region_zone(p_region bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE
        WHEN p_region / 100000000 IN (51, 52, 53, 63, 64, 65, 71, 72, 73, 74, 75, 76) THEN 'Asia/Makassar'
        WHEN p_region / 100000000 IN (81, 82, 91, 92, 93, 94, 95, 96) THEN 'Asia/Jayapura'
        ELSE 'Asia/Jakarta'
    END
$$;

-- midnight --
-- The moment at which a day begins in a region.
CREATE OR REPLACE FUNCTION midnight(p_day date, p_region bigint) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT p_day::timestamp AT TIME ZONE region_zone(p_region) $$;

-- workweek --
-- Who works when: policy `hari_kerja.<calendar>` (kantor or bank) with the weekdays worked (`hari`, 1 Monday to 7
-- Sunday) and the kinds of holiday not worked (`libur`), and the last day for which that is so: `infinity` when no
-- later policy is known. Each day is judged by the policy that holds when it begins.
CREATE OR REPLACE FUNCTION workweek(
    p_calendar text, p_region bigint, p_day date, OUT hari jsonb, OUT libur jsonb, OUT until date
)
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
    v_key text := 'hari_kerja.' || p_calendar;
    v_keys text[] := ARRAY[v_key || '@' || p_region / 1000000, v_key || '@' || p_region / 100000000, v_key];
    v_begun timestamptz := midnight(p_day, p_region);
    v_week jsonb := policy_for(v_key, p_region, v_begun);
    v_next timestamptz;
BEGIN
    hari := v_week -> 'hari';
    libur := v_week -> 'libur';
    SELECT min(v.valid_from) INTO v_next
      FROM policy p JOIN policy_version v ON v.id = p.version
     WHERE p.key = ANY (v_keys) AND v.valid_from > v_begun;
    -- A change during a day holds from the next day on.
    until := COALESCE(((v_next - interval '1 microsecond') AT TIME ZONE region_zone(p_region))::date, 'infinity');
END $$;

-- is_workday --
CREATE OR REPLACE FUNCTION is_workday(p_day date, p_region bigint, p_calendar text DEFAULT 'kantor') RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
    w record;
BEGIN
    SELECT * INTO w FROM workweek(p_calendar, p_region, p_day);
    RETURN works_on(p_day, p_region, w.hari, w.libur);
END $$;

-- works_on --
-- Whether a day is one of these weekdays, and no holiday of these kinds in a region.
CREATE OR REPLACE FUNCTION works_on(p_day date, p_region bigint, p_weekdays jsonb, p_off jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
BEGIN
    RETURN COALESCE(p_weekdays @> to_jsonb(extract(isodow FROM p_day)::integer), false)
       AND NOT EXISTS (SELECT 1 FROM holiday h
                        WHERE h.day = p_day AND h.ended_at IS NULL AND p_off ? h.kind
                          AND p_region BETWEEN h.lo AND h.hi);
END $$;

-- workday_after --
-- The day on which `p_days` working days (at least one) after `p_day` have passed; null when within a year and ten
-- days for each of them there are not so many, as under a policy by which nobody works.
CREATE OR REPLACE FUNCTION workday_after(
    p_day date, p_days integer, p_region bigint, p_calendar text DEFAULT 'kantor'
) RETURNS date
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
    w record;
    v_left integer := greatest(p_days, 1);
    v_last date := p_day + 366 + 10 * v_left;
    v_day date := p_day;
    v_until date := p_day;
BEGIN
    WHILE v_left > 0 LOOP
        v_day := v_day + 1;
        IF v_day > v_last THEN
            RETURN NULL;
        END IF;
        IF v_day > v_until THEN
            SELECT * INTO w FROM workweek(p_calendar, p_region, v_day);
            v_until := w.until;
        END IF;
        IF works_on(v_day, p_region, w.hari, w.libur) THEN
            v_left := v_left - 1;
        END IF;
    END LOOP;
    RETURN v_day;
END $$;

-- working_days_between --
-- How many working days lie after day `p_from` up to and with day `p_to`; 0 when there are none. It undoes
-- workday_after: working_days_between(d, workday_after(d, n, r), r) = n. Days of both ends: begin one day earlier.
CREATE OR REPLACE FUNCTION working_days_between(
    p_from date, p_to date, p_region bigint, p_calendar text DEFAULT 'kantor'
) RETURNS integer
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
    w record;
    v_day date := p_from + 1;
    v_last date;
    v_days integer := 0;
BEGIN
    WHILE v_day <= p_to LOOP
        SELECT * INTO w FROM workweek(p_calendar, p_region, v_day);
        v_last := least(w.until, p_to);
        v_days := v_days + (
            SELECT count(*) FROM generate_series(0, v_last - v_day) AS n(i)
             WHERE works_on(v_day + n.i, p_region, w.hari, w.libur));
        v_day := v_last + 1;
    END LOOP;
    RETURN v_days;
END $$;

-- last_open_day --
-- The day that a calendar word such as hari_14 means in the month of `p_first`: that day or the month's last; where
-- an extension gave a region more days for the step the word stands for (policy `kalender.hari`), the last of those.
CREATE OR REPLACE FUNCTION last_open_day(p_first date, p_spec text, p_region bigint) RETURNS date
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
    v_end date := (p_first + interval '1 month')::date - 1;
    v_last date := least(p_first + substr(p_spec, 6)::integer - 1, v_end);
    v_more date;
BEGIN
    SELECT max(e.last_day) INTO v_more
      FROM window_extension e
     WHERE e.ended_at IS NULL AND p_region BETWEEN e.lo AND e.hi AND e.programme IS NULL
       AND e.last_day > v_last AND e.last_day <= v_end
       AND e.step = policy_for('kalender.hari', p_region, midnight(p_first, p_region)) ->> p_spec;
    RETURN greatest(v_last, v_more);
END $$;

-- last_day --
-- The last day of a deadline in a village: one at midnight ends the day before. As people are told, in ISO.
CREATE OR REPLACE FUNCTION last_day(p_due timestamptz, p_region bigint) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT to_char((p_due - interval '1 microsecond') AT TIME ZONE region_zone(p_region), 'YYYY-MM-DD') $$;

-- deadline --
-- When a duration that began at `p_from` in a village runs out; never earlier for what began later.
-- `min`, `h` and `d` (24 h each) run through; `wd` and `bd` are working days of offices and of banks and end with the
-- day, at local midnight; calendar words (hari_14, hari_17 ...) mean the end of that day of the month, or of the next
-- month when it has passed, and are extended with the window they stand for; versi_dtsen and dua_versi are 120 and
-- 240 days, the longest the policy lets them be.
CREATE OR REPLACE FUNCTION deadline(p_from timestamptz, p_spec text, p_region bigint) RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
    born date := (p_from AT TIME ZONE region_zone(p_region))::date;
    month_first date := date_trunc('month', born::timestamp)::date;
    last_day date;
    amount integer;
BEGIN
    IF p_spec ~ '^\d+ (wd|bd|d|h|min)$' THEN
        amount := split_part(p_spec, ' ', 1);
        RETURN CASE split_part(p_spec, ' ', 2)
            WHEN 'min' THEN p_from + make_interval(mins => amount)
            WHEN 'h' THEN p_from + make_interval(hours => amount)
            -- Hours: a day added as such would take the summer time of whoever's session asks.
            WHEN 'd' THEN p_from + make_interval(hours => 24 * amount)
            WHEN 'wd' THEN midnight(workday_after(born, amount, p_region, 'kantor') + 1, p_region)
            ELSE midnight(workday_after(born, amount, p_region, 'bank') + 1, p_region)
        END;
    END IF;
    IF p_spec ~ '^hari_\d+$' THEN
        last_day := last_open_day(month_first, p_spec, p_region);
        IF born > last_day THEN
            last_day := last_open_day((month_first + interval '1 month')::date, p_spec, p_region);
        END IF;
        RETURN midnight(last_day + 1, p_region);
    END IF;
    RETURN CASE p_spec
        WHEN 'versi_dtsen' THEN p_from + make_interval(hours => 24 * 120)
        WHEN 'dua_versi' THEN p_from + make_interval(hours => 24 * 240)
    END;
END $$;

-- service_month --
-- The month (yyyymm) that a moment belongs to, in the village's own time.
CREATE OR REPLACE FUNCTION service_month(p_region bigint, p_at timestamptz) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT to_char(p_at AT TIME ZONE region_zone(p_region), 'YYYYMM')::integer $$;
