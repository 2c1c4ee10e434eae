-- The cycle a case belongs to, how long it lasts, and what its villages and visits wait for. Source: domain 1.7.

-- siklus_at --
-- The frozen cycle of a period; null fields where none is frozen.
CREATE OR REPLACE FUNCTION siklus_at(p_period integer) RETURNS siklus
LANGUAGE sql STABLE
AS $$ SELECT s FROM siklus s WHERE s.period = p_period ORDER BY s.case_id DESC LIMIT 1 $$;

-- siklus_dates --
-- First and last day of a cycle, as the circular that scheduled it says (fact `tanggal` of C01).
CREATE OR REPLACE FUNCTION siklus_dates(p_case bigint) RETURNS TABLE (mulai date, selesai date)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN QUERY
    SELECT (f.value ->> 'mulai')::date, (f.value ->> 'selesai')::date
      FROM transition t JOIN act_fact f ON f.act = t.act JOIN fact_kind k ON k.code = f.kind AND k.id = 'tanggal'
     WHERE t.case_id = p_case AND t.version = 1;
END $$;

-- siklus_longer --
-- Until when an extension holds: `siklus.perpanjangan` after the last time a rule moved the case; null without one.
CREATE OR REPLACE FUNCTION siklus_longer(p_case bigint, p_rule text, p_region bigint) RETURNS timestamptz
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_at timestamptz;
BEGIN
    SELECT max(a.at) INTO v_at
      FROM transition t JOIN rule r ON r.code = t.rule AND r.id = p_rule JOIN act a ON a.id = t.act
     WHERE t.case_id = p_case;
    RETURN deadline(v_at, policy_for('siklus.perpanjangan', p_region, v_at) #>> '{}', p_region);
END $$;

-- siklus_until --
-- When a cycle's time is over in a place: the end of its last day there, or of the extension that its villages (C06)
-- or this one (p_village, D11) were given.
CREATE OR REPLACE FUNCTION siklus_until(s siklus, p_region bigint, p_village bigint DEFAULT NULL) RETURNS timestamptz
LANGUAGE sql STABLE
AS $$
    SELECT greatest((s.selesai + 1)::timestamp AT TIME ZONE region_zone(p_region),
                    siklus_longer(s.case_id, 'C06', p_region), siklus_longer(p_village, 'D11', p_region))
$$;

-- siklus_subject --
-- Whether a case of the cycle may be opened about this subject: the nation (0), a village of the frozen list, or a
-- family on it. Whoever is registered after the list was frozen waits for the next cycle.
CREATE OR REPLACE FUNCTION siklus_subject(p_machine smallint, p_subject bigint, p_period integer) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_siklus bigint;
BEGIN
    IF p_machine NOT IN (5, 6, 7) THEN
        RETURN true;
    END IF;
    v_siklus := (siklus_at(p_period)).case_id;
    RETURN CASE p_machine
        WHEN 5 THEN p_subject = 0 AND p_period::text ~ '^20\d\d(0[1-9]|1[0-2])$' AND door_lo() = 0
        WHEN 6 THEN p_subject BETWEEN door_lo() AND door_hi() AND EXISTS (
            SELECT 1 FROM siklus_paket k WHERE k.siklus = v_siklus AND k.region = p_subject)
        WHEN 7 THEN EXISTS (SELECT 1 FROM siklus_keluarga k WHERE k.siklus = v_siklus AND k.household_id = p_subject)
        END;
END $$;

-- siklus_villages --
-- The villages of a cycle's list with the case of each, null before it is opened.
CREATE OR REPLACE FUNCTION siklus_villages(s siklus)
RETURNS TABLE (region bigint, case_id bigint, state text)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN QUERY
    SELECT v.region, d.id, t.id
      FROM (SELECT k.region FROM siklus_paket k WHERE k.siklus = s.case_id AND k.nomor = 1) AS v
      LEFT JOIN LATERAL (
            SELECT c.id FROM case_ c
             WHERE c.machine = 6 AND c.household_id IS NULL AND c.period = s.period AND c.region = v.region
             ORDER BY c.id DESC LIMIT 1) AS d ON true
      LEFT JOIN position p ON p.case_id = d.id
      LEFT JOIN state t ON t.code = p.state;
END $$;

-- siklus_unrecorded --
-- Whether a village has families that nobody was sent to, or visits that nobody recorded yet. An attempt that reached nobody counts once the verifikator's
-- time to send somebody else (SLA of tidak_terjangkau) is over.
CREATE OR REPLACE FUNCTION siklus_unrecorded(p_siklus bigint, p_region bigint, p_now timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM siklus_keluarga k
          LEFT JOIN position p ON p.case_id = k.kunjungan
          LEFT JOIN state t ON t.code = p.state
         WHERE k.siklus = p_siklus AND k.region = p_region
           AND (k.kunjungan IS NULL OR t.id IN ('ditugaskan', 'dikembalikan')
                OR t.id = 'tidak_terjangkau'
                   AND p_now < deadline(p.since, state_time('sla', p.state, p.region, p_now), p.region)));
END $$;

-- siklus_sample --
-- The visits of a village that are checked again: a share of the frozen list (policy `siklus.sampel`), in the order of
-- a hash of seed, round and case. The seed was fixed with the list, so nobody chose the sample after the results, and
-- whoever holds the seed draws it again. A village sent back is checked with another sample: the round counts.
CREATE OR REPLACE FUNCTION siklus_sample(p_village bigint) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    c case_%ROWTYPE;
    s siklus;
    v_policy jsonb;
    v_round integer;
    v_size integer;
BEGIN
    SELECT * INTO c FROM case_ WHERE id = p_village;
    s := siklus_at(c.period);
    v_policy := policy_for('siklus.sampel', c.region, alur_now());
    SELECT count(*) INTO v_round
      FROM transition t JOIN rule r ON r.code = t.rule AND r.id = 'D04' WHERE t.case_id = p_village;
    SELECT greatest(ceil(count(*) * (v_policy ->> 'persen')::numeric / 100), (v_policy ->> 'paling_sedikit')::integer)
      INTO v_size
      FROM siklus_keluarga k WHERE k.siklus = s.case_id AND k.region = c.region AND k.kunjungan IS NOT NULL;
    RETURN QUERY
    SELECT k.kunjungan FROM siklus_keluarga k
     WHERE k.siklus = s.case_id AND k.region = c.region AND k.kunjungan IS NOT NULL
     ORDER BY sha256((SELECT b.benih FROM siklus_benih b WHERE b.siklus = s.case_id) || convert_to(v_round || ':' || k.kunjungan, 'UTF8')), k.kunjungan
     LIMIT v_size;
END $$;

-- siklus_verdict --
-- What the recorded result of a village's sample says: lolos, gagal (more wrong than policy allows), or null while a
-- visit of the sample was not checked.
CREATE OR REPLACE FUNCTION siklus_verdict(p_village bigint) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_told jsonb := siklus_result(p_village);
    v_limit numeric := (policy_for('siklus.sampel', (SELECT region FROM case_ WHERE id = p_village), alur_now())
                        ->> 'gagal_persen')::numeric;
    v_drawn bigint[] := ARRAY(SELECT siklus_sample(p_village));
    v_wrong integer;
BEGIN
    IF v_told IS NULL OR NOT v_drawn <@ ARRAY(SELECT jsonb_array_elements_text(v_told -> 'diperiksa')::bigint) THEN
        RETURN NULL;
    END IF;
    SELECT count(*) INTO v_wrong FROM unnest(v_drawn) AS d(id) WHERE v_told -> 'salah' ? d.id::text;
    RETURN CASE WHEN v_wrong * 100 > v_limit * cardinality(v_drawn) THEN 'gagal' ELSE 'lolos' END;
END $$;

-- siklus_result --
-- The result of the sample as last recorded since the village's list was last signed (D04):
-- {"diperiksa": [case, ...], "salah": {"case": "reason", ...}}.
CREATE OR REPLACE FUNCTION siklus_result(p_village bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (
        SELECT f.value
          FROM fact f JOIN fact_kind k ON k.code = f.kind AND k.id = 'hasil_sampel'
         WHERE f.case_id = p_village AND f.value IS NOT NULL
           AND f.at >= (SELECT max(a.at) FROM transition t JOIN rule r ON r.code = t.rule AND r.id = 'D04'
                          JOIN act a ON a.id = t.act WHERE t.case_id = p_village)
         ORDER BY f.at DESC, f.act DESC LIMIT 1);
END $$;

-- siklus_blocked --
-- What the cycle's rules ask beside their evidence, and a note of the specification says: which of these cases lack it,
-- and under which code. Cases outside a frozen cycle are judged by their rows alone.
CREATE OR REPLACE FUNCTION siklus_blocked(p_derived text[], p_cases bigint[], p_now timestamptz)
RETURNS TABLE (case_id bigint, code smallint)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT 1 FROM unnest(p_derived) AS d(word) WHERE d.word LIKE 'siklus.%') THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT b.* FROM (SELECT c.id, (CASE
            -- C02: not before its first day. C05: its villages are done, or its time is over. C07: they are closed.
            WHEN 'siklus.mulai' = ANY (p_derived)
             AND p_now < (SELECT d.mulai::timestamp AT TIME ZONE region_zone(0) FROM siklus_dates(c.id) d) THEN 10
            WHEN 'siklus.usai' = ANY (p_derived) AND p_now < siklus_until(s, 0) AND EXISTS (
                SELECT 1 FROM siklus_villages(s) v WHERE (v.state IN ('ditutup', 'terlewat')) IS NOT TRUE) THEN 10
            WHEN 'siklus.desa_tutup' = ANY (p_derived) AND EXISTS (
                SELECT 1 FROM siklus_villages(s) v WHERE v.state IS DISTINCT FROM 'ditutup') THEN 30
            -- D03: every visit is recorded. D05, D06: the sample was checked, and says so. D09: results are applied.
            WHEN 'siklus.tercatat' = ANY (p_derived) AND siklus_unrecorded(s.case_id, c.region, p_now) THEN 30
            WHEN 'siklus.sampel_gagal' = ANY (p_derived) AND siklus_verdict(c.id) IS DISTINCT FROM 'gagal' THEN 31
            WHEN 'siklus.sampel_lolos' = ANY (p_derived) AND siklus_verdict(c.id) IS DISTINCT FROM 'lolos' THEN 31
            WHEN 'siklus.diterapkan' = ANY (p_derived) AND EXISTS (
                SELECT 1 FROM siklus_keluarga k JOIN position p ON p.case_id = k.kunjungan
                  JOIN state t ON t.code = p.state AND t.id = 'disahkan'
                 WHERE k.siklus = s.case_id AND k.region = c.region) THEN 30
            -- D10: its time is over. D11: the cycle has not ended.
            WHEN 'siklus.batas' = ANY (p_derived) AND p_now < siklus_until(s, c.region, c.id) THEN 10
            WHEN 'siklus.berjalan' = ANY (p_derived) AND EXISTS (
                SELECT 1 FROM transition t JOIN rule r ON r.code = t.rule AND r.id IN ('C04', 'C07')
                 WHERE t.case_id = s.case_id) THEN 9
            -- V11: the village still records; later its result is sent back by the sample.
            WHEN 'siklus.pendataan' = ANY (p_derived) AND EXISTS (
                SELECT 1 FROM siklus_keluarga k
                  JOIN case_ d ON d.machine = 6 AND d.household_id IS NULL AND d.period = c.period AND d.region = k.region
                  JOIN position p ON p.case_id = d.id JOIN state t ON t.code = p.state AND t.id <> 'pendataan'
                 WHERE k.kunjungan = c.id) THEN 9
        END)::smallint AS refusal
      FROM case_ c
      LEFT JOIN LATERAL siklus_at(c.period) AS s ON s.case_id IS NOT NULL
     WHERE c.id = ANY (p_cases) AND (s.case_id IS NOT NULL OR 'siklus.mulai' = ANY (p_derived))) AS b
     WHERE b.refusal IS NOT NULL;
END $$;

-- attempts_sound --
-- Whether {"tanggal": [...]} names at least three different days, none of them to come: an attempt a day.
CREATE OR REPLACE FUNCTION attempts_sound(p_value jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_days date[];
BEGIN
    SELECT array_agg(DISTINCT d.day::date) INTO v_days
      FROM jsonb_array_elements_text(CASE jsonb_typeof(p_value -> 'tanggal') WHEN 'array' THEN p_value -> 'tanggal' ELSE '[]' END)
           AS d(day);
    RETURN cardinality(v_days) >= 3 AND (SELECT max(d) FROM unnest(v_days) AS d) <= (alur_now() AT TIME ZONE 'Asia/Jayapura')::date;
EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
    RETURN false;
END $$;

-- sample_sound --
-- Whether a result names the visits that were checked, and for each wrong one a reason that sends it back (V05):
-- {"diperiksa": [case, ...], "salah": {"case": "reason", ...}}.
CREATE OR REPLACE FUNCTION sample_sound(p_value jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN jsonb_typeof(p_value -> 'diperiksa') = 'array' AND jsonb_typeof(p_value -> 'salah') = 'object'
       AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(p_value -> 'diperiksa') AS c(id) WHERE number_in(c.id) IS NULL)
       AND NOT EXISTS (
            SELECT 1 FROM jsonb_each_text(p_value -> 'salah') AS w(id, reason)
             WHERE NOT p_value -> 'diperiksa' @> to_jsonb(number_in(to_jsonb(w.id)))
                OR NOT EXISTS (SELECT 1 FROM rule r JOIN reason e ON e.code = ANY (r.reasons)
                                WHERE r.id = 'V05' AND e.id = w.reason));
END $$;
