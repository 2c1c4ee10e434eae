-- Notices: written with what they tell about, planned for the channel their reader chose. Owned by the tables' owner.

-- notice_zone --
-- The time zone a person works in, by the region of his longest-held role; western time where he has none.
CREATE OR REPLACE FUNCTION notice_zone(p_user integer) RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT region_zone(COALESCE((
        SELECT a.lo FROM assignment a
         WHERE a.user_id = p_user AND (a.valid_to IS NULL OR a.valid_to > alur_now())
         ORDER BY a.lo IS NULL, a.valid_from, a.id LIMIT 1), 0))
$$;

-- local_hour_after --
-- The next moment, not before p_at, at which it is p_hour o'clock in a zone.
CREATE OR REPLACE FUNCTION local_hour_after(p_at timestamptz, p_hour integer, p_zone text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT min(t) FROM (
        SELECT (date_trunc('day', p_at AT TIME ZONE p_zone) + make_interval(days => d, hours => p_hour))
               AT TIME ZONE p_zone AS t
          FROM generate_series(0, 1) AS d) AS x
     WHERE t >= p_at
$$;

-- notice_awake --
-- p_at, or the end of a person's quiet hours when it falls into them. Urgent notices know no quiet hours.
CREATE OR REPLACE FUNCTION notice_awake(p_user integer, p_urgent boolean, p_at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    zone text := notice_zone(p_user);
    hour integer := extract(hour FROM p_at AT TIME ZONE zone);
    asleep integer;
    awake integer;
BEGIN
    SELECT COALESCE(n.quiet_from, (q ->> 'dari')::integer), COALESCE(n.quiet_to, (q ->> 'sampai')::integer)
      INTO asleep, awake
      FROM policy_at('pemberitahuan.jam_tenang', p_at) AS q LEFT JOIN notice_preference n ON n.user_id = p_user;
    RETURN CASE
        WHEN p_urgent OR asleep = awake OR asleep IS NULL THEN p_at
        WHEN asleep < awake AND (hour < asleep OR hour >= awake) THEN p_at
        WHEN asleep > awake AND hour < asleep AND hour >= awake THEN p_at
        ELSE local_hour_after(p_at, awake, zone)
    END;
END $$;

-- notice_channel --
-- The first channel by which a person can be reached, beside those tried already; null when there is none.
CREATE OR REPLACE FUNCTION notice_channel(p_user integer, p_tried text[]) RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT a.channel
      FROM notice_address a
      LEFT JOIN notice_preference n ON n.user_id = a.user_id
     CROSS JOIN LATERAL (SELECT COALESCE(n.channels, ARRAY(SELECT jsonb_array_elements_text(
                            policy_at('pemberitahuan.saluran', alur_now())))) AS list) AS chosen
     WHERE a.user_id = p_user AND a.blocked_at IS NULL AND a.channel <> ALL (p_tried) AND a.channel = ANY (chosen.list)
     ORDER BY array_position(chosen.list, a.channel)
     LIMIT 1
$$;

-- notices_put --
-- Tell persons something, in the transaction in which it happens. What a person was told under the same key before is
-- not told again. Returns how many notices are new. The arrays have one length; nothing in data names a person.
CREATE OR REPLACE FUNCTION notices_put(
    p_user integer[], p_kind text[], p_key text[], p_data jsonb[], p_urgent boolean[], p_region bigint[],
    p_case bigint[]
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    v_now timestamptz := alur_now();
    v_daily text := COALESCE(policy_at('pemberitahuan.ringkasan', v_now) ->> 'bawaan', 'langsung');
    v_hour integer := COALESCE((policy_at('pemberitahuan.ringkasan', v_now) ->> 'jam')::integer, 7);
    v_made bigint[];
BEGIN
    -- Persons in one order, so that two who tell the same people wait for each other and never lock each other out.
    WITH made AS (
        INSERT INTO notice (user_id, kind, key, data, urgent, at, region, case_id)
        SELECT n.user_id, n.kind, n.key, n.data, COALESCE(n.urgent, false), v_now, n.region, n.case_id
          FROM (SELECT DISTINCT ON (user_id, key) *
                  FROM unnest(p_user, p_kind, p_key, p_data, p_urgent, p_region, p_case) WITH ORDINALITY
                       AS a(user_id, kind, key, data, urgent, region, case_id, ord)
                 ORDER BY user_id, key, ord) AS n
          JOIN account_user u ON u.id = n.user_id AND u.kind = 'person' AND u.active
         ORDER BY n.user_id, n.ord
        ON CONFLICT (user_id, key) DO NOTHING
        RETURNING id)
    SELECT array_agg(id) INTO v_made FROM made;
    IF v_made IS NULL THEN
        RETURN 0;
    END IF;
    WITH fresh AS (
        SELECT n.id, n.user_id, n.urgent,
               NOT n.urgent AND COALESCE(f.digest, v_daily) = 'harian' AS daily
          FROM notice n LEFT JOIN notice_preference f ON f.user_id = n.user_id
         WHERE n.id = ANY (v_made)
    ), reached AS MATERIALIZED (
        SELECT u.user_id, notice_channel(u.user_id, '{}') AS channel
          FROM (SELECT DISTINCT user_id FROM fresh) AS u
    ), single AS (
        INSERT INTO notice_delivery (user_id, notice, channel, urgent, at, next_try)
        SELECT f.user_id, f.id, r.channel, f.urgent, v_now, notice_awake(f.user_id, f.urgent, v_now)
          FROM fresh f JOIN reached r ON r.user_id = f.user_id AND r.channel IS NOT NULL
         WHERE NOT f.daily
    ), day AS (
        -- The day's digest takes notices in until a sender takes it up; what comes in that moment makes the next.
        INSERT INTO notice_delivery (user_id, channel, open, at, next_try)
        SELECT r.user_id, r.channel, true, v_now, local_hour_after(v_now, v_hour, notice_zone(r.user_id))
          FROM reached r
         WHERE r.channel IS NOT NULL AND EXISTS (SELECT 1 FROM fresh f WHERE f.user_id = r.user_id AND f.daily)
         ORDER BY r.user_id
        ON CONFLICT (user_id) WHERE open DO UPDATE SET open = true
        RETURNING id, user_id
    )
    UPDATE notice n SET digest = d.id
      FROM fresh f JOIN day d ON d.user_id = f.user_id
     WHERE n.id = f.id AND f.daily;
    RETURN cardinality(v_made);
END $$;

-- notice_put --
-- The same for one notice: what functions that act for the tables' owner call.
CREATE OR REPLACE FUNCTION notice_put(
    p_user integer, p_kind text, p_key text, p_data jsonb, p_urgent boolean, p_region bigint, p_case bigint
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT notices_put(ARRAY[p_user], ARRAY[p_kind], ARRAY[p_key], ARRAY[p_data], ARRAY[p_urgent], ARRAY[p_region],
                       ARRAY[p_case])
$$;

-- demand_system --
-- An error unless a flow asks: it alone tells people in the system's name.
CREATE OR REPLACE FUNCTION demand_system(p_session uuid) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT (identify(p_session)).is_system THEN
        RAISE EXCEPTION 'Langkah ini dijalankan sistem.' USING ERRCODE = 'AL005';
    END IF;
END $$;

-- notice_notify --
-- The same for flows, whose session must be the system's.
CREATE OR REPLACE FUNCTION notice_notify(
    p_session uuid, p_user integer[], p_kind text[], p_key text[], p_data jsonb[], p_urgent boolean[],
    p_region bigint[], p_case bigint[]
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM demand_system(p_session);
    RETURN notices_put(p_user, p_kind, p_key, p_data, p_urgent, p_region, p_case);
END $$;
