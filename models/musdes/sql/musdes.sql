-- The minutes of a village meeting while they are a draft: written by the village, read by whoever sees its list,
-- forgotten once the head decided. The decision itself is a gate's.

-- musdes_record --
-- Write down facts of the meeting (null: as they were) and what it said about families; an empty verdict takes a
-- family's back. Families that do not wait for this meeting are passed over. Outcomes: dicatat, tidak_ditemukan,
-- bukan_notulis (another role), berubah (somebody wrote other facts since `p_version`; nothing was written).
CREATE OR REPLACE FUNCTION musdes_record(
    p_session uuid, p_batch bigint, p_version integer, p_facts jsonb, p_cases bigint[], p_verdicts text[],
    p_reasons text[], p_notes text[], OUT outcome text, OUT version integer
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := identify(p_session);
    v_old notulen%ROWTYPE;
BEGIN
    PERFORM 1 FROM batch b WHERE b.id = p_batch AND b.kind = 'usulan' AND me.lo <= b.lo AND me.hi >= b.hi FOR UPDATE;
    IF NOT FOUND THEN
        outcome := 'tidak_ditemukan';
        RETURN;
    END IF;
    -- Whoever brings families to a meeting, or decides it, may write down what it says (U10, U12).
    IF NOT EXISTS (SELECT 1 FROM rule r WHERE r.id IN ('U10', 'U12') AND me.role = ANY (r.roles)) THEN
        outcome := 'bukan_notulis';
        RETURN;
    END IF;
    SELECT * INTO v_old FROM notulen n WHERE n.batch = p_batch;
    version := COALESCE(v_old.version, 0);
    IF p_facts IS NOT NULL AND p_facts IS DISTINCT FROM v_old.facts THEN
        IF version IS DISTINCT FROM p_version THEN
            outcome := 'berubah';
            RETURN;
        END IF;
        version := version + 1;
        INSERT INTO notulen (batch, version, facts, user_id, at)
        VALUES (p_batch, version, p_facts, me.user_id, alur_now())
        ON CONFLICT (batch) DO UPDATE SET version = excluded.version, facts = excluded.facts,
               user_id = excluded.user_id, at = excluded.at;
    END IF;
    DELETE FROM notulen_keluarga n
     USING unnest(p_cases, p_verdicts) AS w(case_id, verdict)
     WHERE n.case_id = w.case_id AND n.batch = p_batch AND w.verdict = '';
    INSERT INTO notulen_keluarga (case_id, batch, case_version, verdict, reason, note, user_id, at)
    SELECT p.case_id, p_batch, p.version, w.verdict, reason_code(NULLIF(w.reason, '')), NULLIF(w.note, ''), me.user_id,
           alur_now()
      FROM unnest(p_cases, p_verdicts, p_reasons, p_notes) AS w(case_id, verdict, reason, note)
      JOIN position p ON p.case_id = w.case_id AND p.batch = p_batch
      JOIN state s ON s.code = p.state AND s.id = 'musyawarah'
     WHERE w.verdict <> ''
    ON CONFLICT (case_id) DO UPDATE SET batch = excluded.batch, case_version = excluded.case_version,
           verdict = excluded.verdict, reason = excluded.reason, note = excluded.note, user_id = excluded.user_id,
           at = excluded.at
     WHERE (notulen_keluarga.batch, notulen_keluarga.case_version, notulen_keluarga.verdict, notulen_keluarga.reason,
            notulen_keluarga.note)
           IS DISTINCT FROM (excluded.batch, excluded.case_version, excluded.verdict, excluded.reason, excluded.note);
    outcome := 'dicatat';
END $$;

-- musdes_forget --
-- Forget the draft of a meeting that its head just decided: what he decided stands with the gate.
CREATE OR REPLACE FUNCTION musdes_forget(p_session uuid, p_approval bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
    v_batch bigint;
BEGIN
    SELECT a.batch INTO v_batch
      FROM approval a JOIN decision d ON d.approval = a.id AND d.user_id = me.user_id
     WHERE a.id = p_approval AND a.gate = 'musdes';
    DELETE FROM notulen_keluarga n USING approval_case c
     WHERE c.approval = p_approval AND n.case_id = c.case_id AND n.batch = v_batch;
    DELETE FROM notulen WHERE batch = v_batch;
END $$;
