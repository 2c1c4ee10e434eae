-- What a move of the cycle's machines brings with it, in the same transaction: visits opened, approved, given up, sent
-- back, and what a visit found carried into registration and membership. Source: domain 1.7.

-- siklus_linked --
-- The moves that a rule of siklus, siklus_desa or kunjungan fires. They are the system's, or of whoever acted where the
-- linked rule is his (a village's approval approves its visits); their cause is this act. What C03 fires, villages, is
-- opened kabupaten by kabupaten by the flows, so that no kabupaten holds up another.
CREATE OR REPLACE FUNCTION siklus_linked(me identity, p_act bigint, p_rule text, p_cases bigint[], p_facts jsonb)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_system identity := system_identity();
    v_village case_%ROWTYPE;
    v_siklus bigint;
    v_told jsonb;
BEGIN
    PERFORM door_enter(v_system);
    IF p_rule = 'V09' THEN
        PERFORM visit_effects(v_system, p_act, p_cases);
    END IF;
    FOR v_village IN SELECT c.* FROM case_ c WHERE c.id = ANY (p_cases) AND c.machine = 6 ORDER BY c.id LOOP
        v_siklus := (siklus_at(v_village.period)).case_id;
        CASE p_rule
        WHEN 'D02' THEN
            PERFORM visits_opened(v_system, p_act, v_village, v_siklus, p_facts);
        WHEN 'D05' THEN
            -- Only what was checked and found wrong is visited again.
            v_told := siklus_result(v_village.id) -> 'salah';
            PERFORM visits_moved(me, p_act, 'kunjungan.kembalikan_kunjungan', 'dikunjungi', e.reason, ARRAY(
                        SELECT k.kunjungan FROM siklus_keluarga k
                         WHERE k.siklus = v_siklus AND k.region = v_village.region
                           AND v_told ->> k.kunjungan::text = e.reason))
               FROM (SELECT DISTINCT value AS reason FROM jsonb_each_text(v_told)) AS e;
            PERFORM visits_moved(me, p_act, 'kunjungan.tugaskan_ulang', 'tidak_terjangkau', NULL, ARRAY(
                        SELECT k.kunjungan FROM siklus_keluarga k
                         WHERE k.siklus = v_siklus AND k.region = v_village.region AND v_told ? k.kunjungan::text));
        WHEN 'D07' THEN
            PERFORM visits_moved(me, p_act, 'kunjungan.sahkan_kunjungan', w.state, NULL, ARRAY(
                        SELECT k.kunjungan FROM siklus_keluarga k
                         WHERE k.siklus = v_siklus AND k.region = v_village.region))
               FROM (VALUES ('dikunjungi'), ('tidak_terjangkau')) AS w(state);
        WHEN 'D12' THEN
            PERFORM visits_moved(v_system, p_act, 'kunjungan.lewatkan', w.state, 'BELUM_VERVAL', ARRAY(
                        SELECT k.kunjungan FROM siklus_keluarga k
                         WHERE k.siklus = v_siklus AND k.region = v_village.region))
               FROM (VALUES ('ditugaskan'), ('dikunjungi'), ('dikembalikan'), ('tidak_terjangkau')) AS w(state);
        ELSE
            NULL;
        END CASE;
    END LOOP;
    PERFORM door_enter(me);
END $$;

-- visits_moved --
-- Move those of these visits that stand in a state, as an identity, because of an act.
CREATE OR REPLACE FUNCTION visits_moved(
    who identity, p_act bigint, p_trigger text, p_state text, p_reason text, p_visits bigint[]
) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_cases bigint[] := ARRAY(
        SELECT p.case_id FROM position p JOIN state s ON s.code = p.state AND s.machine = 7 AND s.id = p_state
         WHERE p.case_id = ANY (p_visits) ORDER BY p.case_id);
BEGIN
    IF cardinality(v_cases) > 0 THEN
        PERFORM door_apply(who, trigger_code(p_trigger), v_cases, NULL, reason_code(p_reason), NULL, '{}', '{}', '{}',
                           '{}', NULL, NULL, 2, p_act, NULL);
    END IF;
END $$;

-- visits_opened --
-- Open the visits of a village's frozen list (V01) in one set, deal its packages among the officers that D02 names
-- (`petugas_ditunjuk` {"pengguna": name or [names]}), or, where it names none, among those who look after its families.
CREATE OR REPLACE FUNCTION visits_opened(
    v_system identity, p_act bigint, p_village case_, p_siklus bigint, p_facts jsonb
) RETURNS void
LANGUAGE plpgsql SET enable_hashjoin = on SET enable_mergejoin = on SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    v_named jsonb;
    v_officers integer[];
    v_households bigint[];
    v_petugas integer[];
    n integer;
    v_group door_outcome;
BEGIN
    IF p_siklus IS NULL THEN
        RETURN;
    END IF;
    SELECT COALESCE((SELECT f.value FROM fact f JOIN fact_kind k ON k.code = f.kind AND k.id = 'petugas_ditunjuk'
                      WHERE f.case_id = p_village.id AND f.value IS NOT NULL ORDER BY f.at DESC, f.act DESC LIMIT 1),
                    p_facts -> 'petugas_ditunjuk') -> 'pengguna' INTO v_named;
    v_officers := officers_named(v_named);
    IF v_named IS NULL THEN
        v_officers := ARRAY(SELECT o.petugas FROM siklus_officers(p_siklus, p_village.region) o);
    END IF;
    IF cardinality(v_officers) = 0 AND p_act IS NULL THEN
        RETURN;
    ELSIF cardinality(v_officers) = 0 THEN
        RAISE EXCEPTION 'Tidak ada petugas untuk desa %: sebut pengguna petugas.', p_village.region
            USING ERRCODE = 'AL017', DETAIL = 'petugas_ditunjuk';
    END IF;
    UPDATE siklus_paket q SET petugas = d.petugas, hari = d.hari
      FROM siklus_deal(p_siklus, p_village.region, v_officers) d
     WHERE q.siklus = p_siklus AND q.region = p_village.region AND q.nomor = d.nomor;
    SELECT array_agg(k.household_id ORDER BY k.urut), array_agg(q.petugas ORDER BY k.urut),
           count(*)
      INTO v_households, v_petugas, n
      FROM siklus_keluarga k
      JOIN siklus_paket q ON (q.siklus, q.region, q.nomor) = (k.siklus, k.region, k.paket)
     WHERE k.siklus = p_siklus AND k.region = p_village.region AND k.kunjungan IS NULL;
    IF n = 0 THEN
        RETURN;
    END IF;
    FOR v_group IN
        SELECT * FROM open_apply(
            v_system, trigger_code('kunjungan.tugaskan'), v_households, array_fill(0::smallint, ARRAY[n]),
            array_fill(p_village.period, ARRAY[n]), 0::smallint, '{}', NULL,
            jsonb_build_object('petugas_ditunjuk', jsonb_build_object('desa', p_village.id)), '{}', '{}', '{}',
            (SELECT p.batch FROM position p WHERE p.case_id = p_village.id), NULL, NULL, 2, p_act, NULL)
    LOOP
        CONTINUE WHEN v_group.outcome <> 'dibuka';
        -- An opening answers with the new cases, and with each one's place in the list as its version.
        UPDATE siklus_keluarga k SET kunjungan = o.id
          FROM unnest(v_group.cases, v_group.versions) AS o(id, place)
         WHERE k.siklus = p_siklus AND k.household_id = v_households[o.place];
        INSERT INTO fact (case_id, kind, act, at, source, value)
        SELECT k.kunjungan, f.code, v_group.act, alur_now(), 'sistem',
               jsonb_build_object('pengguna', u.username, 'hari', q.hari)
          FROM siklus_keluarga k
          JOIN siklus_paket q ON (q.siklus, q.region, q.nomor) = (k.siklus, k.region, k.paket)
          JOIN account_user u ON u.id = q.petugas
          JOIN fact_kind f ON f.id = 'petugas_ditunjuk'
         WHERE k.siklus = p_siklus AND k.region = p_village.region AND k.kunjungan = ANY (v_group.cases);
        PERFORM visits_given(v_group.cases, ARRAY(
            SELECT v_petugas[o.place] FROM unnest(v_group.versions) WITH ORDINALITY AS o(place, ord) ORDER BY o.ord));
    END LOOP;
END $$;

-- siklus_send_out --
-- Open the visits of villages that record and were never shared out: more time (D11) was given to one that nobody had
-- begun. Its officers are those a verifikator named for it (`petugas_ditunjuk`), else those who look after its families;
-- where there is nobody it waits. Returns how many visits were opened.
CREATE OR REPLACE FUNCTION siklus_send_out(p_session uuid, p_villages bigint[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
    v_village case_%ROWTYPE;
    v_siklus bigint;
    v_opened bigint := 0;
BEGIN
    IF NOT me.is_system THEN
        RAISE EXCEPTION 'Hanya sistem yang membagikan kunjungan.' USING ERRCODE = 'AL005';
    END IF;
    PERFORM door_enter(me);
    FOR v_village IN
        SELECT c.* FROM case_ c JOIN position p ON p.case_id = c.id JOIN state s ON s.code = p.state AND s.id = 'pendataan'
         WHERE c.id = ANY (p_villages) AND c.machine = 6 ORDER BY c.id
    LOOP
        v_siklus := (siklus_at(v_village.period)).case_id;
        CONTINUE WHEN NOT EXISTS (SELECT 1 FROM siklus_keluarga k WHERE k.siklus = v_siklus
                                     AND k.region = v_village.region AND k.kunjungan IS NULL);
        PERFORM visits_opened(me, NULL, v_village, v_siklus, '{}');
        v_opened := v_opened + (SELECT count(*) FROM siklus_keluarga k WHERE k.siklus = v_siklus
                                   AND k.region = v_village.region AND k.kunjungan IS NOT NULL);
    END LOOP;
    RETURN v_opened;
END $$;

-- officers_named --
-- The accounts that a piece of evidence names, one or several; nobody who is not an active pendamping.
CREATE OR REPLACE FUNCTION officers_named(p_named jsonb) RETURNS integer[]
LANGUAGE sql STABLE
AS $$
    SELECT COALESCE(array_agg(u.id ORDER BY u.id), '{}')
      FROM account_user u
     WHERE u.active
       AND u.username IN (SELECT n.name FROM jsonb_array_elements_text(
            CASE jsonb_typeof(p_named) WHEN 'array' THEN p_named WHEN 'string' THEN jsonb_build_array(p_named)
                 ELSE '[]' END) AS n(name))
       AND EXISTS (SELECT 1 FROM assignment a JOIN role r ON r.code = a.role AND r.id = 'pendamping'
                    WHERE a.user_id = u.id AND a.delegated_from IS NULL AND (a.valid_to IS NULL OR a.valid_to > alur_now()))
$$;

-- visits_recorded --
-- Wake the flows of villages in which the last visit was recorded just now. Where two last ones are recorded at the
-- same moment neither sees the other, and the flow's daily look finds them.
CREATE OR REPLACE FUNCTION visits_recorded(me identity, p_cases bigint[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM door_enter(system_identity());
    PERFORM wake_watching(w.batch, 'kunjungan') FROM (
        SELECT DISTINCT p.batch
          FROM (SELECT DISTINCT k.siklus, k.region FROM siklus_keluarga k WHERE k.kunjungan = ANY (p_cases)) AS v
          JOIN siklus_keluarga f ON f.siklus = v.siklus AND f.region = v.region AND f.kunjungan = ANY (p_cases)
          JOIN position p ON p.case_id = f.kunjungan AND p.batch IS NOT NULL
         WHERE NOT siklus_unrecorded(v.siklus, v.region, alur_now()) ORDER BY 1) AS w;
    PERFORM door_enter(me);
END $$;

-- visit_found --
-- What a visit found: the code of V02 or V06 that was recorded last; null when the family was not reached.
CREATE OR REPLACE FUNCTION visit_found(p_case bigint) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (
        SELECT e.id
          FROM (SELECT t.act, r.id FROM transition t JOIN rule r ON r.code = t.rule AND r.id IN ('V02', 'V03', 'V06')
                 WHERE t.case_id = p_case ORDER BY t.version DESC LIMIT 1) AS last
          JOIN act a ON a.id = last.act
          JOIN reason e ON e.code = a.reason
         WHERE last.id <> 'V03');
END $$;

-- visit_form --
-- What the officer's form says beside the finding (`formulir_cek`): {"anggota": [person, ...]} who died,
-- {"tujuan": village} where the family went, {"identitas": true} when identity has to be mended.
CREATE OR REPLACE FUNCTION visit_form(p_case bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN COALESCE((
        SELECT f.value FROM fact f JOIN fact_kind k ON k.code = f.kind AND k.id = 'formulir_cek'
         WHERE f.case_id = p_case AND jsonb_typeof(f.value) = 'object'
           AND f.value ?| ARRAY['anggota', 'tujuan', 'identitas']
         ORDER BY f.at DESC, f.act DESC LIMIT 1), '{}');
END $$;

-- visit_effects --
-- Carry what approved visits found into registration and membership:
--   TIDAK_LAYAK                  memberships end (K17, K22 MAMPU)
--   TIDAK_DITEMUKAN, MENOLAK     memberships are held (K13); a person ends them after a second cycle (K16)
--   GANDA                        the registration is examined (U57)
--   MENINGGAL, PERBAIKAN_DATA    a proposal that is approved already (U73)
--   PINDAH                       the same where the form names the village; else memberships are held until it is known
-- TETAP_LAYAK, and a family that was not reached, change nothing.
CREATE OR REPLACE FUNCTION visit_effects(v_system identity, p_act bigint, p_cases bigint[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_group record;
    v_trigger smallint;
    v_linked bigint[];
BEGIN
    FOR v_group IN
        SELECT x.ref, x.reason, x.kind, CASE x.kind WHEN 'PINDAH' THEN x.tujuan END AS tujuan,
               array_agg(x.id ORDER BY x.id) AS visits, array_agg(x.household_id ORDER BY x.id) AS households,
               array_agg(jsonb_build_object('perubahan', CASE WHEN x.kind = 'MENINGGAL' AND x.form ? 'anggota'
                            THEN jsonb_build_object('anggota', x.form -> 'anggota') ELSE '{}' END) ORDER BY x.id) AS wanted,
               count(*)::integer AS n
          FROM (SELECT v.id, v.household_id, v.form, v.tujuan,
                       CASE WHEN v.found = 'TIDAK_LAYAK' THEN 'kepesertaan.keluarkan'
                            WHEN v.found IN ('TIDAK_DITEMUKAN', 'MENOLAK') OR v.found = 'PINDAH' AND v.tujuan IS NULL
                                THEN 'kepesertaan.tangguhkan'
                            WHEN v.found = 'GANDA' THEN 'usulan.tandai_ganda'
                            ELSE 'usulan.buka_sudah_sah' END AS ref,
                       CASE v.found WHEN 'TIDAK_LAYAK' THEN 'MAMPU' WHEN 'GANDA' THEN 'GANDA' ELSE 'EX_' || v.found END AS reason,
                       CASE v.found WHEN 'PERBAIKAN_DATA' THEN CASE WHEN v.form @> '{"identitas": true}'
                                                                    THEN 'PERBAIKAN_IDENTITAS' ELSE 'PEMBARUAN' END
                                    ELSE v.found END AS kind
                  FROM (SELECT c.id, c.household_id, visit_found(c.id) AS found, visit_form(c.id) AS form,
                               nullif(number_in(visit_form(c.id) -> 'tujuan'), c.region) AS tujuan
                          FROM case_ c WHERE c.id = ANY (p_cases)) AS v
                 WHERE v.found <> 'TETAP_LAYAK') AS x
         GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    LOOP
        v_trigger := trigger_code(v_group.ref);
        IF v_group.ref = 'usulan.buka_sudah_sah' THEN
            PERFORM open_apply(
                v_system, v_trigger, v_group.households, array_fill(0::smallint, ARRAY[v_group.n]),
                array_fill(0, ARRAY[v_group.n]), (SELECT j.code FROM jenis j WHERE j.id = v_group.kind), v_group.visits,
                NULL, jsonb_build_object('surat_pengesahan', jsonb_build_object('akta', p_act)),
                ARRAY(SELECT generate_series(1, v_group.n)), array_fill('variabel'::text, ARRAY[v_group.n]),
                v_group.wanted, NULL, v_group.tujuan, NULL, 2, p_act, NULL);
            CONTINUE;
        END IF;
        v_linked := ARRAY(
            SELECT l.id FROM case_ l
              JOIN position p ON p.case_id = l.id
              JOIN arrow w ON w.source = p.state AND w.trigger = v_trigger
              JOIN rule r ON r.code = w.rule AND r.machine = l.machine
             WHERE l.household_id = ANY (v_group.households)
               AND (l.machine = 2 OR EXISTS (SELECT 1 FROM state s WHERE s.code = p.state AND s.id = 'ditetapkan'))
             ORDER BY l.id);
        IF cardinality(v_linked) > 0 THEN
            PERFORM door_apply(v_system, v_trigger, v_linked, NULL, reason_code(v_group.reason), NULL, '{}', '{}', '{}',
                               '{}', NULL, NULL, 2, p_act, NULL);
        END IF;
    END LOOP;
END $$;

-- door_standing --
-- Move cases in the name of the persons who decided a standing gate, along a trigger it opened: what they decided
-- beforehand for cycles to come, carried out each time. Only the system may, and each decider is judged as if he had
-- knocked himself.
CREATE OR REPLACE FUNCTION door_standing(
    p_session uuid, p_approval bigint, p_trigger text, p_cases bigint[], p_facts jsonb, p_flow_run uuid DEFAULT NULL
) RETURNS SETOF door_outcome
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    v record;
BEGIN
    SELECT d.* INTO v FROM approval_identity(identify(p_session), p_approval, trigger_code(p_trigger)) d;
    PERFORM door_enter(v.deciders);
    RETURN QUERY SELECT * FROM door_apply(
        v.deciders, trigger_code(p_trigger), p_cases, NULL, NULL, NULL, v.evidence || p_facts, '{}', '{}', '{}', NULL,
        p_approval, cardinality(v.users), NULL, p_flow_run);
END $$;
