-- What the notes beside the rows of `sanggah` ask, and what makes an objection admissible. Sources: domain 1.6, 2.3.

-- objection_fault --
-- The refusal code under which an objection cannot be brought by this person about this family, 0 when it can.
-- Nobody objects to his own family as to another's; officers bring a form that the objector signed; and what is
-- contested must be a case of this family that stands where such a decision left it.
CREATE OR REPLACE FUNCTION objection_fault(
    me identity, p_rule text, p_household bigint, p_origin bigint, p_given smallint[], p_facts jsonb
) RETURNS smallint
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF p_rule = 'S01' THEN
        RETURN CASE WHEN me.household_id = p_household THEN 9 ELSE 0 END;
    ELSIF me.scope <> 'own_nik' AND NOT me.is_system
          AND NOT (SELECT k.code = ANY (p_given) FROM fact_kind k WHERE k.id = 'formulir_pengaju') THEN
        RETURN 13;
    ELSIF p_rule = 'S07' AND rupiah_in(p_facts -> 'bukti_saldo') IS NULL THEN
        RETURN 13;
    ELSIF p_rule IN ('S03', 'S04', 'S05', 'S07', 'S08') AND NOT EXISTS (
            SELECT 1 FROM case_ c JOIN position p ON p.case_id = c.id JOIN state s ON s.code = p.state
              JOIN machine m ON m.code = c.machine
             WHERE c.id = p_origin AND c.household_id = p_household
               AND CASE p_rule
                    WHEN 'S03' THEN m.name = 'usulan' AND s.id IN (
                        'ditolak_desa', 'ditolak_sistem', 'ditolak_musdes', 'ditolak_dinsos', 'tidak_ditetapkan')
                    WHEN 'S04' THEN m.name || '.' || s.id IN (
                        'kepesertaan.ditangguhkan', 'kepesertaan.tidak_memenuhi', 'penyaluran.exclude',
                        'penyaluran.ditahan_rpl')
                    WHEN 'S05' THEN m.name || '.' || s.id IN ('kepesertaan.keluar', 'usulan.nonaktif')
                    ELSE m.name = 'penyaluran' AND NOT s.terminal END) THEN
        RETURN 13;
    END IF;
    RETURN 0;
END $$;

