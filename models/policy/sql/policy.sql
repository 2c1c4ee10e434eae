-- Clock and policy: what time it is, what held at a moment.

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

-- state_time --
-- What policy says of a state at a moment: p_what is sla, remind or expire. A duration word, or null.
CREATE OR REPLACE FUNCTION state_time(p_what text, p_state smallint, p_region bigint, p_at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT policy_for(p_what || '.' || m.name || '.' || s.id, p_region, p_at) #>> '{}'
      FROM state s JOIN machine m ON m.code = s.machine
     WHERE s.code = p_state
$$;

-- state_times --
-- What policy says of every state at a moment in several villages at once: the words of sla and remind, or null. One
-- look over what is said of states, where state_time asks three keys for each.
CREATE OR REPLACE FUNCTION state_times(p_places bigint[], p_at timestamptz)
RETURNS TABLE (state smallint, place bigint, sla text, remind text)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH told AS MATERIALIZED (
        SELECT DISTINCT ON (p.key) split_part(p.key, '@', 1) AS key,
               NULLIF(split_part(p.key, '@', 2), '')::bigint AS region, p.value #>> '{}' AS word
          FROM policy p JOIN policy_version v ON v.id = p.version
         WHERE v.valid_from <= p_at AND p.key ~ '^(sla|remind)\.[^@]*(@\d{2}|@\d{4})?$'
         ORDER BY p.key, v.valid_from DESC, v.id DESC),
    -- As policy_for: the kabupaten's word, whose code is the larger number, before the province's before the nation's.
    near AS MATERIALIZED (
        SELECT DISTINCT ON (g.place, t.key) g.place, t.key, t.word
          FROM unnest(p_places) AS g(place)
          JOIN told t ON t.region IS NULL OR t.region IN (g.place / 1000000, g.place / 100000000)
         ORDER BY g.place, t.key, t.region DESC NULLS LAST)
    SELECT s.code, g.place, l.word, r.word
      FROM unnest(p_places) AS g(place)
     CROSS JOIN state s
      JOIN machine m ON m.code = s.machine
      LEFT JOIN near l ON l.place = g.place AND l.key = 'sla.' || m.name || '.' || s.id
      LEFT JOIN near r ON r.place = g.place AND r.key = 'remind.' || m.name || '.' || s.id
$$;
