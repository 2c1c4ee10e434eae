-- Clock, calendar and policy: what time it is, which days people work, what held at a moment.

-- alur_now --
-- The one clock. Volatile: two calls in one transaction may differ, so that acts are stamped after what they saw.
CREATE OR REPLACE FUNCTION alur_now() RETURNS timestamptz
LANGUAGE plpgsql VOLATILE PARALLEL SAFE
AS $$
BEGIN
    RETURN clock_timestamp() + (SELECT shift FROM clock);
END $$;

-- clock_travel --
-- Move the clock of a demo or test database forward to `target`; never back, never in production.
CREATE OR REPLACE FUNCTION clock_travel(target timestamptz) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    marked text;
BEGIN
    SELECT mark INTO marked FROM clock FOR UPDATE;
    IF marked = 'production' THEN
        RAISE EXCEPTION 'Jam basis data produksi tidak dapat digeser.' USING ERRCODE = 'AL001';
    END IF;
    IF target < alur_now() THEN
        RAISE EXCEPTION 'Jam hanya dapat maju: sekarang %, diminta %.', alur_now(), target USING ERRCODE = 'AL001';
    END IF;
    UPDATE clock SET shift = target - clock_timestamp();
    RETURN alur_now();
END $$;
REVOKE EXECUTE ON FUNCTION clock_travel(timestamptz) FROM PUBLIC;

-- policy_current --
-- The policy version that acts are judged under at a moment.
CREATE OR REPLACE FUNCTION policy_current(p_at timestamptz) RETURNS integer
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
BEGIN
    RETURN (SELECT id FROM policy_version WHERE valid_from <= p_at ORDER BY valid_from DESC, id DESC LIMIT 1);
END $$;

-- policy_at --
-- What `p_key` held at a moment, null when it held nothing.
CREATE OR REPLACE FUNCTION policy_at(p_key text, p_at timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
BEGIN
    RETURN (
        SELECT p.value
          FROM policy p JOIN policy_version v ON v.id = p.version
         WHERE p.key = p_key AND v.valid_from <= p_at
         ORDER BY v.valid_from DESC, v.id DESC
         LIMIT 1);
END $$;

-- policy_for --
-- The same for a village: what its kabupaten decided, else its province, else the nation.
CREATE OR REPLACE FUNCTION policy_for(p_key text, p_region bigint, p_at timestamptz) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT COALESCE(
        policy_at(p_key || '@' || p_region / 1000000, p_at),
        policy_at(p_key || '@' || p_region / 100000000, p_at),
        policy_at(p_key, p_at))
$$;

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

-- is_workday --
CREATE OR REPLACE FUNCTION is_workday(p_day date) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT extract(isodow FROM p_day) < 6 AND NOT EXISTS (SELECT 1 FROM holiday WHERE day = p_day) $$;

-- workday_after --
-- The day on which `p_days` working days after `p_day` have passed.
CREATE OR REPLACE FUNCTION workday_after(p_day date, p_days integer) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT d::date
      FROM generate_series(p_day + 1, p_day + 30 + 3 * p_days, '1 day') AS d
     WHERE is_workday(d::date)
     ORDER BY d
    OFFSET greatest(p_days, 1) - 1
     LIMIT 1
$$;

-- deadline --
-- When a duration that began at `p_from` in a village runs out. Working days end with the office day at midnight
-- local time; calendar words (hari_14, hari_17 ...) mean the end of that day of the month, or of the next month
-- when it has passed; versi_dtsen and dua_versi are 120 and 240 days, the longest the policy lets them be.
CREATE OR REPLACE FUNCTION deadline(p_from timestamptz, p_spec text, p_region bigint) RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
    zone text := region_zone(p_region);
    amount integer;
    unit text;
    born timestamp := p_from AT TIME ZONE zone;
    last_day date;
BEGIN
    IF p_spec ~ '^\d+ (wd|d|h|min)$' THEN
        amount := split_part(p_spec, ' ', 1);
        unit := split_part(p_spec, ' ', 2);
        RETURN CASE unit
            WHEN 'min' THEN p_from + make_interval(mins => amount)
            WHEN 'h' THEN p_from + make_interval(hours => amount)
            WHEN 'd' THEN p_from + make_interval(days => amount)
            ELSE (workday_after(born::date, amount) + 1)::timestamp AT TIME ZONE zone
        END;
    END IF;
    IF p_spec ~ '^hari_\d+$' THEN
        amount := substr(p_spec, 6);
        last_day := date_trunc('month', born)::date + amount - 1;
        IF born::date > last_day THEN
            last_day := (date_trunc('month', born) + interval '1 month')::date + amount - 1;
        END IF;
        RETURN (last_day + 1)::timestamp AT TIME ZONE zone;
    END IF;
    RETURN CASE p_spec
        WHEN 'versi_dtsen' THEN p_from + interval '120 days'
        WHEN 'dua_versi' THEN p_from + interval '240 days'
    END;
END $$;

-- state_time --
-- What policy says of a state at a moment: p_what is sla, remind or expire. A duration word, or null.
CREATE OR REPLACE FUNCTION state_time(p_what text, p_state smallint, p_region bigint, p_at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT policy_for(p_what || '.' || m.name || '.' || s.id, p_region, p_at) #>> '{}'
      FROM state s JOIN machine m ON m.code = s.machine
     WHERE s.code = p_state
$$;

-- window_open --
-- Whether a step of the monthly calendar (kirim, pengesahan) is open in a village: policy names its days.
CREATE OR REPLACE FUNCTION window_open(p_step text, p_region bigint, p_at timestamptz) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT extract(day FROM p_at AT TIME ZONE region_zone(p_region))
           BETWEEN (w ->> 'dari')::integer AND (w ->> 'sampai')::integer
      FROM (SELECT policy_for('jendela.' || p_step, p_region, p_at) AS w) AS window_
$$;

-- service_month --
-- The month (yyyymm) that a moment belongs to, in the village's own time.
CREATE OR REPLACE FUNCTION service_month(p_region bigint, p_at timestamptz) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT to_char(p_at AT TIME ZONE region_zone(p_region), 'YYYYMM')::integer $$;
