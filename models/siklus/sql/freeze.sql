-- The frozen list of a cycle, its packages, and who visits them when.

-- siklus_population --
-- The states in which a family belongs to a cycle: its registration lives, or it has a place in a programme.
CREATE OR REPLACE FUNCTION siklus_population() RETURNS smallint[]
LANGUAGE sql STABLE
AS $$
    SELECT array_agg(s.code) FROM state s JOIN machine m ON m.code = s.machine
     WHERE m.name = 'usulan' AND s.id = 'ditetapkan'
        OR m.name = 'kepesertaan' AND s.id IN ('dinilai', 'daftar_tunggu', 'menunggu_sk', 'calon_penerima', 'ditangguhkan')
$$;

-- siklus_freeze --
-- Freeze the list of a scheduled cycle: every family of the nation that belongs to it now, by village, RW and RT, in
-- packages of neighbours no larger than a day's load (policy `siklus.beban_harian`), as even as they come. Asked again
-- it answers with what was frozen.
CREATE OR REPLACE FUNCTION siklus_freeze(p_session uuid, p_siklus bigint)
RETURNS TABLE (keluarga integer, desa integer, hash_daftar text, hash_benih text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := identify(p_session);
    v_now timestamptz := alur_now();
    v_load integer := policy_at('siklus.beban_harian', v_now)::integer;
    v_states smallint[] := siklus_population();
    v_seed bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
BEGIN
    IF NOT me.is_system THEN
        RAISE EXCEPTION 'Hanya sistem yang membekukan daftar siklus.' USING ERRCODE = 'AL005';
    END IF;
    PERFORM door_enter(me), pg_advisory_xact_lock(hashtextextended('siklus:' || p_siklus, 0));
    IF NOT EXISTS (SELECT 1 FROM siklus s WHERE s.case_id = p_siklus) THEN
        INSERT INTO siklus_keluarga (siklus, household_id, region, urut, paket)
        SELECT p_siklus, o.id, o.region, o.place,
               1 + (o.place - 1) * ((o.families + v_load - 1) / v_load) / o.families
          FROM (SELECT h.id, h.region, row_number() OVER (PARTITION BY h.region ORDER BY h.rw, h.rt, h.id) AS place,
                       count(*) OVER (PARTITION BY h.region) AS families
                  FROM (SELECT DISTINCT c.household_id FROM position p JOIN case_ c ON c.id = p.case_id
                         WHERE p.state = ANY (v_states)) AS b
                  JOIN household h ON h.id = b.household_id) AS o;
        INSERT INTO siklus_paket (siklus, region, nomor, keluarga)
        SELECT p_siklus, k.region, k.paket, count(*) FROM siklus_keluarga k WHERE k.siklus = p_siklus GROUP BY 2, 3;
        INSERT INTO siklus_benih (siklus, benih) VALUES (p_siklus, v_seed);
        INSERT INTO siklus (case_id, period, mulai, selesai, frozen_at, keluarga, desa, hash_daftar, hash_benih)
        SELECT c.id, c.period, d.mulai, d.selesai, v_now, l.families, l.villages, l.hash,
               encode(sha256(v_seed), 'hex')
          FROM case_ c, siklus_dates(c.id) d, (
                SELECT COALESCE(sum(v.families), 0) AS families, count(*) AS villages,
                       encode(sha256(convert_to(COALESCE(string_agg(
                            v.region || ':' || v.hash, ',' ORDER BY v.region), ''), 'UTF8')), 'hex') AS hash
                  FROM siklus_lists(p_siklus, 0, 9999999999) v) AS l
         WHERE c.id = p_siklus;
    END IF;
    RETURN QUERY SELECT s.keluarga, s.desa, s.hash_daftar, s.hash_benih FROM siklus s WHERE s.case_id = p_siklus;
END $$;

-- siklus_lists --
-- The list of each village in a range: how many families and packages, and the fingerprint of its order.
CREATE OR REPLACE FUNCTION siklus_lists(p_siklus bigint, p_lo bigint, p_hi bigint)
RETURNS TABLE (region bigint, families bigint, packages integer, hash text)
LANGUAGE sql STABLE
AS $$
    SELECT k.region, count(*), max(k.paket),
           encode(sha256(convert_to(string_agg(k.household_id::text, ',' ORDER BY k.urut), 'UTF8')), 'hex')
      FROM siklus_keluarga k WHERE k.siklus = p_siklus AND k.region BETWEEN p_lo AND p_hi GROUP BY k.region
$$;

-- siklus_officers --
-- Who may be sent to a village: active pendamping who look after families of it, or, where nobody does, of its
-- kabupaten; with the families they hold in this cycle. It looks past row-level security and belongs to the owner.
CREATE OR REPLACE FUNCTION siklus_officers(p_siklus bigint, p_region bigint)
RETURNS TABLE (petugas integer, beban bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    WITH near AS (
        SELECT DISTINCT f.user_id, k.region = p_region AS here
          FROM siklus_keluarga k
          JOIN family_assignment f ON f.household_id = k.household_id AND f.valid_from <= alur_now()
           AND (f.valid_to IS NULL OR f.valid_to > alur_now())
         WHERE k.siklus = p_siklus
           AND k.region BETWEEN p_region / 1000000 * 1000000 AND p_region / 1000000 * 1000000 + 999999)
    SELECT n.user_id, (SELECT count(*) FROM siklus_keluarga k WHERE k.siklus = p_siklus AND k.petugas = n.user_id)
      FROM near n JOIN account_user u ON u.id = n.user_id AND u.active
     WHERE n.here OR NOT EXISTS (SELECT 1 FROM near WHERE here)
     GROUP BY n.user_id
     ORDER BY 2, 1
$$;

-- siklus_deal --
-- Deal a village's packages among officers by load: each package to whoever holds fewest families, on his next working
-- day, one package a day. Names nobody where there are no officers.
CREATE OR REPLACE FUNCTION siklus_deal(p_siklus bigint, p_region bigint, p_officers integer[])
RETURNS TABLE (nomor integer, keluarga integer, petugas integer, hari date)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
    v_officers integer[] := ARRAY(SELECT DISTINCT o FROM unnest(p_officers) AS o ORDER BY o);
    v_loads bigint[] := ARRAY(
        SELECT (SELECT count(*) FROM siklus_keluarga k WHERE k.siklus = p_siklus AND k.petugas = o) FROM unnest(v_officers) AS o);
    v_days date[] := ARRAY(
        SELECT greatest((alur_now() AT TIME ZONE region_zone(p_region))::date, (
                SELECT max(k.hari) FROM siklus_paket k WHERE k.siklus = p_siklus AND k.petugas = o))
          FROM unnest(v_officers) AS o);
    v_package record;
    i integer;
BEGIN
    FOR v_package IN
        SELECT k.nomor, k.keluarga FROM siklus_paket k WHERE k.siklus = p_siklus AND k.region = p_region ORDER BY 1
    LOOP
        SELECT x.place INTO i FROM unnest(v_loads) WITH ORDINALITY AS x(load, place) ORDER BY x.load, x.place LIMIT 1;
        v_days[i] := workday_after(v_days[i], 1, p_region);
        v_loads[i] := v_loads[i] + v_package.keluarga;
        RETURN QUERY SELECT v_package.nomor, v_package.keluarga, v_officers[i], v_days[i];
    END LOOP;
END $$;

-- siklus_proposed --
-- How the packages of a village would be dealt, for whoever sees the village: among the officers named, or among those
-- who look after its families.
CREATE OR REPLACE FUNCTION siklus_proposed(p_session uuid, p_village bigint, p_officers text[] DEFAULT NULL)
RETURNS TABLE (nomor integer, keluarga integer, petugas text, nama text, hari date)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := identify(p_session);
    c case_%ROWTYPE;
    v_siklus bigint;
BEGIN
    PERFORM door_enter(me);
    SELECT k.* INTO c FROM case_ k WHERE k.id = p_village AND k.machine = 6;
    v_siklus := (siklus_at(c.period)).case_id;
    RETURN QUERY
    SELECT d.nomor, d.keluarga, u.username, u.name, d.hari
      FROM siklus_deal(v_siklus, c.region, CASE WHEN p_officers IS NULL
                THEN ARRAY(SELECT o.petugas FROM siklus_officers(v_siklus, c.region) o)
                ELSE ARRAY(SELECT a.id FROM account_user a WHERE a.username = ANY (p_officers)) END) d
      LEFT JOIN account_user u ON u.id = d.petugas
     ORDER BY d.nomor;
END $$;

-- siklus_drawn --
-- The sample of a village, for whoever sees the village, from the moment its list was signed (D04): before, nobody may
-- know whom it will be.
CREATE OR REPLACE FUNCTION siklus_drawn(p_session uuid, p_village bigint) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
BEGIN
    PERFORM door_enter(me);
    IF EXISTS (SELECT 1 FROM position p JOIN state t ON t.code = p.state AND t.id IN ('qc_kab', 'menunggu_sah')
                WHERE p.case_id = p_village) THEN
        RETURN QUERY SELECT siklus_sample(p_village);
    END IF;
END $$;

-- visits_given --
-- Give visits to officers: each sees the families from now on, whoever held a visit before loses sight of its family at
-- once, and its history stays. Three arrays of one length. It belongs to the owner of the tables.
CREATE OR REPLACE FUNCTION visits_given(p_kunjungan bigint[], p_petugas integer[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_hashjoin = on SET enable_mergejoin = on SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    v_now timestamptz := alur_now();
BEGIN
    UPDATE family_assignment f SET valid_to = v_now
      FROM unnest(p_kunjungan, p_petugas) AS g(kunjungan, petugas)
      JOIN siklus_keluarga k ON k.kunjungan = g.kunjungan AND k.petugas <> g.petugas
     WHERE f.user_id = k.petugas AND f.household_id = k.household_id
       AND f.valid_from <= v_now AND (f.valid_to IS NULL OR f.valid_to > v_now);
    INSERT INTO family_assignment (user_id, household_id, valid_from)
    SELECT g.petugas, k.household_id, v_now
      FROM unnest(p_kunjungan, p_petugas) AS g(kunjungan, petugas) JOIN siklus_keluarga k USING (kunjungan)
     WHERE NOT EXISTS (SELECT 1 FROM family_assignment f
                        WHERE f.user_id = g.petugas AND f.household_id = k.household_id
                          AND f.valid_from <= v_now AND (f.valid_to IS NULL OR f.valid_to > v_now))
    ON CONFLICT DO NOTHING;
    UPDATE siklus_keluarga k SET petugas = g.petugas
      FROM unnest(p_kunjungan, p_petugas) AS g(kunjungan, petugas)
     WHERE k.kunjungan = g.kunjungan AND k.petugas IS DISTINCT FROM g.petugas;
    -- A package is its officer's while all of it is.
    UPDATE siklus_paket q SET petugas = w.petugas
      FROM (SELECT k.siklus, k.region, k.paket,
                   CASE WHEN min(k.petugas) = max(k.petugas) AND count(k.petugas) = count(*) THEN min(k.petugas) END AS petugas
              FROM siklus_keluarga k
              JOIN (SELECT DISTINCT t.siklus, t.region, t.paket FROM siklus_keluarga t
                     WHERE t.kunjungan = ANY (p_kunjungan)) AS touched USING (siklus, region, paket)
             GROUP BY 1, 2, 3) AS w
     WHERE (q.siklus, q.region, q.nomor) = (w.siklus, w.region, w.paket) AND q.petugas IS DISTINCT FROM w.petugas;
END $$;
