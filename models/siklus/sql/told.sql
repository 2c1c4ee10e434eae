-- What is told of a cycle: which cycles there are, and the report that names whom it did not reach.

-- siklus_all --
-- Every cycle there was, newest first, for everybody who works here: its case lies with the nation, out of most scopes.
CREATE OR REPLACE FUNCTION siklus_all(p_session uuid)
RETURNS TABLE (
    id bigint, period integer, state text, label text, since timestamptz, version integer, opened_at timestamptz,
    mulai date, selesai date, frozen_at timestamptz, keluarga integer, desa integer, hash_daftar text, hash_benih text
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM identify(p_session), door_enter(system_identity());
    RETURN QUERY
    SELECT c.id, c.period, s.id, s.label, p.since, p.version, c.opened_at, d.mulai, d.selesai, f.frozen_at, f.keluarga,
           f.desa, f.hash_daftar, f.hash_benih
      FROM case_ c
      JOIN position p ON p.case_id = c.id
      JOIN state s ON s.code = p.state
      LEFT JOIN LATERAL siklus_dates(c.id) AS d ON true
      LEFT JOIN siklus f ON f.case_id = c.id
     WHERE c.machine = 5 AND c.region = 0
     ORDER BY c.period DESC, c.id DESC;
END $$;

-- siklus_report --
-- Write the report of a cycle whose villages are all closed: per village the families by where their visit ended and
-- by what it found, and by its number every case that was not reached, with who held it. Made once each time the cycle
-- comes to its recapitulation; returns its number, how many villages and families it tells of, and its fingerprint.
CREATE OR REPLACE FUNCTION siklus_report(p_session uuid, p_siklus bigint)
RETURNS TABLE (nomor integer, desa bigint, keluarga bigint, tidak_terjangkau bigint, hash text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := identify(p_session);
    v_nomor integer;
BEGIN
    IF NOT me.is_system THEN
        RAISE EXCEPTION 'Hanya sistem yang menyusun laporan siklus.' USING ERRCODE = 'AL005';
    END IF;
    PERFORM door_enter(me), pg_advisory_xact_lock(hashtextextended('siklus:' || p_siklus, 0));
    SELECT count(*) INTO v_nomor
      FROM transition t JOIN rule r ON r.code = t.rule AND r.id = 'C05' WHERE t.case_id = p_siklus;
    INSERT INTO siklus_laporan (siklus, nomor, region, isi, hash, at)
    SELECT p_siklus, v_nomor, w.region, w.isi, encode(sha256(convert_to(w.isi::text, 'UTF8')), 'hex'), alur_now()
      FROM (
        SELECT v.region, jsonb_build_object(
                    'keluarga', count(*),
                    'keadaan', (SELECT jsonb_object_agg(n.state, n.n) FROM (
                        SELECT COALESCE(x.state, 'tidak_dibuka') AS state, count(*) AS n
                          FROM siklus_visits(p_siklus, v.region, v.region) x GROUP BY 1) AS n),
                    'hasil', (SELECT COALESCE(jsonb_object_agg(n.found, n.n), '{}') FROM (
                        SELECT x.found, count(*) AS n
                          FROM siklus_visits(p_siklus, v.region, v.region) x WHERE x.found IS NOT NULL GROUP BY 1) AS n),
                    'tidak_terjangkau', COALESCE(jsonb_agg(jsonb_build_object(
                        'keluarga', v.household_id, 'kasus', v.kunjungan, 'dibuka', v.opened_at, 'keadaan', v.state,
                        'petugas', v.petugas, 'nama', v.nama, 'kantor', v.region / 1000000) ORDER BY v.urut)
                        FILTER (WHERE v.found IS NULL), '[]')) AS isi
          FROM siklus_visits(p_siklus, 0, 9999999999) v
         WHERE NOT EXISTS (SELECT 1 FROM siklus_laporan l WHERE l.siklus = p_siklus AND l.nomor = v_nomor)
         GROUP BY v.region) AS w;
    RETURN QUERY
    SELECT v_nomor, count(*), COALESCE(sum((l.isi ->> 'keluarga')::bigint), 0)::bigint,
           COALESCE(sum(jsonb_array_length(l.isi -> 'tidak_terjangkau')), 0)::bigint,
           encode(sha256(convert_to(COALESCE(string_agg(l.region || ':' || l.hash, ',' ORDER BY l.region), ''), 'UTF8')), 'hex')
      FROM siklus_laporan l WHERE l.siklus = p_siklus AND l.nomor = v_nomor;
END $$;

-- siklus_visits --
-- The families of a cycle's list in a range of villages with their visits, in order: where each stands, what it found
-- (null: not reached, or not yet), who holds it.
CREATE OR REPLACE FUNCTION siklus_visits(p_siklus bigint, p_lo bigint, p_hi bigint)
RETURNS TABLE (
    region bigint, urut integer, paket integer, household_id bigint, kunjungan bigint, opened_at timestamptz,
    state text, found text, petugas text, nama text
)
LANGUAGE sql STABLE
AS $$
    SELECT k.region, k.urut, k.paket, k.household_id, k.kunjungan, c.opened_at, s.id,
           CASE WHEN s.id IN ('dikunjungi', 'dikembalikan', 'disahkan', 'diterapkan') THEN visit_found(k.kunjungan) END,
           u.username, u.name
      FROM siklus_keluarga k
      LEFT JOIN case_ c ON c.id = k.kunjungan
      LEFT JOIN position p ON p.case_id = k.kunjungan
      LEFT JOIN state s ON s.code = p.state
      LEFT JOIN account_user u ON u.id = k.petugas
     WHERE k.siklus = p_siklus AND k.region BETWEEN p_lo AND p_hi
       AND CASE WHEN door_lo() IS NULL THEN k.petugas = door_families_of() ELSE k.region BETWEEN door_lo() AND door_hi() END
$$;

-- siklus_missed --
-- A page of the families that no visit reached (yet), as far as the caller sees the list: his region, or what he holds.
CREATE OR REPLACE FUNCTION siklus_missed(
    p_session uuid, p_siklus bigint, p_lo bigint, p_hi bigint, p_region bigint, p_place integer, p_limit integer
) RETURNS TABLE (
    region bigint, urut integer, kunjungan bigint, opened_at timestamptz, state text, petugas text, nama text
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM door_enter(identify(p_session));
    RETURN QUERY
    SELECT v.region, v.urut, v.kunjungan, v.opened_at, v.state, v.petugas, v.nama
      FROM siklus_visits(p_siklus, greatest(p_lo, p_region), p_hi) v
     WHERE v.found IS NULL AND (v.region, v.urut) > (p_region, p_place)
     ORDER BY v.region, v.urut LIMIT p_limit;
END $$;

-- siklus_tally --
-- How many families of each part of a range stand where, and how many were found, as far as the caller sees the list.
-- A part is `p_unit` village codes wide: a village, a kecamatan, and so on.
CREATE OR REPLACE FUNCTION siklus_tally(p_session uuid, p_siklus bigint, p_lo bigint, p_hi bigint, p_unit bigint)
RETURNS TABLE (code bigint, state text, n bigint, found bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM door_enter(identify(p_session));
    RETURN QUERY
    SELECT v.region / p_unit, COALESCE(v.state, 'tidak_dibuka'), count(*), count(v.found)
      FROM siklus_visits(p_siklus, p_lo, p_hi) v GROUP BY 1, 2;
END $$;

-- siklus_hands --
-- How many active pendamping look after families of each village in a range. It looks past row-level security and
-- belongs to the owner of the tables.
CREATE OR REPLACE FUNCTION siklus_hands(p_lo bigint, p_hi bigint) RETURNS TABLE (region bigint, officers bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT h.region, count(DISTINCT f.user_id)
      FROM household h
      JOIN family_assignment f ON f.household_id = h.id AND f.valid_from <= alur_now()
       AND (f.valid_to IS NULL OR f.valid_to > alur_now())
      JOIN account_user u ON u.id = f.user_id AND u.active
     WHERE h.region BETWEEN p_lo AND p_hi GROUP BY h.region
$$;

-- siklus_rate --
-- Families that an officer visited on a day on which he visited, in the last cycle of these villages that had visits;
-- without one, the most that policy lets him.
CREATE OR REPLACE FUNCTION siklus_rate(p_lo bigint, p_hi bigint) RETURNS numeric
LANGUAGE sql STABLE
AS $$
    SELECT COALESCE((
        SELECT count(*)::numeric / nullif(count(DISTINCT (t.actor, (a.at AT TIME ZONE region_zone(k.region))::date)), 0)
          FROM siklus_keluarga k
          JOIN transition t ON t.case_id = k.kunjungan
          JOIN rule r ON r.code = t.rule AND r.id IN ('V02', 'V03', 'V06')
          JOIN act a ON a.id = t.act
         WHERE k.region BETWEEN p_lo AND p_hi
           AND k.siklus = (SELECT max(v.siklus) FROM siklus_keluarga v JOIN transition w ON w.case_id = v.kunjungan
                             JOIN rule y ON y.code = w.rule AND y.id = 'V02' WHERE v.region BETWEEN p_lo AND p_hi)),
        policy_at('siklus.beban_harian', alur_now())::numeric)
$$;

-- siklus_forecast --
-- Whether a cycle between two days can be done, village by village: families that belong to it now, officers who look
-- after them, working days between, families an officer would have to visit a day, whether that is too many (or nobody
-- is there), and the day on which the village would be done at the rate of the last cycle.
CREATE OR REPLACE FUNCTION siklus_forecast(
    p_session uuid, p_lo bigint, p_hi bigint, p_mulai date, p_selesai date, p_after bigint DEFAULT 0, p_limit integer DEFAULT 200
) RETURNS TABLE (
    region bigint, nama text, keluarga bigint, petugas bigint, hari bigint, per_hari numeric, berat boolean, selesai date
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := identify(p_session);
    v_load integer := policy_at('siklus.beban_harian', alur_now())::integer;
    v_states smallint[] := siklus_population();
    v_rate numeric;
BEGIN
    PERFORM door_enter(me);
    v_rate := siklus_rate(greatest(p_lo, door_lo()), least(p_hi, door_hi()));
    RETURN QUERY
    SELECT v.region, r.name, v.families, COALESCE(o.officers, 0), d.days,
           round(v.families::numeric / nullif(o.officers * d.days, 0), 2),
           (v.families::numeric / nullif(o.officers * d.days, 0) <= v_load) IS NOT TRUE,
           CASE WHEN o.officers * v_rate > 0
                THEN workday_after(p_mulai - 1, ceil(least(v.families / (o.officers * v_rate), 3650))::integer, v.region) END
      FROM (SELECT h.region, count(*) AS families
              FROM (SELECT DISTINCT c.household_id FROM position p JOIN case_ c ON c.id = p.case_id
                     WHERE p.state = ANY (v_states)) AS b
              JOIN household h ON h.id = b.household_id
             WHERE h.region BETWEEN p_lo AND p_hi AND h.region > p_after
             GROUP BY h.region ORDER BY h.region LIMIT p_limit) AS v
      CROSS JOIN LATERAL (SELECT working_days_between(p_mulai - 1, p_selesai, v.region)::bigint AS days) AS d
      LEFT JOIN siklus_hands(p_lo, p_hi) AS o USING (region)
      LEFT JOIN region r ON r.code = v.region
     ORDER BY v.region;
END $$;

-- siklus_standing --
-- The gate under which a cycle that begins on a day is scheduled and opened without being asked again: all who decided
-- it named, in their circular, the same last day or a later one ({"berlaku_sampai": day}). Null where none does, or
-- where policy `siklus.otomatis` is off.
CREATE OR REPLACE FUNCTION siklus_standing(p_batch bigint, p_mulai date) RETURNS bigint
LANGUAGE sql STABLE
AS $$
    SELECT a.id
      FROM approval a
     WHERE a.batch = p_batch AND a.gate LIKE 'siklus\_jadwal%' AND a.state = 'disetujui'
       AND policy_at('siklus.otomatis', alur_now()) = 'true'
       AND (SELECT bool_and((d.evidence -> 'surat_edaran' ->> 'berlaku_sampai' ~ '^20\d\d-\d\d-\d\d$'
                             AND d.evidence -> 'surat_edaran' ->> 'berlaku_sampai' >= p_mulai::text) IS TRUE)
              FROM decision d WHERE d.approval = a.id AND d.verdict = 'setuju')
     ORDER BY a.id DESC LIMIT 1
$$;

-- siklus_held --
-- The visits that an officer has still to make, as far as the caller sees them, by cycle and village in walking order.
CREATE OR REPLACE FUNCTION siklus_held(p_session uuid, p_officer text)
RETURNS TABLE (siklus bigint, region bigint, kunjungan bigint[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM door_enter(identify(p_session));
    RETURN QUERY
    SELECT k.siklus, k.region, array_agg(k.kunjungan ORDER BY k.urut)
      FROM siklus_keluarga k
      JOIN account_user u ON u.id = k.petugas AND u.username = p_officer
      JOIN position p ON p.case_id = k.kunjungan
      JOIN state s ON s.code = p.state AND s.id = 'ditugaskan'
     GROUP BY 1, 2 ORDER BY 1, 2;
END $$;

-- siklus_takers --
-- Who may take visits of a village in the caller's sight, with the families they hold: the officers named, or, where
-- none is named, those who look after families there.
CREATE OR REPLACE FUNCTION siklus_takers(p_session uuid, p_siklus bigint, p_region bigint, p_named text[])
RETURNS TABLE (pengguna text, beban bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    PERFORM door_enter(identify(p_session));
    IF p_region NOT BETWEEN door_lo() AND door_hi() THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT u.username, (SELECT count(*) FROM siklus_keluarga k WHERE k.siklus = p_siklus AND k.petugas = u.id)
      FROM account_user u
     WHERE CASE WHEN p_named = '{}' THEN u.id IN (SELECT o.petugas FROM siklus_officers(p_siklus, p_region) o)
                ELSE u.id = ANY (officers_named(to_jsonb(p_named))) END;
END $$;