-- objection_intake --
-- What the admissibility check finds of objections: null when they may go on, the reason code of S09, or TUNGGU while
-- files may still follow. Village of the objector, time, number, twin, files, in this order.
CREATE OR REPLACE FUNCTION objection_intake(p_cases bigint[]) RETURNS TABLE (case_id bigint, kind text, verdict text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := alur_now();
BEGIN
    RETURN QUERY
    SELECT c.id, j.id, CASE
        WHEN j.id = 'SANGGAH_PIHAK_LAIN' AND NOT EXISTS (
            SELECT 1 FROM actor_group g
              JOIN assignment s ON s.user_id = ANY (g.members)
              JOIN household h ON h.id = s.household_id AND h.region = c.region
             WHERE g.id = t.actor) THEN 'BEDA_DESA'
        WHEN j.id IN ('SANGGAH_PENOLAKAN', 'SANGGAH_KELUAR') AND c.opened_at > (
            SELECT deadline(o.since, policy_for('sanggah.batas', c.region, v_now) #>> '{}', c.region)
              FROM position o WHERE o.case_id = c.predecessor) THEN 'LEWAT_BATAS_SANGGAH'
        WHEN j.id = 'SANGGAH_PIHAK_LAIN' AND (
            SELECT count(*) FROM act a
             WHERE a.actor = t.actor AND a.trigger = e.trigger AND a.id <= e.id
               AND a.at > c.opened_at - make_interval(days => (bound.told ->> 'hari')::integer)
            ) > (bound.told ->> 'jumlah')::integer THEN 'LEWAT_BATAS_SANGGAH'
        WHEN EXISTS (
            SELECT 1 FROM claim k
             WHERE (k.kind, k.key, k.sub) = (c.machine, c.household_id, claim_sub(c.machine, c.kind, c.programme, 0))
               AND k.case_id <> c.id) THEN 'DUPLIKAT'
        WHEN EXISTS (
            SELECT 1 FROM fact_kind k
             WHERE k.documents > (SELECT count(DISTINCT d.sha256) FROM document d
                                   WHERE d.case_id = c.id AND d.kind = k.code)
               AND (k.code = ANY (r.needs) OR k.id = 'formulir_pengaju' AND o.id <> 'warga')) THEN
            CASE WHEN v_now < deadline(c.opened_at, policy_for('sanggah.tunggu_berkas', c.region, v_now) #>> '{}', c.region)
                 THEN 'TUNGGU' ELSE 'BUKTI_KURANG' END
        END
      FROM case_ c
      JOIN jenis j ON j.code = c.kind
      JOIN transition t ON t.case_id = c.id AND t.version = 1
      JOIN rule r ON r.code = t.rule
      JOIN act e ON e.id = t.act
      JOIN role o ON o.code = e.role
      CROSS JOIN LATERAL (SELECT policy_for('sanggah.batas_pengaju', c.region, v_now) AS told) AS bound
     WHERE c.id = ANY (p_cases)
     ORDER BY c.id;
END $$;

-- told_about --
-- What was told about a case under one kind of evidence: about it alone, or with an act that moved it.
CREATE OR REPLACE FUNCTION told_about(p_case bigint, p_kind text) RETURNS TABLE (at timestamptz, value jsonb)
LANGUAGE sql STABLE
AS $$
    SELECT f.at, f.value FROM fact f JOIN fact_kind k ON k.code = f.kind AND k.id = p_kind
     WHERE f.case_id = p_case AND f.value IS NOT NULL
    UNION ALL
    SELECT a.at, s.value FROM transition t JOIN act a ON a.id = t.act JOIN act_fact s ON s.act = t.act
      JOIN fact_kind k ON k.code = s.kind AND k.id = p_kind
     WHERE t.case_id = p_case
$$;

-- officer_of --
-- Who was named to check an objection in the field: with the last assignment, or since; null for nobody, '?' for a
-- name that is none.
CREATE OR REPLACE FUNCTION officer_of(p_case bigint, p_since timestamptz DEFAULT '-infinity') RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT COALESCE(x.value ->> 'pengguna', '?') FROM told_about(p_case, 'petugas_ditunjuk') AS x
     WHERE x.at > p_since ORDER BY x.at DESC LIMIT 1
$$;

-- officer_free --
-- Whether somebody may check an objection: an active pendamping who did not look after the family when it was brought,
-- did not bring it, and is not the one complained about (the username in alasan under "terlapor").
CREATE OR REPLACE FUNCTION officer_free(p_case bigint, p_username text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT EXISTS (
        SELECT 1 FROM account_user u JOIN case_ c ON c.id = p_case
         WHERE u.username = p_username AND u.active
           AND EXISTS (SELECT 1 FROM assignment a JOIN role r ON r.code = a.role AND r.id = 'pendamping'
                        WHERE a.user_id = u.id AND a.delegated_from IS NULL AND a.valid_from <= alur_now()
                          AND (a.valid_to IS NULL OR a.valid_to > alur_now()))
           AND NOT EXISTS (SELECT 1 FROM family_assignment f
                            WHERE f.user_id = u.id AND f.household_id = c.household_id AND f.valid_from < c.opened_at
                              AND (f.valid_to IS NULL OR f.valid_to > c.opened_at))
           AND NOT EXISTS (SELECT 1 FROM transition t
                            WHERE t.case_id = c.id AND t.version = 1 AND t.actor = ANY (parties_of(ARRAY[u.id])))
           AND NOT EXISTS (SELECT 1 FROM told_about(c.id, 'alasan') AS x WHERE x.value ->> 'terlapor' = u.username))
$$;

-- objection_blocked --
-- Which of these objections the door holds back, and under which code: the officer named is concerned (20), the
-- reporter is another than the one named (20), the family was not heard (13), the field check still has time (10),
-- policy lets no objection lapse (3), the appeal is another's (7) or comes too late (11).
CREATE OR REPLACE FUNCTION objection_blocked(p_derived text[], p_cases bigint[], p_now timestamptz)
RETURNS TABLE (case_id bigint, code smallint)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
    v_own bigint := door_household();
BEGIN
    IF 'petugas_bebas' = ANY (p_derived) THEN
        RETURN QUERY
        SELECT p.case_id, 20::smallint
          FROM position p
          CROSS JOIN LATERAL (SELECT COALESCE(
                officer_of(p.case_id, p.since), nullif(current_setting('alur.door_officer', true), '')) AS named) AS o
         WHERE p.case_id = ANY (p_cases) AND o.named IS NOT NULL AND NOT officer_free(p.case_id, o.named);
    END IF;
    IF 'petugas_bertugas' = ANY (p_derived) THEN
        RETURN QUERY
        SELECT c, 20::smallint FROM unnest(p_cases) AS c
         WHERE NOT EXISTS (SELECT 1 FROM account_user u WHERE u.id = door_families_of() AND u.username = officer_of(c))
            -- Whoever reports in the officer's place must be free of it himself.
            OR EXISTS (SELECT 1 FROM account_user u
                        WHERE u.id = nullif(current_setting('alur.door_stand_in', true), '')::integer
                          AND NOT officer_free(c, u.username));
    END IF;
    IF 'jawaban_atau_7_hari_lewat' = ANY (p_derived) THEN
        RETURN QUERY
        SELECT c.id, 13::smallint FROM case_ c JOIN jenis j ON j.code = c.kind AND j.id = 'SANGGAH_PIHAK_LAIN'
         WHERE c.id = ANY (p_cases)
           AND NOT EXISTS (SELECT 1 FROM fact f JOIN fact_kind k ON k.code = f.kind AND k.id = 'jawaban'
                            WHERE f.case_id = c.id)
           AND p_now < (SELECT deadline(max(a.at), policy_for('sanggah.hak_jawab', c.region, p_now) #>> '{}', c.region)
                          FROM transition t JOIN rule r ON r.code = t.rule AND r.id = 'S10' JOIN act a ON a.id = t.act
                         WHERE t.case_id = c.id);
    END IF;
    IF 'batas_cek' = ANY (p_derived) THEN
        RETURN QUERY
        SELECT c.id, 10::smallint FROM case_ c
         WHERE c.id = ANY (p_cases)
           AND p_now < deadline(c.opened_at, policy_for('sanggah.batas_cek', c.region, p_now) #>> '{}', c.region);
    END IF;
    IF 'gugur_diikuti' = ANY (p_derived) THEN
        RETURN QUERY
        SELECT c.id, 3::smallint FROM case_ c
         WHERE c.id = ANY (p_cases) AND (policy_for('sanggah.gugur', c.region, p_now))::boolean IS NOT TRUE;
    END IF;
    IF p_derived && ARRAY['banding_pengaju', 'banding_kpm'] THEN
        -- Against another family the objector appeals himself; the family, or who acts for it, in all else.
        RETURN QUERY
        SELECT c.id, (CASE WHEN x.other AND ('banding_kpm' = ANY (p_derived)) = x.citizen THEN 7 ELSE 11 END)::smallint
          FROM case_ c JOIN position p ON p.case_id = c.id JOIN jenis j ON j.code = c.kind
          CROSS JOIN LATERAL (SELECT j.id = 'SANGGAH_PIHAK_LAIN' AS other,
                                     COALESCE(v_own <> c.household_id, false) AS citizen) AS x
         WHERE c.id = ANY (p_cases)
           AND (x.other AND ('banding_kpm' = ANY (p_derived)) = x.citizen
                OR p_now > deadline(p.since, state_time('sla', p.state, p.region, p_now), p.region));
    END IF;
END $$;
