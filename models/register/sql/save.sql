-- The register's one way in: families and persons are written by acts, and what stood before is kept.

-- register_save --
-- Write families and their members; one act for all. p_families: [{"id": null or household id, "no_kk", "region",
-- "alamat", "rt", "rw", "dusun", "latitude", "longitude", "kepala", "variables", "members": [{"nik", "nama", ...}]}].
-- Members are matched by id or by NIK; an answer of null in "variables" is taken back. Who is no longer named is marked as removed, never deleted.
-- A family with "version" is changed only while it is at that version.
-- Returns household ids in the order given; null where the family lies outside the caller's sight or has changed.
CREATE OR REPLACE FUNCTION register_save(p_session uuid, p_families jsonb, p_source text)
RETURNS TABLE (ord integer, household_id bigint, act bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    me identity := identify(p_session);
    v_act bigint;
    v_now timestamptz;
    v_family record;
    v_id bigint;
BEGIN
    PERFORM door_enter(me);
    IF NOT EXISTS (SELECT 1 FROM role r WHERE r.code = me.role AND r.id IN (
            'sistem', 'operator_desa', 'pendamping', 'pengisi_data_kab', 'pusdatin', 'warga')) THEN
        RAISE EXCEPTION 'Peran ini tidak mengubah data keluarga.' USING ERRCODE = 'AL016';
    END IF;
    -- Numbered and stamped after what it waited for: a match with Dukcapil that was just written comes before this edit.
    PERFORM h.id FROM household h
     WHERE h.id IN (SELECT (f ->> 'id')::bigint FROM jsonb_array_elements(p_families) AS f) ORDER BY h.id FOR UPDATE;
    v_now := alur_now();
    v_act := nextval('act_id');
    INSERT INTO act (id, xid, actor, role, trigger, policy_version, at)
    VALUES (v_act, pg_current_xact_id(), me.actor, me.role, op_code('ubah_data'), policy_current(v_now), v_now);
    FOR v_family IN
        SELECT f.ordinality::integer AS ord, f.value AS told, (f.value ->> 'id')::bigint AS id
          FROM jsonb_array_elements(p_families) WITH ORDINALITY AS f(value, ordinality)
    LOOP
        v_id := NULL;
        IF v_family.id IS NULL THEN
            -- A pendamping writes a new family where one of his lives, such as one that split off it; it is his as well.
            IF me.is_system OR (v_family.told ->> 'region')::bigint BETWEEN me.lo AND me.hi
               OR me.scope = 'assigned_families' AND EXISTS (
                    SELECT 1 FROM household h WHERE h.region = (v_family.told ->> 'region')::bigint) THEN
                v_id := nextval('household_id');
                INSERT INTO household (id, no_kk, region, alamat, rt, rw, dusun, latitude, longitude, kepala, variables,
                                       source, act, updated_at)
                SELECT v_id, x.no_kk, x.region, x.alamat, x.rt, x.rw, x.dusun, x.latitude, x.longitude, x.kepala,
                       jsonb_strip_nulls(COALESCE(x.variables, '{}')), p_source, v_act, v_now
                  FROM jsonb_to_record(v_family.told) AS x(
                    no_kk text, region bigint, alamat text, rt text, rw text, dusun text, latitude float8,
                    longitude float8, kepala text, variables jsonb);
                IF me.scope = 'assigned_families' THEN
                    INSERT INTO family_assignment (user_id, household_id, valid_from) VALUES (me.user_id, v_id, v_now);
                END IF;
            END IF;
        ELSE
            -- Whoever read an older version than this changes nothing.
            SELECT h.id INTO v_id FROM household h
             WHERE h.id = v_family.id AND h.version = COALESCE((v_family.told ->> 'version')::integer, h.version)
               FOR UPDATE;
            IF v_id IS NOT NULL THEN
                INSERT INTO household_history (household_id, version, act, at, before)
                SELECT h.id, h.version, v_act, v_now,
                       to_jsonb(h) || jsonb_build_object('members', COALESCE((
                            SELECT jsonb_agg(to_jsonb(p) - 'region' ORDER BY p.id) FROM person p
                             WHERE p.household_id = h.id AND p.removed_at IS NULL), '[]'))
                  FROM household h WHERE h.id = v_id;
                UPDATE household h
                   SET no_kk = x.no_kk, alamat = x.alamat, rt = x.rt, rw = x.rw, dusun = x.dusun,
                       latitude = x.latitude, longitude = x.longitude, kepala = x.kepala,
                       variables = jsonb_strip_nulls(h.variables || COALESCE(x.variables, '{}')), source = p_source, act = v_act,
                       version = h.version + 1, updated_at = v_now
                  FROM household old, LATERAL jsonb_populate_record(old, v_family.told) AS x
                 WHERE h.id = v_id AND old.id = v_id;
            END IF;
        END IF;
        -- A new family has nobody yet: whom it has is not sought.
        IF v_id IS NOT NULL AND v_family.id IS NOT NULL AND v_family.told ? 'members' THEN
            UPDATE person p SET removed_at = v_now
             WHERE p.household_id = v_id AND p.removed_at IS NULL AND NOT EXISTS (
                    SELECT 1 FROM jsonb_array_elements(v_family.told -> 'members') AS m
                     WHERE m ->> 'nik' = p.nik OR (m ->> 'id')::bigint = p.id);
            UPDATE person p
               SET nik = m.nik, nama = m.nama, tempat_lahir = m.tempat_lahir, tanggal_lahir = m.tanggal_lahir,
                   jenis_kelamin = m.jenis_kelamin, hubungan = m.hubungan, status_kawin = m.status_kawin,
                   pekerjaan = m.pekerjaan, hamil = COALESCE(m.hamil, false), disabilitas = m.disabilitas,
                   -- The day a child was expected goes with the pregnancy: once she is not pregnant, or is so again.
                   variables = jsonb_strip_nulls((p.variables - CASE
                       WHEN m.hamil AND p.hamil AND p.variables ->> 'perkiraan_lahir' >= (v_now - interval '42 days')::date::text
                       THEN '' ELSE 'perkiraan_lahir' END) || COALESCE(m.variables, '{}')),
                   pengurus = COALESCE(m.pengurus, p.pengurus),
                   padan = CASE WHEN (p.nik, p.nama, p.tanggal_lahir) IS DISTINCT FROM (m.nik, m.nama, m.tanggal_lahir)
                                THEN NULL ELSE p.padan END
              FROM jsonb_to_recordset(v_family.told -> 'members') AS m(
                    id bigint, nik text, nama text, tempat_lahir text, tanggal_lahir date, jenis_kelamin smallint,
                    hubungan smallint, status_kawin smallint, pekerjaan smallint, hamil boolean,
                    disabilitas smallint, variables jsonb, pengurus boolean)
             WHERE p.household_id = v_id AND p.removed_at IS NULL AND (m.id = p.id OR (m.id IS NULL AND m.nik = p.nik));
        END IF;
        IF v_id IS NOT NULL AND v_family.told ? 'members' THEN
            INSERT INTO person (household_id, nik, nama, tempat_lahir, tanggal_lahir, jenis_kelamin, hubungan,
                                status_kawin, pekerjaan, hamil, disabilitas, variables, pengurus)
            SELECT v_id, m.nik, m.nama, m.tempat_lahir, m.tanggal_lahir, m.jenis_kelamin, m.hubungan,
                   m.status_kawin, m.pekerjaan, COALESCE(m.hamil, false), m.disabilitas,
                   jsonb_strip_nulls(COALESCE(m.variables, '{}')), COALESCE(m.pengurus, m.hubungan = 1)
              FROM jsonb_to_recordset(v_family.told -> 'members') AS m(
                    id bigint, nik text, nama text, tempat_lahir text, tanggal_lahir date, jenis_kelamin smallint,
                    hubungan smallint, status_kawin smallint, pekerjaan smallint, hamil boolean,
                    disabilitas smallint, variables jsonb, pengurus boolean)
             WHERE m.id IS NULL AND (v_family.id IS NULL OR NOT EXISTS (
                    SELECT 1 FROM person p
                     WHERE p.household_id = v_id AND p.nik = m.nik AND p.removed_at IS NULL));
        END IF;
        ord := v_family.ord;
        household_id := v_id;
        act := v_act;
        RETURN NEXT;
    END LOOP;
END $$;

-- register_answered --
-- Write what Dukcapil answered about persons: matched or not, dead. Only the system brings such an answer. It is about
-- the family as it was asked about (`p_versions`, one per person): where the family has changed since, nothing is
-- written. Returns the persons written; their families stay as they are until the transaction ends.
CREATE OR REPLACE FUNCTION register_answered(
    p_session uuid, p_persons bigint[], p_versions integer[], p_padan boolean[], p_status text[]
) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
    me identity := identify(p_session);
    v_persons bigint[];
    v_changed bigint[];
    v_act bigint;
BEGIN
    IF NOT me.is_system THEN
        RAISE EXCEPTION 'Hanya balasan Dukcapil yang menandai padan.' USING ERRCODE = 'AL005';
    END IF;
    PERFORM door_enter(me);
    WITH still AS MATERIALIZED (
        SELECT h.id, h.version FROM household h
         WHERE h.id IN (SELECT p.household_id FROM person p WHERE p.id = ANY (p_persons)) ORDER BY h.id FOR UPDATE),
    -- Apart, so that persons are never sought once per family: a plan made early would do that for ever.
    told AS MATERIALIZED (
        SELECT p.id, p.household_id, a.version
          FROM unnest(p_persons, p_versions) AS a(id, version) JOIN person p ON p.id = a.id)
    SELECT COALESCE(array_agg(t.id), '{}') INTO v_persons
      FROM told t JOIN still s ON s.id = t.household_id AND s.version = t.version;
    -- A match is asked for again and again; only a new status is a change of the family's data.
    v_changed := ARRAY(
        SELECT DISTINCT p.household_id FROM unnest(p_persons, p_status) AS a(id, status) JOIN person p ON p.id = a.id
         WHERE a.id = ANY (v_persons) AND a.status <> p.status);
    IF v_changed <> '{}' THEN
        INSERT INTO act (id, xid, actor, role, trigger, policy_version, at)
        VALUES (nextval('act_id'), pg_current_xact_id(), me.actor, me.role, op_code('ubah_data'),
                policy_current(alur_now()), alur_now())
        RETURNING id INTO v_act;
        PERFORM household_keep(v_changed, v_act);
        UPDATE household SET source = 'dukcapil' WHERE id = ANY (v_changed);
    END IF;
    UPDATE person p SET padan = a.padan, status = COALESCE(a.status, p.status), checked_at = alur_now()
      FROM unnest(p_persons, p_padan, p_status) AS a(id, padan, status)
     WHERE p.id = a.id AND p.id = ANY (v_persons);
    RETURN v_persons;
END $$;

-- register_ranked --
-- Write desil, percentile and rank as DTSEN told them. DTSEN is the only source of desil.
CREATE OR REPLACE FUNCTION register_ranked(
    p_session uuid, p_households bigint[], p_desil smallint[], p_persentil float8[], p_peringkat bigint[], p_versi text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
BEGIN
    IF NOT me.is_system THEN
        RAISE EXCEPTION 'Hanya DTSEN yang memberi desil.' USING ERRCODE = 'AL005';
    END IF;
    PERFORM door_enter(me);
    UPDATE household h
       SET desil = a.desil, persentil = a.persentil, peringkat = a.peringkat, versi_dtsen = p_versi
      FROM unnest(p_households, p_desil, p_persentil, p_peringkat) AS a(id, desil, persentil, peringkat)
     WHERE h.id = a.id;
END $$;

-- account_payee --
-- Who holds a family's account: its living payee. Null where the caller has no business with the family's accounts.
CREATE OR REPLACE FUNCTION account_payee(p_session uuid, p_household bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM door_enter(identify(p_session));
    RETURN (SELECT p.id FROM payee_of(p_household) AS p);
END $$;

-- register_strangers --
-- Which of these families' payees were edited into somebody else since anybody decided about them (`payees_moved`).
-- Only the system asks; it sees every edit, whoever made it.
CREATE OR REPLACE FUNCTION register_strangers(p_session uuid, p_households bigint[]) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
BEGIN
    IF NOT me.is_system THEN
        RAISE EXCEPTION 'Hanya sistem yang menanyakan pengurus yang berubah.' USING ERRCODE = 'AL005';
    END IF;
    PERFORM door_enter(me);
    RETURN QUERY SELECT payees_moved(p_households);
END $$;

-- account_save --
-- Write accounts of families' payees: [{"household_id", "person_id", "bank", "number", "cif", "card_masked", "status"}].
-- A bank's answer or a migration brings them through the system; a pendamping or the PPK may correct one of a family in
-- their sight, a bank one of its own where a payment in its files waits for that, and it is then tested anew. Returns
-- the account of each family named; none where it is another person's.
CREATE OR REPLACE FUNCTION account_save(p_session uuid, p_accounts jsonb)
RETURNS TABLE (household_id bigint, account_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    me identity := identify(p_session);
    v_act bigint := nextval('act_id');
    v_now timestamptz := alur_now();
BEGIN
    IF NOT me.is_system AND NOT EXISTS (
            SELECT 1 FROM role r WHERE r.code = me.role AND r.id IN ('bank', 'pendamping', 'ppk')) THEN
        RAISE EXCEPTION 'Peran ini tidak menulis rekening.' USING ERRCODE = 'AL016';
    END IF;
    IF EXISTS (SELECT 1 FROM jsonb_to_recordset(p_accounts) AS x(bank text) WHERE x.bank <> me.organisation) THEN
        RAISE EXCEPTION 'Bank % hanya menulis rekening pada banknya sendiri.', me.organisation USING ERRCODE = 'AL015';
    END IF;
    PERFORM door_enter(me);
    INSERT INTO act (id, xid, actor, role, trigger, policy_version, at)
    VALUES (v_act, pg_current_xact_id(), me.actor, me.role, op_code('ubah_data'), policy_current(v_now), v_now);
    RETURN QUERY
    INSERT INTO account AS a (household_id, person_id, bank, number, cif, card_masked, status, opened_at, act)
    SELECT x.household_id, x.person_id, x.bank, x.number, x.cif, x.card_masked,
           CASE WHEN me.is_system THEN x.status ELSE 'belum_diuji' END, v_now, v_act
      FROM jsonb_to_recordset(p_accounts) AS x(
        household_id bigint, person_id bigint, bank text, number text, cif text, card_masked text, status text)
      JOIN person p ON p.id = x.person_id AND p.household_id = x.household_id
    ON CONFLICT (bank, number) DO UPDATE
       SET status = excluded.status, act = excluded.act, opened_at = excluded.opened_at,
           cif = COALESCE(excluded.cif, a.cif), card_masked = COALESCE(excluded.card_masked, a.card_masked)
     WHERE a.household_id = excluded.household_id AND a.person_id = excluded.person_id AND a.status <> 'tutup'
    RETURNING a.household_id, a.id;
END $$;

-- accounts_judged --
-- Note what a bank said of accounts: of those it was asked about, whatever was opened since.
CREATE OR REPLACE FUNCTION accounts_judged(
    p_session uuid, p_households bigint[], p_numbers text[], p_status text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
BEGIN
    IF NOT me.is_system THEN
        RAISE EXCEPTION 'Hasil uji rekening datang dari bank.' USING ERRCODE = 'AL005';
    END IF;
    PERFORM door_enter(me);
    UPDATE account a SET status = p_status
      FROM unnest(p_households, p_numbers) AS told(household_id, number)
     WHERE a.household_id = told.household_id AND a.number = told.number AND a.status <> 'tutup';
END $$;

-- register_history --
-- Every version of a family in the caller's sight, oldest first: what it looked like, who made it so, when, and where
-- the data came from. Nothing for a family out of sight.
CREATE OR REPLACE FUNCTION register_history(p_session uuid, p_household bigint)
RETURNS TABLE (version integer, act bigint, at timestamptz, actor text, role text, source text, looks jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := identify(p_session);
BEGIN
    PERFORM door_enter(me);
    RETURN QUERY
    WITH looked AS (
        SELECT k.version, k.before AS looks FROM household_history k WHERE k.household_id = p_household
        UNION ALL
        SELECT h.version, to_jsonb(h) || jsonb_build_object('members', COALESCE((
                    SELECT jsonb_agg(to_jsonb(p) - 'region' ORDER BY p.id) FROM person p
                     WHERE p.household_id = h.id AND p.removed_at IS NULL), '[]'))
          FROM household h WHERE h.id = p_household)
    SELECT l.version, a.id, a.at, u.name, o.id, CASE WHEN t.machine = 0 THEN l.looks ->> 'source' ELSE 'usulan' END,
           l.looks
      FROM looked l
      LEFT JOIN act a ON a.id = (l.looks ->> 'act')::bigint
      LEFT JOIN trigger t ON t.code = a.trigger
      LEFT JOIN role o ON o.code = a.role
      LEFT JOIN account_user u ON u.id = a.actor
     ORDER BY l.version;
END $$;
